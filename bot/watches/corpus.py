"""Items that a watch can be tried on before it is told of new ones: what that takes, and a list of items that does it.

`ItemList` files each item under its index keys, as the index of watches files watches: what a node needs narrows the
items, and the node itself decides.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from bot.model import Item, Scope
from bot.watches.match.keys import chunk_keys
from bot.watches.match.tokenized import TokenizedItem, records
from bot.watches.tree import Node

_MOST_READ = 5_000  # items that are kept cut into words; about 5 kB each


class Corpus(Protocol):
    """Items that a watch can be tried on."""

    def size(self) -> int:
        """Return how many items there are."""

    def span(self) -> tuple[float, float]:
        """Return when the first and the last were seen, in Unix seconds; 0, 0 if none was or that is not known."""

    def count(self, node: Node, scope: Scope = "all") -> int:
        """Return how many items the node matches, exactly."""

    def newest(self, node: Node, most: int, scope: Scope = "all") -> list[Item]:
        """Return up to `most` items that the node matches, the newest first."""


class SlicedCorpus(Corpus, Protocol):
    """Kept items, which answer in slices as well: each step takes some milliseconds and gives None, the last an answer.

    What is kept or forgotten between two steps may be counted or not. Steps raise StoreBusy if another process files
    the items anew all the time.
    """

    def counting(self, node: Node, scope: Scope = "all") -> Iterator[int | None]:
        """Count how many items the node matches."""

    def dating(self, node: Node, most: int, scope: Scope = "all") -> Iterator[list[float] | None]:
        """Look for when the newest items came that the node matches, in Unix seconds."""

    def seeking(self, node: Node, most: int, scope: Scope = "all") -> Iterator[list[Item] | None]:
        """Look for the newest items that the node matches."""


class ItemList:
    """A corpus in memory. Items are in the order of being seen; where that is unknown, in the order given."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = sorted(items, key=lambda item: item.seen)
        self._filed: dict[str, array[int]] = {}
        known: dict[str, tuple[str, ...]] = {}
        for number, item in enumerate(self._items):
            for key in _keys(item, known):
                self._filed.setdefault(key, array("L")).append(number)
        self._forms = sorted(self._filed)
        self._read = lru_cache(maxsize=_MOST_READ)(lambda number: TokenizedItem(self._items[number]))

    def size(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def span(self) -> tuple[float, float]:
        """Return when the first and the last were seen, in Unix seconds; 0, 0 if that is not known."""
        seen = [item.seen for item in self._items if item.seen]
        return (min(seen), max(seen)) if seen else (0.0, 0.0)

    def count(self, node: Node, scope: Scope = "all") -> int:
        """Return how many items the node matches."""
        return sum(1 for _ in self._matching(node, scope))

    def newest(self, node: Node, most: int, scope: Scope = "all") -> list[Item]:
        """Return up to `most` items that the node matches, the newest first."""
        found: list[Item] = []
        for number in self._matching(node, scope):
            if len(found) >= most:
                break
            found.append(self._items[number])
        return found

    def _matching(self, node: Node, scope: Scope) -> Iterator[int]:
        """Yield the numbers of the items that a node matches, the last first."""
        for number in self._candidates(node):
            item = self._read(number)
            fields = item.looked_at(scope)
            if node.find(item, fields):
                yield number

    def _candidates(self, node: Node) -> Sequence[int]:
        """Return the numbers of all items that a node can match, the last first."""
        found: set[int] = set()
        for key in node.index_keys().keys:
            if ":" in key:  # a field outside the text: nothing is filed for it
                return range(len(self._items) - 1, -1, -1)
            for filed in self._begin_with(key[:-1]) if key.endswith("*") else (key,):
                found.update(self._filed.get(filed, ()))
        return sorted(found, reverse=True)

    def _begin_with(self, prefix: str) -> Sequence[str]:
        """Return the keys that begin with a prefix."""
        return self._forms[bisect_left(self._forms, prefix) : bisect_left(self._forms, prefix + "\U0010ffff")]


def _keys(item: Item, known: dict[str, tuple[str, ...]]) -> set[str]:
    """Return the keys that the text of an item has, and its forms, which prefixes are compared with.

    `known` remembers those of each chunk for the next item that has it.
    """
    tokenized = TokenizedItem(item)
    found: set[str] = set()
    for field in tokenized.anywhere.wanted:
        for chunk in tokenized.words(field).chunks:
            keys = known.get(chunk)
            if keys is None:
                keys = known[chunk] = tuple({*chunk_keys(chunk), *(word.form for word in records(chunk))})
            found.update(keys)
    return found
