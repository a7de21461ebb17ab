"""When feeds are asked next."""

import itertools
from dataclasses import replace

import pytest
from examples import a_state, answered, changed, failed
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FeedError, FeedRefused, FeedUnreachable
from bot.feeds.schedule.wait import (
    DAY,
    LONGEST,
    SPREAD,
    STEP_SLACK,
    allowed_from,
    even_step,
    first_delay,
    interval,
    own_share,
    resumed,
    soonest,
)
from bot.model import Feed, FeedState, Fetched, NotModified, ParsedFeed, Schedule
from bot.settings import PollSettings

POLL = PollSettings(interval=300.0, min_interval=120.0, max_interval=3_600.0)
FEED = Feed(name="times", title="The Times", url="https://x.example/rss")
NOW = 1_582_900_000.0
FRESH = a_state(feed="times", url=FEED.url)
DOWN = FeedUnreachable("x.example did not answer")


def fail(state: FeedState, error: FeedError, now: float) -> FeedState:
    return failed(state, error, feed=FEED, poll=POLL, now=now)


def succeed(state: FeedState, now: float, answer: Fetched | NotModified | None = None) -> FeedState:
    return answered(state, answer or NotModified(), feed=FEED, poll=POLL, now=now)


def refused(status: int, retry_after: float | None = None) -> FeedRefused:
    return FeedRefused("x.example says no", status=status, retry_after=retry_after)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [(None, 300.0), (600.0, 600.0), (10.0, 120.0), (86_400.0, 3_600.0), (0.0, 120.0)],
)
def test_a_feed_has_its_own_interval_within_the_bounds(wanted: float | None, given: float) -> None:
    """A feed's interval counts, else that of the config, neither below nor above the bounds."""
    assert interval(replace(FEED, interval=wanted), POLL) == given


def test_a_success_ends_all_trouble() -> None:
    """After an answer the next poll is one interval away and no failure is remembered."""
    troubled = fail(fail(FRESH, DOWN, NOW - 900), DOWN, NOW - 600)
    state = succeed(troubled, NOW)
    assert (state.schedule.next_poll, state.health.failures, state.health.failing_since, state.health.error) == (
        NOW + 300,
        0,
        0.0,
        "",
    )
    assert (state.schedule.last_poll, state.health.last_success) == (NOW, NOW)


def test_a_200_replaces_the_validators_and_a_304_completes_them() -> None:
    """What a 200 did not bring is gone; what a 304 did not bring stays."""
    state = succeed(FRESH, NOW, Fetched(body=b"x", etag='"1"', last_modified="Monday"))
    assert (state.validators.etag, state.validators.last_modified, state.url) == ('"1"', "Monday", FEED.url)
    state = succeed(state, NOW, NotModified(etag='"2"'))
    assert (state.validators.etag, state.validators.last_modified) == ('"2"', "Monday")
    state = succeed(state, NOW, Fetched(body=b"y", last_modified="Tuesday"))
    assert (state.validators.etag, state.validators.last_modified) == ("", "Tuesday")


def test_a_failure_keeps_the_validators_and_says_why() -> None:
    """A failed poll forgets nothing that the next one needs."""
    state = fail(changed(FRESH, etag='"1"', body_hash="b", primed=True, last_success=5.0), DOWN, NOW)
    assert (state.validators.etag, state.validators.body_hash, state.primed, state.health.last_success) == (
        '"1"',
        "b",
        True,
        5.0,
    )
    assert (state.health.failures, state.health.failing_since, state.health.error) == (
        1,
        NOW,
        "x.example did not answer",
    )


def test_failures_back_off_step_by_step() -> None:
    """One quick retry, then doubling up to the longest interval, and after a day ever more slowly, up to a day."""
    state, now, waits = FRESH, NOW, []
    while now < NOW + 20 * DAY:
        state = fail(state, DOWN, now)
        waits.append(state.schedule.next_poll - now)
        now = state.schedule.next_poll
    assert waits[:7] == [120, 300, 600, 1_200, 2_400, 3_600, 3_600]
    assert all(later >= earlier for earlier, later in itertools.pairwise(waits[1:]))
    assert waits[-1] == DAY
    assert state.health.failing_since == NOW


def test_success_starts_the_count_anew() -> None:
    """A failure after a success is a first failure."""
    state = fail(fail(FRESH, DOWN, NOW), DOWN, NOW + 100)
    state = fail(succeed(state, NOW + 200), DOWN, NOW + 300)
    assert (state.health.failures, state.health.failing_since, state.schedule.next_poll) == (1, NOW + 300, NOW + 420)


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (refused(429), 4 * 3_600),
        (refused(503), 4 * 3_600),
        (refused(429, 600.0), 600),
        (refused(503, 1.0), 120),
        (refused(503, 0.0), 120),
        (refused(429, 1e12), LONGEST),
        (refused(500, 900.0), 900),
        (refused(404), 120),
        (refused(410), LONGEST),
        (refused(410, 5.0), LONGEST),
    ],
)
def test_what_the_publisher_asks_for_is_heeded_within_bounds(error: FeedRefused, wait: float) -> None:
    """Retry-After holds from the shortest interval to a month; overload without it is four hours; gone is a month."""
    assert fail(FRESH, error, NOW).schedule.next_poll == NOW + wait


