"""When a feed is asked next, from its own habit; with publishers made up here, the same ones every time."""

import bisect
import copy
import functools
import itertools
import json
import math
import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.feeds.schedule.habit import Habit, document, habit_of, learn, liveliness, next_poll
from bot.feeds.schedule.rhythm import minute_factors

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
MONDAY = 1_577_664_000.0 + 5 * 7 * DAY  # 3 February 2020, 0:00 UTC
EVERY = 600.0


def poisson(rate: Callable[[float], float], days: int, peak: float, seed: int = 1) -> list[float]:
    """Publish with a rate (items an hour) that depends on the time, at most `peak`."""
    rnd = random.Random(seed)  # noqa: S311  # the same publishers every time
    at, published = MONDAY, []
    while (at := at + rnd.expovariate(peak / HOUR)) < MONDAY + days * DAY:
        if rnd.random() * peak < rate(at):
            published.append(at)
    return published


@functools.cache
def even_publisher(days: int = 30) -> list[float]:
    """Three items an hour, at any time."""
    return poisson(lambda _: 3.0, days, 3.0)


@functools.cache
def on_the_hour(days: int = 28) -> list[float]:
    """One item an hour at any time, and two more some seconds after the full hour."""
    rnd = random.Random(2)  # noqa: S311
    hours = (MONDAY + hour * HOUR for hour in range(days * 24))
    return sorted([*poisson(lambda _: 1.0, days, 1.0), *(h + rnd.uniform(1, 40) for h in hours for _ in range(2))])


def office(at: float) -> float:
    """Eight items an hour on weekdays from 8 to 18 UTC, else one in five hours."""
    return 8.0 if (at - MONDAY) // DAY % 7 < 5 and 8 <= at % DAY // HOUR < 18 else 0.2


@functools.cache
def newsroom(days: int = 35) -> list[float]:
    return poisson(office, days, 8.0)


class Reader:
    """Polls a publisher as the bot would. `appears` is when each item is in the feed, `published` what it says."""

    def __init__(self, appears: Sequence[float], published: Sequence[float | None] | None = None) -> None:
        self.appears = appears
        self.published = appears if published is None else published
        self.habit = Habit()
        self.polls: list[float] = []
        self.now = MONDAY
        self.seen = 0
        self.clock = 0.0  # by how much the bot's clock is wrong

    def read(self, until: float, *, every: float = EVERY, shortest: float = 120.0, longest: float = HOUR) -> "Reader":
        """Go on until a time."""
        while self.now < until:
            there = bisect.bisect_right(self.appears, self.now)
            shown, now = self.now + self.clock, self.now
            self.habit = learn(self.habit, self.published[self.seen : there], now=shown, every=every)
            self.seen = there
            self.polls.append(now)
            self.now += next_poll(self.habit, now=shown, every=every, shortest=shortest, longest=longest) - shown
        return self

    def away(self, until: float) -> "Reader":
        """Be switched off until a time, and come back with what was remembered."""
        self.habit = habit_of(json.loads(json.dumps(document(self.habit))))
        self.now = max(self.now, until)
        return self

    def delay(self, since: float, until: float) -> float:
        """Return the mean seconds from an item's appearance to the poll that found it."""
        items = [at for at in self.appears if since <= at < until]
        found = [self.polls[bisect.bisect_left(self.polls, at)] - at for at in items]
        return sum(found) / len(found)

    def wait(self, since: float) -> float:
        """Return the mean seconds from any moment to the next poll: the delay of items that come at any time."""
        waits = gaps([at for at in self.polls if at >= since])
        return sum(wait * wait for wait in waits) / sum(waits) / 2

    def count(self, since: float, until: float) -> int:
        return bisect.bisect_left(self.polls, until) - bisect.bisect_left(self.polls, since)

    def most_in_a_day(self, since: float) -> int:
        return max(self.count(at, at + DAY) for at in self.polls if at >= since)


@functools.cache
def read(publisher: Callable[[], list[float]], days: int) -> Reader:
    """Read a publisher for some days; tests share the outcome and do not read on."""
    return Reader(publisher()).read(MONDAY + days * DAY)


def gaps(polls: Sequence[float]) -> list[float]:
    return [b - a for a, b in itertools.pairwise(polls)]


def test_a_new_feed_is_asked_at_its_fixed_interval() -> None:
    """Nothing is known of it, so it is asked exactly as often as the config says, and so is one that stays empty."""
    reader = Reader([]).read(MONDAY + DAY, every=420.0)
    assert gaps(reader.polls) == pytest.approx([420.0] * (len(reader.polls) - 1))


