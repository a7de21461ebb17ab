"""Examples that many tests speak of: items, matches, and how feeds stand, in one line each."""

import xml.etree.ElementTree as ET
from dataclasses import fields, replace
from typing import Any

from bot.errors import FeedError
from bot.feeds.schedule import wait
from bot.feeds.schedule.wait import PollBounds
from bot.model import (
    Feed,
    FeedState,
    Fetched,
    Health,
    Hit,
    Item,
    Match,
    MatchedItem,
    NotModified,
    ParsedFeed,
    Schedule,
    Validators,
)
from bot.poll import health, validators

NOW = 1_780_000_000.0


def an_item(key: str = "a1", **changes: object) -> Item:
    """An item of the example feed."""
    values = {
        "keys": (key,),
        "feed": "moscow-times",
        "source": "The Moscow Times",
        "title": "Turkish warplanes seen over Idlib",
        "summary": "Moscow says that it cannot promise their safety.",
        "link": f"https://www.themoscowtimes.com/2020/03/01/turkish-warplanes-{key}",
        "published": NOW - 240,
        "seen": NOW,
    }
    return Item(**{**values, **changes})


def a_match(item: Item, watch: str, *words: str, field: str = "title", **changes: object) -> Match:
    """A match of a watch that hit these words of the item's field."""
    text = getattr(item, field)
    hits = tuple(
        Hit(term=word, alternative=word, field=field, start=text.index(word), end=text.index(word) + len(word))
        for word in words
    )
    return Match(**{"watch": watch, "title": watch.capitalize(), "hits": hits, **changes})


def a_matched_item(key: str = "a1", *watches: str, **changes: object) -> MatchedItem:
    """An item that these watches met by its word Idlib."""
    item = an_item(key, **changes)
    return MatchedItem(item=item, matches=tuple(a_match(item, watch, "Idlib") for watch in watches))


_PARTS = {"validators": Validators, "schedule": Schedule, "health": Health}
PART_OF = {each.name: part for part, kind in _PARTS.items() for each in fields(kind)}


def a_state(feed: str = "times", **values: Any) -> FeedState:
    """What is remembered of a feed, each value given by its own name wherever it stands."""
    return changed(FeedState(feed=feed), **values)


def changed(state: FeedState, **values: Any) -> FeedState:
    """The same with other values, each given by its own name wherever it stands."""
    parts: dict[str, dict[str, Any]] = {}
    for name in [name for name in values if name in PART_OF]:
        parts.setdefault(PART_OF[name], {})[name] = values.pop(name)
    return replace(state, **values, **{part: replace(getattr(state, part), **given) for part, given in parts.items()})


def answered(
    state: FeedState,
    answer: Fetched | NotModified,
    *,
    feed: Feed,
    poll: PollBounds,
    now: float,
    parsed: ParsedFeed | None = None,
    new: int = 0,
    seconds: float = 0.0,
) -> FeedState:
    """How a feed stands after a poll that was answered, planned in even steps."""
    return replace(
        state,
        url=feed.url,
        validators=validators.after_success(state.validators, answer, ""),
        schedule=wait.after_success(state.schedule, answer, feed=feed, poll=poll, now=now, parsed=parsed),
        health=health.after_success(state.health, answer, now=now, seconds=seconds, new=new, parsed=parsed),
    )


def failed(
    state: FeedState, error: FeedError, *, feed: Feed, poll: PollBounds, now: float, seconds: float = 0.0
) -> FeedState:
    """How a feed stands after a poll that failed."""
    after = health.after_failure(state.health, error, now=now, seconds=seconds)
    return replace(
        state,
        url=feed.url,
        validators=validators.after_failure(state.validators, now - after.failing_since),
        schedule=wait.after_failure(state.schedule, after, error, feed=feed, poll=poll, now=now),
        health=after,
    )


def rss_items(body: bytes) -> list[dict[str, str]]:
    """The items of an RSS body of our own, each as its elements' texts."""
    return [{part.tag: part.text or "" for part in item} for item in ET.fromstring(body).iter("item")]  # noqa: S314  # our own