def test_a_restart_does_not_ask_too_early() -> None:
    """What was left of the wait before the restart is waited for after it."""
    state = succeed(FRESH, NOW)
    assert first_delay(state, feed=FEED, poll=POLL, now=NOW + 100) == 200
    assert first_delay(state, feed=FEED, poll=POLL, now=NOW + 1_000) == 0
    refusal = fail(FRESH, refused(429, 9_000.0), NOW)
    assert first_delay(refusal, feed=FEED, poll=POLL, now=NOW + 1_000) == 8_000


def test_a_feed_that_is_overdue_at_a_start_still_waits_for_an_hour_in_which_it_may_be_asked() -> None:
    """Downtime is no reason to ask in skipHours, nor are failures."""
    midnight = NOW // DAY * DAY
    state = changed(succeed(FRESH, midnight - 400), skip_hours=(0, 1))
    assert first_delay(state, feed=FEED, poll=POLL, now=midnight + 600) == 2 * 3_600 - 600
    assert fail(state, DOWN, midnight - 60).schedule.next_poll == midnight + 2 * 3_600


def test_a_feed_never_polled_or_moved_is_due_at_once() -> None:
    """A new feed, and one whose address was changed while it was failing, do not wait."""
    assert first_delay(a_state(feed="times"), feed=FEED, poll=POLL, now=NOW) == 0
    gone = changed(fail(FRESH, refused(410), NOW), url="https://x.example/old")
    assert first_delay(gone, feed=FEED, poll=POLL, now=NOW + 1) == 0


def test_a_clock_that_was_put_back_does_not_postpone_a_poll() -> None:
    """Two hours back, two months back: the wait is at most what was decided."""
    state = succeed(FRESH, NOW)
    assert first_delay(state, feed=FEED, poll=POLL, now=NOW - 7_200) == 300
    failed = fail(fail(FRESH, DOWN, NOW), DOWN, NOW)
    assert first_delay(failed, feed=FEED, poll=POLL, now=NOW - 60 * DAY) == 300


def test_a_shorter_interval_in_the_config_counts_at_once() -> None:
    """Whoever shortens an interval does not wait for the old one to end."""
    state = succeed(FRESH, NOW)
    sooner = replace(FEED, interval=150.0)
    assert first_delay(state, feed=sooner, poll=POLL, now=NOW + 10) == 150


def test_a_state_that_makes_no_sense_is_cut() -> None:
    """A wait without measure, from a state that was damaged, is at most a month."""
    state = changed(fail(FRESH, DOWN, NOW), next_poll=NOW + 1e15)
    assert first_delay(state, feed=FEED, poll=POLL, now=NOW) == LONGEST


TIMES = st.floats(0, 1e11)
ERRORS = st.builds(refused, st.sampled_from([304, 404, 410, 429, 500, 503]), st.none() | st.floats(0, 1e18)) | st.just(
    DOWN
)


@given(st.lists(st.tuples(ERRORS | st.none(), TIMES), max_size=30), TIMES)
def test_whatever_happens_the_wait_is_within_bounds(events: list[tuple[FeedError | None, float]], now: float) -> None:
    """No sequence of answers, errors and clock jumps gives a wait below the shortest or above a month."""
    state = FRESH
    for error, at in events:
        state = fail(state, error, at) if error else succeed(state, at)
        assert POLL.min_interval * 0.99 <= state.schedule.next_poll - at <= LONGEST * 1.01
        assert state.health.failing_since <= at or not state.health.failures
    assert 0 <= first_delay(state, feed=FEED, poll=POLL, now=now) <= LONGEST


def test_a_feed_is_not_asked_out_of_its_turn_more_often_than_the_shortest_interval() -> None:
    """min_interval after the last poll at the soonest; a clock that was put back makes it no longer than that."""
    state = a_state(feed="times", last_poll=NOW)
    for now, wait in ((NOW, POLL.min_interval), (NOW + 10, POLL.min_interval - 10), (NOW + 9_999, 0)):
        assert soonest(state.schedule, poll=POLL, now=now) == wait
    assert soonest(state.schedule, poll=POLL, now=NOW - 7_200) == POLL.min_interval


def test_a_publishers_wish_lengthens_the_interval_up_to_the_longest() -> None:
    """`<ttl>` and its like count where the operator has named no interval for the feed, and never beyond his bound."""
    assert interval(FEED, POLL, wish=1_800.0) == 1_800
    assert interval(FEED, POLL, wish=36_000.0) == 3_600
    assert interval(FEED, POLL, wish=60.0) == 300
    assert interval(changed(FEED, interval=600.0), POLL, wish=1_800.0) == 600


def test_who_asks_every_few_seconds_asks_a_feed_of_his_own() -> None:
    hurried = PollSettings(interval=1.0, min_interval=1.0, max_interval=3_600.0)
    assert interval(FEED, hurried, wish=600.0) == 1


