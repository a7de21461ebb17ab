"""The store on TinyDB: values on one side, documents on the other. It remembers, and decides nothing.

Tables: meta (one document), feeds, habits, added, leases, known, items, notices, outbox, told, chats, crashes.
A document's id is a 63-bit hash of what names it. Chats and added feeds are kept in memory
beside, for they are asked for at every step; everything else is looked up.
Long because all that is read and changed shares one commit.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.model import (
    OPEN,
    Changes,
    Chat,
    Counts,
    Delivery,
    DeliveryState,
    Feed,
    FeedState,
    Item,
    KnownName,
    Lease,
    MatchedItem,
    Notice,
    PollFacts,
    Queue,
    Retention,
)
from bot.ports import OutboxMirror
from bot.store import documents as docs
from bot.store.database import SQLiteDB, SQLiteTable
from bot.store.shapes import nonsense_in
from bot.store.statefile import broken

INDEXES = {"known": ("feed", "seen"), "outbox": ("state", "chat", "waits", "settled"), "told": ("seen",)}
_WHOLE = ("meta", "feeds", "habits", "added", "leases", "chats", "outbox")  # what makes no sense here is found at start
_RECENT = 3_600.0  # seconds of sent deliveries that the outbox begins with
_UNSENT: tuple[DeliveryState, ...] = ("queued", "sending", "uncertain", "dead", "expired")


class TinyStore:
    """Meets `ports.Store`. Not for two threads; every commit is one durable write.

    `outbox` follows the deliveries: it has the open ones from the beginning on, and those that were sent in the last
    hour before.
    """

    def __init__(self, path: Path, *, outbox: OutboxMirror, read_only: bool = False) -> None:
        self._mirror = outbox
        self._db = SQLiteDB(path, indexes=INDEXES, read_only=read_only)
        try:
            self._remember()
        except BaseException:
            self.close()
            raise

    def _remember(self) -> None:
        """Read what is kept in memory beside the documents. Raises StoreBroken for what makes no sense."""
        if found := nonsense_in(self._db.storage, among=_WHOLE):
            raise broken(self._db.storage.path, *found)
        self._chats = {chat.id: chat for chat in map(docs.chat, self._table("chats").all_by_id().values())}
        self._moves = {old: chat.id for chat in self._chats.values() for old in chat.formerly}
        added = sorted(self._table("added").all_by_id().values(), key=lambda doc: float(doc["since"]))
        self._added = {feed.name: feed for feed in map(docs.feed, added)}
        self._subscribers: Mapping[str, Sequence[int]] | None = None
        self._mirror.clear()
        for chat in self._chats.values():
            self._mirror.chat(chat)
        outbox = self._table("outbox")
        last = max((doc["settled"] for doc in outbox.find("settled = (SELECT max(settled) FROM outbox)")), default=0.0)
        recent = outbox.find("settled > ? AND state = 'sent'", [last - _RECENT]) if last else []
        for row in sorted(
            map(docs.delivery, [*recent, *outbox.where(state=list(OPEN)).values()]), key=lambda row: row.created
        ):
            self._mirror.put(row)

    def close(self) -> None:
        """See `ports.Store`."""
        self._db.close()

    def refusal(self) -> str:
        """See `ports.KeptStore`."""
        return self._db.storage.refusals.reason

    def try_disk(self) -> None:
        """See `ports.KeptStore`."""
        self._db.storage.try_disk()

    def misplaced(self) -> Sequence[str]:
        """See `ports.KeptStore`."""
        return self._db.storage.misplaced()

    def put_back(self) -> Sequence[Path]:
        """See `ports.KeptStore`."""
        return self._db.storage.put_back()

    def _table(self, name: str) -> SQLiteTable:
        table = self._db.table(name)
        assert isinstance(table, SQLiteTable)
        return table

    # --- reading --------------------------------------------------------------------------------------------

    def poll_facts(self, feed: Feed, names: Collection[str]) -> PollFacts:
        """See `ports.PollStore`."""
        ids = {docs.doc_id(feed.name, name): name for name in names}
        found = {ids[number]: doc for number, doc in self._table("known").get_many(ids).items()}
        known = {name: KnownName(feed.name, name, doc.get("own", name), doc["seen"]) for name, doc in found.items()}
        own = {docs.doc_id(feed.name, each.own): each.own for each in known.values()}
        kept = self._table("items").get_many(own)
        habit = self._table("habits").get_by_id(docs.doc_id(feed.name))
        lease = self._table("leases").get_by_id(docs.doc_id(feed.name))
        newest = self._db.storage.query("SELECT max(seen) FROM known") if self._has("known") else [(0,)]
        return PollFacts(
            feed=feed,
            state=self.feed_state(feed.name),
            habit=habit["habit"] if habit else "",
            lease=Lease(**lease) if lease else None,
            known=known,
            newest=float(newest[0][0] or 0.0),
            kept={own[number]: docs.matched_item(doc) for number, doc in kept.items()},
            kept_count=len(self._table("items")) if names else 0,
            subscribers=self._audience(),
            told=self._told(names),
            waiting={chat: self._queue(chat) for chat in feed.chats} if names else {},
        )

    def _audience(self) -> Mapping[str, Sequence[int]]:
        if self._subscribers is None:
            audience: dict[str, list[int]] = {}
            for chat in self._chats.values():
                for watch in chat.watches:
                    audience.setdefault(watch, []).append(chat.id)
            self._subscribers = audience
        return self._subscribers

    def _told(self, names: Collection[str]) -> Mapping[str, frozenset[int]]:
        ids = {docs.doc_id(name): name for name in names}
        found = self._table("told").get_many(ids)
        return {ids[number]: frozenset(self._moves.get(c, c) for c in doc["chats"]) for number, doc in found.items()}

    def _queue(self, chat: int) -> Queue:
        rows = self.deliveries(chat=chat, states=OPEN)
        contents = [self.content(row) for row in rows if row.state == "queued" and not row.watches]
        counting = next((each for each in contents if isinstance(each, Notice) and each.more), None)
        return Queue(len(rows) - (counting is not None), counting)

    def feed_state(self, feed: str) -> FeedState:
        """See `ports.PollStore`."""
        doc = self._table("feeds").get_by_id(docs.doc_id(feed))
        return docs.feed_state(doc) if doc else FeedState(feed=feed)

    def feed_states(self) -> Sequence[FeedState]:
        """See `ports.DeliveryStore`."""
        return [docs.feed_state(doc) for doc in self._table("feeds").all_by_id().values()]

    def content(self, row: Delivery) -> MatchedItem | Notice | None:
        """See `ports.DeliveryStore`."""
        number = docs.doc_id(row.feed, row.item)
        if row.watches:
            doc = self._table("items").get_by_id(number)
            return docs.matched_item(doc) if doc else None
        notice = self._table("notices").get_by_id(number)
        return Notice(**notice) if notice else None

    def chat(self, chat: int) -> Chat | None:
        """See `ports.SubscribersStore`."""
        return self._chats.get(self._moves.get(chat, chat))

    def deliveries(self, *, chat: int | None = None, states: Collection[DeliveryState] = ()) -> Sequence[Delivery]:
        """See `ports.DeliveryStore`."""
        outbox = self._table("outbox")
        if chat is None:
            found = outbox.where(state=list(states)) if states else outbox.all_by_id()
        elif states and OPEN.issuperset(states):  # a chat has few that wait, and may have got very many
            found = outbox.where(waits=chat)
        else:
            found = outbox.where(chat=chat)
        rows = [row for row in map(docs.delivery, found.values()) if not states or row.state in states]
        return sorted(rows, key=lambda row: row.created)

    def crashes(self, feed: str, item: str) -> int:
        """See `ports.DeliveryStore`."""
        doc = self._table("crashes").get_by_id(docs.doc_id(feed, item))
        return int(doc["times"]) if doc else 0

    def latest(self, watches: Iterable[str], limit: int, *, hidden: Collection[str] = ()) -> Sequence[MatchedItem]:
        """See `ports.ItemStore`."""
        names = frozenset(watches)
        items = self._table("items").all_by_id().values()
        met = [
            doc
            for doc in items
            if doc["item"]["feed"] not in hidden and any(match["watch"] in names for match in doc["matches"])
        ]
        met.sort(key=lambda doc: float(doc["newest"]), reverse=True)
        return [docs.matched_item(doc) for doc in met[:limit]]

    def items(self) -> Sequence[Item]:
        """See `ports.ItemStore`."""
        needed = self._needed()
        items = self._table("items").all_by_id()
        return [docs.matched_item(doc).item for number, doc in items.items() if number not in needed]

    def filed_for(self) -> str:
        """See `ports.ItemStore`."""
        meta = self._table("meta").get_by_id(1)
        return str(meta["filed_for"]) if meta else ""

    def added_feeds(self) -> Mapping[str, Feed]:
        """See `ports.FeedStore`."""
        return self._added

    def leases(self) -> Sequence[Lease]:
        """See `ports.LeaseStore`."""
        return [Lease(**doc) for doc in self._table("leases").all_by_id().values()]

    def counts(self) -> Counts:
        """See `ports.StatusStore`."""
        states, oldest = {}, 0.0
        if self._has("outbox"):
            query = self._db.storage.query
            states = {
                str(state): int(count) for state, count in query("SELECT state, count(*) FROM outbox GROUP BY state")
            }
            ((first,),) = query("SELECT min(doc ->> '$.created') FROM outbox WHERE state IN ('queued', 'sending')")
            oldest = float(first or 0.0)
        chats = self._chats.values()
        return Counts(
            known=len(self._table("known")),
            items=len(self._table("items")),
            chats=sum(bool(chat.watches) for chat in chats),
            suspended=sum(bool(chat.suspended) for chat in chats),
            subscriptions=sum(len(chat.watches) for chat in chats),
            oldest_queued=oldest,
            **states,
        )

    # --- changing -------------------------------------------------------------------------------------------

    def commit(self, changes: Changes) -> None:
        """See `ports.Committing`."""
        with self._db.storage.one_write():
            self._write_feeds(changes)
            self._write_items(changes)
            self._write_chats(changes)
            forgotten = self._forget(changes.retention) if changes.retention else []
        for row in (*changes.dropped, *forgotten):
            self._mirror.remove(row)
        for row in changes.deliveries:
            self._mirror.put(row)
        for old in changes.moved:
            self._chats.pop(old, None)
        for chat in changes.chats:
            self._chats[chat.id] = chat
            self._moves |= dict.fromkeys(chat.formerly, chat.id)
            self._mirror.chat(chat)
        for name in changes.removed_feeds:
            self._added.pop(name, None)
        self._added |= {feed.name: feed for feed in changes.feeds}
        if changes.chats or changes.moved:
            self._subscribers = None

    def _write_feeds(self, changes: Changes) -> None:
        by_name = {docs.doc_id(state.feed): docs.state_document(state) for state in changes.states}
        self._table("feeds").put(by_name)
        self._table("habits").put({docs.doc_id(name): {"habit": text} for name, text in changes.habits.items()})
        self._table("added").put(self._added_documents(changes.feeds))
        gone = [docs.doc_id(name) for name in changes.removed_feeds]
        for table in ("added", "feeds", "habits"):  # a lease is left to be given up
            self._table(table).remove_ids(gone)
        for name in changes.removed_feeds:
            self._table("known").remove_where(feed=name)
        self._table("leases").put({docs.doc_id(lease.feed): asdict(lease) for lease in changes.leases})
        self._table("leases").remove_ids([docs.doc_id(name) for name in changes.dropped_leases])

    def _added_documents(self, feeds: Sequence[Feed]) -> dict[int, dict[str, Any]]:
        """Write added feeds with their places in the order of adding: a feed that is changed keeps its own."""
        places = {doc["name"]: doc["since"] for doc in self._table("added").all_by_id().values()} if feeds else {}
        last = max(places.values(), default=0)
        for feed in feeds:
            if feed.name not in places:
                places[feed.name] = last = last + 1
        return {docs.doc_id(feed.name): {**asdict(feed), "since": places[feed.name]} for feed in feeds}

    def _write_items(self, changes: Changes) -> None:
        self._table("known").put(
            {docs.doc_id(known.feed, known.name): docs.known_document(known) for known in changes.known}
        )
        self._table("items").put({docs.item_id(entry): docs.item_document(entry) for entry in changes.items})
        self._table("notices").put({docs.doc_id(notice.feed, notice.key): asdict(notice) for notice in changes.notices})
        outbox, told = self._table("outbox"), self._table("told")
        outbox.remove_ids([docs.row_id(row) for row in changes.dropped])
        outbox.put({docs.row_id(row): docs.delivery_document(row) for row in changes.deliveries})
        ids = {docs.doc_id(name): chats for name, chats in changes.told.items()}
        before = {number: doc["chats"] for number, doc in told.get_many(ids).items()}
        told.put(
            {
                number: {"chats": sorted({*before.get(number, ()), *chats}), "seen": int(changes.at)}
                for number, chats in ids.items()
            }
        )
        if changes.filed_for is not None:
            self._table("meta").put({1: {"filed_for": changes.filed_for}})

    def _write_chats(self, changes: Changes) -> None:
        self._table("chats").remove_ids([docs.doc_id(old) for old in changes.moved])
        self._table("chats").put({docs.doc_id(chat.id): asdict(chat) for chat in changes.chats})
        self._table("crashes").remove_ids([docs.doc_id(*about) for about in changes.written])
        self._table("crashes").put({docs.doc_id(feed, item): {"times": times} for feed, item, times in changes.crashes})

    def _forget(self, retention: Retention) -> list[Delivery]:
        """Remove what is not kept any longer. Returns the deliveries among it."""
        known, outbox = self._table("known"), self._table("outbox")
        latest = max(retention.known.values(), default=0.0)
        old_names = (
            self._db.storage.query("SELECT id, feed, seen FROM known WHERE seen < ?", [latest]) if latest else []
        )
        known.remove_ids([number for number, feed, seen in old_names if seen < retention.known.get(feed, latest)])
        self._table("told").delete("seen < ?", [retention.told])
        old = [docs.delivery(doc) for doc in outbox.find("settled > 0 AND settled < ?", [retention.settled])]
        outbox.remove_ids([docs.row_id(row) for row in old])
        if old:
            self._table("notices").delete("id NOT IN (SELECT doc ->> '$.about' FROM outbox)")
        if retention.items is not None or old:
            needed = self._needed()
            crashes = self._table("crashes")
            crashes.remove_ids([number for number in crashes.all_by_id() if number not in needed])
            if retention.items is not None:
                newest = self._db.storage.query("SELECT id FROM items ORDER BY doc ->> '$.newest' DESC")
                late = [number for (number,) in newest[retention.items :] if number not in needed]
                self._table("items").remove_ids(late)
        return old

    def _needed(self) -> set[int]:
        """Return the ids of what deliveries may yet tell: those that wait, and those in trouble that may be retried."""
        return {doc["about"] for doc in self._table("outbox").where(state=list(_UNSENT)).values()}

    def _has(self, table: str) -> bool:
        return self._db.storage.has(table)
