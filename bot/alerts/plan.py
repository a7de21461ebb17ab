"""Decides what a poll leads to: what is remembered and what is sent. Pure; `pipeline` acts on it.

(items with their matches, what is known, who subscribes, whether the feed was polled before, now) -> Plan
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from types import MappingProxyType
from typing import Literal

from bot.model import Delivery, Item, Match, MatchedItem, Notice

SkipReason = Literal["known", "first poll", "no match", "nobody subscribes", "told by another feed"]

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

    `known` has the names that the feed shows, old and new, each with its item's own name. `items` are new, `edited` are
    known ones with the words that they have now. `deliveries` are to be sent, the oldest item's first. `skipped` has
    one entry for each item that alerts nobody. `notices` are the feed's own news: that it is broken, or well again.
    """

    known: Mapping[str, str] = field(default_factory=dict)
    items: tuple[MatchedItem, ...] = ()
    edited: tuple[MatchedItem, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    skipped: tuple[Skip, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is particular about whom a feed's items reach.

    `private`: the feed is some chats' own. Its items are known by names of its own, so that whoever adds a feed cannot
    make an item known, or other than it is, to anybody else.
    `naming` are watches that name the feed. Where another feed has shown an item first, it is new to these watches
    all the same. `counted` says that the feed's own names have been written down before, so that a missing one means
    new. `opened`: it was private when it was last read, so what is known by its own names is known.
    """

    feed: str = ""
    private: bool = False
    naming: frozenset[str] = frozenset()
    counted: bool = True
    opened: bool = False

    def own(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Give the names of an item within this feed; none if the feed needs none."""
        return tuple(f"{self.feed}|{key}" for key in keys) if self.private or self.naming or self.opened else ()

    def names(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Give all names under which an item becomes known when this feed shows it."""
        return self.own(keys) if self.private else (*keys, *self.own(keys))


def plan(
    arrivals: Sequence[MatchedItem],
    *,
    known: Mapping[str, str],
    audience: Mapping[str, Sequence[int]],
    primed: bool,
    now: float,
    scope: Scope = Scope(),  # a frozen value
    told: Collection[tuple[str, int]] = frozenset(),
    kept: Mapping[str, MatchedItem] = MappingProxyType({}),
) -> Plan:
    """Plan the items of one poll, given in the publisher's order (newest first).

    `known` maps the names that are known to the item's own name. `audience` maps a watch to the chats that subscribe to
    it and see the feed. `primed` is False at the first poll of a feed: all becomes known and nobody is told, for a
    feed's past is no news. `told` are (item's own name, chat) where the chat has been told, by this feed or another.
    `kept` are known items as they were read last, by their own names: one that has other words now, and is met by a
    watch only with these, is told to who was not told of it.
    """
    names = dict(known)
    shown: dict[str, str] = {}
    fresh: list[MatchedItem] = []
    edits: list[Edit] = []
    skipped: list[Skip] = []
    for arrival in _oldest_first(arrivals, now):
        taken, new = _taken(arrival, names, scope)
        keys = scope.names(arrival.item.keys)
        owner = next((names[key] for key in keys if key in names), keys[0])
        edit = None if new else edit_of(taken, kept.get(owner))
        if new:
            fresh.append(taken)
        elif edit:
            edits.append(edit)
        else:
            skipped.append(Skip(item=taken.item, reason="known"))
        shown |= {key: names.get(key, owner) for key in keys}
        names |= shown

    deliveries: list[Delivery] = []
    for number, arrival in enumerate([*(edit.newly for edit in edits), *fresh]):
        # A moment apart, so that what came in one poll keeps its order wherever it is sorted by time.
        planned = _deliveries(arrival, audience, now + number * _MOMENT, told) if primed else ()
        deliveries.extend(planned)
        if not planned:
            reason = _why_nobody(arrival, primed, audience) if number >= len(edits) else "known"
            skipped.append(Skip(item=arrival.item, reason=reason))
    return Plan(
        known=shown,
        items=tuple(fresh),
        edited=tuple(edit.now for edit in edits),
        deliveries=tuple(deliveries),
        skipped=tuple(skipped),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A known item that has other words: as it is `now`, and with those matches alone that these words make `newly`."""

    now: MatchedItem
    newly: MatchedItem


def edit_of(taken: MatchedItem, before: MatchedItem | None) -> Edit | None:
    """Tell what is new about a known item, given as it was read last. None if nothing is.

    Another feed may show the same article in words of its own: these count only where a watch is met by nothing else.
    So do the words of what no watch has met: a summary may count its comments at each poll, and nobody reads it.
    """
    if before is None or (taken.item.title, taken.item.summary) == (before.item.title, before.item.summary):
        return None
    met = {match.watch for match in before.matches}
    newly = tuple(match for match in taken.matches if match.watch not in met)
    if not newly and (taken.item.feed != before.item.feed or not before.matches):
        return None
    item = replace(taken.item, keys=before.item.keys, seen=before.item.seen)
    has = {match.watch for match in taken.matches}
    # What was met by the words of before stays met; where these words stood says nothing of the ones of now.
    former = tuple(_without_places(match) for match in before.matches if match.watch not in has)
    return Edit(
        now=MatchedItem(item=item, matches=(*taken.matches, *former)), newly=MatchedItem(item=item, matches=newly)
    )


def _without_places(match: Match) -> Match:
    return match._replace(hits=())


def _taken(arrival: MatchedItem, names: Mapping[str, str], scope: Scope) -> tuple[MatchedItem, bool]:
    """Give an item as it is known in this feed, and whether it is news here."""
    keys, own = arrival.item.keys, scope.own(arrival.item.keys)
    unknown, unknown_here = names.keys().isdisjoint(keys), names.keys().isdisjoint(own)
    if scope.private:
        return _under(own, arrival), unknown_here
    if scope.opened and not unknown_here:
        return arrival, False
    if unknown or not own or not scope.counted or not unknown_here:
        return arrival, unknown
    late = _under(own, arrival)
    late = replace(late, matches=tuple(match for match in late.matches if match.watch in scope.naming))
    return late, bool(late.matches)


def _under(keys: tuple[str, ...], arrival: MatchedItem) -> MatchedItem:
    return replace(arrival, item=replace(arrival.item, keys=keys))


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


def _deliveries(
    arrival: MatchedItem, audience: Mapping[str, Sequence[int]], now: float, told: Collection[tuple[str, int]]
) -> tuple[Delivery, ...]:
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
        if (arrival.item.key, chat) not in told
    )


def _why_nobody(arrival: MatchedItem, primed: bool, audience: Mapping[str, Sequence[int]]) -> SkipReason:
    if not primed:
        return "first poll"
    if any(audience.get(match.watch) for match in arrival.matches):
        return "told by another feed"
    return "nobody subscribes" if arrival.matches else "no match"
