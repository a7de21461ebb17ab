"""When a feed is asked next. Pure: times are Unix seconds and come in as `now`.

| after | the wait |
|---|---|
| success or 304 | what the feed's habit says (`habit`), on average its interval; its cache and skipHours are kept |
| a failure | min_interval once, then doubling from the interval up to max_interval |
| a day of failing | a quarter of the time it has lasted, up to a day; never given up |
| 429, 503 | what Retry-After says, within bounds; 4 hours if it says nothing |
| 410 | a month, for publishers blunder too; a changed address is asked at once |

A feed's interval is its own in feeds.toml. Without one it is [poll] interval, or what the publisher wishes (ttl, sy:)
if that is longer, up to max_interval. A copy that its cache still gives is not asked for, within the same bound.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from zlib import crc32

from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable
from bot.model import Feed, FeedState, Fetched, NotModified, ParsedFeed, Poll

DAY = 86_400.0
LONGEST = 31 * DAY
OVERLOADED = 4 * 3_600.0
MOVES_AFTER = 3
"""How often in a row a permanent redirect must lead to the same address until that is asked directly."""
POLLS_KEPT = 10
WISHES_FROM = 60.0
"""The interval from which a publisher's wishes and habits count. Who asks more often tries things with his own feed."""
SPREAD, SPREAD_EACH = 30.0, 0.05
"""Seconds over which plans for the same minute are spread: at most, and for each feed that there is."""
SHORTEST_SHARE, SHARE_OF_INTERVAL = 5.0, 0.1
"""How long a request may hold its host while other feeds at it wait: a tenth of its own feed's interval, in seconds."""
_HOUR = 3_600.0
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


def interval(feed: Feed, poll: PollSettings, wish: float = 0.0) -> float:
    """Give the seconds between two polls of a feed that works. `wish` is the publisher's, 0 for none."""
    wanted = max(poll.interval, longest_wish(wish, feed, poll)) if feed.interval is None else feed.interval
    return min(max(wanted, poll.min_interval), poll.max_interval)


def longest_wish(wish: float, feed: Feed, poll: PollSettings) -> float:
    """Cut what a publisher asks for to what it may have, in seconds."""
    usual = poll.interval if feed.interval is None else feed.interval
    return min(wish, poll.max_interval) if usual >= WISHES_FROM else 0.0


def after_success(
    state: FeedState,
    answer: Fetched | NotModified,
    *,
    feed: Feed,
    poll: PollSettings,
    now: float,
    parsed: ParsedFeed | None = None,
    new: int = 0,
    seconds: float = 0.0,
) -> FeedState:
    """Note a poll that was answered, with a body that was read or with 304. `next_poll` is an even step away.

    `parsed` is what the body said, None if it was the same as before. `new` items came; the poll took `seconds`.
    Validators are those of the last 200, with what a 304 brought anew (RFC 9111 §3.2 and §4.3.4).
    """
    kept = state if isinstance(answer, NotModified) else FeedState(feed=feed.name)
    if parsed is not None:
        state = replace(state, skip_hours=parsed.skip_hours, skip_days=parsed.skip_days, wish=parsed.wish or 0.0)
    state = _moved(state, answer)
    every = interval(feed, poll, state.wish)
    fresh_until = now + longest_wish(answer.fresh_for or 0.0, feed, poll)
    outcome = "304" if isinstance(answer, NotModified) else "200"
    return replace(
        state,
        url=feed.url,
        etag=answer.etag or kept.etag,
        last_modified=answer.last_modified or kept.last_modified,
        last_poll=now,
        last_success=now,
        every=every,
        next_poll=allowed_from(max(now + every, fresh_until), state),
        fresh_until=fresh_until,
        failures=0,
        failing_since=0.0,
        status=0,
        error="",
        polls=(*state.polls, Poll(now, round(seconds, 2), outcome, new))[-POLLS_KEPT:],
    )


