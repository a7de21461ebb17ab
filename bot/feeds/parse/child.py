"""Reads feeds in a child process, so that no body can hang, bloat or break the bot. Meets `ports.Parser`.

    body -> job frame -> child (`worker`, under limits) -> reply frame -> ParsedFeed

One job at a time. Whatever goes wrong with a job (too slow, child gone, caller cancelled) the child is killed and the
next job gets a fresh one, so frames can never get out of step.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bot
from bot.errors import FeedUnreadable
from bot.feeds.parse.frames import REPLY_HEAD, Job, pack_job, unpack_reply
from bot.model import Entry, ParsedFeed

DEADLINE = 4.0  # seconds for one body; real feeds take 5 to 100 ms
START_DEADLINE = 20.0  # seconds until a fresh child is ready; 0.3 on an idle machine
MAX_REPLY = 64 * 2**20
_BREATH = 50  # entries that are made before other tasks have their turn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child:
    """A process, and this end of the socket that is its stdin and stdout."""

    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def reply(self) -> bytes:
        """Read one frame. Raises EOFError if the child is gone, ValueError for a frame beyond all measure."""
        (length,) = REPLY_HEAD.unpack(await self.reader.readexactly(REPLY_HEAD.size))
        if length > MAX_REPLY:
            raise ValueError("a reply without measure")
        return await self.reader.readexactly(length)

    def kill(self) -> None:
        self.writer.transport.abort()
        self.process.kill()


class ChildParser:
    """A parser in a child process. `start` is optional: the first job starts a child if none runs."""

    def __init__(self, *, deadline: float = DEADLINE, clock: Callable[[], float] = time.time) -> None:
        """Take the seconds that one body may take, and a clock in Unix seconds to judge dates by."""
        self._deadline = deadline
        self._clock = clock
        self._turn = asyncio.Lock()
        self._child: _Child | None = None
        self._killed: list[subprocess.Popen[bytes]] = []
        self._closed = False

    async def start(self) -> None:
        """Start the child ahead of the first job and wait until it is ready. Raises FeedUnreadable if it cannot."""
        async with self._turn:
            await self._ready_child()

    async def close(self) -> None:
        """End the child. A job under way fails."""
        self._closed = True
        self._discard()
        async with self._turn:  # somebody may be starting a child at this moment
            self._discard()
        for process in self._killed:
            await asyncio.to_thread(process.wait)
        self._killed.clear()

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        """Read any body. Relative links are resolved against `base`, the feed's address, if the feed has no link.

        Raises FeedUnreadable, and nothing else, at most `deadline` seconds after its turn came.
        """
        job = pack_job(Job(body=body, content_type=content_type, base=base, now=self._clock()))
        async with self._turn:
            return await self._unpacked(await self._ask(await self._ready_child(), job))

    async def _ask(self, child: _Child, job: bytes) -> bytes:
        try:
            async with asyncio.timeout(self._deadline):
                child.writer.write(job)
                await child.writer.drain()
                return await child.reply()
        except TimeoutError as error:
            self._discard()
            raise FeedUnreadable(f"the feed takes longer than {self._deadline:g} s to read") from error
        except (OSError, EOFError, ValueError) as error:
            self._discard()
            raise FeedUnreadable("the feed took more memory or time to read than a feed may take") from error
        except BaseException:  # cancelled: the reply would come later and be taken for the next job's
            self._discard()
            raise

    async def _unpacked(self, payload: bytes) -> ParsedFeed:
        """Make the values, with a pause now and then, for a large feed takes a while."""
        try:
            head, lines = unpack_reply(payload)
            entries: list[Entry] = []
            for entry in lines:
                entries.append(entry)
                if len(entries) % _BREATH == 0:
                    await asyncio.sleep(0)
        except (ValueError, TypeError) as error:
            self._discard()
            raise FeedUnreadable("the feed broke the process that reads feeds") from error
        if head.worn:
            self._discard()
        if head.error:
            raise FeedUnreadable(head.error)
        return ParsedFeed(title=head.title, entries=tuple(entries))

    async def _ready_child(self) -> _Child:
        """Give the child that runs, else a fresh one."""
        if self._child is not None and self._child.process.poll() is not None:
            self._discard()
        if self._child is None:
            if self._closed:
                raise FeedUnreadable("the bot is stopping; the feed is read after the next start")
            try:
                self._child = await self._started()
            except (OSError, EOFError, ValueError) as error:
                raise FeedUnreadable(f"the process that reads feeds does not start ({type(error).__name__})") from error
        return self._child

    async def _started(self) -> _Child:
        self._killed = [process for process in self._killed if process.poll() is None]
        ours, theirs = socket.socketpair()
        # Not asyncio's own subprocess: cancelled while it starts one, it may wait for ever (Python 3.11).
        with theirs:
            try:
                process = _process(theirs)
            except BaseException:
                ours.close()
                raise
        try:
            reader, writer = await asyncio.open_connection(sock=ours)
        except BaseException:
            ours.close()
            process.kill()
            self._killed.append(process)
            raise
        child = _Child(process=process, reader=reader, writer=writer)
        try:
            async with asyncio.timeout(START_DEADLINE):
                await child.reply()
        except BaseException:
            child.kill()
            self._killed.append(process)
            raise
        return child

    def _discard(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._killed.append(self._child.process)
            self._child = None


def _process(theirs: socket.socket) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # this very Python and a module of this house
        [sys.executable, "-P", "-W", "ignore", "-m", "bot.feeds.parse.worker"],
        stdin=theirs.fileno(),
        stdout=theirs.fileno(),
        env=_environment(),
        start_new_session=True,  # Ctrl-C in a terminal goes to the parent alone
    )


def _environment() -> dict[str, str]:
    """Give the child what it needs to find the code, and none of the parent's secrets."""
    home = str(Path(bot.__file__).parent.parent)
    return {"PATH": os.defpath, "PYTHONPATH": home, "PYTHONDONTWRITEBYTECODE": "1"}
