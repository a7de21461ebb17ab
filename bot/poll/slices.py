"""What came of asking a feed, and how much of it is decided at a time: no poll may hold the loop for long. Pure.

    Answer -> Rest, all of it -> decide -> PollOutcome with the Rest that is left -> decide -> … until none is left

How large a slice is, its `Room`, follows from how long the one before took. What is counted is weight: a character
that a watch reads is one, and whatever else a slice does is told in these.
"""

import math
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.errors import FeedError
from bot.model import Article, Fetched, Item, NotModified, ParsedFeed, Unread, Wanted
from bot.runtime.rounds import PIECE

UNSLICED = 60
"""Items that are looked at in the first slice of a poll: nearly all feeds show fewer."""
FIRST, LEAST, MOST = 20_000, 2_000, 200_000
"""Weights of the first slice, of which a slow machine takes as many in a piece of time, and of any."""
LEAST_TOLD = 100
"""Chats that are told of an item in one slice at least: to look for them among many costs as much."""
ITEM, KNOWN, ROW = 1_000, 100, 150
"""Weights of an item that is matched, beside its text; of one that is known; of a chat that is told."""


class ReadPage(NamedTuple):
    """The page of an item that was wanted, and what came of asking for it."""

    page: Wanted
    came: Article | Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking a feed, `seconds` after the request: an answer or an error.

    `parsed` is what a new body says and `items` are its entries; both are empty for a 304 and for the same body again.
    `reading` is of the page of an item, where that was asked for.
    """

    at: float
    seconds: float = 0.0
    answer: Fetched | NotModified | None = None
    error: FeedError | None = None
    parsed: ParsedFeed | None = None
    items: tuple[Item, ...] = ()
    body_hash: str = ""
    reading: ReadPage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is left to decide of an answer: `items`, the oldest first, from `begin` on.

    `new` counts the new ones before them, and `published` says when these were published, as far as they were taken,
    None for each that does not say. `served` are the chats that have been told of the first item in slices before.
    `passed` are the own names of items that are only to be known. `anew` says that all names are written anew.
    """

    items: Sequence[Item] = ()
    begin: int = 0
    new: int = 0
    published: tuple[float | None, ...] = ()
    served: frozenset[int] = frozenset()
    passed: frozenset[str] = frozenset()
    anew: bool = False

    def first(self, count: int) -> Sequence[Item]:
        """Return the first items of what is left."""
        return self.items[self.begin : self.begin + count]

    def __len__(self) -> int:
        return len(self.items) - self.begin


class Room(NamedTuple):
    """How much a slice may take: items that are looked at, and the weight of what is done with them.

    Of an item that is for many, `chats` are told at least, however little room is left.
    """

    items: int = UNSLICED
    weight: float = FIRST
    chats: int = LEAST_TOLD


WHOLE = Room(items=sys.maxsize, weight=math.inf)
"""Room for all that came."""


def next_room(room: Room, *, items: int, weight: float, seconds: float) -> Room:
    """Return the room of the next slice, given what the last one took and how many seconds of CPU that was.

    It grows by half at most, as the next items may be dearer, and shrinks at once.
    """
    fitting = weight * PIECE / seconds if seconds > 0 else math.inf
    if weight < room.weight / 2:  # too little to tell how much fits, unless it took too long
        fitting = max(fitting, room.weight) if seconds < PIECE else fitting
    most = min(room.weight * 1.5, MOST)
    return Room(items=max(8, min(items * 2, UNSLICED * 4)), weight=max(LEAST, min(fitting, most)))


def passed_over(items: Sequence[Item], known: Collection[str], most: int) -> frozenset[str]:
    """Return the own names of the new ones among items, the oldest first, but for the newest `most`."""
    names = set(known)
    new: list[str] = []
    for item in items:
        if names.isdisjoint(item.keys):
            new.append(item.key)
        names.update(item.keys)
    return frozenset(new[:-most]) if len(new) > most else frozenset()


def names_of(items: Sequence[Item]) -> set[str]:
    """Return all names of these items."""
    return {name for item in items for name in item.keys}


def in_steps(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Give items a few at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))
