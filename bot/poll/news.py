"""What of a poll is news, and who is told of it. Pure.

items of one body -> new in this feed, or with other words? -> matched -> who watches and sees it -> not told yet
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Literal

from bot.model import Delivery, Item, Match, MatchedItem, Notice, PollFacts
from bot.poll.visibility import visibility_of

SkipReason = Literal["known", "first poll", "no match", "nobody subscribes", "told by another feed"]

_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0 o, 1 l i: people read these aloud
_ID_LENGTH = 6
_MOMENT = 1e-5

Matcher = Callable[[Item], tuple[Match, ...]]
"""Returns the watches that an item meets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """An item that leads to no alert, and why."""

    item: Item
    reason: SkipReason


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the items of one poll lead to.

    `names` are all that the feed shows, old and new, each with its item's own name. `new` items are those that this
    feed had not shown, `edited` are known ones as they read now. `deliveries` are in the order of the items, the oldest
    first. `skipped` has one entry for each item that alerts nobody.
    """

    names: Mapping[str, str]
    new: tuple[MatchedItem, ...] = ()
    edited: tuple[MatchedItem, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    skipped: tuple[Skip, ...] = ()


def news_of(items: Sequence[Item], facts: PollFacts, match: Matcher, *, primed: bool, now: float) -> News:
    """Return what the items of one poll, in the publisher's order (newest first), lead to.

    At the first poll of a feed, which is not `primed`, all becomes known and nobody is told.
    """
    names = {name: known.own for name, known in facts.known.items()}
    shown: dict[str, str] = {}
    new: list[MatchedItem] = []
    edits: list[Edit] = []
    skipped: list[Skip] = []
    for item in oldest_first(items, now):
        own = next((names[key] for key in item.keys if key in names), "")
        if not own:
            new.append(MatchedItem(item=item, matches=match(item)))
        elif edit := edit_of(item, facts.kept.get(own), match):
            edits.append(edit)
        else:
            skipped.append(Skip(item=item, reason="known"))
        named = {key: names.get(key, own or item.key) for key in item.keys}
        shown |= named
        names |= named

    deliveries: list[Delivery] = []
    for number, matched in enumerate([*(edit.newly for edit in edits), *new]):
        # A moment apart, so that what came in one poll keeps its order wherever it is sorted by time.
        rows, reason = _deliveries(matched, facts, now + number * _MOMENT, primed=primed)
        deliveries += rows
        if not rows:
            skipped.append(Skip(item=matched.item, reason=reason if number >= len(edits) else "known"))
    return News(
        names=shown,
        new=tuple(new),
        edited=tuple(edit.now for edit in edits),
        deliveries=tuple(deliveries),
        skipped=tuple(skipped),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A known item that has other words: as it reads `now`, and with those matches alone that are new (`newly`)."""

    now: MatchedItem
    newly: MatchedItem


def edit_of(item: Item, before: MatchedItem | None, match: Matcher) -> Edit | None:
    """Return what is new about a known item, given as it was last read; None if nothing is.

    Other words of an item that no watch meets, then or now, are not noted: a summary may count its comments at each
    poll, and nobody reads it.
    """
    if before is None or (item.title, item.summary) == (before.item.title, before.item.summary):
        return None
    matches = match(item)
    met = {each.watch for each in before.matches}
    newly = tuple(each for each in matches if each.watch not in met)
    if not newly and not before.matches:
        return None
    item = replace(item, keys=before.item.keys, seen=before.item.seen)
    has = {each.watch for each in matches}
    # What was met by the words of before stays met; where these words stood says nothing of the ones of now.
    former = tuple(each._replace(hits=()) for each in before.matches if each.watch not in has)
    return Edit(now=MatchedItem(item=item, matches=(*matches, *former)), newly=MatchedItem(item=item, matches=newly))


def short_id(item_key: str, chat: int) -> str:
    """Return the short name of an alert: 6 letters and digits, the same for every copy, so that one is recognisable."""
    number = int.from_bytes(blake2b(f"{item_key}\n{chat}".encode(), digest_size=8).digest(), "big")
    letters = []
    for _ in range(_ID_LENGTH):
        number, digit = divmod(number, len(_ID_ALPHABET))
        letters.append(_ID_ALPHABET[digit])
    return "".join(letters)


def notice_delivery(notice: Notice, chat: int, created: float, *, private: bool = False) -> Delivery:
    """Return the delivery of a notice to a chat: silent, and for no watch. `private` is of a feed of chats' own."""
    return Delivery(
        id=short_id(notice.key, chat),
        item=notice.key,
        feed=notice.feed,
        chat=chat,
        watches=(),
        silent=True,
        private=private,
        created=created,
    )


def oldest_first(items: Sequence[Item], now: float) -> list[Item]:
    """Return items in the order in which they happened; undated ones keep the publisher's order and count as new."""
    oldest_last = reversed(items)  # the sort is stable, so this is the order among items of one time
    return sorted(oldest_last, key=lambda item: min(item.published or now, now))


def _deliveries(
    matched: MatchedItem, facts: PollFacts, now: float, *, primed: bool
) -> tuple[list[Delivery], SkipReason]:
    """Return one delivery a chat, however many of its watches the item met, or why there is none.

    A delivery rings unless all of these watches are silent.
    """
    if not primed:
        return [], "first poll"
    item, visibility = matched.item, visibility_of(facts.feed)
    by_chat: dict[int, list[Match]] = {}
    for each in matched.matches:
        for chat in visibility.among(facts.subscribers.get(each.watch, ())):
            by_chat.setdefault(chat, []).append(each)
    told = _told(item.keys, facts.told)
    rows = [
        Delivery(
            id=short_id(item.key, chat),
            item=item.key,
            feed=item.feed,
            chat=chat,
            watches=tuple(each.watch for each in met),
            silent=all(each.silent for each in met),
            private=bool(facts.feed.chats),
            created=now,
        )
        for chat, met in by_chat.items()
        if chat not in told
    ]
    return rows, "told by another feed" if by_chat else "nobody subscribes" if matched.matches else "no match"


def _told(names: Iterable[str], told: Mapping[str, frozenset[int]]) -> frozenset[int]:
    return frozenset[int]().union(*(told.get(name, ()) for name in names))
