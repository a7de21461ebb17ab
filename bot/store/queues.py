"""What waits in the outbox, by chat: asked of SQLite by index, so that memory holds the oldest of each chat alone."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.model import OPEN, Delivery
from bot.ports import OutboxMirror
from bot.store.database import SQLiteTable
from bot.store.documents import delivery, doc_id
from bot.store.shapes import read

_LEAST = -(2**63)  # of the ids of chats
_FIRSTS = (
    "SELECT outbox.id, outbox.sum, outbox.doc FROM"
    " (SELECT waits AS chat, min(place) AS first FROM outbox WHERE waits > ? GROUP BY waits) AS queue"
    " CROSS JOIN outbox ON outbox.waits = queue.chat AND outbox.place = queue.first ORDER BY queue.first"
)
_FIRSTS_OF = (
    "SELECT outbox.id, outbox.sum, outbox.doc FROM json_each(?) AS wanted CROSS JOIN outbox"
    " ON outbox.waits = wanted.value"
    " AND outbox.place = (SELECT min(place) FROM outbox WHERE waits = wanted.value)"
)
_RECIPIENTS = "SELECT value, (SELECT count(*) FROM outbox WHERE about = value AND waits > ?) FROM json_each(?)"


class Queues:
    """Lets a mirror of the outbox follow what waits: a count for each chat, and its head."""

    def __init__(self, outbox: SQLiteTable, mirror: OutboxMirror) -> None:
        self._outbox = outbox
        self._mirror = mirror
        self._last = 0  # place of the last delivery that there was at the beginning

    def load(self) -> None:
        """Begin. Raises StoreBroken for what makes no sense."""
        rows = self._outbox.rows
        self._mirror.waiting(dict(rows("SELECT waits, count(*) FROM outbox WHERE waits > ? GROUP BY waits", [_LEAST])))
        self._take(self._outbox.storage.whole("outbox", _FIRSTS, [_LEAST]))
        self._count()
        self._last = max((place or 0 for (place,) in rows("SELECT max(place) FROM outbox")), default=0)

    def follow(self, *, was_open: Collection[int], gone: Mapping[int, Delivery], put: Mapping[int, Delivery]) -> None:
        """Tell the mirror what a commit has changed. All by their ids; `was_open` waited before it."""
        for number, row in gone.items():
            if number in was_open and number not in put:
                self._mirror.remove(row)
        for number, row in put.items():
            if number in gone and number in was_open:  # it queues up anew
                self._mirror.remove(gone[number])
            known = number in was_open and number not in gone
            if known or row.state in OPEN:
                self._mirror.put(row, new=not known)
        if headless := self._mirror.headless():
            self._take(self._outbox.storage.whole("outbox", _FIRSTS_OF, [json.dumps(list(headless))]))
        self._count()

    def first(self, chat: int, most: int) -> list[Delivery]:
        """Return the oldest open deliveries of a chat."""
        return list(map(delivery, self._outbox.find("waits = ?", [chat], limit=most)))

    def among(self, ids: Iterable[int]) -> set[int]:
        """Return which of these documents wait."""
        found = self._outbox.rows(
            "SELECT id FROM outbox WHERE id IN (SELECT value FROM json_each(?)) AND waits IS NOT NULL",
            [json.dumps(list(ids))],
        )
        return {number for (number,) in found}

    def count(self, chat: int) -> int:
        """Count what waits for a chat."""
        found = self._outbox.rows("SELECT count(*) FROM outbox WHERE waits = ?", [chat])
        return int(found[0][0]) if found else 0

    def notices(self, chat: int) -> list[Delivery]:
        """Return the notices that wait for a chat and are not being sent."""
        condition = "waits = ? AND +state = 'queued' AND doc ->> '$.watches[0]' IS NULL"
        return list(map(delivery, self._outbox.find(condition, [chat])))

    def was_there(self, number: int) -> bool:
        """Return whether a delivery has been waiting since before the beginning."""
        found = self._outbox.rows("SELECT place FROM outbox WHERE id = ?", [number])
        return bool(found) and int(found[0][0]) <= self._last

    def _take(self, texts: Sequence[tuple[int, str]]) -> None:
        for doc in read(self._outbox.storage, "outbox", texts):
            self._mirror.head(delivery(doc))

    def _count(self) -> None:
        """Tell the mirror for how many chats those items wait that it asks for."""
        if items := {doc_id(*about): about for about in self._mirror.uncounted()}:
            counts = self._outbox.rows(_RECIPIENTS, [_LEAST, json.dumps(list(items))])
            self._mirror.recipients({items[number]: count for number, count in counts})