def test_a_copy_that_the_cache_still_gives_is_not_asked_for() -> None:
    state = succeed(FRESH, NOW, Fetched(body=b"x", fresh_for=900.0))
    assert state.schedule.next_poll == NOW + 900
    assert succeed(FRESH, NOW, Fetched(body=b"x", fresh_for=1e9)).schedule.next_poll == NOW + 3_600


def test_hours_and_days_in_which_a_publisher_wants_to_be_left_are_kept() -> None:
    parsed = ParsedFeed(title="", entries=(), skip_hours=(0, 1, 2), skip_days=(5, 6))
    friday = 1_582_934_400.0  # 29 February 2020, a Saturday, 00:00 GMT
    state = answered(FRESH, Fetched(body=b"x"), feed=FEED, poll=POLL, now=friday - 60, parsed=parsed)
    assert state.schedule.next_poll == friday + 2 * DAY + 3 * 3_600
    assert first_delay(state, feed=FEED, poll=POLL, now=friday) == 2 * DAY + 3 * 3_600
    assert allowed_from(friday - 60, state.schedule) == friday - 60


def permanent(address: str) -> NotModified:
    return NotModified(permanent=address)


def test_three_permanent_redirects_to_one_address_in_a_row_move_a_feed() -> None:
    state = FRESH
    for expected in ("", "", "https://new.example/rss"):
        state = succeed(state, NOW, permanent("https://new.example/rss"))
        assert state.validators.address == expected
    assert state.url == FEED.url


def test_redirects_that_change_or_stop_move_nothing() -> None:
    state, first, second = FRESH, permanent("https://a.example/"), permanent("https://b.example/")
    for answer in [first, first, second] * 3:
        state = succeed(state, NOW, answer)
    for answer in [first, first, NotModified()] * 3:
        state = succeed(state, NOW, answer)
    assert state.validators.address == ""


def test_a_new_address_that_fails_for_a_day_is_given_up_for_the_old_one() -> None:
    state, now = changed(FRESH, address="https://new.example/rss"), NOW
    while state.validators.address:
        state = fail(state, DOWN, now)
        now = state.schedule.next_poll
    assert DAY < now - NOW < 2 * DAY


def test_the_last_polls_are_kept_with_what_came_of_them() -> None:
    state = FRESH
    for number in range(12):
        state = succeed(state, NOW + number) if number % 2 else fail(state, refused(500), NOW + number)
    assert len(state.health.polls) == 10
    assert [poll.outcome for poll in state.health.polls[-2:]] == ["500", "304"]


def test_feeds_whose_plans_are_alike_are_asked_over_half_a_minute() -> None:
    """Each feed has its own share of it, which stays the same, and a thousand feeds fill it evenly."""
    shares = sorted(own_share(replace(FEED, name=f"feed-{number}"), 1_000) for number in range(1_000))
    assert own_share(FEED, 1_000) == own_share(replace(FEED, title="Other"), 1_000)
    assert own_share(FEED, 10) < 0.5, "a few feeds are asked when their habits say"
    assert all(0 <= share < SPREAD for share in shares)
    assert max(later - sooner for sooner, later in itertools.pairwise(shares)) < 0.5


@pytest.mark.parametrize("late", [0.0, 0.4, 4.0])
def test_the_steps_of_an_address_are_an_interval_apart_however_late_each_poll_is(late) -> None:
    now, times = NOW, []
    for _ in range(5):
        now = even_step(FEED.url, 300.0, now + 150.0) + late
        times.append(now - late)
    assert [later - sooner for sooner, later in itertools.pairwise(times)] == pytest.approx([300.0] * 4)


def test_other_addresses_have_other_steps() -> None:
    steps = {even_step(f"https://{number}.example/rss", 300.0, NOW) for number in range(100)}
    assert len(steps) == 100
    assert all(NOW - STEP_SLACK <= step < NOW + 300.0 for step in steps)


@pytest.mark.parametrize(
    ("schedule", "after"),
    [
        (Schedule(), -NOW),
        (Schedule(last_poll=NOW - 30, next_poll=NOW + DAY), POLL.min_interval - 30),
        (Schedule(last_poll=NOW - DAY, next_poll=NOW + DAY), 0),
        (Schedule(last_poll=NOW - 30, next_poll=NOW + 900, held_until=NOW + 900), 900),
        (Schedule(last_poll=NOW - 30, held_until=NOW + 99 * DAY), 31 * DAY),
        (Schedule(last_poll=NOW - 300, fresh_until=NOW + 600), 600),
        (Schedule(last_poll=NOW - 300, fresh_until=NOW + DAY), POLL.max_interval),
    ],
)
def test_a_feed_that_is_resumed_is_asked_as_soon_as_its_publisher_lets_it(schedule, after) -> None:
    assert resumed(schedule, poll=POLL, now=NOW).next_poll - NOW == after


def test_a_publishers_word_is_kept_until_it_has_answered_well() -> None:
    held = fail(FRESH, FeedRefused("later", status=429, retry_after=900.0), NOW)
    assert held.schedule.held_until == NOW + 900
    assert fail(held, refused(500), NOW + 60).schedule.held_until == NOW + 900
    assert succeed(held, NOW + 901).schedule.held_until == 0.0
