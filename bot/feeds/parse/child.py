"""Reads feeds in child processes, so that no body can hang, bloat or break the bot. Meets `ports.Parser`.

    body -> a free child, else a fresh one -> job -> (`worker`, under limits) -> reply -> ParsedFeed

There is one child as a rule and two while both have work: a body made to be slow holds up one of them for as long as
the deadline, and the others' feeds are read by the other. The second ends after a minute without use, as it costs some
15 MB. A feed that has overrun once waits for the others of its kind, so that such feeds never hold both.
Whatever goes wrong with a job, its child is killed and replaced at the next one.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing, nullcontext
from dataclasses import replace

from bot.errors import FeedUnreadable
from bot.feeds.parse.process import Child, Killed, started
from bot.feeds.parse.wire import Head, Job, pack_job, unpack_entry, unpack_head
from bot.model import Entry, ParsedFeed

CHILDREN = 2
DEADLINE = 4.0  # seconds for one body; real feeds take 5 to 100 ms
IDLE = 60.0  # seconds after which a second child without work ends
WORKER = "bot.feeds.parse.worker"
_BREATH = 50  # entries that are made before other tasks have their turn
_SLOW_KEPT = 1_000  # addresses of slow feeds that are remembered


class ChildParser:
    """A parser in child processes. `start` is optional: the first job starts a child if none runs."""

    def __init__(
        self, *, deadline: float = DEADLINE, idle: float = IDLE, clock: Callable[[], float] = time.time
    ) -> None:
        """Take the seconds that one body may take and that a second child stays, and a clock to judge dates by."""
        self._deadline = deadline
        self._idle_for = idle
        self._clock = clock
        self._places = asyncio.Semaphore(CHILDREN)
        self._starting = asyncio.Lock()
        self._running: set[Child] = set()
        self._idle: list[Child] = []  # the last used at the end, and taken first
        self._killed = Killed()
        self._retirement: asyncio.TimerHandle | None = None
        self._slow: dict[str, None] = {}  # in the order in which they were slow
        self._slow_turn = asyncio.Lock()
        self._closed = False

    async def start(self) -> None:
        """Start a child ahead of the first job and wait until it is ready. Raises FeedUnreadable if it cannot."""
        async with self._places:
            self._release(await self._ready_child())

    async def close(self) -> None:
        """End the children. Jobs under way fail."""
        self._closed = True
        if self._retirement is not None:
            self._retirement.cancel()
        for child in tuple(self._running):
            self._discard(child)
        for _ in range(CHILDREN):  # somebody may be starting a child at this moment
            await self._places.acquire()
        for _ in range(CHILDREN):
            self._places.release()
        await self._killed.ended()

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        """Read any body. Relative links are resolved against `base`, the feed's address, if the feed has no link.

        Raises FeedUnreadable, and nothing else, at most `deadline` seconds after its turn came.
        """
        job = Job(body=body, content_type=content_type, base=base, now=self._clock())
        async with self._slow_turn if base in self._slow else nullcontext(), self._places:
            child = await self._ready_child()
            try:
                async with asyncio.timeout(self._deadline):
                    head = await _read(child, job)
            except TimeoutError as error:
                self._discard(child)
                self._remember_slow(base)
                raise FeedUnreadable(f"the feed takes longer than {self._deadline:g} s to read") from error
            except (OSError, EOFError) as error:
                self._discard(child)
                self._remember_slow(base)
                raise FeedUnreadable("the feed took more memory or time to read than a feed may take") from error
            except (ValueError, TypeError) as error:
                self._discard(child)
                raise FeedUnreadable("the feed broke the process that reads feeds") from error
            except BaseException:  # cancelled: the reply would come later and be taken for the next job's
                self._discard(child)
                raise
            self._settle(child, head, base)
        if head.error:
            raise FeedUnreadable(head.error)
        return head.feed

    def _settle(self, child: Child, head: Head, base: str) -> None:
        self._slow.pop(base, None)
        if head.worn:
            self._discard(child)
        else:
            self._release(child)

    async def _ready_child(self) -> Child:
        """Return a child that runs and is free, else a fresh one.

        They start one at a time, so that a job that comes while one is started ahead takes that one.
        """
        if child := self._free_child():
            return child
        async with self._starting:
            if child := self._free_child():
                return child
            if self._closed:
                raise FeedUnreadable("the bot is stopping; the feed is read after the next start")
            try:
                child = await started(WORKER)
            except (OSError, EOFError, ValueError) as error:
                raise FeedUnreadable(f"the process that reads feeds does not start ({type(error).__name__})") from error
            self._running.add(child)
            return child

    def _free_child(self) -> Child | None:
        while self._idle:
            child = self._idle.pop()
            if child.is_alive():
                return child
            self._discard(child)
        return None

    def _release(self, child: Child) -> None:
        """Let the next job have this child."""
        if self._closed:
            self._discard(child)
            return
        self._idle.append(child)
        if len(self._idle) > 1 and self._retirement is None:
            self._retirement = asyncio.get_running_loop().call_later(self._idle_for, self._retire)

    def _retire(self) -> None:
        """End the child that was idle longest, unless all have work again."""
        self._retirement = None
        for child in self._idle[:-1]:
            self._discard(child)

    def _discard(self, child: Child) -> None:
        self._running.discard(child)
        if child in self._idle:
            self._idle.remove(child)
        self._killed.kill(child)

    def _remember_slow(self, base: str) -> None:
        if base:
            self._slow[base] = None
            if len(self._slow) > _SLOW_KEPT:
                del self._slow[next(iter(self._slow))]


async def _read(child: Child, job: Job) -> Head:
    """Have one body read. Its entries are in the head's `feed`. Raises as `Child.ask`, TypeError for no reply."""
    async with aclosing(child.ask(pack_job(job), job.body)) as lines:
        head = unpack_head(await anext(lines))
        entries: list[Entry] = []
        while len(entries) < head.entries:
            entries.append(unpack_entry(await anext(lines)))
            if len(entries) % _BREATH == 0:  # lines that are here already do not wait
                await asyncio.sleep(0)
    return replace(head, feed=replace(head.feed, entries=tuple(entries)))
