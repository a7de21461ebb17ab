"""Polls every feed when it is due: asked by each tick, one poll of a feed at a time, no feed waits for another."""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from bot.errors import StoreUnwritable
from bot.feeds.cadence.due import DueFeeds
from bot.feeds.cadence.wait import PollSettings, first_delay, soonest
from bot.model import Feed
from bot.pipeline import Look, Pipeline
from bot.ports import Clock, PollStore

OVERRUN = 120.0
"""Seconds without the end of any poll, while some are under way, after which polling counts as hung. Fetch and parse
have deadlines far below; a poll that waits for its turn at a slow host may take longer, others end meanwhile."""

log = structlog.get_logger()


class Poller:
    """Keeps feeds and their due times, on a clock that only goes forward. `progress` is called by healthy ticks."""

    def __init__(
        self,
        *,
        feeds: Sequence[Feed],
        pipeline: Pipeline,
        store: PollStore,
        poll: PollSettings,
        clock: Clock = time.time,
        steady: Clock = time.monotonic,
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        self.feeds = {feed.name: feed for feed in feeds}
        self._pipeline = pipeline
        self._store = store
        self._poll = poll
        self._clock = clock
        self._steady = steady
        self._progress = progress
        self.observe: Callable[[Look], None] = lambda _: None
        self._due = DueFeeds()
        self._polls: set[asyncio.Task[None]] = set()
        self._last_end = steady()
        self._again: set[str] = set()
        for feed in feeds:
            delay = first_delay(store.feed_state(feed.name), feed=feed, poll=poll, now=clock())
            self._due.put(feed.name, steady() + delay)

    async def tick(self) -> None:
        """Start a poll of each feed that is due."""
        now = self._steady()
        for name in self._due.pop_due(now):
            task = asyncio.create_task(self._poll_one(self.feeds[name]), name=f"poll {name}")
            if not self._polls:
                self._last_end = now
            self._polls.add(task)
            task.add_done_callback(self._ended)
        if not self._polls or now - self._last_end < OVERRUN:
            self._progress()

    def poll_soon(self, name: str) -> None:
        """Poll a feed as soon as it may be, for it is said to have news. One that fails waits on."""
        state = self._store.feed_state(name)
        if name not in self.feeds or state.failures:
            return
        if not self._due.hasten(name, self._steady() + soonest(state, poll=self._poll, now=self._clock())):
            self._again.add(name)  # the poll under way may have been too early

    async def drain(self, seconds: float) -> None:
        """Wait for polls under way, at most so many seconds. One that is cut off has remembered nothing."""
        tasks = list(self._polls)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._polls.discard(task)
        self._last_end = self._steady()

    async def _poll_one(self, feed: Feed) -> None:
        delay = self._poll.min_interval
        self._again.discard(feed.name)
        try:
            look = await self._pipeline.poll(feed)
            self.observe(look)
            delay = max(0.0, look.state.next_poll - self._clock())
        except StoreUnwritable as error:
            log.warning("poll.paused", feed=feed.name, reason=str(error))
        except Exception:
            # One feed that breaks the poller must not stop the others; it is asked again.
            log.exception("poll.broke", feed=feed.name)
        finally:
            self._due.put(feed.name, self._steady() + delay)
            if feed.name in self._again:
                self.poll_soon(feed.name)