def test_a_feed_that_publishes_on_the_hour_is_asked_right_after_it() -> None:
    """After ten days nearly every full hour has a poll within its first one and a quarter minutes."""
    reader = read(on_the_hour, 22)
    after = [MONDAY + hour * HOUR for hour in range(10 * 24, 19 * 24)]
    assert sum(reader.count(at + 30, at + 75) > 0 for at in after) > 0.95 * len(after)


def test_a_spiky_publisher_is_found_sooner_with_as_many_requests() -> None:
    """Two thirds of the items come on the hour: the mean delay is well below an even one's five minutes."""
    reader, since, until = read(on_the_hour, 22), MONDAY + 10 * DAY, MONDAY + 19 * DAY
    assert reader.delay(since, until) < 0.55 * EVERY / 2
    assert reader.count(since, until) <= (until - since) / EVERY


def test_a_feed_without_habit_is_asked_evenly() -> None:
    """Chance is not taken for habit: an item waits at most 2 % longer than with a fixed interval."""
    reader = read(even_publisher, 22)
    assert reader.wait(MONDAY + 7 * DAY) < 1.02 * EVERY / 2
    assert reader.count(MONDAY + 7 * DAY, MONDAY + 21 * DAY) == pytest.approx(14 * DAY / EVERY, rel=0.02)


def test_the_rhythm_of_the_week_is_used() -> None:
    """A newsroom that works in the day is asked more often then than at night and on Sundays, and items come sooner."""
    reader, since, until = read(newsroom, 29), MONDAY + 14 * DAY, MONDAY + 28 * DAY
    tuesday, sunday = MONDAY + 22 * DAY, MONDAY + 27 * DAY
    at_work = reader.count(tuesday + 9 * HOUR, tuesday + 17 * HOUR)
    assert at_work > 1.5 * reader.count(tuesday - 3 * HOUR, tuesday + 5 * HOUR)
    assert at_work > 1.3 * reader.count(sunday + 9 * HOUR, sunday + 17 * HOUR)
    assert reader.delay(since, until) < 0.8 * EVERY / 2


@pytest.mark.parametrize(("publisher", "days"), [(on_the_hour, 22), (newsroom, 29), (even_publisher, 22)])
def test_the_budget_is_kept_over_weeks(publisher: Callable[[], list[float]], days: int) -> None:
    """There are never more requests than a fixed interval makes, and at most 5 % fewer, once the feed is known."""
    since, until = MONDAY + (days - 8) // 7 * 7 * DAY, MONDAY + (days - 1) // 7 * 7 * DAY
    count = read(publisher, days).count(since, until)
    assert 0.95 * (until - since) / EVERY < count <= (until - since) / EVERY


@pytest.mark.parametrize(("publisher", "days"), [(on_the_hour, 22), (newsroom, 29), (even_publisher, 22)])
def test_no_day_has_a_tenth_more_requests_than_allowed(publisher: Callable[[], list[float]], days: int) -> None:
    """Saving up for the weekdays has an end."""
    assert read(publisher, days).most_in_a_day(MONDAY) <= 1.1 * DAY / EVERY + 1


@functools.cache
def _met() -> Reader:
    return Reader(on_the_hour()).read(MONDAY + 8 * DAY)


def met() -> Reader:
    """Return a reader that has known its feed for eight days, to read on with."""
    reader = copy.copy(_met())
    reader.polls = list(reader.polls)
    return reader


@pytest.mark.parametrize("jump", [2 * HOUR, -2 * HOUR])
def test_a_clock_that_jumps_causes_neither_burst_nor_silence(jump: float) -> None:
    """In real time the waits keep their bounds and no day has a tenth more requests, nor a tenth fewer."""
    reader = met()
    reader.clock += jump
    reader.read(MONDAY + 10 * DAY)
    reader.clock -= jump
    reader.read(MONDAY + 12 * DAY)
    assert min(gaps(reader.polls)) >= 120.0 - 1e-3
    assert max(gaps(reader.polls)) <= HOUR + 1e-3
    assert reader.most_in_a_day(MONDAY + 7 * DAY) <= 1.1 * DAY / EVERY + 1
    assert min(reader.count(MONDAY + d * DAY, MONDAY + (d + 1) * DAY) for d in (8, 9, 10, 11)) > 0.9 * DAY / EVERY


@pytest.mark.parametrize("hours", [0.5, 5, 50])
def test_downtime_is_not_made_up_for(hours: float) -> None:
    """What was not asked while the bot was off or the feed failed is no allowance for later."""
    reader = met()
    back = reader.now + hours * HOUR
    reader.away(back).read(back + 3 * DAY)
    assert reader.most_in_a_day(back - DAY) <= 1.1 * DAY / EVERY + 1
    assert reader.count(back, back + DAY) > 0.9 * DAY / EVERY


