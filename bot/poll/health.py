"""How a feed is doing, in one word, and what is said of it when that changes. Pure.

    health after a poll -> trouble -> other than what was told last? -> a sentence, once

| trouble | when |
|---|---|
| gone | the publisher says that it is gone for good (410) |
| broken | three polls in a row and an hour of them brought nothing; until as many were answered, for as long |
| stale | it answers, and has brought nothing new for three times its longest usual silence |
| slow | it takes more than ten seconds to answer, as a rule |
| moved | its address has moved for good; it is asked there |
"""

from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from statistics import median
from typing import Literal

from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable
from bot.messages import en
from bot.model import Entry, Feed, FeedState, Fetched, Health, NotModified, ParsedFeed, Poll
from bot.model.bounds import NEW_ENTRIES
from bot.text.age import age

Trouble = Literal["", "gone", "broken", "stale", "slow"]

POLLS_KEPT = 10
BROKEN_POLLS, BROKEN_SECONDS = 3, 3_600.0
STALE_GAPS, STALE_SECONDS, STALE_UNKNOWN = 3.0, 2 * 86_400.0, 14 * 86_400.0
"""How many times its usual silence makes a feed stale, but no less than this; and if the usual silence is unknown."""
SLOW_SECONDS, SLOW_POLLS = 10.0, 5
_LONGEST_GAP = 30 * 86_400.0
_FORGET = 0.98  # what a new item leaves of the memory of a long silence
_SHORTEST_GAP = 3_600.0
_ANSWERED = frozenset({"200", "304"})

OPERATORS_ONLY = frozenset({"slow", "moved"})
"""What only the bot's owner can do something about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedNews:
    """What is to be said of a feed: the kind of it, a sentence, and whether to the bot's owner alone."""

    kind: str
    text: str
    for_operator: bool


def after_success(
    health: Health,
    answer: Fetched | NotModified,
    *,
    now: float,
    seconds: float,
    new: int = 0,
    parsed: ParsedFeed | None = None,
    primed: bool = True,
) -> Health:
    """Return the health after a poll that was answered within `seconds` and brought `new` items."""
    gap = health.gap
    if new and parsed:
        gap = usual_gap(health, now) if primed else gap_of(parsed.entries, now)
    outcome = "304" if isinstance(answer, NotModified) else "200"
    return replace(
        health,
        last_success=now,
        last_new=now if new else health.last_new,
        gap=gap,
        failures=0,
        failing_since=0.0,
        status=0,
        error="",
        polls=(*health.polls, Poll(now, round(seconds, 2), outcome, new))[-POLLS_KEPT:],
    )


def after_failure(health: Health, error: FeedError, *, now: float, seconds: float) -> Health:
    """Return the health after a poll that failed within `seconds`."""
    # A clock that was put back must not make a failure begin in the future.
    since = min(health.failing_since, now) if health.failures else now
    return replace(
        health,
        failures=health.failures + 1,
        failing_since=since,
        status=error.status if isinstance(error, FeedRefused) else 0,
        error=str(error),
        polls=(*health.polls, Poll(now, round(seconds, 2), _word(error)))[-POLLS_KEPT:],
    )


def after_push(health: Health, now: float) -> Health:
    """Return the health after a hub has pushed something new."""
    return replace(health, last_new=now, gap=usual_gap(health, now))


def after_flood(health: Health, feed: Feed, passed: int, *, may_say: bool) -> tuple[Health, tuple[FeedNews, ...]]:
    """Return the health once so many more entries were passed over, the last of a poll, and what is said of all.

    That is said once, until a poll passes over none.
    """
    count = health.passed + passed
    if not count:
        return replace(health, flooded=False) if health.flooded else health, ()
    if health.flooded or not may_say:
        return replace(health, passed=0), ()
    text = en.FEED_FLOOD.format(title=feed.title, passed=count, taken=NEW_ENTRIES)
    return replace(health, passed=0, flooded=True), (FeedNews(kind="flood", text=text, for_operator=False),)


