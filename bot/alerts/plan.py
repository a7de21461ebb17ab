"""Decides what a poll leads to: what is remembered and what is sent. Pure; `pipeline` acts on it.

(items with their matches, what is known, who subscribes, whether the feed was polled before, now) -> Plan
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from bot.model import Delivery, Item, MatchedItem

SkipReason = Literal["known", "first poll", "no match", "nobody subscribes"]

_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0 o, 1 l i: people read these aloud
_ID_LENGTH = 6
_MOMENT = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """An item that leads to no alert, and why."""

    item: Item
    reason: SkipReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one poll leads to. All of it is remembered in one write, or none.

    `known` are the item keys that the feed shows, old and new. `items` are new. `deliveries` are to be sent, the
    oldest item's first. `skipped` has one entry for each item that alerts nobody.
    """

    known: tuple[str, ...] = ()
    items: tuple[MatchedItem, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    skipped: tuple[Skip, ...] = ()


def plan(
    arrivals: Sequence[MatchedItem],
    *,
    known: frozenset[str],
    audience: Mapping[str, Sequence[int]],
    primed: bool,
    now: float,
) -> Plan:
    """Plan the items of one poll, given in the publisher's order (newest first).

    `audience` maps a watch to the chats that subscribe to it. `primed` is False at the first poll of a feed:
    all becomes known and nobody is told, for a feed's past is no news.
    """
    seen = set(known)
    fresh: list[MatchedItem] = []
    skipped: list[Skip] = []
    for arrival in _oldest_first(arrivals, now):
        if seen.isdisjoint(arrival.item.keys):
            fresh.append(arrival)
        else:
            skipped.append(Skip(item=arrival.item, reason="known"))
        seen.update(arrival.item.keys)

    deliveries: list[Delivery] = []
    for number, arrival in enumerate(fresh):
        # A moment apart, so that what came in one poll keeps its order wherever it is sorted by time.
        planned = _deliveries(arrival, audience, now + number * _MOMENT) if primed else ()
        deliveries.extend(planned)
        if not planned:
            skipped.append(Skip(item=arrival.item, reason=_why_nobody(arrival, primed)))

    keys = {key: None for arrival in arrivals for key in arrival.item.keys}
    return Plan(known=tuple(keys), items=tuple(fresh), deliveries=tuple(deliveries), skipped=tuple(skipped))


def short_id(item_key: str, chat: int) -> str:
    """Name an alert: 6 letters and digits, the same for every copy of it, so that a copy is recognisable."""
    number = int.from_bytes(blake2b(f"{item_key}\n{chat}".encode(), digest_size=8).digest(), "big")
    letters = []
    for _ in range(_ID_LENGTH):
        number, digit = divmod(number, len(_ID_ALPHABET))
        letters.append(_ID_ALPHABET[digit])
    return "".join(letters)


def _oldest_first(arrivals: Sequence[MatchedItem], now: float) -> list[MatchedItem]:
    """Order items as they happened; those without a date keep the publisher's order and count as new."""
    oldest_last = reversed(arrivals)  # the sort is stable, so this is the order among items of one time
    return sorted(oldest_last, key=lambda arrival: min(arrival.item.published or now, now))


def _deliveries(arrival: MatchedItem, audience: Mapping[str, Sequence[int]], now: float) -> tuple[Delivery, ...]:
    """One delivery a chat, however many of its watches the item met; it rings unless all of them are silent."""
    by_chat: dict[int, list[str]] = {}
    for match in arrival.matches:
        for chat in audience.get(match.watch, ()):
            by_chat.setdefault(chat, []).append(match.watch)
    silent = {match.watch: match.silent for match in arrival.matches}
    return tuple(
        Delivery(
            id=short_id(arrival.item.key, chat),
            item=arrival.item.key,
            chat=chat,
            watches=tuple(watches),
            silent=all(silent[watch] for watch in watches),
            created=now,
        )
        for chat, watches in by_chat.items()
    )


def _why_nobody(arrival: MatchedItem, primed: bool) -> SkipReason:
    if not primed:
        return "first poll"
    return "nobody subscribes" if arrival.matches else "no match"
