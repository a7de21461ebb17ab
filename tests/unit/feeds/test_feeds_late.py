"""Feeds that answer late, beside a good one at the same host: on a virtual time, over real sockets."""

import asyncio
from dataclasses import replace
from ipaddress import ip_network
from itertools import pairwise

import leaping
import pytest
from examples import a_state

from bot.errors import FeedError, FeedUnreachable
from bot.feeds.fetch.http import HttpFetcher
from bot.feeds.schedule.wait import after_failure, after_success, host_share, late_wait
from bot.model import Feed, Fetched, Health, NotModified, Schedule
from bot.poll.health import after_failure as failed
from bot.settings.schema import PollSettings

LOOPBACK = (ip_network("127.0.0.0/8"),)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<rss>"
ANNA = 7


class SlowHost:
    """A host at which `/good` is answered at once, and all else after so many `seconds`. `asked` is (path, when)."""

    def __init__(self, time: leaping.VirtualTime, seconds: float) -> None:
        self.time = time
        self.asked: list[tuple[str, float]] = []
        self._seconds = seconds

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            self.asked.append((path, self.time.now))
            if path != "/good":
                await asyncio.sleep(self._seconds)
            writer.write(OK)
            await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    def when(self, path: str) -> list[float]:
        return [at for asked, at in self.asked if asked == path]


async def polled(fetcher: HttpFetcher, feed: Feed, poll: PollSettings, time: leaping.VirtualTime) -> None:
    """Poll a feed for ever, as `wait` plans it."""
    state = a_state(feed=feed.name, url=feed.url)
    while True:
        try:
            answer = await fetcher.fetch(feed, state)
            schedule = after_success(state.schedule, answer, feed=feed, poll=poll, now=time.now)
            state = replace(state, schedule=schedule, health=replace(state.health, failures=0))
        except FeedError as error:
            health = failed(state.health, error, now=time.now, seconds=0.0)
            schedule = after_failure(state.schedule, health, error, feed=feed, poll=poll, now=time.now)
            state = replace(state, schedule=schedule, health=health)
        await asyncio.sleep(max(state.schedule.next_poll - time.now, 0.0))


def lived(seconds: float, *, interval: float, late: int, takes: float = 29.0, chats: tuple[int, ...] = ()) -> SlowHost:
    """Let a good feed and so many late ones live at one host."""

    async def trial(time: leaping.VirtualTime) -> SlowHost:
        host = SlowHost(time, takes)
        server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
        site = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        fetcher = HttpFetcher(user_agent="x", chats_may_reach=LOOPBACK)
        poll = PollSettings(interval=interval, min_interval=min(interval, 120.0), max_interval=3_600.0)
        feeds = [Feed(name=f"l{n}", title="", url=f"{site}/late{n}", chats=chats) for n in range(late)]
        feeds.append(Feed(name="good", title="", url=f"{site}/good"))
        tasks = [asyncio.create_task(polled(fetcher, feed, poll, time)) for feed in feeds]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await fetcher.close()
        server.close()
        return host

    return leaping.run(trial)


@pytest.mark.parametrize(("late", "chats"), [(4, ()), (6, (ANNA,))])
def test_a_good_feed_beside_late_ones_is_asked_in_time(late, chats) -> None:
    """At an interval of a second it is asked whenever its host may be, but for the first round."""
    host = lived(300.0, interval=1.0, late=late, chats=chats)
    waits = [later - earlier for earlier, later in pairwise(host.when("/good"))]
    assert host.when("/good")[0] <= 30.0
    assert (
        max(waits) <= 2 * 4.0 + 2 * 2.0
    )  # a share and the spacing, of one that is asked for the first time, and its own
    assert len(waits) >= 60


def test_at_five_minutes_the_good_feed_keeps_its_interval() -> None:
    """The first round costs it some shares, and no later one does."""
    host = lived(7_200.0, interval=300.0, late=4)
    first, *waits = [later - earlier for earlier, later in pairwise([0.0, *host.when("/good")])]
    assert first <= 30.0
    assert max(waits) <= 300.0 * 1.05


def test_late_feeds_are_still_read_and_asked_less_and_less() -> None:
    """Each of four has its own turn beside the good one, and backs off as one that never answers does."""
    host = lived(6 * 3_600.0, interval=300.0, late=4)
    for number in range(4):
        asked = host.when(f"/late{number}")
        assert len(asked) >= 5
        assert asked[-1] - asked[-2] >= 3_600.0


def test_an_answer_at_second_14_is_none_that_backs_off() -> None:
    """Half of the time that an answer may take is not late."""
    asked = lived(3_600.0, interval=300.0, late=1, takes=14.0).when("/late0")
    assert max(later - earlier for earlier, later in pairwise(asked)) <= 330.0


FEED, OF_CHAT = Feed(name="f", title="", url="http://a/"), Feed(name="f", title="", url="http://a/", chats=(ANNA,))


@pytest.mark.parametrize(
    ("seconds", "every", "share"),
    [
        (0.0, 300.0, 4.0),  # nothing is known
        (0.3, 300.0, 4.0),  # quick, and may be slow for once
        (0.99, 300.0, 4.0),
        (1.0, 300.0, 4.0),
        (1.01, 300.0, 4.04),  # four times what is usual
        (7.4, 300.0, 29.6),
        (7.5, 300.0, 30.0),
        (7.6, 300.0, 30.0),  # a tenth of the interval
        (20.0, 60.0, 6.0),
        (20.0, 1.0, 4.0),
        (20.0, 0.0, 4.0),  # it failed last
    ],
)
def test_what_a_request_may_hold_its_host_for_follows_from_its_history(seconds, every, share) -> None:
    """Within a floor and a tenth of the interval; feeds of chats may half of that."""
    schedule = Schedule(seconds=seconds, every=every)
    assert host_share(FEED, schedule) == pytest.approx(share)
    assert host_share(OF_CHAT, schedule) == pytest.approx(share / 2)


def test_the_history_is_what_answers_took_of_late() -> None:
    """The first answer says how long it takes, later ones say it with a third of their weight."""
    poll, schedule = PollSettings(), Schedule()
    for took, usual in ((2.0, 2.0), (12.0, 5.0), (5.0, 5.0)):
        schedule = after_success(schedule, NotModified(seconds=took), feed=FEED, poll=poll, now=1_000.0)
        assert schedule.seconds == pytest.approx(usual)


@pytest.mark.parametrize(("late", "wait"), [(0, 0.0), (1, 120.0), (2, 300.0), (3, 600.0), (6, 3_600.0), (900, 3_600.0)])
def test_late_answers_in_a_row_double_the_wait_as_failures_do(late, wait) -> None:
    """Up to max_interval; one in time begins anew."""
    poll = PollSettings()
    assert late_wait(late, 300.0, poll) == wait
    before = Schedule(late=max(late - 1, 0))
    after = after_success(before, Fetched(body=b"x", late=late > 0), feed=FEED, poll=poll, now=0.0)
    assert (after.late, after.next_poll) == (late, max(wait, 300.0))


def test_a_late_failure_and_a_late_answer_count_alike() -> None:
    """A feed that answers in vain and in time by turns is late all the same; a refusal in time is not."""
    health, poll = Health(failures=1), PollSettings()
    counts = [
        after_failure(Schedule(late=2), health, FeedUnreachable("x", late=late), feed=FEED, poll=poll, now=0.0).late
        for late in (True, False)
    ]
    assert counts == [3, 0]
