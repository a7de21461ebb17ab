"""Many watches against one item: an item meets only the watches that it could match.

Each watch is filed under index keys (see `keys`). An item's words are looked up once; what is filed under them is
evaluated in full. Adding or removing a watch touches its own keys only.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping

from bot.model import FieldName, Item, Match, Watch
from bot.watches.match.evaluate import evaluate, hits_of
from bot.watches.match.keys import chunk_keys
from bot.watches.match.tokenized import FIELDS, TEXT_FIELDS, TokenizedItem, records
from bot.watches.parser import parse
from bot.watches.tree import Node, Span

REMEMBERED_CHUNKS = 50_000  # of the text, with what is filed under them

_OTHER_FIELDS = tuple(field for field in FIELDS if field not in TEXT_FIELDS)


class IndexedWatch:
    """A watch in the index, filed under `keys`. `number` is its place in the order of adding.

    `required` are the lemmas, beside a single key, without which it cannot match, and of each of `spelled` the lemmas
    of one spelling at least.
    """

    __slots__ = ("keys", "node", "number", "required", "spelled", "watch")

    def __init__(self, watch: Watch, node: Node, number: int) -> None:
        self.watch = watch
        self.node = node
        self.number = number
        self.keys = node.index_keys().keys
        required = dict.fromkeys(node.required_words())
        alone = (spelling for spelling in required if len(spelling) == 1)
        single = dict.fromkeys(word for ((word,),) in alone)
        self.required = tuple(key for key in single if self.keys != (key,))
        self.spelled = tuple(spellings for spellings in required if len(spellings) > 1)


class _Lookup(dict[str, tuple[IndexedWatch, ...]]):
    """For a chunk of text what is filed under its words, remembered for the next item that has it."""

    def __init__(self, index: "Index", field: str) -> None:
        super().__init__()
        self._index = index
        self._field = field

    def __missing__(self, chunk: str) -> tuple[IndexedWatch, ...]:
        if len(self) >= REMEMBERED_CHUNKS:
            self.clear()
        found = self[chunk] = self._index.filed_under(self._field, chunk)
        return found


class Index:
    """The watches in force."""

    def __init__(self) -> None:
        self._entries: dict[str, IndexedWatch] = {}
        self._filed: dict[str, list[IndexedWatch]] = {}
        self._prefix_lengths: dict[int, int] = {}
        self._other_fields: dict[FieldName, int] = dict.fromkeys(_OTHER_FIELDS, 0)
        self._lookups = {field: _Lookup(self, field) for field in ("", *(f"{field}:" for field in _OTHER_FIELDS))}
        self._next = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, watch: Watch, aliases: Mapping[str, str] | None = None) -> None:
        """Add a watch, in place of one of the same name. Raises QueryError."""
        entry = IndexedWatch(watch, parse(watch.query, aliases).node, self._next)
        self.remove(watch.name)
        self._next += 1
        self._entries[watch.name] = entry
        for key in entry.keys:
            self._filed.setdefault(key, []).append(entry)
        self._count(entry, 1)

    def add_all(self, watches: Iterable[Watch], aliases: Mapping[str, str] | None = None) -> None:
        """Add many watches. Raises QueryError at the first that is wrong; those before it are in."""
        collected = gc.isenabled()
        gc.disable()  # all that is made here stays; looking through it again and again takes a third of the time
        try:
            for watch in watches:
                self.add(watch, aliases)
        finally:
            if collected:
                gc.enable()

    def remove(self, name: str) -> None:
        """Remove a watch; nothing happens if there is none of that name."""
        entry = self._entries.pop(name, None)
        if entry is None:
            return
        for key in entry.keys:
            filed = self._filed[key]
            filed.remove(entry)
            if not filed:
                del self._filed[key]
        self._count(entry, -1)

    def match(self, item: Item) -> tuple[Match, ...]:
        """Return the watches that match an item, in the order in which they were added."""
        tokenized = TokenizedItem(item)
        candidates = self._candidates(tokenized)
        if not candidates:
            return ()
        has_all = tokenized.keys().issuperset
        matches: list[tuple[int, Match]] = []
        for entry in candidates:
            if entry.required and not has_all(entry.required):
                continue
            if entry.spelled and not all(any(map(has_all, spellings)) for spellings in entry.spelled):
                continue
            watch = entry.watch
            if watch.feeds and item.feed not in watch.feeds:
                continue
            found = evaluate(entry.node, tokenized, watch.scope)
            if found:
                tier, hits = found
                matches.append((entry.number, Match(watch.name, watch.title, hits, tier, watch.silent)))
        matches.sort()  # by number, of which each watch has its own
        return tuple([match for _, match in matches])

    def could_match(self, item: Item, names: Iterable[str]) -> Iterator[Watch]:
        """Give those of the named watches that look at bodies and could match an item without one, once it has one.

        Among them are those that match it already. Time is linear in the names; the item is read once.
        """
        tokenized = TokenizedItem(item)
        for name in names:
            entry = self._entries.get(name)
            if entry is None or entry.watch.scope == "about":
                continue
            if entry.watch.feeds and item.feed not in entry.watch.feeds:
                continue
            if entry.node.could(tokenized, tokenized.looked_at(entry.watch.scope).with_body()):
                yield entry.watch

    def again(self, item: Item, names: Iterable[str]) -> Iterator[Match]:
        """Give what watches of these names found in an item that they have met, as it reads now.

        Where a watch does not match it any longer, as only quotes of its article are kept, its terms are told that
        stand in it.
        """
        tokenized = TokenizedItem(item)
        for entry in filter(None, map(self._entries.get, names)):
            watch = entry.watch
            found = evaluate(entry.node, tokenized, watch.scope) or ("about", hits_of(_leaves(entry.node, tokenized)))
            tier, hits = found
            yield Match(watch.name, watch.title, hits, tier, watch.silent)

    def filed_under(self, field: str, chunk: str) -> tuple[IndexedWatch, ...]:
        """Return what is filed under the words of a chunk. `field` is the prefix of its keys."""
        found: list[IndexedWatch] = []
        for key in chunk_keys(chunk):
            found += self._filed.get(field + key, ())
        if self._prefix_lengths:
            for form in {word.form for word in records(chunk)}:
                for length in self._prefix_lengths:
                    found += self._filed.get(f"{field}{form[:length]}*", ())
        return tuple(found)

    def _candidates(self, item: TokenizedItem) -> set[IndexedWatch]:
        """Collect what is filed under any word of an item."""
        lookup = self._lookups[""]
        candidates: set[IndexedWatch] = set()
        for field in item.anywhere.wanted:
            candidates.update(*map(lookup.__getitem__, item.words(field).chunks))
        for field, count in self._other_fields.items():
            if count:
                lookup = self._lookups[f"{field}:"]
                candidates.update(*map(lookup.__getitem__, item.words(field).chunks))
        return candidates

    def _count(self, entry: IndexedWatch, step: int) -> None:
        """Keep count of what has to be looked up, and forget what was remembered without this watch."""
        for lookup in self._lookups.values():
            lookup.clear()
        for key in entry.keys:
            field, colon, rest = key.rpartition(":")
            if colon:
                self._other_fields[field] += step  # type: ignore[index]  # what stands before a colon is a field
            if rest.endswith("*"):
                length = len(rest) - 1
                self._prefix_lengths[length] = self._prefix_lengths.get(length, 0) + step
                if not self._prefix_lengths[length]:
                    del self._prefix_lengths[length]


def _leaves(node: Node, item: TokenizedItem) -> list[Span]:
    """Return where the terms of a watch stand in an item, whatever joins them."""
    if not node.children:
        return list(node.find(item, item.anywhere))
    return [span for child in node.children for span in _leaves(child, item)]
