"""The bot in a process of its own, between a publisher and a Bot API in this one: to be killed, stopped, measured."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from forked import Forked, forked
from standins.botapi import BotApi
from standins.publisher import Publisher

ROOT = Path(__file__).resolve().parents[1]
HASTY = (sys.executable, ROOT / "tests/hasty.py")
FORKED = ("forked", "hasty")
"""What HASTY is, started by `forked`: for who starts it over and over, and measures nothing."""
NEWSVANE = (sys.executable, "-m", "bot.cli", "run")


class Running:
    """Publisher and Bot API from `async with` on; the bot between `start` and `stop` or `kill`, over and over.

    `folder` gets a config, that of the project but for addresses, `poll` and `article`, and the state. Whatever was
    done with the bot, its log must not have the token in it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        api: BotApi | None = None,
        publisher: Publisher | None = None,
        command: Sequence[str | Path] = HASTY,
        environ: Mapping[str, str] | None = None,
        poll: str = 'interval = "0.1s"\nmin_interval = "0.1s"',
        article: str = "never",
    ) -> None:
        self.folder = folder
        self.api = api or BotApi()
        self.publisher = publisher or Publisher()
        self.process: Process | Forked | None = None
        self._command = command
        self._environ = environ or {}
        self._poll = poll
        self._article = article

    async def __aenter__(self) -> Self:
        await self.api.start()
        await self.publisher.start()
        config = self.folder / "config"
        shutil.copytree(ROOT / "config", config)
        (config / "newsvane.toml").write_text(
            f'[telegram]\napi_url = "{self.api.url}"\n'
            f'[fetch]\nchats_may_reach = ["127.0.0.0/8"]\n[poll]\n{self._poll}\n'
        )
        (config / "feeds.toml").write_text(
            f'[[feed]]\nname = "moscow-times"\ntitle = "The Moscow Times"\nurl = "{self.publisher.url}"\n'
            f"identity = '-a(\\d+)$'\narticle = \"{self._article}\"\n"
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        await self.publisher.close()
        await self.api.close()
        assert self.api.token.partition(":")[2] not in self.log

    async def start(self) -> Process | Forked:
        """Start the bot."""
        if self._command[0] == "forked":
            environ = {**os.environ, "NEWSVANE_TOKEN": self.api.token, "PYTHONPATH": str(ROOT), **self._environ}
            self.process = await forked(
                str(self._command[1]), cwd=self.folder, environ=environ, log=str(self.folder / "log")
            )
            return self.process
        log = (self.folder / "log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self.folder,
            env={**os.environ, "NEWSVANE_TOKEN": self.api.token, "PYTHONPATH": str(ROOT), **self._environ},
            stdin=DEVNULL,
            stderr=log,
        )
        log.close()
        return self.process

    async def kill(self) -> None:
        """End the bot as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> int:
        """Stop the bot as systemd does. Returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()

    @property
    def log(self) -> str:
        """All that the bot has written on stderr, over all its lives."""
        log = self.folder / "log"
        return log.read_text() if log.exists() else ""
