"""What of a poll is news, and who is told of it. Pure.

items of one body -> new in this feed, or with other words? -> matched -> who watches and sees it -> not told yet
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import count, takewhile
from typing import Literal

from bot.model import Delivery, Item, Match, MatchedItem, Notice, PollFacts
from bot.poll.kept import kept, reads_alike
from bot.poll.slices import ITEM, KNOWN, ROW, WHOLE, Rest, Room
from bot.poll.visibility import visibility_of

SkipReason = Literal["known", "first poll", "no match", "nobody subscribes", "told by another feed", "too many at once"]

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
    """What the items of a slice of a poll lead to.

    `names` are all that the feed shows, old and new, each with its item's own name. `new` items are those that this
    feed had not shown, `edited` are known ones as they read now; `kept` are all of these as they are written, and one
    whose chats are more than there is room for. `passed` counts those that are only known from now on. `deliveries` are
    in the order of the items, the oldest first. `skipped` has one entry for each item that alerts nobody. `rest` is
    what is left, None if nothing is.
    `weight` is what it was to decide.
    """

    names: Mapping[str, str]
    new: tuple[MatchedItem, ...] = ()
    edited: tuple[MatchedItem, ...] = ()
    kept: tuple[MatchedItem, ...] = ()
    passed: int = 0
    deliveries: tuple[Delivery, ...] = ()
    skipped: tuple[Skip, ...] = ()
    rest: Rest | None = None
    weight: float = 0.0


def news_of(rest: Rest, facts: PollFacts, match: Matcher, *, primed: bool, now: float, room: Room = WHOLE) -> News:
    """Return what the first items of the rest of a poll lead to, as far as there is room for them, but at least one.

    At the first poll of a feed, which is not `primed`, all becomes known and nobody is told.
    """
    work = _Work(rest, facts, match, primed=primed, now=now, room=room)
    done = sum(takewhile(bool, map(work.take, rest.first(room.items))))
    left = None
    if done < len(rest):
        published = (*rest.published, *(matched.item.published for matched in work.new))
        served = work.served if work.is_partly else frozenset[int]()
        new = rest.new + len(work.new) + work.passed
        left = replace(rest, begin=rest.begin + done, new=new, published=published, served=served)
    return News(
        names=work.shown,
        new=tuple(work.new),
        edited=tuple(work.edited),
        kept=tuple(work.kept),
        passed=work.passed,
        deliveries=tuple(work.deliveries),
        skipped=tuple(work.skipped),
        rest=left,
        weight=work.weight,
    )


class _Work:
    """Takes items one after the other, and keeps what they lead to."""

    def __init__(self, rest: Rest, facts: PollFacts, match: Matcher, *, primed: bool, now: float, room: Room) -> None:
        self._facts, self._match, self._primed, self._room = facts, match, primed, room
        # A moment apart, so that what came in one poll keeps its order wherever it is sorted by time.
        self._times = (now + number * _MOMENT for number in count(rest.begin))
        self._names = {name: known.own for name, known in facts.known.items()}
        self._kept = dict(facts.kept)
        self._told: defaultdict[str, set[int]] = defaultdict(set)  # in this slice, by own name
        self._passed_over = rest.passed
        self._private = bool(facts.feed.chats)
        self.served = rest.served
        self.shown: dict[str, str] = {}
        self.new: list[MatchedItem] = []
        self.edited: list[MatchedItem] = []
        self.kept: list[MatchedItem] = []
        self.is_partly = False
        self.passed = 0
        self.deliveries: list[Delivery] = []
        self.skipped: list[Skip] = []
        self.weight = 0.0

    def take(self, item: Item) -> bool:
        """Decide on an item. Returns False if there is no room left for it, or not for all of its chats."""
        if self.weight >= self._room.weight:
            return False
        self.weight += KNOWN
        own = next((self._names[key] for key in item.keys if key in self._names), "")
        before = self._kept.get(own)
        at = next(self._times)
        if not own and item.key in self._passed_over:
            self.passed += 1
            self._skip(item, "too many at once")
        elif not own:
            found = MatchedItem(item=item, matches=self._matched(item))
            if not self._tell(found, kept(found), at, to=self.new):
                return False
        elif (edit := edit_of(item, before, self._matched)) is None:
            self._skip(item, "known")
        elif not self._tell(edit.newly, kept(edit.now), at, to=self.edited):
            return False
        named = {key: self._names.get(key, own or item.key) for key in item.keys}
        self.shown |= named
        self._names |= named
        self.served = frozenset()
        return True

    def _matched(self, item: Item) -> tuple[Match, ...]:
        self.weight += ITEM + len(item.title) + len(item.summary)
        return self._match(item)

    def _note(self, entry: MatchedItem, to: list[MatchedItem]) -> None:
        self._kept[entry.item.key] = entry  # it may stand twice in one body, in other words
        self.kept.append(entry)
        to.append(entry)

    def _skip(self, item: Item, reason: SkipReason) -> None:
        self.skipped.append(Skip(item=item, reason=reason))

    def _tell(self, matched: MatchedItem, entry: MatchedItem, at: float, *, to: list[MatchedItem]) -> bool:
        """Queue an item for as many chats as there is room for, and note it as it is kept. Returns whether all are."""
        if not self._primed:
            self._note(entry, to)
            self._skip(matched.item, "first poll")
            return True
        left = min(self._room.weight - self.weight, sys.maxsize)
        earlier = self.served
        chats, more = _recipients(matched, self._facts, self.served, most=max(int(left / ROW), self._room.chats))
        self.weight += ROW * len(chats)
        self.served = earlier | chats.keys()
        told = self._told[matched.item.key]
        if chats:
            told.update(self._facts.told(matched.item.keys, chats))
        rows = [
            _delivery(matched.item, chat, met, at, private=self._private)
            for chat, met in chats.items()
            if chat not in told
        ]
        self.deliveries += rows
        told.update(chats)
        if more:
            self.is_partly = True
            self.kept.append(replace(entry, item=replace(entry.item, partly=True)))
            return False
        self._note(entry, to)
        if not rows and not earlier:
            reason: SkipReason = "nobody subscribes" if matched.matches else "no match"
            if to is self.edited:
                reason = "known"
            elif self.served:
                reason = "told by another feed"
            self._skip(matched.item, reason)
        return True


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
    if before is None or (reads_alike(item, before.item) and not before.item.partly):
        return None
    matches = match(item)
    met = set() if before.item.partly else {each.watch for each in before.matches}
    newly = tuple(each for each in matches if each.watch not in met)
    if not newly and not before.matches:
        return None
    has = {each.watch for each in matches}
    # What was met by the words of before stays met; where these words stood says nothing of the ones of now. Who was to
    # be told of these when the process ended is told when the words come back: till then they have a hit of no words.
    owed = before.item.partly
    former = tuple(
        each._replace(hits=tuple(hit._replace(start=0, end=0) for hit in each.hits[:1]) if owed else ())
        for each in before.matches
        if each.watch not in has
    )
    partly = any(each.hits for each in former)
    item = replace(item, keys=before.item.keys, seen=before.item.seen, partly=partly)
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


def _recipients(
    matched: MatchedItem, facts: PollFacts, served: frozenset[int], *, most: int
) -> tuple[dict[int, list[Match]], bool]:
    """Return the first chats that an item is for, with what each of them looks for, and whether there are more.

    A chat comes once, however many of its watches the item met; those that were `served` before do not come again.
    """
    visibility = visibility_of(facts.feed)
    by_chat: dict[int, list[Match]] = {}
    more = False
    for each in matched.matches:
        chats = visibility.among(facts.subscribers.get(each.watch, ()))
        for chat in [chat for chat in chats if chat in by_chat]:
            by_chat[chat].append(each)
        others = [chat for chat in chats if chat not in by_chat and chat not in served]
        room = most - len(by_chat)
        by_chat |= {chat: [each] for chat in others[:room]}
        more = more or len(others) > room
    return by_chat, more


def _delivery(item: Item, chat: int, met: Sequence[Match], created: float, *, private: bool) -> Delivery:
    """Return the delivery of an item to a chat. It rings unless all of the watches that it met are silent."""
    return Delivery(
        id=short_id(item.key, chat),
        item=item.key,
        feed=item.feed,
        chat=chat,
        watches=tuple(each.watch for each in met),
        silent=all(each.silent for each in met),
        private=private,
        created=created,
    )
