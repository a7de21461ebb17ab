"""When a feed is asked next. Pure: times are Unix seconds and come in as `now`.

| after | the wait |
|---|---|
| success or 304 | what the feed's habit says (`habit`), on average its interval; its cache and skipHours are kept |
| a failure | min_interval once, then doubling from the interval up to max_interval |
| an answer that took very long | no less than that, counted from the first such in a row |
| a day of failing | a quarter of the time it has lasted, up to a day; never given up |
| 429, 503 | what Retry-After says, within bounds; 4 hours if it says nothing |
| 410 | a month, for publishers blunder too; a changed address is asked at once |

What a publisher has said with these (`held_until`) holds whoever resumes a feed.

A feed's interval is its own in feeds.toml. Without one it is [poll] interval, or what the publisher wishes (ttl, sy:)
if that is longer, up to max_interval. A copy that its cache still gives is not asked for, within the same bound.
"""

from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import Protocol
from zlib import crc32

from bot.errors import FeedError, FeedRefused, FeedUnreachable
from bot.model import Feed, FeedState, Fetched, Health, NotModified, ParsedFeed, Schedule

DAY = 86_400.0
LONGEST = 31 * DAY
OVERLOADED = 4 * 3_600.0
WISHES_FROM = 60.0
"""The interval from which a publisher's wishes and habits count. Feeds polled more often than this are
assumed to be under development, and their wishes and habits are ignored."""
SPREAD, SPREAD_EACH = 30.0, 0.05
"""Seconds over which plans for the same minute are spread: at most, and for each feed that there is."""
SHORTEST_SHARE, SHARE_OF_INTERVAL, TIMES_USUAL = 4.0, 0.1, 4.0
"""How long a request may hold its host while other feeds at it wait: four times what its answers usually take, and no
longer than a tenth of its feed's interval; but four seconds, which is all where nothing is known of it."""
_SHARE_OF_CHATS = 0.5  # of that, for feeds of chats
_LATEST_SECONDS = 0.3  # what the last answer counts for how long they usually take
STEP_SLACK = 5.0
"""Seconds by which a step may be early: what the poll before took must not cost a whole step."""
_HOUR = 3_600.0
_OVERLOAD = frozenset({429, 503})
_GONE = 410


class PollBounds(Protocol):
    """How often feeds may be asked, in seconds: min_interval <= interval <= max_interval.

    `interval` is for feeds that name none; max_interval holds while a feed works or has failed for less than a day.
    """

    @property
    def interval(self) -> float: ...  # noqa: D102  # said above
    @property
    def min_interval(self) -> float: ...  # noqa: D102
    @property
    def max_interval(self) -> float: ...  # noqa: D102


def interval(feed: Feed, poll: PollBounds, wish: float = 0.0) -> float:
    """Return the seconds between two polls of a feed that works. `wish` is the publisher's, 0 for none."""
    wanted = max(poll.interval, longest_wish(wish, feed, poll)) if feed.interval is None else feed.interval
    return min(max(wanted, poll.min_interval), poll.max_interval)


def longest_wish(wish: float, feed: Feed, poll: PollBounds) -> float:
    """Cut what a publisher asks for to what it may have, in seconds."""
    usual = poll.interval if feed.interval is None else feed.interval
    return min(wish, poll.max_interval) if usual >= WISHES_FROM else 0.0


def after_success(
    schedule: Schedule,
    answer: Fetched | NotModified,
    *,
    feed: Feed,
    poll: PollBounds,
    now: float,
    parsed: ParsedFeed | None = None,
) -> Schedule:
    """Return the schedule after a poll that was answered; `next_poll` is an even step away.

    `parsed` is what the body said, None if there was none or it was the same as before.
    """
    if parsed is not None:
        schedule = replace(schedule, skip_hours=parsed.skip_hours, skip_days=parsed.skip_days, wish=parsed.wish or 0.0)
    every = interval(feed, poll, schedule.wish)
    fresh_until = now + longest_wish(answer.fresh_for or 0.0, feed, poll)
    late = schedule.late + 1 if answer.late else 0
    known = schedule.seconds or answer.seconds
    seconds = known + (answer.seconds - known) * _LATEST_SECONDS
    return replace(
        schedule,
        last_poll=now,
        held_until=0.0,
        every=every,
        next_poll=allowed_from(max(now + every, fresh_until, now + late_wait(late, every, poll)), schedule),
        fresh_until=fresh_until,
        seconds=round(seconds, 2),
        late=late,
    )


def after_failure(
    schedule: Schedule, health: Health, error: FeedError, *, feed: Feed, poll: PollBounds, now: float
) -> Schedule:
    """Return the schedule after a poll that failed. `health` counts this failure already."""
    usual = interval(feed, poll, schedule.wish)
    wait = _patience(error, health.failures, now - health.failing_since, usual, poll)
    late = schedule.late + 1 if isinstance(error, FeedUnreachable) and error.late else 0
    told = told_to_wait(error, poll)
    return replace(
        schedule,
        last_poll=now,
        every=0.0,
        next_poll=allowed_from(now + wait, schedule),
        held_until=now + told if told else min(schedule.held_until, now + LONGEST),
        late=late,
    )