def trouble(health: Health, now: float) -> Trouble:
    """Name what is wrong with a feed; empty if nothing is."""
    if health.failures:
        if health.status == 410:
            return "gone"
        long = now - health.failing_since >= BROKEN_SECONDS
        if health.failures >= BROKEN_POLLS and long:
            return "broken"
        # What was wrong before stays so until a poll is answered.
        return health.told if health.told in {"gone", "broken", "stale", "slow"} else ""  # type: ignore[return-value]  # narrowed
    if health.told in {"gone", "broken"} and not _has_recovered(health, now):
        return health.told  # type: ignore[return-value]  # narrowed
    if health.last_new and now - health.last_new > _patience(health.gap):
        return "stale"
    answered = [poll.seconds for poll in health.polls if poll.outcome in _ANSWERED]
    return "slow" if len(answered) >= SLOW_POLLS and median(answered) >= SLOW_SECONDS else ""


def news(before: FeedState, after: FeedState, feed: Feed, now: float) -> tuple[Health, tuple[FeedNews, ...]]:
    """Return the health once what is to be said after a poll is said, and what that is."""
    said: list[FeedNews] = []
    found, health = trouble(after.health, now), after.health
    if found != health.told:
        said.append(_news(found or "well", after, feed, now))
        health = replace(health, told=found)
    address = after.validators.address
    if address and address != before.validators.address:
        said.append(_news("moved", after, feed, now))
    return health, tuple(said)


def condition(state: FeedState, now: float) -> str:
    """Return how a feed is doing: a key of `messages.en.CONDITIONS`."""
    if state.paused:
        return "paused"
    if not state.schedule.last_poll:
        return "not polled yet"
    found = trouble(state.health, now)
    if found in {"gone", "broken"}:
        return found if state.health.failures else "recovering"
    return "failing" if state.health.failures else found or "well"


def last_polls(health: Health) -> str:
    """Return the last polls in a row, oldest first: `304 304 200+2 404`."""
    return " ".join(f"{poll.outcome}{f'+{poll.new}' if poll.new else ''}" for poll in health.polls)


def until(state: FeedState, now: float) -> str:
    """Return when a feed is polled next: `in 5 min`, `now`; empty if it is paused."""
    if state.paused:
        return ""
    minutes = (state.schedule.next_poll - now) / 60
    if minutes < 1:
        return "now"
    return f"in {minutes:.0f} min" if minutes < 120 else f"in {minutes / 60:.0f} h"


def usual_gap(health: Health, now: float) -> float:
    """Return how long a feed's silences are in seconds, learnt from something new."""
    silence = min(now - health.last_new, _LONGEST_GAP) if health.last_new else 0.0
    return max(health.gap * _FORGET, silence)


def gap_of(entries: tuple[Entry, ...], now: float) -> float:
    """Return the longest silence between the entries of a feed's first body, 0 if their dates do not say."""
    times = sorted({entry.published for entry in entries if entry.published is not None and entry.published <= now})
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return min(max(gaps), _LONGEST_GAP) if len(gaps) >= 2 else 0.0


def _has_recovered(health: Health, now: float) -> bool:
    """Return whether a broken feed has answered for long enough, so that one that comes and goes is told once."""
    answered = list(takewhile(lambda poll: poll.outcome in _ANSWERED, reversed(health.polls)))
    long = bool(answered) and now - answered[-1].at >= BROKEN_SECONDS
    return len(answered) == POLLS_KEPT or (long and len(answered) >= BROKEN_POLLS)


def _patience(gap: float) -> float:
    return max(gap * STALE_GAPS, STALE_SECONDS) if gap >= _SHORTEST_GAP else STALE_UNKNOWN


def _news(kind: str, state: FeedState, feed: Feed, now: float) -> FeedNews:
    health = state.health
    text = en.FEED_NEWS[kind].format(
        title=feed.title,
        error=health.error[:300].rstrip("."),
        since=age(health.failing_since, now),
        new=age(health.last_new, now),
        seconds=median([poll.seconds for poll in health.polls] or [0.0]),
        address=state.validators.address,
    )
    if kind == "moved" and not feed.added:
        text += en.FEED_MOVED_CONFIG
    return FeedNews(
        kind=kind, text=text, for_operator=kind in OPERATORS_ONLY or (kind == "well" and health.told == "slow")
    )


def _word(error: FeedError) -> str:
    match error:
        case FeedRefused(status=status):
            return str(status)
        case FeedUnreachable():
            return "unreachable"
        case FeedForbidden():
            return "forbidden"
    return "unreadable"
