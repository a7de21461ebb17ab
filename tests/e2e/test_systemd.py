"""What the bot tells systemd, and what it takes from it."""

import asyncio
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from running import NEWSVANE, ROOT, Running
from standins.botapi import faults
from standins.publisher import Publisher

from bot.demo.bell import PATIENCE
from bot.demo.story import HISTORY


class Manager:
    """systemd's end of the notification socket, see sd_notify(3)."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.setblocking(False)  # noqa: FBT003  # the socket API

    async def hears(self, word: str, patience: float = PATIENCE) -> list[str]:
        """Wait for a message that begins so; gives all up to it."""
        heard: list[str] = []
        async with asyncio.timeout(patience):
            while not heard or not heard[-1].startswith(word):
                heard.append((await asyncio.get_running_loop().sock_recv(self._socket, 4096)).decode())
        return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path):
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


async def test_it_says_when_it_is_ready_that_it_is_well_and_that_it_stops(tmp_path, manager):
    environ = {"NOTIFY_SOCKET": manager.path}
    async with Running(tmp_path, publisher=Publisher(HISTORY), environ=environ) as bot:
        await bot.start()
        assert (await manager.hears("READY=1"))[-1] == "READY=1\nSTATUS=watching 1 feed"
        await manager.hears("WATCHDOG=1")
        await bot.api.wait_until(lambda: bot.api.polls > 0)
        await manager.hears("WATCHDOG=1")
        assert await bot.stop() == 0
        await manager.hears("STOPPING=1")


async def test_it_is_ready_and_well_although_telegram_is_away(tmp_path, manager):
    async with Running(tmp_path, publisher=Publisher(HISTORY), environ={"NOTIFY_SOCKET": manager.path}) as bot:
        bot.api.faults.add(faults.cut(), times=None, method="")
        await bot.start()
        await manager.hears("READY=1")
        await bot.publisher.wait_for_request(3)
        await manager.hears("WATCHDOG=1")
        assert await asyncio.wait_for(bot.stop(), PATIENCE) == 0


async def test_it_is_not_ready_with_a_token_that_telegram_refuses(tmp_path, manager):
    """Whoever starts it hears that it did not start."""
    environ = {"NOTIFY_SOCKET": manager.path}
    async with Running(tmp_path, publisher=Publisher(HISTORY), environ=environ, command=NEWSVANE) as bot:
        bot.api.faults.add(faults.unauthorized(), times=None, method="")
        heard = asyncio.create_task(manager.hears("STOPPING=1"))  # meanwhile, for the socket holds few messages
        process = await bot.start()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 77
        assert not any(message.startswith("READY") for message in await heard)


async def test_no_signal_ends_it_that_does_not_mean_to(tmp_path):
    """It says that it heard, and goes on answering."""
    async with Running(tmp_path, publisher=Publisher(HISTORY), command=NEWSVANE) as bot:
        process = await bot.start()
        await bot.publisher.wait_for_request(1)
        for count, name in enumerate(["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGALRM"], 1):
            process.send_signal(getattr(signal, name))
            bot.api.say(7, "/help")
            await bot.api.wait_for(count, chat=7)
            assert f"signal.ignored signal={name}" in bot.log
        assert await bot.stop() == 0


async def test_config_state_and_token_are_taken_from_where_systemd_puts_them(tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    environ = {
        "CONFIGURATION_DIRECTORY": str(tmp_path / "etc"),
        "STATE_DIRECTORY": str(tmp_path / "lib"),
        "CREDENTIALS_DIRECTORY": str(credentials),
        "NEWSVANE_TOKEN": "1:wrong",
    }
    async with Running(tmp_path, publisher=Publisher(HISTORY), environ=environ, command=NEWSVANE) as bot:
        (credentials / "telegram-token").write_text(bot.api.token + "\n")
        shutil.move(tmp_path / "config", tmp_path / "etc")
        await bot.start()
        await bot.api.wait_until(lambda: bot.api.polls > 0)
        assert await bot.stop() == 0
        assert (tmp_path / "lib/newsvane.db").exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_file_is_one_that_systemd_takes_and_that_exposes_little():
    verified = subprocess.run([ROOT / "systemd/verify"], check=False, capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout
