"""How a feed is, and what is said of it, once."""

from dataclasses import replace

import pytest
from examples import a_state, answered, changed, failed

from bot.errors import FeedRefused, FeedUnreachable
from bot.feeds.schedule.wait import DAY
from bot.model import Entry, Feed, FeedState, NotModified, Poll
from bot.poll.health import BROKEN_SECONDS, condition, gap_of, last_polls, news, trouble, until, usual_gap
from bot.settings import PollSettings

POLL = PollSettings(interval=300.0, min_interval=120.0, max_interval=3_600.0)
FEED = Feed(name="times", title="The Times", url="https://x.example/rss")
NOW = 1_582_900_000.0
WELL = a_state(feed="times", url=FEED.url, last_poll=NOW, last_success=NOW, last_new=NOW, primed=True)
DOWN = FeedUnreachable("x.example did not answer")


def played(state: FeedState, answers, *, start: float = NOW):
    """Poll as often as `after_…` says, with each of these answers in turn; give what is said, and the last state."""
    said, now = [], start
    for answer in answers:
        if isinstance(answer, Exception):
            after = failed(state, answer, feed=FEED, poll=POLL, now=now)
        else:
            after = answered(state, NotModified(), feed=FEED, poll=POLL, now=now, seconds=float(answer))
            after = changed(after, last_new=now)
        health, fresh = news(state, after, FEED, now)
        state = replace(after, health=health)
        said += [each.kind for each in fresh]
        now = state.schedule.next_poll
    return said, state


def test_a_feed_that_fails_for_hours_is_told_once_and_once_when_it_is_well() -> None:
    said, state = played(WELL, [DOWN] * 30 + [0.1] * 15)
    assert said == ["broken", "well"]
    assert state.health.told == ""


def test_a_short_failure_is_told_to_nobody() -> None:
    assert played(WELL, [DOWN, DOWN, DOWN, 0.1, DOWN, 0.1])[0] == []


def test_a_feed_that_is_gone_is_told_at_once() -> None:
    gone = FeedRefused("x.example answered 410", status=410)
    said, state = played(WELL, [gone])
    assert said == ["gone"]
    assert condition(state, NOW) == "gone"


def test_a_feed_is_stale_when_it_is_silent_for_three_times_its_longest_silence() -> None:
    lively = changed(WELL, gap=DAY)
    assert trouble(lively.health, NOW + 2.9 * DAY) == ""
    assert trouble(lively.health, NOW + 3.1 * DAY) == "stale"


def test_a_feed_whose_habit_is_unknown_is_not_called_stale_for_two_weeks() -> None:
    assert trouble(WELL.health, NOW + 13 * DAY) == ""
    assert trouble(WELL.health, NOW + 15 * DAY) == "stale"


def test_a_slow_feed_is_told_to_who_runs_the_bot_alone() -> None:
    state = changed(WELL, polls=tuple(Poll(NOW, 12.0, "304") for _ in range(5)))
    _, said = news(WELL, state, FEED, NOW)
    assert [(each.kind, each.for_operator) for each in said] == [("slow", True)]
    assert "12 seconds" in said[0].text


def test_a_move_for_good_is_told_once_with_the_new_address() -> None:
    moved = changed(WELL, address="https://new.example/rss")
    health, said = news(WELL, moved, FEED, NOW)
    state = replace(moved, health=health)
    assert [each.kind for each in said] == ["moved"]
    assert "https://new.example/rss" in said[0].text
    assert news(state, state, FEED, NOW)[1] == ()


@pytest.mark.parametrize(
    ("times", "gap"),
    [((), 0.0), ((NOW,), 0.0), ((NOW, NOW - 60), 0.0), ((NOW, NOW - 60, NOW - 7_260), 7_200.0), ((NOW + 99, NOW), 0.0)],
)
def test_a_first_body_tells_the_longest_silence_if_its_dates_do(times, gap) -> None:
    assert gap_of(tuple(Entry(published=at) for at in times), NOW) == gap


def test_a_long_silence_is_remembered_and_slowly_forgotten() -> None:
    state = changed(WELL, gap=10_000.0)
    assert usual_gap(state.health, NOW + 50_000) == 50_000.0
    assert 9_000 < usual_gap(state.health, NOW + 60) < 10_000


def test_conditions_are_said_in_a_word() -> None:
    assert condition(a_state(feed="times"), NOW) == "not polled yet"
    assert condition(WELL, NOW) == "well"
    assert condition(replace(WELL, paused=True), NOW) == "paused"
    assert condition(changed(WELL, failures=1, failing_since=NOW), NOW) == "failing"
    long = NOW + BROKEN_SECONDS
    assert condition(changed(WELL, failures=9, failing_since=NOW), long) == "broken"


def test_polls_and_the_next_try_are_written_in_short() -> None:
    state = changed(WELL, polls=(Poll(NOW, 0.1, "304"), Poll(NOW, 0.1, "200", 2), Poll(NOW, 1.0, "unreachable")))
    assert last_polls(state.health) == "304 200+2 unreachable"
    assert until(changed(state, next_poll=NOW + 600), NOW) == "in 10 min"
    assert until(changed(state, next_poll=NOW + 4 * 3_600), NOW) == "in 4 h"
    assert until(state, NOW) == "now"