def resumed(schedule: Schedule, *, poll: PollBounds, now: float) -> Schedule:
    """Return the schedule of a feed that is to be asked soon: not before its publisher, or min_interval, allows it."""
    held = max(min(schedule.held_until, now + LONGEST), min(schedule.fresh_until, now + poll.max_interval))
    at = max(now + soonest(schedule, poll=poll, now=now), held) if schedule.last_poll else 0.0
    return replace(schedule, next_poll=at)


def first_delay(state: FeedState, *, feed: Feed, poll: PollBounds, now: float) -> float:
    """Return the seconds until a feed is due, as remembered over a restart. Never negative.

    A feed that was never polled, or has another address now, is due at once. A clock that was put back, or a shorter
    interval in the config, cuts the wait: it is never longer than what would be decided today. What has become due
    while the bot was down waits too for an hour in which the publisher may be asked.
    """
    schedule = state.schedule
    if state.url != feed.url or not schedule.last_poll:
        return 0.0
    longest = min(max(schedule.next_poll - schedule.last_poll, 0.0), LONGEST)
    every = interval(feed, poll, schedule.wish)
    if not state.health.failures and every < schedule.every:
        longest = min(longest, every)
    wait = min(max(schedule.next_poll - now, 0.0), longest)
    return allowed_from(now + wait, schedule) - now if schedule.skip_hours or schedule.skip_days else wait


def soonest(schedule: Schedule, *, poll: PollBounds, now: float) -> float:
    """Return the seconds until a feed that works may be polled out of its turn: min_interval after its last poll."""
    return min(max(schedule.last_poll + poll.min_interval - now, 0.0), poll.min_interval)


def host_share(feed: Feed, schedule: Schedule) -> float:
    """Return how long a request may hold its host while others wait, in seconds, by how long its answers took so far.

    A feed that is late has a lane of its own at its host (see `fetch.hosts`).
    """
    share = max(SHORTEST_SHARE, min(TIMES_USUAL * schedule.seconds, SHARE_OF_INTERVAL * schedule.every))
    return share * _SHARE_OF_CHATS if feed.chats else share


def late_wait(late: int, usual: float, poll: PollBounds) -> float:
    """Return the seconds that a feed waits at least whose answers were late so often in a row: as if they had failed.

    Otherwise whoever answers a moment before the deadline would be waited for at every poll.
    """
    return _doubling(late, usual, poll) if late else 0.0


def own_share(feed: Feed, feeds: int) -> float:
    """Return the seconds by which a feed's plans are late, always the same of a feed, given how many feeds there are.

    Habits are planned in whole minutes; without this thousands of feeds would be asked at the full one. A few are.
    """
    return crc32(feed.name.encode()) / 2**32 * min(SPREAD, feeds * SPREAD_EACH)


def own_step(address: str, every: float, schedule: Schedule, *, poll: PollBounds, now: float) -> float:
    """Return when a chat's own feed that works is asked next: at a step of its address.

    So one request serves all who watch that address, and nobody's times tell of others.
    """
    soonest = max(every / 2, poll.min_interval, late_wait(schedule.late, schedule.every, poll))
    earliest = max(now + soonest, schedule.fresh_until)
    at = even_step(address, every, earliest)
    # Else it waits for longer than it may; from there a step is not as far.
    return at if at <= max(now + max(every, poll.max_interval), earliest) else earliest


def even_step(address: str, every: float, earliest: float) -> float:
    """Return the first of an address' steps, `every` seconds apart, that is not before a moment."""
    offset = crc32(address.encode()) / 2**32 * every
    return offset + ceil((earliest - STEP_SLACK - offset) / every) * every


def allowed_from(moment: float, schedule: Schedule) -> float:
    """Return the first moment from then on that is in none of the hours and days that the publisher wants kept free.

    In GMT (RSS 2.0). Naming all hours or all days means nothing, and the parser has dropped that.
    """
    for _ in range(8 * 24):  # a week and a day of hours: further on nothing new comes
        then = datetime.fromtimestamp(moment, UTC)
        if then.hour not in schedule.skip_hours and then.weekday() not in schedule.skip_days:
            return moment
        moment = (moment // _HOUR + 1) * _HOUR
    return moment


def told_to_wait(error: FeedError, poll: PollBounds) -> float:
    """Return the seconds for which a publisher's refusal asks to be left alone, within bounds; 0 if it does not."""
    if not isinstance(error, FeedRefused):
        return 0.0
    if error.status == _GONE:
        return LONGEST
    if error.retry_after is not None:
        return min(max(error.retry_after, poll.min_interval), LONGEST)
    return max(OVERLOADED, poll.min_interval) if error.status in _OVERLOAD else 0.0


def _patience(error: FeedError, failures: int, failing: float, usual: float, poll: PollBounds) -> float:
    """Return the seconds to wait after the n-th consecutive failure, `failing` seconds after the first."""
    if told := told_to_wait(error, poll):
        return told
    if failing < DAY or failures == 1:
        return _doubling(failures, usual, poll)
    return max(min(failing / 4, DAY), poll.max_interval)


def _doubling(times: int, usual: float, poll: PollBounds) -> float:
    """Return the seconds to wait after so many polls in a row that went badly."""
    return poll.min_interval if times == 1 else min(usual * 2.0 ** min(times - 2, 60), poll.max_interval)
