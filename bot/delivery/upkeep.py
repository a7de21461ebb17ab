"""Gives up what has waited too long for chats that cannot be reached, forgets what is old, and files what is new.

Each slice is one durable write of a few milliseconds, and others are let in between. How long what is kept is decided
in `retention`.
"""

import asyncio
from collections.abc import Iterator

import structlog

from bot.delivery.outbox import Outbox
from bot.delivery.retention import KeptUp, expired, may_forget, of_all, of_feed, of_told
from bot.delivery.settle import SUSPENDED_LIMIT
from bot.errors import StoreUnwritable
from bot.ports import UpkeepStore
from bot.runtime.clocks import Clock
from bot.runtime.rounds import PIECE, Rounds

_AT_ONCE = 100
"""Deliveries that are given up in one slice."""

log = structlog.get_logger()


class Upkeep:
    """Tidies up, from `begin` to the end of it or to `close`."""

    def __init__(self, *, store: UpkeepStore, outbox: Outbox, clock: Clock) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._kept_up = KeptUp()
        self._task: asyncio.Task[None] | None = None
        self._filing: asyncio.Task[None] | None = None
        self._rounds = Rounds(rest=PIECE)  # filing takes half of the loop's time at most

    async def begin(self) -> None:
        """Tidy up beside all else, unless that is being done."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="upkeep")

    def file(self) -> None:
        """File items beside all else, if there are enough of them."""
        if (self._filing is None or self._filing.done()) and self._store.is_to_file():
            self._filing = asyncio.create_task(self._file(), name="file items")

    async def close(self) -> None:
        """Leave the rest for another time."""
        tasks = [task for task in (self._task, self._filing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def tidy(self) -> int:
        """Do all of it. Returns how many deliveries were given up. Raises StoreUnwritable."""
        given_up = 0
        for count in self.slices():
            given_up += count
            await asyncio.sleep(0)
        return given_up

    def slices(self) -> Iterator[int]:
        """Do a slice for each step. Gives how many deliveries each has given up."""
        now = self._clock()
        daily, kept_up = may_forget(self._kept_up, now)
        self._kept_up = self._kept_up._replace(at=now)
        yield from self._expire(now)
        while self._store.forget(of_all(now)):
            yield 0
        if daily:
            yield from self._forget(now)
        self._kept_up = kept_up

    def _forget(self, now: float) -> Iterator[int]:
        while self._store.forget(of_told(now)):
            yield 0
        name = ""
        while name := self._store.next_feed(name):
            retention = of_feed(self._store.added_feeds().get(name), self._store.feed_state(name), now)
            while self._store.forget(retention):
                yield 0
            yield 0

    def _expire(self, now: float) -> Iterator[int]:
        for head in self._outbox.held():
            while head.created < now - SUSPENDED_LIMIT:
                given_up = expired(self._store.queue(head.chat, _AT_ONCE), now)
                if not given_up.deliveries and not given_up.dropped:
                    break
                self._store.commit(given_up)
                yield len(given_up.deliveries)

    async def _file(self, *, thorough: bool = False) -> None:
        try:
            await self._rounds.all_of(self._store.file(thorough=thorough))
        except StoreUnwritable as error:
            log.debug("filing.paused", reason=str(error))  # the lookout says so; it is tried again at the next tick

    async def _run(self) -> None:
        try:
            given_up = await self.tidy()
        except StoreUnwritable as error:
            log.debug("upkeep.paused", reason=str(error))  # the lookout says so; in an hour it is tried again
            return
        if given_up:
            log.warning("outbox.expired", deliveries=given_up, reason="their chats could not be reached for a day")
        if self._filing is None or self._filing.done():
            self._filing = asyncio.create_task(self._file(thorough=True), name="file items anew")