def after_failure(
    state: FeedState, error: FeedError, *, feed: Feed, poll: PollSettings, now: float, seconds: float = 0.0
) -> FeedState:
    """Note a poll that brought nothing. Validators stay, so that nothing is missed when the feed is back."""
    # A clock that was put back must not make a failure begin in the future.
    since = min(state.failing_since, now) if state.failures else now
    failures = state.failures + 1
    usual = interval(feed, poll, state.wish)
    # An address that redirects led to may die while the feed's own one still lives.
    address = "" if now - since > DAY else state.address
    return replace(
        state,
        url=feed.url,
        address=address,
        moving=0,
        moving_to="",
        last_poll=now,
        every=0.0,
        next_poll=allowed_from(now + _patience(error, failures, now - since, usual, poll), state),
        failures=failures,
        failing_since=since,
        status=error.status if isinstance(error, FeedRefused) else 0,
        error=str(error),
        polls=(*state.polls, Poll(now, round(seconds, 2), _word(error)))[-POLLS_KEPT:],
    )


def first_delay(state: FeedState, *, feed: Feed, poll: PollSettings, now: float) -> float:
    """Give the seconds until a feed is due, as remembered over a restart. Never negative.

    A feed that was never polled, or has another address now, is due at once. A clock that was put back, or a shorter
    interval in the config, cuts the wait: it is never longer than what would be decided today. What has become due
    while the bot was down waits too for an hour in which the publisher may be asked.
    """
    if state.url != feed.url or not state.last_poll:
        return 0.0
    longest = min(max(state.next_poll - state.last_poll, 0.0), LONGEST)
    every = interval(feed, poll, state.wish)
    if not state.failures and every < state.every:
        longest = min(longest, every)
    wait = min(max(state.next_poll - now, 0.0), longest)
    return allowed_from(now + wait, state) - now if state.skip_hours or state.skip_days else wait


def soonest(state: FeedState, *, poll: PollSettings, now: float) -> float:
    """Give the seconds until a feed that works may be polled out of its turn: min_interval after its last poll."""
    return min(max(state.last_poll + poll.min_interval - now, 0.0), poll.min_interval)


def host_share(state: FeedState) -> float:
    """Return how long a request may hold its host while others wait, in seconds. A feed that fails waits longer."""
    return max(SHORTEST_SHARE, SHARE_OF_INTERVAL * max(state.every, state.next_poll - state.last_poll))


def own_share(feed: Feed, feeds: int) -> float:
    """Give the seconds by which a feed's plans are late, always the same of a feed, given how many feeds there are.

    Habits are planned in whole minutes; without this thousands of feeds would be asked at the full one. A few are.
    """
    return crc32(feed.name.encode()) / 2**32 * min(SPREAD, feeds * SPREAD_EACH)


def allowed_from(moment: float, state: FeedState) -> float:
    """Give the first moment from then on that is in none of the hours and days that the publisher wants to be left in.

    In GMT (RSS 2.0). Naming all hours or all days means nothing, and the parser has dropped that.
    """
    for _ in range(8 * 24):  # a week and a day of hours: further on nothing new comes
        then = datetime.fromtimestamp(moment, UTC)
        if then.hour not in state.skip_hours and then.weekday() not in state.skip_days:
            return moment
        moment = (moment // _HOUR + 1) * _HOUR
    return moment


def _moved(state: FeedState, answer: Fetched | NotModified) -> FeedState:
    """Follow permanent redirects for good once they have led to one address often enough (RFC 9110 §15.4.2)."""
    if not answer.permanent:
        return replace(state, moving_to="", moving=0)
    times = state.moving + 1 if answer.permanent == state.moving_to else 1
    if times < MOVES_AFTER:
        return replace(state, moving_to=answer.permanent, moving=times)
    return replace(state, address=answer.permanent, moving_to="", moving=0)


def _word(error: FeedError) -> str:
    match error:
        case FeedRefused(status=status):
            return str(status)
        case FeedUnreachable():
            return "unreachable"
        case FeedForbidden():
            return "forbidden"
    return "unreadable"


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
