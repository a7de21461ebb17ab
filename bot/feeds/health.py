"""How a feed is, in one word, and what is said of it when that changes. Pure.

    state after a poll -> trouble -> other than what was told last? -> a sentence, once

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

from bot.alerts.compose import age
from bot.feeds.cadence.wait import POLLS_KEPT
from bot.model import Entry, Feed, FeedState

Trouble = Literal["", "gone", "broken", "stale", "slow"]

BROKEN_POLLS, BROKEN_SECONDS = 3, 3_600.0
STALE_GAPS, STALE_SECONDS, STALE_UNKNOWN = 3.0, 2 * 86_400.0, 14 * 86_400.0
"""How many times its usual silence makes a feed stale, but no less than this; and if the usual silence is unknown."""
SLOW_SECONDS, SLOW_POLLS = 10.0, 5
_LONGEST_GAP = 30 * 86_400.0
_FORGET = 0.98  # what a new item leaves of the memory of a long silence
_SHORTEST_GAP = 3_600.0
_ANSWERED = frozenset({"200", "304"})

SENTENCES = {
    "gone": "{title} is gone: its publisher says for good. {error}. Nothing of it is watched any more.",
    "broken": "{title} cannot be read; that began {since}: {error}. Nothing of it comes meanwhile. It is asked again.",
    "stale": "{title} answers, but its last news came {new}, which is unusual for it. It may have stopped.",
    "slow": "{title} takes {seconds:.0f} seconds to answer. Its news may come late.",
    "well": "{title} is well again.",
    "moved": "{title} has moved to {address}, and is asked there.",
}
OPERATORS_ONLY = frozenset({"slow", "moved"})
"""What only who runs the bot can do something about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is to be said of a feed: the kind of it, a sentence, and whether to who runs the bot alone."""

    kind: str
    text: str
    for_operator: bool


def trouble(state: FeedState, now: float) -> Trouble:
    """Name what is wrong with a feed; empty if nothing is."""
    if state.failures:
        if state.status == 410:
            return "gone"
        long = now - state.failing_since >= BROKEN_SECONDS
        if state.failures >= BROKEN_POLLS and long:
            return "broken"
        # What was wrong before stays so until a poll is answered.
        return state.told if state.told in {"gone", "broken", "stale", "slow"} else ""  # type: ignore[return-value]  # narrowed
    if state.told in {"gone", "broken"} and not _has_recovered(state, now):
        return state.told  # type: ignore[return-value]  # narrowed
    if state.last_new and now - state.last_new > _patience(state.gap):
        return "stale"
    answered = [poll.seconds for poll in state.polls if poll.outcome in _ANSWERED]
    return "slow" if len(answered) >= SLOW_POLLS and median(answered) >= SLOW_SECONDS else ""


def news(before: FeedState, after: FeedState, feed: Feed, now: float) -> tuple[FeedState, tuple[News, ...]]:
    """Tell what is to be said after a poll, and how the feed stands once it is said."""
    said: list[News] = []
    found = trouble(after, now)
    if found != after.told:
        said.append(_news(found or "well", after, feed, now))
        after = replace(after, told=found)
    if after.address and after.address != before.address:
        said.append(_news("moved", after, feed, now))
    return after, tuple(said)


def condition(state: FeedState, now: float) -> str:
    """Say in a word or two how a feed is."""
    if state.paused:
        return "paused"
    if not state.last_poll:
        return "not polled yet"
    found = trouble(state, now)
    if found in {"gone", "broken"}:
        return found if state.failures else "recovering"
    return "failing" if state.failures else found or "well"


def last_polls(state: FeedState) -> str:
    """Write the last polls in a row, oldest first: `304 304 200+2 404`."""
    return " ".join(f"{poll.outcome}{f'+{poll.new}' if poll.new else ''}" for poll in state.polls)


def until(state: FeedState, now: float) -> str:
    """Say when a feed is asked next."""
    if state.paused:
        return "never, it is paused"
    minutes = (state.next_poll - now) / 60
    if minutes < 1:
        return "now"
    return f"in {minutes:.0f} min" if minutes < 120 else f"in {minutes / 60:.0f} h"


def usual_gap(state: FeedState, now: float) -> float:
    """Learn from something new how long a feed's silences are, in seconds."""
    silence = min(now - state.last_new, _LONGEST_GAP) if state.last_new else 0.0
    return max(state.gap * _FORGET, silence)


def gap_of(entries: tuple[Entry, ...], now: float) -> float:
    """Tell the longest silence between the entries of a feed's first body, 0 if their dates do not say."""
    times = sorted({entry.published for entry in entries if entry.published is not None and entry.published <= now})
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return min(max(gaps), _LONGEST_GAP) if len(gaps) >= 2 else 0.0


def _has_recovered(state: FeedState, now: float) -> bool:
    """Tell whether a broken feed has answered for long enough, so that one that comes and goes is told once."""
    answered = list(takewhile(lambda poll: poll.outcome in _ANSWERED, reversed(state.polls)))
    long = bool(answered) and now - answered[-1].at >= BROKEN_SECONDS
    return len(answered) == POLLS_KEPT or (long and len(answered) >= BROKEN_POLLS)


def _patience(gap: float) -> float:
    return max(gap * STALE_GAPS, STALE_SECONDS) if gap >= _SHORTEST_GAP else STALE_UNKNOWN


def _news(kind: str, state: FeedState, feed: Feed, now: float) -> News:
    text = SENTENCES[kind].format(
        title=feed.title,
        error=state.error[:300].rstrip("."),
        since=age(state.failing_since, now),
        new=age(state.last_new, now),
        seconds=median([poll.seconds for poll in state.polls] or [0.0]),
        address=state.address,
    )
    if kind == "moved" and not feed.added:
        text += " Change its url in feeds.toml when you next edit it."
    return News(kind=kind, text=text, for_operator=kind in OPERATORS_ONLY or (kind == "well" and state.told == "slow"))
