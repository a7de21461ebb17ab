"""The disk refuses, and the state is taken away under the running bot: ./run drill disk.

The real process, its state on a tmpfs of 2 MB where root may mount one, else a limit on the length of its files. The
disk fills up, becomes read-only or fails (strace injects EROFS and EIO); the state's files are removed, one of them
is, another state takes its place. Meanwhile news is published, /status and /healthz are asked. Then the disk is mended,
the bot is killed and started anew. Wanted: all is told, once, in order; while it lasts it is said, once in the log.
Prints what was lost, and how late after the mending; exit 1 at any breach.
"""

import argparse
import asyncio
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from monitor import free_port
from running import Running
from standins.botapi import BotApi
from standins.publisher import Publisher
from tally import Tally, headlines, tally, unsent

from bot.demo.story import HISTORY, NewsItem
from bot.store.database import SQLiteDB

CHATS = (100, 101, 102)
OWNER = CHATS[0]
PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A running bot, and where its state is. `mounted` says that it is on a file system of its own."""

    bot: Running
    state: Path
    mounted: bool

    @property
    def pid(self) -> int:
        """The process."""
        assert self.bot.process is not None
        return self.bot.process.pid


@contextmanager
def full(scene: Scene) -> Iterator[None]:
    """Leave no room on the disk."""
    if not scene.mounted:
        with _length_limit(scene.pid):
            yield
        return
    ballast = scene.state / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        for size in (65_536, 4_096, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def _length_limit(pid: int) -> Iterator[None]:
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def _refused(scene: Scene, calls: str, error: str) -> Iterator[None]:
    """Let the system refuse some calls of the process."""
    command = ["strace", "-f", "-p", str(scene.pid), "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}"]
    tracer = subprocess.Popen([*command, "-o", os.devnull], stderr=subprocess.PIPE)
    assert tracer.stderr is not None
    tracer.stderr.readline()  # it is attached
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()


@contextmanager
def failing(scene: Scene) -> Iterator[None]:
    """Let each sync of the disk fail."""
    with _refused(scene, "fsync,fdatasync", "EIO"):
        yield


@contextmanager
def read_only(scene: Scene) -> Iterator[None]:
    """Let the disk take nothing, as a file system does that was found damaged."""
    with _refused(scene, "pwrite64,ftruncate,unlink,rename", "EROFS"):
        yield


@contextmanager
def removed(scene: Scene) -> Iterator[None]:
    """Remove all of the state."""
    for path in scene.state.iterdir():
        path.unlink()
    yield


@contextmanager
def log_removed(scene: Scene) -> Iterator[None]:
    """Remove the commits that are not in the state's file yet."""
    (scene.state / "newsvane.db-wal").unlink()
    yield


@contextmanager
def replaced(scene: Scene) -> Iterator[None]:
    """Put an empty state in the place of this one."""
    with SQLiteDB(scene.state / "other") as other:
        other.table("t").put({1: {}})
    (scene.state / "other").rename(scene.state / "newsvane.db")
    yield


@contextmanager
def removed_and_full(scene: Scene) -> Iterator[None]:
    """Remove all of the state, and leave no room to write it anew."""
    with removed(scene), full(scene):
        yield


