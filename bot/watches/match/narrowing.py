"""What an item must have for a watch to match it: narrows many items to a few before any of them is read. Pure.

    "Russia NEAR/5 say"  ->  Every((Having(("russia",)), Having(("say",)), Close(("russia",), ("say",), 5)))

A lot of items that knows who has which key (`Lot`) says who is left: who matches for sure, as by one word by its lemma,
and who may match, on whom the watch itself decides.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Lot(Protocol):
    """Some items, by number, and what they have. `unclear` are those that may have any key."""

    @property
    def unclear(self) -> set[int]:
        """The items of which nothing is known."""

    def having(self, key: str) -> set[int]:
        """Return the items that have a key as `filed` gives it, or a word that begins as a prefix (`навальн*`) does."""

    def close(self, left: Sequence[str], right: Sequence[str], within: int, among: set[int]) -> set[int]:
        """Return those of some items in which a word of both sides may stand at most `within` words apart."""


class Left(NamedTuple):
    """The items that are left: those that match for `sure`, where all of the text is looked at, and others that may."""

    sure: set[int]
    maybe: set[int]

    @property
    def all(self) -> set[int]:
        """Both."""
        return self.sure | self.maybe


class Narrowing(ABC):
    """A condition that each item meets which the watch matches."""

    __slots__ = ()

    @abstractmethod
    def asked(self) -> Iterator[str]:
        """Yield all keys that it asks for."""

    @abstractmethod
    def among(self, lot: Lot, items: set[int]) -> Left:
        """Return those of a lot's items that are left."""


@dataclass(frozen=True, slots=True)
class Having(Narrowing):
    """Any of some keys. `sure` says that these are all that is asked for, but of items that have one of `doubted`."""

    keys: tuple[str, ...]
    sure: bool = False
    doubted: tuple[str, ...] = ()

    def asked(self) -> Iterator[str]:
        """Yield them."""
        yield from (*self.keys, *self.doubted)

    def among(self, lot: Lot, items: set[int]) -> Left:
        """Return the items that have a key."""
        found = items & lot.unclear.union(*map(lot.having, self.keys))
        if not self.sure:
            return Left(set(), found)
        maybe = found & lot.unclear.union(*map(lot.having, self.doubted))
        return Left(found - maybe, maybe)


@dataclass(frozen=True, slots=True)
class Close(Narrowing):
    """A word of either side, at most `within` words apart. Words that are filed in no order are anywhere."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    within: int

    def asked(self) -> Iterator[str]:
        """Yield those of both sides."""
        yield from (*self.left, *self.right)

    def among(self, lot: Lot, items: set[int]) -> Left:
        """Return the items in which both may stand so close."""
        return Left(set(), lot.close(self.left, self.right, self.within, items))


@dataclass(frozen=True, slots=True)
class Every(Narrowing):
    """All of several conditions, and none of what is refused. Without any part it is met by all."""

    parts: tuple[Narrowing, ...]
    refused: tuple[Narrowing, ...] = ()

    def asked(self) -> Iterator[str]:
        """Yield those of all parts and refusals."""
        for part in (*self.parts, *self.refused):
            yield from part.asked()

    def among(self, lot: Lot, items: set[int]) -> Left:
        """Return the items that meet all; the later parts are asked of those that are left."""
        sure = set(items)
        for part in self.parts:
            if not items:
                break
            found = part.among(lot, items)
            items, sure = found.all, sure & found.sure
        for part in self.refused:
            if not items:
                break
            found = part.among(lot, items)
            items, sure = items - found.sure, sure - found.all
        return Left(sure, items - sure)


@dataclass(frozen=True, slots=True)
class Either(Narrowing):
    """Any of several conditions."""

    parts: tuple[Narrowing, ...]

    def asked(self) -> Iterator[str]:
        """Yield those of all parts."""
        for part in self.parts:
            yield from part.asked()

    def among(self, lot: Lot, items: set[int]) -> Left:
        """Return the items that meet one."""
        found = [part.among(lot, items) for part in self.parts]
        sure = set[int]().union(*(each.sure for each in found))
        return Left(sure, set[int]().union(*(each.maybe for each in found)) - sure)


@dataclass(frozen=True, slots=True)
class Maybe(Narrowing):
    """What is left of a condition where less than the whole text is looked at: nobody matches for sure."""

    part: Narrowing

    def asked(self) -> Iterator[str]:
        """Yield those of the condition."""
        return self.part.asked()

    def among(self, lot: Lot, items: set[int]) -> Left:
        """Return the items that are left of it."""
        return Left(set(), self.part.among(lot, items).all)
