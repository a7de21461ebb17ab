"""Polls every feed when it is due: asked by each tick, one poll of a feed at a time, no feed waits for another."""

import asyncio
from collections.abc import Callable

import structlog

from bot.draining import drained
from bot.errors import StoreUnwritable
from bot.feeds.cadence.due import DueFeeds
from bot.feeds.cadence.wait import PollSettings, first_delay, soonest
from bot.feeds.feedlist import FeedList
from bot.model import Feed
from bot.pipeline import Look, Pipeline
from bot.ports import REAL_CLOCKS, Clocks, PollStore

OVERRUN = 120.0
"""Seconds without the end of any poll, while some are under way, after which polling counts as hung. Fetch and parse
have deadlines far below; a poll that waits for its turn at a slow host may take longer, others end meanwhile."""

STEP, LONGEST_START = 0.1, 300.0
"""At the start, what is overdue is asked so many seconds apart, and all of it within so many."""

log = structlog.get_logger()


class Poller:
    """Keeps feeds and their due times, on a clock that only goes forward. `progress` is called by healthy ticks."""

    def __init__(
        self,
        *,
        feeds: FeedList,
        pipeline: Pipeline,
        store: PollStore,
        poll: PollSettings,
        clocks: Clocks = REAL_CLOCKS,
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        self.feeds = feeds
        self._pipeline = pipeline
        self._store = store
        self._poll = poll
        self._clock = clocks.wall
        self._steady = clocks.steady
        self._progress = progress
        self.observe: Callable[[Look], None] = lambda _: None
        self._due = DueFeeds()
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._last_end = self._steady()
        self._again: set[str] = set()
        overdue = 0
        step = min(STEP, LONGEST_START / max(len(feeds), 1))
        for feed in feeds:
            delay = self._first_delay(feed)
            if not delay:
                delay, overdue = overdue * step, overdue + 1
            self._due.put(feed.name, self._steady() + delay)

    async def tick(self) -> None:
        """Start a poll of each feed that is due."""
        now = self._steady()
        for name in self._due.pop_due(now):
            feed = self.feeds.get(name)
            if feed is None or name in self._polls or self._store.feed_state(name).paused:
                continue  # removed, or it puts itself back when it ends or is resumed
            task = asyncio.create_task(self._poll_one(feed), name=f"poll {name}")
            if not self._polls:
                self._last_end = now
            self._polls[name] = task
            task.add_done_callback(self._ended(name))
        if not self._polls or now - self._last_end < OVERRUN:
            self._progress()

    def watch(self, feed: Feed) -> None:
        """Take a feed up that was added or resumed, when it is due by what is remembered of it."""
        self._due.put(feed.name, self._steady() + self._first_delay(feed))

    def poll_soon(self, name: str) -> None:
        """Poll a feed as soon as it may be, for it is said to have news. One that fails or is paused waits on."""
        state = self._store.feed_state(name)
        if self.feeds.get(name) is None or state.failures or state.paused:
            return
        if not self._due.hasten(name, self._steady() + soonest(state, poll=self._poll, now=self._clock())):
            self._again.add(name)  # the poll under way may have been too early

    def _first_delay(self, feed: Feed) -> float:
        return first_delay(self._store.feed_state(feed.name), feed=feed, poll=self._poll, now=self._clock())

    async def drain(self, seconds: float) -> None:
        """Wait for polls under way, at most so many seconds. One that is cut off has remembered nothing."""
        await drained(self._polls.values(), seconds)

    def _ended(self, name: str) -> Callable[[asyncio.Task[None]], None]:
        def ended(_: asyncio.Task[None]) -> None:
            del self._polls[name]
            self._last_end = self._steady()

        return ended

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
