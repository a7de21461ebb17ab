"""What is told of a feed that comes and goes, and when it is well."""

from dataclasses import replace

from examples import a_state, answered, changed, failed

from bot.errors import FeedUnreachable
from bot.model import Feed, FeedState, NotModified
from bot.poll import health
from bot.settings import PollSettings

POLL = PollSettings(interval=300.0, min_interval=120.0, max_interval=3_600.0)
FEED = Feed(name="times", title="The Times", url="https://x.example/rss")
NOW = 1_582_900_000.0
FRESH = a_state(feed="times", url=FEED.url, primed=True, last_new=NOW)


def lived(state: FeedState, pattern: str, *, start: float = NOW, step: float = 1_200.0) -> tuple[FeedState, list[str]]:
    """Poll a feed every so many seconds, `.` being an answer, `x` a failure. Returns its state and what was told."""
    said: list[str] = []
    for number, sign in enumerate(pattern):
        before, now = state, start + number * step
        if sign == "x":
            error = FeedUnreachable("x.example did not answer")
            state = failed(before, error, feed=FEED, poll=POLL, now=now)
        else:
            state = answered(before, NotModified(), feed=FEED, poll=POLL, now=now)
        state = changed(state, last_new=now)
        after, news = health.news(before, state, FEED, now)
        state = replace(state, health=after)
        said += [each.kind for each in news]
    return state, said


def test_a_feed_that_fails_for_an_hour_is_told_once_and_once_when_it_is_well():
    _, said = lived(FRESH, "...xxxxxxxxxxxx.........")
    assert said == ["broken", "well"]


def test_a_feed_that_comes_and_goes_is_told_once_and_well_when_that_is_over():
    _, said = lived(FRESH, "xxxxxx." * 40 + "......")
    assert said == ["broken", "well"]


def test_a_feed_that_was_broken_is_well_after_an_hour_of_answers_and_not_before():
    state, said = lived(FRESH, "xxxxxx..")
    assert said == ["broken"]
    assert health.condition(state, NOW + 8 * 1_200.0) == "recovering"
    state, said = lived(state, "..", start=NOW + 8 * 1_200.0)
    assert said == ["well"]
    assert health.condition(state, NOW + 10 * 1_200.0) == "well"


def test_a_feed_that_is_polled_often_is_well_when_all_its_polls_that_are_kept_were_answered():
    state, _ = lived(FRESH, "xxxxxx")
    _, said = lived(state, "." * 9, start=NOW + 7_200.0, step=120.0)
    assert said == []
    _, said = lived(state, "." * 10, start=NOW + 7_200.0, step=120.0)
    assert said == ["well"]


def test_a_feed_that_fails_now_and_then_is_not_spoken_of():
    _, said = lived(FRESH, "xx.x.xx...x." * 20)
    assert said == []
