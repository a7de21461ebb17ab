"""When a feed is asked next. Pure: times are Unix seconds and come in as `now`.

| after | the wait |
|---|---|
| success or 304 | the feed's interval, else [poll] interval, within its bounds |
| a failure | min_interval once, then doubling from the interval up to max_interval |
| a day of failing | a quarter of the time it has lasted, up to a day; never given up |
| 429, 503 | what Retry-After says, within bounds; 4 hours if it says nothing |
| 410 | a month, for publishers blunder too; a changed address is asked at once |
"""

from dataclasses import dataclass, replace

from bot.errors import FeedError, FeedRefused
from bot.model import Feed, FeedState, Fetched, NotModified

DAY = 86_400.0
LONGEST = 31 * DAY
OVERLOADED = 4 * 3_600.0
_OVERLOAD = frozenset({429, 503})
_GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSettings:
    """How often feeds may be asked, in seconds: min_interval <= interval <= max_interval.

    `interval` is what a feed gets that names none; max_interval holds while a feed works or has failed for less than a
    day.
    """

    interval: float
    min_interval: float
    max_interval: float


def interval(feed: Feed, poll: PollSettings) -> float:
    """Give the seconds between two polls of a feed that works."""
    wanted = poll.interval if feed.interval is None else feed.interval
    return min(max(wanted, poll.min_interval), poll.max_interval)


def after_success(
    state: FeedState, answer: Fetched | NotModified, *, feed: Feed, poll: PollSettings, now: float
) -> FeedState:
    """Note a poll that was answered, with a body that was read or with 304.

    Validators are those of the last 200, with what a 304 brought anew (RFC 9111 §3.2 and §4.3.4).
    """
    kept = state if isinstance(answer, NotModified) else FeedState(feed=feed.name)
    return replace(
        state,
        url=feed.url,
        etag=answer.etag or kept.etag,
        last_modified=answer.last_modified or kept.last_modified,
        last_poll=now,
        last_success=now,
        next_poll=now + interval(feed, poll),
        failures=0,
        failing_since=0.0,
        error="",
    )


def after_failure(state: FeedState, error: FeedError, *, feed: Feed, poll: PollSettings, now: float) -> FeedState:
    """Note a poll that brought nothing. Validators stay, so that nothing is missed when the feed is back."""
    # A clock that was put back must not make a failure begin in the future.
    since = min(state.failing_since, now) if state.failures else now
    failures = state.failures + 1
    return replace(
        state,
        url=feed.url,
        last_poll=now,
        next_poll=now + _patience(error, failures, now - since, interval(feed, poll), poll),
        failures=failures,
        failing_since=since,
        error=str(error),
    )


def first_delay(state: FeedState, *, feed: Feed, poll: PollSettings, now: float) -> float:
    """Give the seconds until a feed is due, as remembered over a restart. Never negative.

    A feed that was never polled, or has another address now, is due at once. A clock that was put back, or a shorter
    interval in the config, cuts the wait: it is never longer than what would be decided today.
    """
    if state.url != feed.url or not state.last_poll:
        return 0.0
    decided = min(max(state.next_poll - state.last_poll, 0.0), LONGEST)
    longest = decided if state.failures else min(decided, interval(feed, poll))
    return min(max(state.next_poll - now, 0.0), longest)


def soonest(state: FeedState, *, poll: PollSettings, now: float) -> float:
    """Give the seconds until a feed that works may be polled out of its turn: min_interval after its last poll."""
    return min(max(state.last_poll + poll.min_interval - now, 0.0), poll.min_interval)


def _patience(error: FeedError, failures: int, failing: float, usual: float, poll: PollSettings) -> float:
    """Give the seconds to wait after the so-manieth failure in a row, `failing` seconds after the first."""
    status = error.status if isinstance(error, FeedRefused) else 0
    asked = error.retry_after if isinstance(error, FeedRefused) else None
    if status == _GONE:
        return LONGEST
    if asked is not None:
        return min(max(asked, poll.min_interval), LONGEST)
    if status in _OVERLOAD:
        return max(OVERLOADED, poll.min_interval)
    if failures == 1:
        return poll.min_interval
    if failing < DAY:
        return min(usual * 2.0 ** min(failures - 2, 60), poll.max_interval)
    return max(min(failing / 4, DAY), poll.max_interval)
