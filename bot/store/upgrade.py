"""Brings a state of format 1 over to format 2, inside the commit that opens it.

1: the outbox kept what was sent, `told` had one document a name with all its chats, items lay in one heap.
"""

import json
from collections.abc import Iterator
from typing import Any

from bot.store import documents as docs
from bot.store.shapes import nonsense_in
from bot.store.statefile import broken
from bot.store.storage import Plain, SQLiteStorage, dumped

_BATCH = 1_000
_FORMER_INDEXES = ("known.feed", "outbox.waits", "told.seen")
_SENT_COUNTED = 7 * 86_400.0  # seconds before the last that was sent


def bring_over(storage: SQLiteStorage) -> None:
    """Change all that differs. Raises StoreBroken for what makes no sense."""
    if found := nonsense_in(storage):
        raise broken(storage.path, *found)
    for index in _FORMER_INDEXES:
        storage.query(f'DROP INDEX IF EXISTS "{index}"')
    counted: dict[str, int] = {"known": storage.count("known")}
    own = {doc["name"] for _, doc in _documents(storage, "added") if doc.get("chats")}
    _told(storage)
    days = _outbox(storage)
    for number, doc in _documents(storage, "items"):
        entry = docs.matched_item(doc)
        is_own = entry.item.feed in own
        what = "own" if is_own else "items"
        counted[what] = counted.get(what, 0) + 1
        written = docs.item_document(entry, own=is_own)
        storage.put("items", [(number, dumped(written))])
        storage.put("shelved", [(place, dumped(each)) for place, each in docs.shelved(number, written).items()])
    storage.put(
        "tally", [(docs.KEPT, dumped(counted)), *((day, dumped({"sent": count})) for day, count in days.items())]
    )
    storage.remove("notices", "id NOT IN (SELECT json_extract(doc, '$.about') FROM outbox)")


def _told(storage: SQLiteStorage) -> None:
    """Write one document for each chat and name."""
    if not storage.has("told"):
        return
    storage.query('ALTER TABLE "told" RENAME TO "former"')
    for name, doc in _documents(storage, "former"):
        texts = [
            (docs.told_id(name, chat), dumped(docs.told_document(name, chat, doc["seen"]))) for chat in doc["chats"]
        ]
        storage.put("told", texts)
    storage.drop("former")


def _outbox(storage: SQLiteStorage) -> dict[int, int]:
    """Let what was sent leave the outbox, its message id to who was told. Returns how many were sent each day."""
    days: dict[int, int] = {}
    last = 0.0
    for number, doc in _documents(storage, "outbox"):
        row = docs.delivery(doc)
        if row.state != "sent":
            storage.put("outbox", [(number, dumped(docs.delivery_document(row)))])
            continue
        storage.remove("outbox", "id = ?", [number])
        last = max(last, row.settled)
        day = docs.day_id(row.settled)
        days[day] = days.get(day, 0) + 1
        if row.watches:
            name = docs.doc_id(row.item)
            place = docs.told_id(name, row.chat)
            before = dict(storage.texts("told", "id = ?", [place]))
            seen = json.loads(before[place])["seen"] if place in before else row.settled
            storage.put("told", [(place, dumped(docs.told_document(name, row.chat, seen, row.message_id)))])
    return {day: count for day, count in days.items() if day >= docs.day_id(last - _SENT_COUNTED)}


def _documents(storage: SQLiteStorage, table: str) -> Iterator[tuple[int, Plain]]:
    """Return the documents of a table in the order of their ids, which may be changed meanwhile."""
    last: Any = -(2**63)
    while found := storage.whole(
        table,
        f'SELECT id, sum, doc FROM "{table}" WHERE id > ? ORDER BY id LIMIT ?',
        [last, _BATCH],
    ):
        yield from ((number, json.loads(text)) for number, text in found)
        last = found[-1][0]
