"""What expires and what is not kept any longer. Pure; decided once in a while, on what is remembered of all feeds."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from bot.delivery.settle import SUSPENDED_LIMIT
from bot.model import Changes, Delivery, Feed, FeedState, Retention
from bot.model.bounds import ITEMS, ITEMS_DAYS, OWN_ITEMS

_DAY = 86_400.0
SETTLED_KEPT = 7 * _DAY
"""Seconds that a delivery in trouble stays, to be shown and sent again, and that one which was sent is counted."""
KNOWN_KEPT = 90 * _DAY
"""Seconds that an item stays known after its feed last showed it, and that it stays known who was told of it."""
FEED_KEPT = 90 * _DAY
"""Seconds after the last poll of a feed, as when it was taken from the config, until its items need not be known."""
FORGET_EVERY = _DAY
"""Seconds between two looks for names that can be forgotten."""
STAMPED = 2 * _DAY
"""A name that a feed shows may have been written so long before the feed last brought something new."""
_EACH = 3_600.0  # seconds between two upkeeps


class KeptUp(NamedTuple):
    """When upkeep was last done, and when it last looked for names that can be forgotten."""

    at: float = float("-inf")
    forgot: float = float("-inf")


def may_forget(last: KeptUp, now: float) -> tuple[bool, KeptUp]:
    """Return whether it is time to look for names that can be forgotten, and when upkeep was last done after this one.

    Not after a start, a sleep or a new date: it is known what feeds still show once they were asked at that time.
    """
    regular = 0 < now - last.at < 2 * _EACH
    due = regular and abs(now - last.forgot) >= FORGET_EVERY
    return due, KeptUp(at=now, forgot=now if due else last.forgot)


def expired(held: Iterable[Delivery], now: float) -> Changes:
    """Let what has waited too long for chats that cannot be reached expire; what edits alerts is dropped."""
    late = [row for row in held if row.state == "queued" and row.created < now - SUSPENDED_LIMIT]
    return Changes(
        deliveries=tuple(replace(row, state="expired", settled=now) for row in late if not row.edits),
        dropped=tuple(row for row in late if row.edits),
    )


def of_all(now: float) -> Retention:
    """Return what is not kept any longer of what belongs to no single feed."""
    return Retention(
        settled=now - SETTLED_KEPT,
        sent=now - SETTLED_KEPT,
        seen=now - ITEMS_DAYS * _DAY,
        items=ITEMS,
    )


def of_told(now: float) -> Retention:
    """Return what is not kept any longer of who was told of what."""
    return Retention(told=now - KNOWN_KEPT)


def of_feed(feed: Feed | None, state: FeedState, now: float) -> Retention:
    """Return what is not kept any longer of a feed, given how it stands, and the feed itself if a command added it.

    A feed's names are written when it brings something new, and daily while its body changes. One that answers 304 for
    months still shows what it showed then: what was written at that time is not forgotten before it. Own items of a
    feed that is nobody's own any more are not kept.
    """
    own = OWN_ITEMS if feed is not None and feed.chats else 0
    return Retention(known={state.feed: _known_before(state, now - KNOWN_KEPT, now)}, own={state.feed: own})


def _known_before(state: FeedState, usual: float, now: float) -> float:
    last_new = state.health.last_new
    if last_new and state.schedule.last_poll > now - FEED_KEPT:
        return min(usual, last_new - STAMPED)
    return usual
