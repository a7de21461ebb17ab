"""A state after a long success: a million alerts told, a million names known, thousands of chats, and much that waits.

    write_state(folder)            with the figures of `./run bench state`

Written by the store's own documents, in bulk and in the order of their ids, in well under a minute.
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.delivery.outbox import Outbox
from bot.model import Chat, Delivery, Hit, Item, KnownName, Match, MatchedItem
from bot.store import documents as docs
from bot.store.storage import SQLiteStorage, dumped
from bot.store.tiny import INDEXES, TinyStore

NAME = "newsvane.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much there is of what. `watches` are subscribed to by each chat."""

    told: int = 1_000_000
    known: int = 1_000_000
    waiting: int = 20_000
    chats: int = 10_000
    feeds: int = 500
    items: int = 2_000
    watches: tuple[str, ...] = ("idlib", "s-400")
    first_chat: int = 1_000_000


FULL = Size()


def write_state(folder: Path, size: Size = FULL, *, now: float | None = None) -> Path:
    """Write a state into a folder that has none. Returns its file."""
    at = time.time() if now is None else now
    path = folder / NAME
    TinyStore(path, outbox=Outbox()).close()  # with all its tables
    storage = SQLiteStorage(path, indexes=INDEXES)
    storage.query("PRAGMA cache_size = -200000")
    try:
        with storage.one_write():
            for table in ("known", "told"):
                for key in INDEXES[table]:
                    storage.query(f'DROP INDEX "{table}.{key}"')
            _fill(storage, size, at)
            for table in ("known", "told"):
                storage.make(table)  # an index is made faster than it is kept
    finally:
        storage.close()
    return path


def _fill(storage: SQLiteStorage, size: Size, now: float) -> None:
    chats = range(size.first_chat, size.first_chat + size.chats)
    people = [Chat(id=chat, title=f"Reader {chat}", watches=size.watches) for chat in chats]
    _put(storage, "chats", {docs.doc_id(chat.id): asdict(chat) for chat in people})
    week = 7 * 86_400.0
    names = (
        KnownName(
            f"news-{n % size.feeds}",
            f"https://news.example/{n}",
            f"https://news.example/{n}",
            now - week * n / size.known,
        )
        for n in range(size.known)
    )
    _put(storage, "known", {docs.doc_id(each.feed, each.name): docs.known_document(each) for each in names})
    told: dict[int, Mapping[str, Any]] = {}
    for n in range(size.told):
        of, chat = divmod(n, len(chats))
        name = docs.doc_id(f"https://news.example/{of}")
        told[docs.told_id(name, chats[chat])] = docs.told_document(name, chats[chat], now - week * n / size.told, n + 1)
    _put(storage, "told", told)
    entries = [an_entry(n, size, now) for n in range(size.items)]
    written = {docs.item_id(entry): docs.item_document(entry) for entry in entries}
    _put(storage, "items", written)
    _put(
        storage,
        "shelved",
        {at: doc for number, item in written.items() for at, doc in docs.shelved(number, item).items()},
    )
    rows = [
        Delivery(
            id=f"w{n:05}",
            item=entries[n // size.chats % size.items].item.key,
            feed=entries[n // size.chats % size.items].item.feed,
            chat=chats[n % size.chats],
            watches=size.watches[:1],
            created=now - 60 + n * 1e-5,
        )
        for n in range(size.waiting)
    ]
    storage.put("outbox", ((docs.row_id(row), dumped(docs.delivery_document(row))) for row in rows))
    _put(
        storage, "tally", {docs.KEPT: {"known": size.known, "items": size.items}, docs.day_id(now): {"sent": size.told}}
    )


def an_entry(number: int, size: Size, now: float) -> MatchedItem:
    """An item of about a kilobyte that the first watch met."""
    title = f"Turkish warplanes seen over Idlib for the {number}th time"
    item = Item(
        keys=(f"https://waiting.example/{number}",),
        feed=f"news-{number % size.feeds}",
        source="The Moscow Times",
        title=title,
        summary="Moscow says that it cannot promise their safety. " * 12,
        link=f"https://waiting.example/{number}",
        published=now - 3_600 - number,
        seen=now - 3_600 - number,
    )
    start = title.index("Idlib")
    hit = Hit(term="Idlib", alternative="Idlib", field="title", start=start, end=start + 5)
    return MatchedItem(item=item, matches=(Match(watch=size.watches[0], title="Idlib", hits=(hit,)),))


def _put(storage: SQLiteStorage, table: str, documents: Mapping[int, Mapping[str, Any]]) -> None:
    """Put documents in the order of their ids, by which pages are filled one after the other."""
    storage.put(table, ((number, dumped(documents[number])) for number in sorted(documents)))
