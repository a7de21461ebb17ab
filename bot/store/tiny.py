"""The store on TinyDB: the ports' words on one side, documents on the other.

Tables: meta (one document), items, notices, chats, outbox, writing (the item whose alerts are being written, and those
at which the process ended), and those of `feeds`.
Long because it is all ports of the store in one class: what makes them one is that they share a commit.

What is asked at every step (who subscribes, what is to be sent) is kept beside in memory, derived at opening.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bot.alerts.plan import Plan
from bot.alerts.settle import Settlement
from bot.errors import StoreBroken
from bot.model import Chat, Counts, Delivery, Feed, FeedState, Item, MatchedItem, Notice
from bot.store.documents import delivery, doc_id, feed_document, item_document, matched_item, newest, row_id
from bot.store.feeds import FeedTables
from bot.store.migrations import FORMAT
from bot.store.outbox import OPEN, Outbox

ITEMS_KEPT = 500
"""How many of the newest items stay whole, for /latest and for a watchlist that is added later; beside them those that
an alert may yet tell."""
SETTLED_KEPT = 7 * 86400.0
"""Seconds that a settled delivery stays."""
ENDS_REMEMBERED = 3


class TinyStore(FeedTables):
    """Meets `ports.Store`. Not for two threads; every method that changes something is one durable commit."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        super().__init__(path, read_only=read_only)
        self._outbox = Outbox()
        self._writing: set[int] = set()  # items that are being written by this process
        self._moved: dict[int, int] = {}  # for a message that was under way while its chat moved
        try:
            if not self._journal.tables:
                self.refile((), "")
            self._derive()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.close()
            raise StoreBroken(
                f"{path}: a document of this state is damaged ({error!r}). Nothing was changed."
            ) from error
        except BaseException:
            self.close()
            raise

    # --- polls ----------------------------------------------------------------------------------------------

    def audience(self) -> Mapping[str, Sequence[int]]:
        """See `ports.PollStore`."""
        audience: dict[str, list[int]] = {}
        for chat, doc in self._chats.items():
            for watch in doc["watches"]:
                audience.setdefault(watch, []).append(chat)
        return audience

    def chats_of(self, watches: Iterable[str]) -> Sequence[int]:
        """See `ports.PollStore`."""
        wanted = frozenset(watches)
        return [chat for chat, doc in self._chats.items() if not wanted.isdisjoint(doc["watches"])]

    def delivered(self, pairs: Iterable[tuple[str, int]]) -> frozenset[tuple[str, int]]:
        """See `ports.PollStore`."""
        return frozenset(pair for pair in pairs if self._outbox.has(*pair))

    def commit_poll(self, plan: Plan, state: FeedState, *, habit: str = "") -> None:
        """See `ports.PollStore`."""
        now = state.last_poll
        with self._commit():
            self._put("feeds", {doc_id(state.feed): feed_document(state)})
            if habit:
                self._put("habits", {doc_id(state.feed): {"habit": habit}})
            self._put("known", self._known_documents(plan.known, now))
            self._put("items", {doc_id(entry.item.key): item_document(entry) for entry in (*plan.items, *plan.edited)})
            self._put("notices", {doc_id(notice.key): asdict(notice) for notice in plan.notices})
            self._save_rows(plan.deliveries)
            if plan.items:
                self._drop_old_items()

    def add_feed(self, feed: Feed, plan: Plan, state: FeedState, *, habit: str) -> None:
        """See `ports.FeedStore`."""
        with self._commit():
            self._save_feed(feed, state.last_poll)
            self.commit_poll(plan, state, habit=habit)

    # --- deliveries -----------------------------------------------------------------------------------------

    def heads(self) -> Sequence[Delivery]:
        """See `ports.DeliveryStore`."""
        return self._outbox.heads(self._suspended)

    def in_turn(self, now: float) -> Iterator[Delivery]:
        """See `ports.DeliveryStore`."""
        return self._outbox.in_turn(self._suspended, now)

    def matched_item(self, key: str) -> MatchedItem | None:
        """See `ports.DeliveryStore`."""
        doc = self._table("items").get_by_id(doc_id(key))
        return matched_item(doc) if doc else None

    def notice(self, key: str) -> Notice | None:
        """See `ports.DeliveryStore`."""
        doc = self._table("notices").get_by_id(doc_id(key))
        return Notice(**doc) if doc else None

    def open_of(self, chat: int) -> Sequence[Delivery]:
        """See `ports.DeliveryStore`."""
        return self._outbox.open_of(chat)

    def begin_writing(self, item: str) -> int:
        """See `ports.DeliveryStore`."""
        number = doc_id(item)
        doc = self._table("writing").get_by_id(number)
        ends = doc["ends"] if doc and number not in self._writing else 0
        if ends < ENDS_REMEMBERED:
            with self._commit():
                self._remove("writing", self._writing)
                self._put("writing", {number: {"item": item, "ends": ends + 1}})
            self._writing = {number}
        return int(ends)

    def claim(self, *deliveries: Delivery) -> None:
        """See `ports.DeliveryStore`."""
        with self._commit():
            self._save_rows([replace(row, state="sending") for row in deliveries])
            self._remove("writing", self._writing)
        self._writing.clear()

    def settle(self, *settlements: Settlement) -> None:
        """See `ports.DeliveryStore`. The chat may have moved or unsubscribed while the message was under way."""
        with self._commit():
            for settlement in settlements:
                self._settle(settlement)

    def _settle(self, settlement: Settlement) -> None:
        row = settlement.delivery
        row = replace(row, chat=self._moved.get(row.chat, row.chat))
        left = self.subscriptions(row.chat)
        if row.state == "queued" and not _wanted(row, left):
            self._forget_rows([row])
        else:
            self._save_rows([_only_for(row, left) if row.state == "queued" else row])
        if settlement.suspend:
            self.suspend(row.chat, settlement.suspend)
        if settlement.move_to is not None:
            self.move(row.chat, settlement.move_to)

    def deliveries(self) -> Sequence[Delivery]:
        """See `ports.DeliveryStore`."""
        return sorted(self._outbox, key=lambda row: row.created)

    def revive(self, deliveries: Sequence[Delivery], now: float) -> None:
        """See `ports.DeliveryStore`."""
        fresh = [
            Delivery(id=row.id, item=row.item, chat=row.chat, watches=row.watches, silent=row.silent, created=now)
            for row in deliveries
        ]
        with self._commit():
            self._forget_rows(deliveries)
            self._save_rows(fresh)
            self._remove("writing", [doc_id(row.item) for row in deliveries])  # it may have been mended since

    def drop(self, deliveries: Sequence[Delivery]) -> None:
        """See `ports.DeliveryStore`."""
        with self._commit():
            self._forget_rows(deliveries)

    def interrupted(self) -> Sequence[Delivery]:
        """See `ports.DeliveryStore`."""
        return [row for row in self._outbox.waiting() if row.state == "sending"]

    def expire(self, before: float, now: float) -> int:
        """See `ports.DeliveryStore`. Settled rows and known names that are old enough go for good at the same time."""
        late = [
            replace(row, state="expired", settled=now)
            for row in self._outbox.waiting()
            if row.state == "queued" and row.created < before and self._chats.get(row.chat, {}).get("suspended")
        ]
        old = [row for row in self._outbox if row.state not in OPEN and row.settled < now - SETTLED_KEPT]
        forgotten = self._forgettable(now)
        needed = self._needed()
        unneeded = [
            number for number, doc in self._journal.tables.get("writing", {}).items() if doc["item"] not in needed
        ]
        told = {row.item for row in self._outbox} if old else set()
        unread = [doc.doc_id for doc in self._table("notices").all() if doc["key"] not in told] if old else []
        if late or old or forgotten or unneeded:
            with self._commit():
                self._remove("notices", unread)
                self._save_rows(late)
                self._forget_rows(old)
                self._remove("known", forgotten)
                self._remove("writing", unneeded)
        return len(late)

    # --- subscriptions --------------------------------------------------------------------------------------

    def subscriptions(self, chat: int) -> tuple[str, ...]:
        """See `ports.SubscriptionStore`."""
        return tuple(self._chats.get(chat, {}).get("watches", ()))

    def subscribe(self, chat: Chat, watches: Sequence[str]) -> tuple[str, ...]:
        """See `ports.SubscriptionStore`."""
        has = self.subscriptions(chat.id)
        fresh = tuple(dict.fromkeys(watch for watch in watches if watch not in has))
        if fresh or chat.id not in self._chats or chat.topic != self.topic(chat.id):
            with self._commit():
                self._save_chat({**asdict(chat), "suspended": "", "watches": [*has, *fresh]})
        return fresh

    def topic(self, chat: int) -> int:
        """See `ports.DeliveryStore`."""
        return int(self._chats.get(chat, {}).get("topic", 0))

    def forget_topic(self, chat: int) -> None:
        """See `ports.DeliveryStore`."""
        if self.topic(chat):
            with self._commit():
                self._save_chat({**self._chats[chat], "topic": 0})

    def unsubscribe(self, chat: int, watches: Sequence[str]) -> tuple[str, ...]:
        """See `ports.SubscriptionStore`."""
        has = self.subscriptions(chat)
        gone = tuple(watch for watch in has if watch in watches)
        if not gone:
            return ()
        left = tuple(watch for watch in has if watch not in gone)
        queued = [row for row in self._outbox.open_of(chat) if row.state == "queued"]
        with self._commit():
            self._save_chat({**self._chats[chat], "watches": list(left)})
            self._save_rows([_only_for(row, left) for row in queued if _wanted(row, left)])
            self._forget_rows([row for row in queued if not _wanted(row, left)])
        return gone

    def suspend(self, chat: int, reason: str) -> None:
        """See `ports.SubscriptionStore`. A chat that never subscribed is written down too: a notice may wait for it."""
        with self._commit():
            self._save_chat({**self._chats.get(chat, {**asdict(Chat(id=chat)), "watches": []}), "suspended": reason})

    def restore(self, chat: int) -> bool:
        """See `ports.SubscriptionStore`."""
        if not self._chats.get(chat, {}).get("suspended"):
            return False
        with self._commit():
            self._save_chat({**self._chats[chat], "suspended": ""})
        return True

    def move(self, old: int, new: int) -> None:
        """See `ports.SubscriptionStore`. Where both ids have a subscription or an alert, one of it stays."""
        rows = self._outbox.of(old)
        was, has = self._chats.get(old), self._chats.get(new, {})
        if old == new or (was is None and not rows and not self._has_feeds(old)):
            return
        with self._commit():
            self._move_feeds(old, new)
            self._forget_rows(rows)
            self._save_rows([row for row in (replace(row, chat=new) for row in rows) if row not in self._outbox])
            if was is not None:
                watches = list(dict.fromkeys([*was["watches"], *has.get("watches", ())]))
                self._save_chat({**was, **has, "id": new, "kind": "supergroup", "suspended": "", "watches": watches})
                self._remove("chats", [doc_id(str(old))])
                del self._chats[old]
                self._suspended.discard(old)
        self._moved[old] = new

    def latest(self, watches: Iterable[str], limit: int, *, hidden: Collection[str] = ()) -> Sequence[MatchedItem]:
        """See `ports.SubscriptionStore`."""
        names = frozenset(watches)
        shown = (doc for doc in self._table("items").all() if doc["item"]["feed"] not in hidden)
        met = [doc for doc in shown if any(match["watch"] in names for match in doc["matches"])]
        met.sort(key=newest, reverse=True)
        return [matched_item(doc) for doc in met[:limit]]

    # --- status and upkeep ----------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """See `ports.StatusStore`."""
        states = [row.state for row in self._outbox]
        waiting = [row.created for row in self._outbox.waiting()]
        return Counts(
            known=len(self._table("known")),
            items=len(self._table("items")),
            chats=sum(bool(doc["watches"]) for doc in self._chats.values()),
            suspended=sum(bool(doc["suspended"]) for doc in self._chats.values()),
            subscriptions=sum(len(doc["watches"]) for doc in self._chats.values()),
            queued=states.count("queued"),
            sending=states.count("sending"),
            sent=states.count("sent"),
            uncertain=states.count("uncertain"),
            dead=states.count("dead"),
            expired=states.count("expired"),
            oldest_queued=min(waiting, default=0.0),
        )

    def filed_for(self) -> str:
        """See `ports.PollStore`."""
        doc = self._table("meta").get_by_id(1)
        return str(doc["filed_for"]) if doc else ""

    def items(self) -> Sequence[Item]:
        """See `ports.PollStore`."""
        return [matched_item(doc).item for doc in self._table("items").all()]

    def refile(self, items: Sequence[MatchedItem], filed_for: str) -> None:
        """See `ports.PollStore`."""
        with self._commit():
            needed = self._needed()  # what may yet be told keeps the words that fired it
            kept = (entry for entry in items if entry.item.key not in needed)
            self._put("items", {doc_id(entry.item.key): item_document(entry) for entry in kept})
            self._put("meta", {1: {"format": FORMAT, "filed_for": filed_for}})

    def _drop_old_items(self) -> None:
        docs = self._journal.tables["items"]  # as they are: a copy of all would cost more than the rest of a poll
        if len(docs) <= ITEMS_KEPT * 1.2:  # some slack, so that this is not done at every poll
            return
        needed = self._needed()
        oldest = sorted(docs, key=lambda number: newest(docs[number]), reverse=True)[ITEMS_KEPT:]
        self._remove("items", [number for number in oldest if docs[number]["item"]["keys"][0] not in needed])

    def _needed(self) -> set[str]:
        """Give the items that deliveries may yet tell: those that wait, and those in trouble that may be retried."""
        return {row.item for row in self._outbox if row.state != "sent"}

    # --- the outbox and the chats in memory -----------------------------------------------------------------

    def _derive(self) -> None:
        """Read from the documents what is kept beside them in memory."""
        super()._derive()
        self._chats = {doc["id"]: dict(doc) for doc in self._table("chats").all()}
        self._suspended = {chat for chat, doc in self._chats.items() if doc["suspended"]}
        self._outbox = Outbox(map(delivery, self._table("outbox").all()))

    def _save_rows(self, rows: Sequence[Delivery]) -> None:
        self._put("outbox", {row_id(row): asdict(row) for row in rows})
        for row in rows:
            self._outbox.put(row)

    def _forget_rows(self, rows: Sequence[Delivery]) -> None:
        self._remove("outbox", [row_id(row) for row in rows])
        for row in rows:
            self._outbox.remove(row)

    def _save_chat(self, doc: dict[str, Any]) -> None:
        self._put("chats", {doc_id(str(doc["id"])): doc})
        self._chats[doc["id"]] = doc
        (self._suspended.add if doc["suspended"] else self._suspended.discard)(doc["id"])


def _wanted(row: Delivery, watches: Sequence[str]) -> bool:
    """Tell whether a chat with these watches still wants a delivery. A notice is wanted by all but who left."""
    return bool(set(row.watches) & set(watches)) if row.watches else True


def _only_for(row: Delivery, watches: Sequence[str]) -> Delivery:
    """Narrow a delivery to the watches that are still subscribed to."""
    return replace(row, watches=tuple(watch for watch in row.watches if watch in watches))
