"""Every feed is asked when it is due, whatever happens between two ticks."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
import structlog
from examples import a_state
from structlog.testing import capture_logs

from bot.delivery.outbox import Outbox
from bot.errors import StoreUnwritable
from bot.model import Changes, Feed
from bot.poll.feedlist import FeedList
from bot.poll.outcome import PollOutcome
from bot.poll.poller import LONGEST_POLL, STEP, SWEEP, Poller
from bot.runtime.clocks import Clocks
from bot.settings import PollSettings
from bot.store import open_store

WALL = 1_700_000_000.0
FEED = Feed(name="times", title="The Times", url="https://times.example/rss")
POLL = PollSettings(interval=300.0, min_interval=120.0, max_interval=3_600.0)


class Newsstand:
    """A poller with a clock under control and a pipeline that answers as told."""

    def __init__(self, tmp_path: Path) -> None:
        self.now = 1_000.0
        self.asked: list[float] = []
        self.next_in = 300.0
        self.at_the_end = lambda: None
        self.breaks: Exception | None = None
        self.store = open_store("tinydb:t.db", tmp_path, outbox=Outbox())
        self.set_by = 0.0
        clocks = Clocks(wall=lambda: WALL + self.now + self.set_by, steady=lambda: self.now)
        feeds = FeedList([FEED], self.store)
        self.poller = Poller(
            feeds=feeds, pipeline=self, store=self.store, poll=POLL, clocks=clocks, progress=lambda: None
        )

    async def poll(self, feed: Feed) -> PollOutcome:
        """Take the place of the pipeline."""
        self.asked.append(self.now)
        await asyncio.sleep(0)
        now = WALL + self.now
        self.at_the_end()
        if self.breaks:
            raise self.breaks
        state = a_state(feed=feed.name, last_poll=now, next_poll=now + self.next_in)
        return PollOutcome(feed=feed, state=state, changes=Changes())

    def tick(self) -> None:
        """Tick here and now, between any two steps of a poll: a tick waits for nothing."""
        with suppress(StopIteration):
            self.poller.tick().send(None)

    def tick_for(self, seconds: float) -> None:
        """Let time pass with a tick every ten seconds."""
        ends = self.now + seconds
        while self.now < ends:
            self.now = min(self.now + 10.0, ends)
            self.tick()

    async def come_to_rest(self) -> None:
        """Let every poll under way end."""
        while self.poller._polls:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0)


@pytest.fixture
def stand(tmp_path):
    stand = Newsstand(tmp_path)
    yield stand
    stand.store.close()


async def test_a_tick_between_the_end_of_a_poll_and_what_follows_it_loses_no_feed(stand):
    """A poll that ends already due is asked again, though a tick comes before anybody has heard of its end."""
    stand.next_in = 0.0
    loop = asyncio.get_running_loop()
    stand.at_the_end = lambda: loop.call_soon(stand.tick)
    for _ in range(5):
        stand.tick()
        await stand.come_to_rest()
    assert len(stand.asked) >= 5


async def test_a_hint_during_a_poll_has_the_feed_asked_again_as_soon_as_it_may(stand):
    """The poll under way may have been too early for what the hint tells."""
    stand.next_in = 3_000.0
    stand.at_the_end = lambda: stand.poller.poll_soon("times")
    stand.tick()
    await stand.come_to_rest()
    stand.at_the_end = lambda: None
    stand.now += 119.0
    stand.tick()
    stand.now += 1.0
    stand.tick()
    await stand.come_to_rest()
    assert len(stand.asked) == 2


@pytest.mark.parametrize("error", [RuntimeError("a bug"), asyncio.CancelledError()])
async def test_a_poll_that_breaks_is_asked_again_after_the_shortest_interval(stand, error):
    """Whatever ends a poll, the feed waits for its next one."""
    stand.breaks = error
    stand.tick()
    await stand.come_to_rest()
    stand.breaks = None
    stand.now += POLL.min_interval
    stand.tick()
    await stand.come_to_rest()
    assert len(stand.asked) == 2


async def test_a_poll_whose_failure_cannot_even_be_logged_is_asked_again(stand):
    """Where the disk is full the log may refuse, too."""

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    stand.breaks = StoreUnwritable("the disk is full")
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    structlog.configure(processors=[refuse])
    try:
        stand.tick()
        await stand.come_to_rest()
    finally:
        structlog.reset_defaults()
    stand.breaks = None
    stand.now += POLL.min_interval
    stand.tick()
    await stand.come_to_rest()
    assert len(stand.asked) == 2


async def test_a_paused_feed_is_left_alone_until_it_is_resumed(stand):
    stand.store.commit(Changes(states=(a_state(feed="times", paused=True),)))
    stand.tick()
    stand.now += 10_000.0
    stand.tick()
    await stand.come_to_rest()
    assert stand.asked == []
    stand.store.commit(Changes(states=(a_state(feed="times", paused=False),)))
    stand.poller.watch(FEED)
    stand.tick()
    await stand.come_to_rest()
    assert len(stand.asked) == 1


async def test_a_feed_that_nobody_was_going_to_ask_is_told_and_asked(stand):
    """Should the poller lose a feed all the same, it says so loudly and takes the feed up again."""
    stand.poller._roster.remove("times")
    with capture_logs() as told:
        stand.tick_for(SWEEP)
    await stand.come_to_rest()
    assert [event["event"] for event in told if event["log_level"] == "critical"] == ["poll.forgotten"]
    assert len(stand.asked) == 1


async def test_a_poll_without_an_end_is_told(stand):
    never = asyncio.Event()

    async def poll(_: Feed) -> PollOutcome:
        await never.wait()
        raise AssertionError

    stand.poll = poll
    stand.tick()
    await asyncio.sleep(0)
    with capture_logs() as told:
        stand.tick_for(LONGEST_POLL + SWEEP)
    assert "poll.hangs" in [event["event"] for event in told]
    await stand.poller.drain(0.0)


async def test_after_a_sleep_what_is_overdue_is_asked_in_turn_and_nothing_is_called_hung(stand):
    """The first goes at once; a machine that slept for two months is no reason to ask all publishers in one instant."""
    names = [f"paper-{number}" for number in range(20)]
    for name in names:
        feed = Feed(name=name, title=name, url=f"https://{name}.example/rss", chats=(7,))
        stand.store.commit(Changes(feeds=(feed,)))
        stand.poller.watch(feed)
    stand.tick()
    await stand.come_to_rest()
    stand.asked.clear()
    stand.now += 60 * 86_400.0
    with capture_logs() as told:
        stand.tick()
        await stand.come_to_rest()
        assert len(stand.asked) == 1
        for _ in range(len(names)):
            stand.now += 1.01 * STEP
            stand.tick()
            await stand.come_to_rest()
    assert len(stand.asked) == len(names) + 1
    assert told == []


async def test_a_wall_clock_that_is_set_during_a_poll_does_not_change_the_wait(stand):
    """What was decided by one time is not measured by another."""
    stand.at_the_end = lambda: setattr(stand, "set_by", 20 * 365 * 86_400.0)
    stand.tick()
    await stand.come_to_rest()
    stand.at_the_end = lambda: None
    stand.now += 299.0
    stand.tick()
    await stand.come_to_rest()
    assert len(stand.asked) == 1
    stand.now += 1.0
    stand.tick()
    await stand.come_to_rest()
    assert len(stand.asked) == 2
