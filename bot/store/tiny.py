"""The store on TinyDB: values on one side, documents on the other. It remembers, and decides nothing.

A document's id is a 63-bit hash of what names it. Chats and added feeds are kept in memory beside, for they are asked
for at every step; everything else is looked up by id or index. The outbox has what is open or in trouble; of what was
sent there is who was told of it.
Long because all that is read and changed shares one commit.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.model import (
    OPEN,
    TROUBLED,
    UNSENT,
    Asides,
    Changes,
    Chat,
    Counts,
    Delivery,
    DeliveryState,
    Feed,
    FeedBounds,
    FeedState,
    HostHold,
    KnownName,
    Lease,
    MatchedItem,
    Notice,
    PollFacts,
    Queue,
    Retention,
    Wanted,
    Watch,
)
from bot.model.bounds import TROUBLED_ROWS
from bot.ports import OutboxMirror
from bot.store import documents as docs
from bot.store.archive import Archive
from bot.store.database import SQLiteDB, SQLiteTable
from bot.store.filing import Filing
from bot.store.names import KnownNames
from bot.store.queues import Queues
from bot.store.segments import TOGETHER
from bot.store.shapes import nonsense_in, read
from bot.store.shelves import Shelves
from bot.store.statefile import broken
from bot.store.tally import Tallies
from bot.store.told import ToldTable
from bot.store.upgrade import bring_over
from bot.store.wishes import Wishes

INDEXES = {
    "meta": (),
    "feeds": (),
    "habits": (),
    "added": (),
    "leases": (),
    "known": ("feed+seen", "seen"),
    "items": ("own+newest", "aged"),
    "shelved": ("shelf+newest", "item"),
    "notices": (),
    "outbox": ("state", "chat", "waits+place", "about+waits", "settled"),
    "told": ("seen",),
    "tally": (),
    "watches": (),
    "chats": (),
    "crashes": (),
    "wanted": ("chat",),
    "asides": (),
    "holds": (),
    "unfiled": (),
    "filing": (),
    "segments": ("highest", "newest+reads+always"),
    "postings": (),
}
"""All tables, and what their documents are looked up by."""
UNORDERED = frozenset({"known", "told", "items", "shelved", "postings"})
"""Tables of up to a million documents, which nobody asks for in the order of adding."""
_WHOLE = ("meta", "feeds", "habits", "added", "leases")  # what makes no sense here is found at start
_FORGOTTEN_AT_ONCE = 50  # documents, in some milliseconds


class TinyStore:
    """Meets `ports.Store`. Not for two threads; every commit is one durable write.

    `outbox` follows what waits: it has the oldest delivery of each chat, and counts.
    """

    def __init__(self, path: Path, *, outbox: OutboxMirror, read_only: bool = False) -> None:
        self._mirror = outbox
        self._db = SQLiteDB(path, indexes=INDEXES, unordered=UNORDERED, read_only=read_only, upgrade=bring_over)
        try:
            self._tallies = Tallies(self._table("tally"))
            self._told = ToldTable(self._table("told"), self._tallies)
            self._names = KnownNames(self._table("known"), self._told, self._tallies)
            self._filing = Filing(self._db)
            self._wishes = Wishes(self._table("wanted"), self._table("holds"))
            self._shelves = Shelves(self._db, self._tallies, self._filing, self._is_own)
            self._queues = Queues(self._table("outbox"), outbox)
            if not read_only:
                with self._db.storage.one_write():
                    for name in INDEXES:
                        self._db.storage.make(name)
                    self._filing.begin()
            self._remember()
        except BaseException:
            self.close()
            raise

    def _remember(self) -> None:
        """Read what is kept in memory beside the documents. Raises StoreBroken for what makes no sense."""
        if found := nonsense_in(self._db.storage, among=_WHOLE):
            raise broken(self._db.storage.path, *found)
        chats = read(self._db.storage, "chats", self._db.storage.texts("chats"))
        self._chats = {chat.id: chat for chat in map(docs.chat, chats)}
        self._moves = {old: chat.id for chat in self._chats.values() for old in chat.formerly}
        added = sorted(self._table("added").all_by_id().values(), key=lambda doc: float(doc["since"]))
        self._added = {feed.name: feed for feed in map(docs.feed, added)}
        self._for_all = sum(not feed.chats for feed in self._added.values())
        watches = read(self._db.storage, "watches", self._db.storage.texts("watches"))
        self._watches = {watch.name: watch for watch in map(docs.watch, watches)}
        self._subscribers: Mapping[str, Sequence[int]] | None = None
        self._mirror.clear()
        for chat in self._chats.values():
            self._mirror.chat(chat)
        self._queues.load()

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
        return self._db.table(name)

    # --- reading --------------------------------------------------------------------------------------------

    def poll_facts(self, feed: Feed, names: Collection[str]) -> PollFacts:
        """See `ports.PollStore`."""
        known: dict[str, KnownName] = {}
        for name in (*feed.formerly, feed.name):  # what is known by now goes last
            known |= self._names.of(name, names)
        own = {docs.doc_id(each.feed, each.own): each.own for each in known.values()}
        kept = self._table("items").get_many(own)
        habit = self._table("habits").get_by_id(docs.doc_id(feed.name))
        lease = self._table("leases").get_by_id(docs.doc_id(feed.name))
        return PollFacts(
            feed=feed,
            state=self.feed_state(feed.name),
            habit=habit["habit"] if habit else "",
            lease=Lease(**lease) if lease else None,
            known=known,
            names=self._names.count(feed.name) if len(known) < len(names) else len(known),
            newest=self._names.newest(),
            kept={own[number]: docs.matched_item(doc) for number, doc in kept.items()},
            subscribers=self._audience(),
            told=self._told_among,
            open_rows=lambda item, chats: self._open_rows(feed.name, item, chats),
            has_message=lambda item, chats: frozenset(self._told.messages(feed.name, item, chats)),
            asides=self._asides,
            waiting={chat: self._queue(chat) for chat in feed.chats} if names else {},
            wanted=self._wishes.count(feed.chats) if names else 0,
        )

    def _audience(self) -> Mapping[str, Sequence[int]]:
        if self._subscribers is None:
            audience: dict[str, list[int]] = {}
            for chat in self._chats.values():
                for watch in chat.watches:
                    audience.setdefault(watch, []).append(chat.id)
            self._subscribers = audience
        return self._subscribers

    def known(self, feed: Feed, names: Collection[str]) -> frozenset[str]:
        """See `ports.PollStore`."""
        return frozenset[str]().union(*(self._names.among(each, names) for each in (feed.name, *feed.formerly)))

    def _told_among(self, names: Collection[str], chats: Collection[int]) -> frozenset[int]:
        known = (chat for chat in map(self._chats.get, chats) if chat is not None)
        asked = dict(zip(chats, chats, strict=True)) | {old: chat.id for chat in known for old in chat.formerly}
        return frozenset(asked[chat] for chat in self._told.among(names, asked))

    def _open_rows(self, feed: str, item: str, chats: Collection[int]) -> Mapping[int, Delivery]:
        found = self._table("outbox").get_many([docs.doc_id(feed, item, chat) for chat in chats])
        return {row.chat: row for row in map(docs.delivery, found.values()) if row.state in OPEN}

    def _asides(self, watches: Collection[str]) -> Mapping[str, Asides]:
        found = self._table("asides").get_many(map(docs.doc_id, watches))
        return {doc["watch"]: Asides(**doc) for doc in found.values()}

    def _queue(self, chat: int) -> Queue:
        contents = map(self.content, self._queues.notices(chat))
        counting = next((each for each in contents if isinstance(each, Notice) and each.more), None)
        return Queue(self._queues.count(chat) - (counting is not None), counting)

    def _is_own(self, feed: str) -> bool:
        """Return whether a feed is some chats' own."""
        return feed in self._added and bool(self._added[feed].chats)

    def wanted(self) -> Sequence[Wanted]:
        """See `ports.PollStore`."""
        return self._wishes.all()

    def holds(self) -> Sequence[HostHold]:
        """See `ports.PollStore`."""
        return self._wishes.holds()

    def message_of(self, row: Delivery) -> int:
        """See `ports.DeliveryStore`."""
        return self._told.messages(row.feed, row.item, [row.chat]).get(row.chat, 0)

    def feed_state(self, feed: str) -> FeedState:
        """See `ports.PollStore`."""
        doc = self._table("feeds").get_by_id(docs.doc_id(feed))
        return docs.feed_state(doc) if doc else FeedState(feed=feed)

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
        elif states and OPEN.issuperset(states):  # a chat has few that wait, and may have many in trouble
            found = outbox.where(waits=chat)
        else:
            found = outbox.where(chat=chat)
        rows = [row for row in map(docs.delivery, found.values()) if not states or row.state in states]
        return sorted(rows, key=lambda row: row.created)

    def queue(self, chat: int, most: int) -> Sequence[Delivery]:
        """See `ports.DeliveryStore`."""
        return self._queues.first(chat, most)

    def waited_before(self, row: Delivery) -> bool:
        """See `ports.DeliveryStore`."""
        return self._queues.was_there(docs.row_id(row))

    def crashes(self, feed: str, item: str) -> int:
        """See `ports.DeliveryStore`."""
        doc = self._table("crashes").get_by_id(docs.doc_id(feed, item))
        return int(doc["times"]) if doc else 0

    def latest(self, watches: Iterable[str], limit: int, *, own: Iterable[str] = ()) -> Sequence[MatchedItem]:
        """See `ports.ItemStore`."""
        return self._shelves.latest(watches, limit, own)

    def items_after(self, cursor: int, most: int) -> tuple[Sequence[MatchedItem], int | None]:
        """See `ports.ItemStore`."""
        return self._shelves.after(cursor, most)

    def met(self, watches: Iterable[str], since: float, *, own: Iterable[str] = ()) -> Mapping[str, int]:
        """See `ports.ItemStore`."""
        return self._shelves.met(watches, since, own)

    def archive(self, own: Iterable[str] = ()) -> Archive:
        """See `ports.ItemStore`."""
        return Archive(self._db, self._shelves, self._filing, self._tallies, own)

    def filed_for(self) -> str:
        """See `ports.ItemStore`."""
        meta = self._table("meta").get_by_id(1)
        return str(meta["filed_for"]) if meta else ""

    def added_feeds(self) -> Mapping[str, Feed]:
        """See `ports.FeedStore`."""
        return self._added

    def own_watches(self) -> Mapping[str, Watch]:
        """See `ports.SubscribersStore`."""
        return self._watches

    def added_for_all(self) -> int:
        """See `ports.FeedStore`."""
        return self._for_all

    def leases(self) -> Sequence[Lease]:
        """See `ports.LeaseStore`."""
        return [Lease(**doc) for doc in self._table("leases").all_by_id().values()]

    def counts(self, chat: int | None = None) -> Counts:
        """See `ports.StatusStore`."""
        if chat is not None:
            found = self._table("outbox").rows(
                "SELECT state, count(*) FROM outbox WHERE chat = ? GROUP BY state", [chat]
            )
            first = next(iter(self._queues.first(chat, 1)), None)
            return Counts(
                oldest_queued=first.created if first else 0.0, **{str(state): int(count) for state, count in found}
            )
        rows = self._table("outbox").rows
        by_state = [rows("SELECT ?, count(*) FROM outbox WHERE state = ?", [state, state]) for state in UNSENT]
        chats = self._chats.values()
        oldest, newest = self._shelves.span()
        return Counts(
            known=self._tallies.kept("known"),
            items=self._tallies.kept("items") + self._tallies.kept("own"),
            chats=sum(bool(chat.watches) for chat in chats),
            suspended=sum(bool(chat.suspended) for chat in chats),
            subscriptions=sum(len(chat.watches) for chat in chats),
            sent=self._tallies.sent(),
            oldest_queued=self._mirror.oldest(),
            oldest=oldest,
            newest=newest,
            **{state: int(count) for found in by_state for state, count in found},
        )

    def next_feed(self, name: str) -> str:
        """See `ports.UpkeepStore`."""
        both = self._names.next_feed(name), self._shelves.next_feed(name)
        return min((each for each in both if each is not None), default="")

    def is_to_file(self) -> bool:
        """See `ports.UpkeepStore`."""
        return not self.refusal() and self._filing.is_due()

    # --- changing -------------------------------------------------------------------------------------------

    def commit(self, changes: Changes) -> None:
        """See `ports.Committing`."""
        gone = {docs.row_id(row): row for row in changes.dropped}
        put = {docs.row_id(row): row for row in changes.deliveries}
        was_open = self._queues.among([*gone, *put]) if gone or put else set()
        before, self._added = self._added, self._added_after(changes)
        try:
            with self._db.storage.one_write():
                self._write_feeds(changes, before)
                self._write_items(changes)
                self._write_outbox(gone, put)
                self._write_chats(changes)
        except BaseException:
            self._added = before
            raise
        for old in changes.moved:
            self._chats.pop(old, None)
        for name in changes.removed_watches:
            self._watches.pop(name, None)
        self._watches |= {watch.name: watch for watch in changes.watches}
        for chat in changes.chats:
            self._chats[chat.id] = chat
            self._moves |= dict.fromkeys(chat.formerly, chat.id)
            self._mirror.chat(chat)
        if changes.feeds or changes.removed_feeds:
            self._for_all = sum(not feed.chats for feed in self._added.values())
        if changes.chats or changes.moved:
            self._subscribers = None
        self._queues.follow(was_open=was_open, gone=gone, put=put)

    def _added_after(self, changes: Changes) -> dict[str, Feed]:
        left = {name: feed for name, feed in self._added.items() if name not in changes.removed_feeds}
        return left | {feed.name: feed for feed in changes.feeds}

    def _write_feeds(self, changes: Changes, before: Mapping[str, Feed]) -> None:
        by_name = {docs.doc_id(state.feed): docs.state_document(state) for state in changes.states}
        self._table("feeds").put(by_name)
        self._table("habits").put({docs.doc_id(name): {"habit": text} for name, text in changes.habits.items()})
        self._table("added").put(self._added_documents(changes.feeds))
        gone = [docs.doc_id(name) for name in changes.removed_feeds]
        for table in ("added", "feeds", "habits"):  # a lease is left to be given up
            self._table(table).remove_ids(gone)
        still_known = {former for feed in changes.feeds for former in feed.formerly}
        for name in changes.removed_feeds:
            if name not in still_known:
                self._names.remove(name, before.get(name))
            self._shelves.clear(name)
        for feed in changes.feeds:
            if feed.name in before and before[feed.name].chats and not feed.chats:
                self._shelves.reshelve(feed.name)
        self._table("leases").put({docs.doc_id(lease.feed): asdict(lease) for lease in changes.leases})
        self._table("leases").remove_ids([docs.doc_id(name) for name in changes.dropped_leases])
        self._table("asides").put({docs.doc_id(each.watch): asdict(each) for each in changes.asides})
        self._wishes.put(changes.wanted)
        self._wishes.remove(changes.unwanted)
        self._wishes.hold(changes.holds)
        self._wishes.release(changes.released)

    def _added_documents(self, feeds: Sequence[Feed]) -> dict[int, dict[str, Any]]:
        """Write added feeds with their places in the order of adding: a feed that is changed keeps its own."""
        places = {doc["name"]: doc["since"] for doc in self._table("added").all_by_id().values()} if feeds else {}
        last = max(places.values(), default=0)
        for feed in feeds:
            if feed.name not in places:
                places[feed.name] = last = last + 1
        return {docs.doc_id(feed.name): {**asdict(feed), "since": places[feed.name]} for feed in feeds}

    def _write_items(self, changes: Changes) -> None:
        self._names.put(changes.known, [each.feed for each in changes.known if self._is_own(each.feed)])
        self._shelves.put(changes.items)
        self._table("notices").put({docs.doc_id(notice.feed, notice.key): asdict(notice) for notice in changes.notices})
        self._told.tell(changes.told, changes.at)
        for name, bounds in changes.bounds.items():
            self._bound(name, bounds)
        if changes.filed_for is not None:
            self._table("meta").put({1: {"filed_for": changes.filed_for}})

    def _bound(self, feed: str, bounds: FeedBounds) -> None:
        """Forget the oldest of a feed's names and items, where they are more than so many."""
        if bounds.names is not None:
            self._names.bound(feed, bounds.names, self._added.get(feed))
        if bounds.items is not None:
            self._shelves.trim_own(feed, bounds.items, -1)

    def _write_outbox(self, gone: Mapping[int, Delivery], put: Mapping[int, Delivery]) -> None:
        """Put deliveries; of those that were sent nothing stays but who was told."""
        outbox = self._table("outbox")
        sent = {number: row for number, row in put.items() if row.state == "sent"}
        outbox.remove_ids([*gone, *sent])
        outbox.put({number: docs.delivery_document(row) for number, row in put.items() if number not in sent})
        if any(row.state in TROUBLED for row in put.values()):
            outbox.delete(
                "id IN (SELECT id FROM outbox WHERE settled > 0 ORDER BY settled DESC LIMIT -1 OFFSET ?)",
                [TROUBLED_ROWS],
            )
        self._told.sent(sent.values())
        self._tallies.add_sent(row.settled for row in sent.values() if not row.edits)
        if notices := [docs.doc_id(row.feed, row.item) for row in (*gone.values(), *sent.values()) if not row.watches]:
            self._table("notices").delete(
                "id IN (SELECT value FROM json_each(?))"
                " AND NOT EXISTS (SELECT 1 FROM outbox WHERE about = +notices.id)",
                [json.dumps(notices)],
            )

    def _write_chats(self, changes: Changes) -> None:
        self._table("chats").remove_ids([docs.doc_id(old) for old in changes.moved])
        self._table("watches").remove_ids([docs.doc_id(name) for name in changes.removed_watches])
        self._table("watches").put({docs.doc_id(watch.name): asdict(watch) for watch in changes.watches})
        self._table("chats").put({docs.doc_id(chat.id): asdict(chat) for chat in changes.chats})
        self._table("crashes").remove_ids([docs.doc_id(*about) for about in changes.written])
        self._table("crashes").put({docs.doc_id(feed, item): {"times": times} for feed, item, times in changes.crashes})

    def forget(self, retention: Retention, most: int = _FORGOTTEN_AT_ONCE) -> int:
        """See `ports.UpkeepStore`."""
        with self._db.storage.one_write():
            forgotten = self._told.forget(retention.told, most)
            for feed, before in retention.known.items():
                forgotten += self._names.forget(feed, before, most, self._added.get(feed))
            for feed, keep in retention.own.items():
                forgotten += self._shelves.trim_own(feed, keep, most)
            forgotten += self._shelves.trim(retention.seen, retention.items, most)
            forgotten += self._tallies.forget_sent(retention.sent)
            if retention.settled:
                forgotten += self._forget_settled(retention.settled, most)
        return forgotten

    def file(self, *, thorough: bool = False, least: int = TOGETHER) -> Iterator[None]:
        """See `ports.UpkeepStore`. At `least` so many items are filed at once."""
        if thorough:
            yield from self._filing.tidied()
        yield from self._filing.slices(least)

    def _forget_settled(self, before: float, most: int) -> int:
        """Forget deliveries that went wrong long ago, the notices of such, and of what the process ended at."""
        outbox = self._table("outbox")
        old = "id IN (SELECT id FROM outbox WHERE settled > 0 AND settled < ? LIMIT ?)"
        forgotten = outbox.delete(old, [before, most])
        for table in ("notices", "crashes"):
            unneeded = (
                f"SELECT id FROM {table} WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE about = +{table}.id) LIMIT ?"
            )
            forgotten += self._table(table).delete(f"id IN ({unneeded})", [most])
        return forgotten
