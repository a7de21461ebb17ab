"""What of a poll is news, and who is told of it. Pure.

items of one body -> new in this feed, or with other words? -> matched -> who watches and sees it -> not told yet
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import count, takewhile
from typing import Literal

from bot.model import Delivery, Item, Match, MatchedItem, Notice, PollFacts
from bot.poll.edits import Edit, Matcher, edit_of
from bot.poll.kept import kept
from bot.poll.slices import ITEM, KNOWN, ROW, WHOLE, Rest, Room
from bot.poll.visibility import visibility_of

SkipReason = Literal["known", "first poll", "no match", "nobody subscribes", "told by another feed", "too many at once"]

_ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0 o, 1 l i: people read these aloud
_ID_LENGTH = 6
_MOMENT = 1e-5


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
    in the order of the items, the oldest first, and `edits` are those that change alerts. `skipped` has one entry for
    each item that alerts nobody. `fresh` are new ones that may be told, as they came. `rest` is what is left,
    None if nothing is. `weight` is what it was to decide.
    """

    names: Mapping[str, str]
    new: tuple[MatchedItem, ...] = ()
    fresh: tuple[MatchedItem, ...] = ()
    edited: tuple[MatchedItem, ...] = ()
    kept: tuple[MatchedItem, ...] = ()
    passed: int = 0
    deliveries: tuple[Delivery, ...] = ()
    edits: tuple[Delivery, ...] = ()
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
        fresh=tuple(work.fresh),
        edited=tuple(work.edited),
        kept=tuple(work.kept),
        passed=work.passed,
        deliveries=tuple(work.deliveries),
        skipped=tuple(work.skipped),
        rest=left,
        weight=work.weight,
    )


def article_news(edit: Edit, rest: Rest, facts: PollFacts, match: Matcher, *, now: float, room: Room = WHOLE) -> News:
    """Return what an item leads to whose article was read, as far as there is room: who was not told of it is told.

    Who was told has the alert edited, so that it shows what was found in the article.
    """
    work = _Work(rest, facts, match, primed=True, now=now, room=room)
    done = work.take_article(edit)
    return News(
        names={},
        edited=tuple(work.edited),
        kept=tuple(work.kept),
        deliveries=tuple(work.deliveries),
        edits=tuple(work.edits),
        rest=None if done else replace(rest, served=work.served),
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
        self.fresh: list[MatchedItem] = []
        self.edited: list[MatchedItem] = []
        self.kept: list[MatchedItem] = []
        self.is_partly = False
        self.passed = 0
        self.deliveries: list[Delivery] = []
        self.edits: list[Delivery] = []
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
            if self._primed:
                self.fresh.append(found)
        elif (edit := edit_of(item, before, self._matched)) is None:
            self._skip(item, "known")
        elif not self._tell(edit.newly, kept(edit.now), at, to=self.edited):
            return False
        named = {key: self._names.get(key, own or item.key) for key in item.keys}
        self.shown |= named
        self._names |= named
        self.served = frozenset()
        return True

    def take_article(self, edit: Edit) -> bool:
        """Decide on an item whose article was read. Returns False if there is no room for all of its chats."""
        self.weight += ITEM + len(edit.now.item.body)
        return self._tell(edit.newly, kept(edit.now), next(self._times), to=self.edited, gain=True)

    def _matched(self, item: Item) -> tuple[Match, ...]:
        self.weight += ITEM + len(item.title) + len(item.summary) + len(item.body)
        return self._match(item)

    def _note(self, entry: MatchedItem, to: list[MatchedItem]) -> None:
        self._kept[entry.item.key] = entry  # it may stand twice in one body, in other words
        self.kept.append(entry)
        to.append(entry)

    def _skip(self, item: Item, reason: SkipReason) -> None:
        self.skipped.append(Skip(item=item, reason=reason))

    def _tell(
        self, matched: MatchedItem, entry: MatchedItem, at: float, *, to: list[MatchedItem], gain: bool = False
    ) -> bool:
        """Queue an item for as many chats as there is room for, and note it as it is kept. Returns whether all are.

        The alerts of those who were told of it `gain` what was found now.
        """
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
        if gain:
            self.edits += _gaining(entry, {chat: met for chat, met in chats.items() if chat in told}, self._facts, at)
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
    """Return the delivery of an item to a chat. It rings if one of the watches that it met does, and it is about it."""
    return Delivery(
        id=short_id(item.key, chat),
        item=item.key,
        feed=item.feed,
        chat=chat,
        watches=tuple(each.watch for each in met),
        silent=all(each.silent or each.tier != "about" for each in met),
        private=private,
        created=created,
    )


def _gaining(
    entry: MatchedItem, chats: Mapping[int, Sequence[Match]], facts: PollFacts, created: float
) -> Iterator[Delivery]:
    """Give for each of these chats, which have been told of an item, what lets its alert show what was found now.

    One that waits is sent with all of it; one that is on its way or out is edited, unless it shares its message.
    """
    own = entry.item.key
    waiting = facts.open_rows(own, chats) if chats else {}
    out = facts.has_message(own, chats) if chats else frozenset()
    audience = {each.watch: set(facts.subscribers.get(each.watch, ())) for each in entry.matches} if chats else {}
    for chat, met in chats.items():
        row = waiting.get(chat)
        if row is not None and row.state == "queued":
            yield replace(row, watches=tuple(dict.fromkeys([*row.watches, *(each.watch for each in met)])))
        elif row is not None or chat in out:
            all_met = [each for each in entry.matches if chat in audience[each.watch]]
            row = _delivery(entry.item, chat, all_met, created, private=bool(facts.feed.chats))
            yield replace(row, silent=True, edits=True)