HARMS: dict[str, Callable[[Scene], Iterator[None]]] = {
    "full": full,
    "failing (EIO)": failing,
    "read-only (EROFS)": read_only,
    "state removed": removed,
    "log removed": log_removed,
    "state replaced": replaced,
    "state removed, disk full": removed_and_full,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What it came to. `late` is the seconds from the mending until all that was published meanwhile had come."""

    tally: Tally
    late: float
    status: str
    healthz: str
    logged: int

    @property
    def good(self) -> bool:
        """Whether nothing was lost, and it was said."""
        told = self.tally.good and not self.tally.lost
        return told and bool(self.status) and bool(self.healthz) and self.logged == 1


def news(number: int) -> NewsItem:
    """Make an item that meets Idlib."""
    link = f"https://moscow-times.example/2020/03/06/idlib-report-a{80_000 + number}"
    return NewsItem(title=f"Idlib report {number}", summary="", link=link)


@contextmanager
def disk(state: Path) -> Iterator[bool]:
    """Give the state a small disk of its own. Yields whether that could be done."""
    state.mkdir()
    small = ["mount", "-t", "tmpfs", "-o", "size=2m", "newsvane-drill", str(state)]
    tried = shutil.which("mount") and subprocess.run(small, capture_output=True, check=False)
    mounted = bool(tried) and not tried.returncode
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(state)], check=True)


async def drill(folder: Path, harm: Callable[[Scene], Iterator[None]]) -> Outcome:
    """Let one harm be done to a bot, and look at what becomes of its alerts."""
    names = [news(number).title for number in range(4)]
    port = free_port()
    poll = f'interval = "0.3s"\nmin_interval = "0.3s"\n[web]\nlisten = "127.0.0.1:{port}"'
    api, publisher = BotApi(limits=None), Publisher(HISTORY)
    with disk(folder / "state") as mounted:
        async with Running(folder, api=api, publisher=publisher, poll=poll) as bot:
            _own(folder)
            await bot.start()
            scene = Scene(bot=bot, state=folder / "state", mounted=mounted)
            for chat in CHATS:
                api.say(chat, "/subscribe idlib")
                await api.wait_for(1, chat=chat, timeout=60)
            publisher.publish(news(0))
            await api.wait_until(_all_told(api, names[:1]), timeout=60)
            with harm(scene):
                publisher.publish(news(1))
                status, healthz = await _said(api, port)
            publisher.publish(news(2))
            loop = asyncio.get_running_loop()
            mended = loop.time()
            with suppress(TimeoutError):
                await api.wait_until(_all_told(api, names[:3]), timeout=PATIENCE)
            late = loop.time() - mended
            await publisher.wait_for_request(len(publisher.requests) + 5)
            while "do not stop it" in await _health(port):  # noqa: ASYNC110  # in another process
                await asyncio.sleep(0.5)
            await bot.kill()
            await bot.start()
            publisher.publish(news(3))
            with suppress(TimeoutError):
                await api.wait_until(_all_told(api, names), timeout=PATIENCE)
            await publisher.wait_for_request(len(publisher.requests) + 5)
            await bot.stop()
            told = {chat: headlines(api.messages(chat), names) for chat in CHATS}
            events = ("state.refused", "state.misplaced")
            logged = max(bot.log.count(event) for event in events)
            return Outcome(
                tally=tally(told, names, unsent(scene.state)), late=late, status=status, healthz=healthz, logged=logged
            )


def _own(folder: Path) -> None:
    config = folder / "config/newsvane.toml"
    config.write_text(config.read_text().replace("[telegram]\n", f'[telegram]\nowner = {OWNER}\naccess = "open"\n'))


def _all_told(api: BotApi, names: list[str]) -> Callable[[], bool]:
    return lambda: all(set(names) <= set(headlines(api.messages(chat), names)) for chat in CHATS)


async def _said(api: BotApi, port: int) -> tuple[str, str]:
    """Ask the bot how it is until it says what is wrong. Returns what it said in chat and to a monitor."""
    status = healthz = ""
    for _ in range(40):
        await asyncio.sleep(0.5)
        healthz = healthz or await _health(port)
        if healthz:
            count = len(api.messages(OWNER))
            api.say(OWNER, "/status")
            answers = await api.wait_for(count + 1, chat=OWNER, timeout=60)
            status = next((each.text for each in answers[count:] if "nothing is lost" in each.text.casefold()), "")
        if status:
            break
    return status, healthz


async def _health(port: int) -> str:
    """Return what a monitor is told of the state; empty if nothing is."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/healthz") as answer:
        lines = (await answer.text()).splitlines()
    return next((line for line in lines if line.startswith("state:")), "")


def main() -> int:
    """Do each harm once."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    good = True
    for name, harm in HARMS.items():
        if harm in {failing, read_only} and not shutil.which("strace"):
            print(f"{name}: not tried, there is no strace")
            continue
        with tempfile.TemporaryDirectory(prefix="newsvane-drill-") as folder:
            came = asyncio.run(drill(Path(folder), harm))
        good &= came.good
        print(
            f"{name}: {came.tally}; all had come {came.late:.1f} s after it was over; said in the log {came.logged} "
            f"time(s); /healthz: {came.healthz or 'NOTHING'}; /status: {came.status.splitlines()[:1] or 'NOTHING'}"
            f"{'' if came.good else ' BREACH'}"
        )
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
