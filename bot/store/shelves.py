"""Items that are kept whole, and where they are found: by watch, the newest first.

Everybody's items share a shelf for each watch, and each feed that is some chats' own has shelves of its own. So nothing
that one feed brings stands before another's, and a look at the newest costs the same however many are kept.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.model import MatchedItem
from bot.store.database import SQLiteDB
from bot.store.documents import item_document, item_id, item_of, matched_item, shelf, shelved
from bot.store.filing import Filing
from bot.store.tally import Tallies

# The sign takes the column's type away, for which no index on a key of JSON would be used.
_UNTOLD = "NOT EXISTS (SELECT 1 FROM outbox WHERE about = +items.id)"  # no delivery may yet tell it


class Shelves:
    """The items of a state. `is_own` says whether a feed is some chats' own."""

    def __init__(self, db: SQLiteDB, tallies: Tallies, filing: Filing, is_own: Callable[[str], bool]) -> None:
        self._items = db.table("items")
        self._shelved = db.table("shelved")
        self._tallies = tallies
        self._filing = filing
        self._is_own = is_own

    def put(self, entries: Iterable[MatchedItem]) -> None:
        """Keep items, in place of those of the same feeds and names."""
        items = {item_id(entry): entry for entry in entries}
        documents = {number: item_document(entry, own=self._is_own(entry.item.feed)) for number, entry in items.items()}
        if not documents:
            return
        there = self._items.get_many(documents)
        same = {
            number
            for number, doc in there.items()
            if doc.get("own") == documents[number].get("own") and item_of(doc) == items[number].item
        }
        self._items.remove_ids(there.keys() - same)  # so that they get new places
        self._items.put(documents)
        self._filing.add([number for number, doc in documents.items() if number not in same and "own" not in doc])
        self._tally({number: doc for number, doc in documents.items() if number not in there}.values(), 1)
        if there:
            self._shelved.remove_where(item=list(there))
        self._shelved.put(
            {place: each for number, doc in documents.items() for place, each in shelved(number, doc).items()}
        )

    def latest(self, watches: Iterable[str], most: int, own: Iterable[str]) -> list[MatchedItem]:
        """Return the newest items of everybody's feeds, and of these own ones, that met any of these watches."""
        names = list(watches)
        shelves = json.dumps([shelf(watch, feed) for feed in ("", *own) for watch in names])
        tops = self._shelved.rows(
            "SELECT value, (SELECT max(newest) FROM shelved WHERE shelf = value) AS top FROM json_each(?)"
            " WHERE top IS NOT NULL ORDER BY top DESC LIMIT ?",
            [shelves, most],  # what is not among the first shelves has nothing among the newest
        )
        newest: dict[int, float] = {}
        for name, _ in tops:
            newest |= self._shelved.rows(
                "SELECT item, newest FROM shelved WHERE shelf = ? ORDER BY newest DESC LIMIT ?", [name, most]
            )
        chosen = sorted(newest, key=newest.__getitem__, reverse=True)[:most]
        found = self._items.get_many(chosen)
        return [matched_item(found[number]) for number in chosen if number in found]

    def met(self, watches: Iterable[str], since: float, own: Iterable[str]) -> dict[str, int]:
        """Count the items of everybody's feeds, and of these own ones, that met each watch and are not older."""
        shelves = ["", *own]
        sql = "SELECT count(*) FROM shelved WHERE shelf = ? AND newest >= ?"
        return {
            watch: sum(self._shelved.rows(sql, [shelf(watch, feed), since])[0][0] for feed in shelves)
            for watch in watches
        }

    def after(self, cursor: int, most: int) -> tuple[list[MatchedItem], int | None]:
        """Return some of the items that no delivery may yet tell, from a cursor on, and the next cursor if any."""
        found = self._items.whole(
            f"SELECT id, sum, doc FROM items WHERE id > ? AND {_UNTOLD} ORDER BY id LIMIT ?",
            [cursor, most],
        )
        entries = [matched_item(doc) for doc in found.values()]
        return entries, max(found) if len(found) == most else None

    def span(self) -> tuple[float, float]:
        """Return when the oldest and the newest item of everybody's feeds were first seen, 0 if there is none."""
        found = self._items.rows("SELECT (SELECT min(aged) FROM items), (SELECT max(aged) FROM items)")
        return (found[0][0] or 0.0, found[0][1] or 0.0) if found else (0.0, 0.0)

    def ids_of(self, feed: str) -> list[int]:
        """Return the ids of an own feed's items."""
        return [number for (number,) in self._items.rows("SELECT id FROM items WHERE own = ?", [feed])]

    def next_feed(self, after: str) -> str | None:
        """Return the first own feed after this one, in the order of names, of which items are kept."""
        found = self._items.rows("SELECT min(own) FROM items WHERE own > ?", [after])
        return found[0][0] if found else None

    def trim_own(self, feed: str, keep: int, most: int) -> int:
        """Forget at most so many of a feed's items but the newest, those that may yet be told excepted."""
        return self._remove(
            self._items.rows(
                f"SELECT id FROM (SELECT id FROM items WHERE own = ? ORDER BY newest DESC LIMIT -1 OFFSET ?) AS old"
                f" WHERE {_UNTOLD.replace('items', 'old')} LIMIT ?",
                [feed, keep, most],
            )
        )

    def trim(self, before: float, keep: int | None, most: int) -> int:
        """Forget at most so many of everybody's items: those first seen before a time, and the oldest of too many."""
        gone = self._remove(
            self._items.rows(
                f"SELECT id FROM items WHERE aged < ? AND {_UNTOLD} ORDER BY aged LIMIT ?",
                [before, most],
            )
        )
        over = 0 if keep is None else min(self._tallies.kept("items") - keep, most - gone)
        if over > 0:
            gone += self._remove(
                self._items.rows(
                    f"SELECT id FROM items WHERE aged IS NOT NULL AND {_UNTOLD} ORDER BY aged LIMIT ?",
                    [over],
                )
            )
        return gone

    def reshelve(self, feed: str) -> None:
        """Put a feed's items where they belong, after it has become everybody's."""
        found = self._items.where(own=feed)
        self._tally(found.values(), -1)
        self._items.remove_ids(list(found))
        self.put(map(matched_item, found.values()))

    def clear(self, feed: str) -> None:
        """Let nobody find what an own feed has brought, and forget it, but for what may yet be told."""
        own = self.ids_of(feed)
        if own:
            self._shelved.remove_where(item=own)
            self.trim_own(feed, 0, len(own))

    def _remove(self, rows: Sequence[tuple[Any, ...]]) -> int:
        ids = [number for (number,) in rows]
        if ids:
            self._tally(self._items.get_many(ids).values(), -1)
            self._items.remove_ids(ids)
            self._filing.remove(ids)
            self._shelved.remove_where(item=ids)
        return len(ids)

    def _tally(self, documents: Iterable[Mapping[str, Any]], step: int) -> None:
        own = [doc.get("own", "") != "" for doc in documents]
        self._tallies.add("own", step * sum(own))
        self._tallies.add("items", step * (len(own) - sum(own)))