def test_failed_polls_are_not_made_up_for() -> None:
    """A day on which only every fourth hour brings an answer is followed by a usual one."""
    reader = met()
    for hour in range(4, 24, 4):
        reader.away(MONDAY + 8 * DAY + hour * HOUR).read(reader.now + 1)
    reader.read(MONDAY + 11 * DAY)
    assert reader.most_in_a_day(MONDAY + 9 * DAY) <= 1.1 * DAY / EVERY + 1


@pytest.mark.parametrize("jump", [2 * HOUR, -2 * HOUR])
def test_no_mixture_of_trouble_causes_a_burst(jump: float) -> None:
    """Downtime, failures and a clock that is set to and fro, at a feed that is at its daily limit without them."""
    rnd = random.Random(3)  # noqa: S311
    reader, now, end = Reader(newsroom()).read(MONDAY + 5 * DAY), MONDAY + 5 * DAY, MONDAY + 17 * DAY
    while now < end:
        now += rnd.uniform(0.2, 2) * DAY
        reader.read(now)
        trouble = rnd.choice(("clock", "clock", "down", "failing"))
        if trouble == "clock":
            reader.clock = jump - reader.clock
        for _ in range({"clock": 0, "down": 1, "failing": 5}[trouble]):
            now = reader.now + (0.5 if trouble == "failing" else rnd.uniform(1, 20)) * HOUR
            reader.away(now).read(now + 1)
    assert reader.most_in_a_day(MONDAY + DAY) <= 1.1 * DAY / EVERY + 1
    assert min(gaps(reader.polls)) >= 120.0 - 1e-3


@pytest.mark.parametrize("other", [300.0, 1_800.0])
def test_another_interval_holds_from_the_next_poll_on(other: float) -> None:
    """A changed `every` is kept at once, without what was saved or owed under the old one leading to a burst."""
    reader = met().read(MONDAY + 12 * DAY, every=other)
    assert reader.count(MONDAY + 9 * DAY, MONDAY + 10 * DAY) == pytest.approx(DAY / other, rel=0.1)
    assert reader.most_in_a_day(MONDAY + 9 * DAY) <= 1.1 * DAY / other + 1


def test_a_feed_that_dies_is_asked_at_its_interval_and_found_when_it_lives_again() -> None:
    """No items for weeks: the mean stays near the interval, no wait is longer than `longest`; then it is as before."""
    living = [at for at in on_the_hour() if at < MONDAY + 8 * DAY]
    reader = met()
    reader.appears = reader.published = [*living, *(at + 28 * DAY for at in living)]
    reader.read(MONDAY + 34 * DAY)
    assert reader.count(MONDAY + 14 * DAY, MONDAY + 28 * DAY) == pytest.approx(14 * DAY / EVERY, rel=0.03)
    assert max(gaps(reader.polls)) <= HOUR + 1e-3
    assert reader.most_in_a_day(MONDAY) <= 1.1 * DAY / EVERY + 1
    assert reader.delay(MONDAY + 29 * DAY, MONDAY + 33 * DAY) < 0.8 * EVERY / 2


def test_items_that_appear_later_than_they_say_are_awaited_when_they_appear() -> None:
    """A feed that shows items of the full hour three minutes later is asked at three past, not in vain at one past."""
    published = [at for at in on_the_hour() if at % HOUR < 60]
    reader = Reader([at + 180 for at in published], published).read(MONDAY + 13 * DAY)
    assert reader.delay(MONDAY + 7 * DAY, MONDAY + 12 * DAY) < 0.5 * EVERY / 2


def test_items_without_dates_teach_no_minute_of_the_hour() -> None:
    """They came some time since the last poll; that the polls themselves have a rhythm must not become the feed's."""
    items = even_publisher()
    reader = Reader(items, [None] * len(items)).read(MONDAY + 16 * DAY)
    minutes = minute_factors(reader.habit.rhythm)
    assert (min(minutes), max(minutes)) == pytest.approx((1.0, 1.0), abs=0.15)
    assert reader.wait(MONDAY + 7 * DAY) < 1.02 * EVERY / 2


def test_a_feed_is_not_asked_while_its_cache_gives_the_same_copy() -> None:
    """Asking is put off until the copy is over, but not beyond the longest wait."""
    habit, now = read(on_the_hour, 22).habit, read(on_the_hour, 22).now
    at = next_poll(habit, now=now, every=EVERY, shortest=120.0, longest=HOUR, fresh_until=now + 1_500)
    assert now + 1_500 < at <= now + HOUR
    assert next_poll(habit, now=now, every=EVERY, shortest=120.0, longest=HOUR, fresh_until=now + DAY) == now + HOUR
    assert next_poll(Habit(), now=now, every=EVERY, shortest=120.0, longest=HOUR, fresh_until=now + 900) == now + 901


