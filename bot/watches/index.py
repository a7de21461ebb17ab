"""Many watches against one item: an item meets only the watches that it could match.

Each watch is filed under anchors (see `anchors`). An item's words are looked up once; what is filed under them is
evaluated in full. Adding or removing a watch touches its own keys only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.model import FieldName, Item, Match, Watch
from bot.text.tokens import chunk_words, chunks
from bot.watches.anchors import anchor, chunk_keys
from bot.watches.document import Document, field_text
from bot.watches.evaluate import evaluate_document, match_of
from bot.watches.language import parse
from bot.watches.reach import TEXT_FIELDS
from bot.watches.tree import Node

REMEMBERED_CHUNKS = 50_000  # of the text, with what is filed under them

_NO_TEXT: tuple[FieldName, ...] = ("source", "lang", "url", "author")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """A watch in the index. `number` is its place in the order of adding."""

    watch: Watch
    node: Node
    number: int
    keys: frozenset[str]


class Index:
    """The watches in force."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._filed: dict[str, list[Entry]] = {}
        self._prefix_lengths: dict[int, int] = {}
        self._fields: dict[FieldName, int] = dict.fromkeys(_NO_TEXT, 0)
        self._remembered: dict[tuple[str, str], tuple[Entry, ...]] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, watch: Watch, aliases: Mapping[str, str] | None = None) -> None:
        """Add a watch, in place of one of the same name. Raises QueryError."""
        node = parse(watch.query, aliases).node
        self.remove(watch.name)
        entry = Entry(watch=watch, node=node, number=self._next, keys=anchor(node).keys)
        self._next += 1
        self._entries[watch.name] = entry
        for key in entry.keys:
            self._filed.setdefault(key, []).append(entry)
        self._count(entry, 1)

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
        """Tell which watches meet an item, in the order in which they were added."""
        candidates = {
            entry for entry in self._candidates(item) if not entry.watch.feeds or item.feed in entry.watch.feeds
        }
        document = Document(item)
        matches: list[Match] = []
        for entry in sorted(candidates, key=lambda entry: entry.number):
            found = evaluate_document(entry.node, document, has_body=bool(item.body), scope=entry.watch.scope)
            if found:
                matches.append(match_of(entry.watch, found))
        return tuple(matches)

    def _candidates(self, item: Item) -> Iterator[Entry]:
        for field in TEXT_FIELDS:
            for _, chunk in chunks(field_text(item, field)):
                yield from self._under("", chunk)
        for field in _NO_TEXT:
            if self._fields[field]:
                for _, chunk in chunks(field_text(item, field), urls=True):
                    yield from self._under(f"{field}:", chunk)

    def _under(self, field: str, chunk: str) -> tuple[Entry, ...]:
        """Give what is filed under the words of a chunk, remembered for the next item that has it."""
        known = self._remembered.get((field, chunk))
        if known is None:
            if len(self._remembered) >= REMEMBERED_CHUNKS:
                self._remembered.clear()
            known = self._remembered[field, chunk] = tuple(self._look_up(field, chunk))
        return known

    def _look_up(self, field: str, chunk: str) -> Iterator[Entry]:
        keys = chunk_keys(chunk)
        for key in keys:
            yield from self._filed.get(field + key, ())
        for form in {word.form for word in chunk_words(chunk)}:
            for length in self._prefix_lengths:
                if length <= len(form):
                    yield from self._filed.get(f"{field}{form[:length]}*", ())

    def _count(self, entry: Entry, step: int) -> None:
        """Keep count of what the keys make necessary to look up, and forget what was remembered without them."""
        self._remembered.clear()
        for key in entry.keys:
            field, colon, rest = key.rpartition(":")
            if colon:
                self._fields[field] += step  # type: ignore[index]  # what stands before a colon is a field's name
            if rest.endswith("*"):
                length = len(rest) - 1
                self._prefix_lengths[length] = self._prefix_lengths.get(length, 0) + step
                if not self._prefix_lengths[length]:
                    del self._prefix_lengths[length]
