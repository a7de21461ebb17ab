"""Polls every feed when it is due: asked by each tick, one poll of a feed at a time, no feed waits for another."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext

import structlog

from bot.errors import StoreUnwritable
from bot.feeds.schedule.wait import PollBounds, first_delay, soonest
from bot.model import Feed
from bot.model.bounds import PRIVATE_POLLS, PRIVATE_POLLS_EACH
from bot.poll.feedlist import FeedList
from bot.poll.pipeline import Pipeline
from bot.poll.places import Places
from bot.poll.roster import Roster
from bot.ports import PollStore
from bot.runtime.clocks import SLEPT, Clocks
from bot.runtime.draining import drained

OVERRUN = 120.0
"""Seconds without the end of any poll, while some are under way, after which polling counts as hung. Fetch and parse
have deadlines far below; a poll that waits for its turn at a slow host may take longer, others end meanwhile."""

SWEEP = 60.0
"""Seconds between two looks for feeds that nobody asks, and that a due feed may be late."""
LONGEST_POLL = 3_600.0
"""Seconds that one poll may take, its wait for the turn at a slow host included, before it is said to hang."""

STEP, LONGEST_START = 0.1, 300.0
"""After a start, or a sleep of the machine, what is overdue is polled STEP apart, all of it within LONGEST_START."""

log = structlog.get_logger()


class Poller:
    """Keeps feeds and their due times, on a clock that only goes forward. `progress` is called by healthy ticks."""

    def __init__(
        self,
        *,
        feeds: FeedList,
        pipeline: Pipeline,
        store: PollStore,
        poll: PollBounds,
        clocks: Clocks,
        progress: Callable[[], None],
    ) -> None:
        self.feeds = feeds
        self._pipeline = pipeline
        self._store = store
        self._poll = poll
        self._clock = clocks.wall
        self._steady = clocks.steady
        self._progress = progress
        self._roster = Roster()
        self._places = Places(PRIVATE_POLLS, PRIVATE_POLLS_EACH)
        self._polls: set[asyncio.Task[float]] = set()
        now = self._last_end = self._last_sweep = self._last_tick = self._steady()
        for feed in feeds:
            self._roster.add(feed.name, now + self._first_delay(feed))
        self._spread_overdue(now)

    async def tick(self) -> None:
        """Start a poll of each feed that is due."""
        now = self._steady()
        if now - self._last_tick > SLEPT:
            self._last_end = self._last_sweep = now
            self._spread_overdue(now)
        elif now - self._last_sweep >= SWEEP:
            self._sweep(now)
        self._last_tick = now
        for name in self._roster.start_due(now):
            feed = self.feeds.get(name)
            if feed is None or self._store.feed_state(name).paused:
                self._roster.remove(name)  # if it is resumed, it is added again
                continue
            task = asyncio.create_task(self._poll_one(feed), name=f"poll {name}")
            if not self._polls:
                self._last_end = now
            self._polls.add(task)
            task.add_done_callback(self._ended(feed))
        if not self._polls or now - self._last_end < OVERRUN:
            self._progress()

    @property
    def soonest(self) -> float | None:
        """A time, on the steady clock, before which no feed is due; None if none waits."""
        return self._roster.soonest

    def watch(self, feed: Feed) -> None:
        """Take a feed up that was added or resumed, when it is due by what is remembered of it."""
        self._roster.add(feed.name, self._steady() + self._first_delay(feed))

    def poll_soon(self, name: str) -> None:
        """Poll a feed as soon as it may be, for it is said to have news. One that fails or is paused waits on."""
        state = self._store.feed_state(name)
        if self.feeds.get(name) is None or state.health.failures or state.paused:
            return
        self._roster.hasten(name, self._steady() + soonest(state.schedule, poll=self._poll, now=self._clock()))

    def _spread_overdue(self, now: float) -> None:
        """Let feeds that became due while nobody looked be asked one after another, the longest overdue first."""
        step = min(STEP, LONGEST_START / max(len(self.feeds), 1))
        for number, name in enumerate(self._roster.waiting_until(now)):
            self._roster.add(name, now + number * step)

    def _first_delay(self, feed: Feed) -> float:
        return first_delay(self._store.feed_state(feed.name), feed=feed, poll=self._poll, now=self._clock())

    async def drain(self, seconds: float) -> None:
        """Wait for polls under way, at most `seconds`. One that is cut off has remembered nothing."""
        await drained(self._polls, seconds)

    def _ended(self, feed: Feed) -> Callable[[asyncio.Task[float]], None]:
        """Return what follows the end of a poll, however it ended: the feed waits for its next one."""

        def ended(task: asyncio.Task[float]) -> None:
            now = self._last_end = self._steady()
            self._polls.discard(task)
            error = None if task.cancelled() else task.exception()
            delay = self._poll.min_interval if task.cancelled() or error else task.result()
            if self._roster.end(feed.name, now + delay):
                self.poll_soon(feed.name)
            if error is not None:  # even the log may refuse, where the disk is full
                raise error

        return ended

    async def _poll_one(self, feed: Feed) -> float:
        """Poll a feed and return the seconds until its next poll. One that breaks the poller must not stop others."""
        try:
            async with self._places.place(feed.chats[0]) if feed.chats else nullcontext():
                outcome = await self._pipeline.poll(feed)
        except StoreUnwritable as error:
            log.debug("poll.paused", feed=feed.name, reason=str(error))
        except Exception:
            log.exception("poll.broke", feed=feed.name)
        else:
            if outcome is not None:
                schedule = outcome.state.schedule  # the wall clock may have been set meanwhile
                return max(0.0, schedule.next_poll - schedule.last_poll)
        return self._poll.min_interval

    def _sweep(self, now: float) -> None:
        """Look for feeds that nobody asks, say so, and ask them: a fault here must not lose news in silence."""
        self._last_sweep = now
        forgotten = [feed for feed in self.feeds if feed.name not in self._roster]
        for feed in forgotten:
            if not self._store.feed_state(feed.name).paused:
                log.critical("poll.forgotten", feed=feed.name, reason="it was not going to be asked; now it is")
                self._roster.add(feed.name, now)
        for name in self._roster.late(now - LONGEST_POLL):
            log.critical("poll.hangs", feed=name, reason=f"no end of its poll for {LONGEST_POLL:.0f} s")
