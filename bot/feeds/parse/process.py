"""One child process that reads what others wrote (see `limited`), and this end of its stdin and stdout, a socket.

After anything but a whole reply (too slow, gone, cancelled) the child has to be killed: its answer would come later and
be taken for the next job's.
"""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import bot
from bot.feeds.parse.wire import MAX_LINE

START_DEADLINE = 20.0  # seconds until a fresh child is ready; 0.1 on an idle machine
MAX_REPLY = 32 * 2**20  # bytes; the texts of a body of 8 MiB are not more
_CHUNK = 65_536  # bytes of a body that are handed over at a time, so that it never lies here twice


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Child:
    """A child that is ready for jobs, one at a time."""

    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, head: bytes, body: bytes) -> AsyncGenerator[bytes, None]:
        """Give it a job, packed (`wire`), and yield the lines of its reply; who asked knows how many come.

        Raises OSError or EOFError if the child is gone, ValueError if its reply is without measure.
        """
        self.writer.write(head)
        rest = memoryview(body)
        for start in range(0, len(rest), _CHUNK):
            self.writer.write(rest[start : start + _CHUNK])
            await self.writer.drain()
        left = MAX_REPLY
        while True:
            line = await self._line()
            left -= len(line)
            if left < 0:
                raise ValueError("a reply without measure")
            yield line

    def is_alive(self) -> bool:
        """Return whether the process still runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End the process. Whoever waits for its reply gets an EOFError or OSError."""
        self.writer.transport.abort()
        self.process.kill()

    async def ready(self) -> None:
        """Wait until the child says that jobs may come."""
        await self._line()

    async def _line(self) -> bytes:
        line = await self.reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError("the child is gone")
        return line


class Killed:
    """Children that were killed, until they have ended."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def kill(self, child: Child) -> None:
        """Kill a child, and take note of those that have ended since."""
        child.kill()
        self._processes = [process for process in self._processes if process.poll() is None]
        self._processes.append(child.process)

    async def ended(self) -> None:
        """Wait until all have ended."""
        for process in self._processes:
            await asyncio.to_thread(process.wait)
        self._processes.clear()


async def started(module: str) -> Child:
    """Start a child that runs a module of this house, and wait until it is ready.

    Raises OSError, EOFError or ValueError if it cannot be.
    """
    ours, theirs = socket.socketpair()
    # Not asyncio's own subprocess: cancelled while it starts one, it may wait for ever (Python 3.11).
    with theirs:
        try:
            process = _process(module, theirs)
        except BaseException:
            ours.close()
            raise
    try:
        reader, writer = await asyncio.open_connection(sock=ours, limit=MAX_LINE)
    except BaseException:
        ours.close()
        _end(process)
        raise
    child = Child(process=process, reader=reader, writer=writer)
    try:
        async with asyncio.timeout(START_DEADLINE):
            await child.ready()
    except BaseException:
        child.kill()
        _end(process)
        raise
    return child


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()  # at once after SIGKILL


def _process(module: str, theirs: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603  # this very Python and a module of this house
        [sys.executable, "-P", "-W", "ignore", "-m", module],
        stdin=theirs.fileno(),
        stdout=theirs.fileno(),
        env=_environment(),
        start_new_session=True,  # Ctrl-C in a terminal goes to the parent alone
    )


def _environment() -> dict[str, str]:
    """Return the child what it needs to find the code, and none of the parent's secrets."""
    home = str(Path(bot.__file__).parent.parent)
    return {"PATH": os.defpath, "PYTHONPATH": home, "PYTHONDONTWRITEBYTECODE": "1"}
