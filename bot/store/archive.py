"""The archive: which kept items a watch matches. The index narrows, the watch decides.

    narrowing -> each segment: keys, lines -> ids -> still there? -> read -> the watch decides
                 what is not filed ----------------------------------^

In slices for who must not hold the loop: each step is a few milliseconds, and the last one gives the answer.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from heapq import heappush, heapreplace
from typing import TypeVar

from bot.errors import StoreBusy
from bot.model import Item, Scope
from bot.store.database import SQLiteDB
from bot.store.documents import Document, item_of
from bot.store.filing import ALL_SWEPT, Filing, Place
from bot.store.segments import TOGETHER, Segment
from bot.store.shelves import Shelves
from bot.store.tally import Tallies
from bot.watches.match.narrowing import Left, Maybe, Narrowing
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.tree import Node

_AT_ONCE = 16  # items that are read and decided in one step
_TRIES = 5  # where another process takes segments apart meanwhile

T = TypeVar("T")
Steps = Generator[None, None, T]


class Archive:
    """The items of everybody's feeds that are kept, and those of these `own` feeds: a `Corpus`."""

    def __init__(
        self, db: SQLiteDB, shelves: Shelves, filing: Filing, tallies: Tallies, own: Iterable[str] = ()
    ) -> None:
        self._db = db
        self._items = db.table("items")
        self._segments = db.table("segments")
        self._shelves = shelves
        self._filing = filing
        self._tallies = tallies
        self._own = tuple(own)
        self._shown = frozenset(("", *self._own))

    def size(self) -> int:
        """Return how many items there are."""
        return self._tallies.kept("items") + sum(len(self._shelves.ids_of(feed)) for feed in self._own)

    def span(self) -> tuple[float, float]:
        """Return when the first and the last of everybody's were seen, in Unix seconds; 0, 0 if there is none."""
        return self._shelves.span()

    def count(self, node: Node, scope: Scope = "all") -> int:
        """Return how many items the node matches, exactly."""
        return _last(self.counting(node, scope))

    def newest(self, node: Node, most: int, scope: Scope = "all") -> list[Item]:
        """Return up to `most` items that the node matches, the newest first."""
        return _last(self.seeking(node, most, scope))

    def counting(self, node: Node, scope: Scope = "all") -> Iterator[int | None]:
        """Count in slices: gives None for each step, and how many items the node matches at last."""
        return self._answering(lambda: self._count(node, scope))

    def seeking(self, node: Node, most: int, scope: Scope = "all") -> Iterator[list[Item] | None]:
        """Look for the newest in slices: gives None for each step, and up to `most` items at last."""
        return self._answering(lambda: self._seek(node, most, scope))

    def dating(self, node: Node, most: int, scope: Scope = "all") -> Iterator[list[float] | None]:
        """Look in slices for when the newest items came: gives None for each step, and up to `most` times at last."""
        return self._answering(lambda: self._date(node, most, scope))

    def _answering(self, ask: Callable[[], Steps[T | None]]) -> Iterator[T | None]:
        """Ask until no segment was taken apart meanwhile. Raises StoreBusy if that does not come to an end."""
        self._filing.readers += 1
        try:
            for _ in range(_TRIES):
                answer = yield from ask()
                if answer is not None:
                    yield answer
                    return
        finally:
            self._filing.readers -= 1
        raise StoreBusy("the archive is being filed anew; ask again in a minute.")

    def _count(self, node: Node, scope: Scope) -> Steps[int | None]:
        narrowing = node.narrowing() if scope == "all" else Maybe(node.narrowing())
        segments, total = self._filing.segments(), 0
        for ids in self._loose():
            for some in _in_steps(ids):
                total += sum(1 for _ in self._matching(some, node, scope))
                yield
        for segment in segments:
            found = self._candidates(segment, narrowing)
            if found is None:
                return None
            sure, maybe = found
            total += len(sure)
            for some in _in_steps(maybe):
                total += sum(1 for _ in self._matching(some, node, scope))
                yield
            yield
        return total

    def _seek(self, node: Node, most: int, scope: Scope) -> Steps[list[Item] | None]:
        found = yield from self._newest(node, most, scope, lambda item: item)
        return None if found is None else [item for _, _, item in found]

    def _date(self, node: Node, most: int, scope: Scope) -> Steps[list[float] | None]:
        found = yield from self._newest(node, most, scope, lambda _: None)
        return None if found is None else [newest for newest, _, _ in found]

    def _newest(
        self, node: Node, most: int, scope: Scope, make: Callable[[Item], T]
    ) -> Steps[list[tuple[float, int, T]] | None]:
        """Look for the newest items that match: their times and numbers, with what is made of each, newest first."""
        narrowing = node.narrowing()
        segments = self._filing.segments()
        found: list[tuple[float, int, T]] = []  # a heap, the oldest first
        for ids in self._loose():
            for some in _in_steps(ids):
                _keep(found, most, self._matching(some, node, scope), make)
                yield
        for segment in segments:
            if len(found) >= most and (not most or found[0][0] >= segment.newest):
                break
            candidates = self._candidates(segment, narrowing)
            if candidates is None:
                return None
            for some in _in_steps([*candidates[0], *candidates[1]]):
                _keep(found, most, self._matching(some, node, scope), make)
                yield
            yield
        return sorted(found, key=lambda each: -each[0])

    def _matching(self, ids: Sequence[int], node: Node, scope: Scope) -> Iterator[tuple[int, Document, Item]]:
        """Read items and give those that match."""
        for number, doc in self._items.get_many(ids).items():
            if doc.get("own", "") not in self._shown:
                continue
            item = item_of(doc)
            read = TokenizedItem(item)
            if node.find(read, read.looked_at(scope)):
                yield number, doc, item

    def _loose(self) -> Iterator[list[int]]:
        """Give the items that stand in no segment: noted ones, those that were not come to yet, those of own feeds."""
        swept, before = self._filing.swept
        yield self._filing.unfiled()
        while swept < ALL_SWEPT:
            found, swept = self._filing.unswept(swept, before)
            yield found
        for feed in self._own:
            yield self._shelves.ids_of(feed)

    def _candidates(self, place: Place, narrowing: Narrowing) -> tuple[list[int], list[int]] | None:
        """Return which items of a segment match, and which may, as far as they are still there; None if it is gone."""
        left = Left(set(), set(range(TOGETHER)))
        if place.is_current:
            left = narrowing.among(Segment(self._db, place.number, place.always, narrowing.asked()), left.maybe)
            if not left.all:
                return [], []
        header = self._segments.get_by_id(place.number)
        if header is None:
            return None
        items, places = header["items"], header["places"]
        numbers = [each for each in left.all if each < len(items)]
        there = set(self._filing.there([items[each] for each in numbers], [places[each] for each in numbers]))
        sure = {items[each] for each in left.sure if each < len(items)}
        return list(there & sure), list(there - sure)


def _in_steps(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(ids), _AT_ONCE):
        yield ids[begin : begin + _AT_ONCE]


def _last(steps: Iterator[T | None]) -> T:
    """Take all steps of an answer at once."""
    *_, answer = steps
    assert answer is not None
    return answer


def _keep(
    found: list[tuple[float, int, T]],
    most: int,
    matching: Iterable[tuple[int, Document, Item]],
    make: Callable[[Item], T],
) -> None:
    """Keep those of some items that are among the newest."""
    for number, doc, item in matching:
        newest = float(doc["newest"])
        if len(found) < most:
            heappush(found, (newest, number, make(item)))
        elif most and found[0][:2] < (newest, number):
            heapreplace(found, (newest, number, make(item)))