def late_at_a_cache(*, life: float, others: bool, polls: int = 30) -> tuple[Habit, float, float]:
    """Ask a cache each time a minute after its copy has ended: others have had a new one made by then, or nobody."""
    habit, now = met().habit, MONDAY + 8 * DAY
    for _ in range(polls):
        fresh = now + life - (60.0 if others else 0.0)
        habit = learn(habit, [], now=now, every=EVERY, fresh_until=fresh)
        last, now = now, fresh + 60.0
    return habit, last, fresh


def test_where_others_ask_as_well_a_feed_is_asked_as_soon_as_its_copy_has_ended() -> None:
    """Whoever comes later than the others gets a copy that is older by as much; where nobody asks the plan decides."""
    bounds = {"every": EVERY, "shortest": 120.0, "longest": HOUR}
    busy, now, fresh = late_at_a_cache(life=600.0, others=True)
    assert next_poll(busy, now=now, fresh_until=fresh, **bounds) == pytest.approx(fresh + 1)
    alone, now, fresh = late_at_a_cache(life=600.0, others=False)
    assert alone.copies.shared == 0.0
    assert next_poll(alone, now=now, fresh_until=fresh, **bounds) > fresh


def test_a_burst_is_followed_closely_and_a_lull_is_not() -> None:
    """Ten items within a quarter of an hour bring the next poll nearer than none within half a day do."""
    reader = Reader(even_publisher()).read(MONDAY + 14 * DAY)
    burst = learn(reader.habit, [reader.now - 30 * n for n in range(10)], now=reader.now, every=EVERY)
    lull = reader.habit
    for _ in range(72):
        lull = learn(lull, [], now=lull.last + EVERY, every=EVERY)
    wait = {
        habit: next_poll(habit, now=habit.last, every=EVERY, shortest=120.0, longest=HOUR) - habit.last
        for habit in (burst, lull)
    }
    assert liveliness(burst) > 1.5
    assert liveliness(lull) < 0.8
    assert wait[burst] < 0.8 * wait[lull]


def test_a_first_poll_teaches_gently() -> None:
    """Fifty old items say something of the feed's habit, but the next polls are still near the interval."""
    items = [MONDAY - DAY + at for at in range(0, int(DAY), 1_728)]
    habit = learn(Habit(), items, now=MONDAY, every=EVERY)
    assert sum(habit.rhythm.hours) == pytest.approx(1_000, abs=50)
    assert next_poll(habit, now=MONDAY, every=EVERY, shortest=120.0, longest=HOUR) == pytest.approx(
        MONDAY + EVERY, abs=120
    )


def test_a_habit_goes_through_json_unchanged_and_is_small() -> None:
    """What is stored is at most two kilobytes, also for a feed that publishes thousands of items a day."""
    busy = Reader(poisson(lambda _: 400.0, 8, 400.0)).read(MONDAY + 8 * DAY)
    for habit in (Habit(), busy.habit, read(newsroom, 29).habit):
        text = json.dumps(document(habit), separators=(",", ":"))
        assert len(text) <= 2_000
        assert habit_of(json.loads(text)) == habit


@pytest.mark.parametrize("stored", [None, {}, {"rhythm": 3}, {"rhythm": {"hours": [1, 2]}}, {"unheard": 1}])
def test_a_stored_habit_that_is_none_is_begun_anew(stored: dict[str, object] | None) -> None:
    """A habit can be learned again, so nothing fails for its sake."""
    assert habit_of(stored) == Habit()


odd = st.one_of(st.none(), st.floats(), st.floats(min_value=MONDAY - 3 * DAY, max_value=MONDAY + 3 * DAY))
polls = st.lists(st.tuples(st.floats(min_value=-3 * HOUR, max_value=30 * DAY), st.lists(odd, max_size=30)), max_size=12)


@settings(max_examples=150)
@given(
    history=polls,
    every=st.floats(min_value=1.0, max_value=2 * DAY),
    bounds=st.tuples(st.floats(min_value=1.0, max_value=DAY), st.floats(min_value=1.0, max_value=DAY)),
    fresh=st.floats(min_value=-DAY, max_value=2 * DAY),
)
def test_whatever_happens_the_bounds_hold(
    history: list[tuple[float, list[float | None]]], every: float, bounds: tuple[float, float], fresh: float
) -> None:
    """Odd dates, odd clocks, odd intervals: the next poll is between `shortest` and `longest` from now."""
    shortest, longest = min(bounds), max(bounds)
    habit, now = Habit(), MONDAY
    for waited, published in history:
        now += waited
        habit = learn(habit, published, now=now, every=every, fresh_until=now + fresh)
        wait = next_poll(habit, now=now, every=every, shortest=shortest, longest=longest, fresh_until=now + fresh) - now
        assert math.isfinite(wait)
        assert shortest - 1e-3 <= wait <= longest + 1e-3
    assert habit_of(json.loads(json.dumps(document(habit)))) == habit
