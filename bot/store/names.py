"""The names under which items are known, by feed; the oldest are found by an index on feed and time."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from bot.model import Feed, KnownName
from bot.store.database import SQLiteTable
from bot.store.documents import doc_id, known_document
from bot.store.tally import Tallies
from bot.store.told import ToldTable


class KnownNames:
    """Known names. With one of some chats' own feed goes who was told of it, so that these are bounded as names are."""

    def __init__(self, table: SQLiteTable, told: ToldTable, tallies: Tallies) -> None:
        self._table = table
        self._told = told
        self._tallies = tallies

    def of(self, feed: str, names: Collection[str]) -> dict[str, KnownName]:
        """Return those of these names that are known in a feed."""
        ids = {doc_id(feed, name): name for name in names}
        found = {ids[number]: doc for number, doc in self._table.get_many(ids).items()}
        return {name: KnownName(feed, name, doc.get("own", name), doc["seen"]) for name, doc in found.items()}

    def among(self, feed: str, names: Collection[str]) -> frozenset[str]:
        """Return which of these names are known in a feed."""
        ids = {doc_id(feed, name): name for name in names}
        return frozenset(ids[number] for number in self._table.present(ids))

    def count(self, feed: str) -> int:
        """Count the names that are known in a feed."""
        found = self._table.rows("SELECT count(*) FROM known WHERE feed = ?", [feed])
        return int(found[0][0]) if found else 0

    def newest(self) -> float:
        """Return when the last name of any feed was written, 0 if none was."""
        found = self._table.rows("SELECT max(seen) FROM known")
        return float(found[0][0] or 0.0) if found else 0.0

    def next_feed(self, after: str) -> str | None:
        """Return the first feed after this one, in the order of names, that has any."""
        found = self._table.rows("SELECT min(feed) FROM known WHERE feed > ?", [after])
        return found[0][0] if found else None

    def put(self, names: Iterable[KnownName], own: Collection[str]) -> None:
        """Let names be known; `own` are the feeds that are some chats' own."""
        documents = {doc_id(each.feed, each.name): known_document(each, own=each.feed in own) for each in names}
        if documents:
            self._tallies.add("known", len(documents) - len(self._table.present(documents)))
            self._table.put(documents)

    def bound(self, feed: str, most: int, added: Feed | None) -> None:
        """Forget all names of a feed but so many, the newest."""
        self._forget("feed = ? ORDER BY seen DESC LIMIT -1 OFFSET ?", [feed, most], added)

    def forget(self, feed: str, before: float, most: int, added: Feed | None) -> int:
        """Forget at most so many names of a feed that were last written before a time. Returns how many."""
        return self._forget("feed = ? AND seen < ? LIMIT ?", [feed, before, most], added)

    def remove(self, feed: str, added: Feed | None) -> None:
        """Forget all names of a feed."""
        self._forget("feed = ?", [feed], added)

    def _forget(self, which: str, values: Sequence[Any], added: Feed | None) -> int:
        among = f"id IN (SELECT id FROM known WHERE {which})"
        if added is not None and added.chats:
            names = self._table.rows(f"SELECT doc ->> '$.name' FROM known WHERE {among}", values)
            self._told.forget_names([name for (name,) in names if name], added.chats)
        forgotten = self._table.delete(among, values)
        self._tallies.add("known", -forgotten)
        return forgotten
