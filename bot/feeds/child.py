"""Reads feeds in a child process, so that no body can hang, bloat or break the bot. Meets `ports.Parser`.

    body -> job frame -> child (`worker`, under limits) -> reply frame -> ParsedFeed

One job at a time. Whatever goes wrong with a job (too slow, child gone, caller cancelled) the child is killed and the
next job gets a fresh one, so frames can never get out of step.
"""

import asyncio
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path

import bot
from bot.errors import FeedUnreadable
from bot.feeds.frames import REPLY_HEAD, Job, pack_job, unpack_reply
from bot.model import Entry, ParsedFeed

DEADLINE = 4.0  # seconds for one body; real feeds take 5 to 100 ms
START_DEADLINE = 20.0  # seconds until a fresh child is ready; 0.3 on an idle machine
MAX_REPLY = 64 * 2**20
_BREATH = 50  # entries that are made before other tasks have their turn


class ChildParser:
    """A parser in a child process. `start` is optional: the first job starts a child if none runs."""

    def __init__(self, *, deadline: float = DEADLINE, clock: Callable[[], float] = time.time) -> None:
        """Take the seconds that one body may take, and a clock in Unix seconds to judge dates by."""
        self._deadline = deadline
        self._clock = clock
        self._turn = asyncio.Lock()
        self._child: Process | None = None
        self._killed: list[Process] = []
        self._closed = False

    async def start(self) -> None:
        """Start the child ahead of the first job and wait until it is ready. Raises FeedUnreadable if it cannot."""
        async with self._turn:
            await self._ready_child()

    async def close(self) -> None:
        """End the child. A job under way fails."""
        self._closed = True
        self._discard()
        for child in self._killed:
            await child.wait()
        self._killed.clear()

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        """Read any body. Relative links are resolved against `base`, the feed's address, if the feed has no link.

        Raises FeedUnreadable, and nothing else, at most `deadline` seconds after its turn came.
        """
        job = pack_job(Job(body=body, content_type=content_type, base=base, now=self._clock()))
        async with self._turn:
            return await self._unpacked(await self._ask(await self._ready_child(), job))

    async def _ask(self, child: Process, job: bytes) -> bytes:
        try:
            async with asyncio.timeout(self._deadline):
                assert child.stdin is not None
                child.stdin.write(job)
                await child.stdin.drain()
                return await _reply(child)
        except TimeoutError as error:
            self._discard()
            raise FeedUnreadable(
                f"the feed could not be read within {self._deadline:g} s; it is built too oddly"
            ) from error
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

    async def _ready_child(self) -> Process:
        """Give the child that runs, else a fresh one."""
        if self._child is not None and self._child.returncode is not None:
            self._discard()
        if self._child is None:
            self._child = await self._started()
        return self._child

    async def _started(self) -> Process:
        if self._closed:
            raise FeedUnreadable("the bot is stopping; the feed is read after the next start")
        self._killed = [child for child in self._killed if child.returncode is None]
        try:
            return await self._spawned()
        except (OSError, EOFError, ValueError) as error:
            raise FeedUnreadable(f"the process that reads feeds does not start ({type(error).__name__})") from error

    async def _spawned(self) -> Process:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-W", "ignore", "-m", "bot.feeds.worker"),
            stdin=PIPE,
            stdout=PIPE,
            env=_environment(),
            start_new_session=True,  # Ctrl-C in a terminal goes to the parent alone
        )
        try:
            async with asyncio.timeout(START_DEADLINE):
                await _reply(child)
        except BaseException:
            child.kill()
            self._killed.append(child)
            raise
        return child

    def _discard(self) -> None:
        if self._child is None:
            return
        child, self._child = self._child, None
        if child.returncode is None:
            child.kill()
        self._killed.append(child)


async def _reply(child: Process) -> bytes:
    """Read one reply frame. Raises EOFError if the child is gone, ValueError for a frame beyond all measure."""
    assert child.stdout is not None
    (length,) = REPLY_HEAD.unpack(await child.stdout.readexactly(REPLY_HEAD.size))
    if length > MAX_REPLY:
        raise ValueError("a reply without measure")
    return await child.stdout.readexactly(length)


def _environment() -> dict[str, str]:
    """Give the child what it needs to find the code, and none of the parent's secrets."""
    home = str(Path(bot.__file__).parent.parent)
    return {"PATH": os.defpath, "PYTHONPATH": home, "PYTHONDONTWRITEBYTECODE": "1"}
