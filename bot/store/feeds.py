"""What is remembered of feeds: how each stands, its habit, what it has shown, and those that commands have added.

Tables: feeds, habits, known, added, leases. A document's id is a 56-bit hash of its name; of a name under which an
item is known, the item's own name, where it is another, and a time are all that is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.model import Feed, FeedState, Lease
from bot.store.documents import added_feed, doc_id, feed_document, feed_state
from bot.store.tables import Tables

KNOWN_KEPT = 90 * 86400.0
"""Seconds that an item stays known after a feed last showed it."""
FEED_KEPT = 90 * 86400.0
"""Seconds after the last poll of a feed, as when it was taken from the config, until its items need not be known."""
_DAY = 86400.0


class FeedTables(Tables):
    """The feeds' part of a store."""

    _added: dict[str, Feed]
    _looked = -_DAY  # when names were last looked for that can be forgotten

    def feed_state(self, feed: str) -> FeedState:
        """See `ports.PollStore`."""
        doc = self._table("feeds").get_by_id(doc_id(feed))
        return feed_state(doc) if doc else FeedState(feed=feed)

    def save_state(self, state: FeedState) -> None:
        """See `ports.FeedStore`."""
        with self._commit():
            self._put("feeds", {doc_id(state.feed): feed_document(state)})

    def habit(self, feed: str) -> str:
        """See `ports.PollStore`. A text, for as numbers the habits of many feeds take five times the memory."""
        doc = self._table("habits").get_by_id(doc_id(feed))
        return str(doc["habit"]) if doc else ""

    def added_feeds(self) -> Mapping[str, Feed]:
        """See `ports.FeedStore`."""
        return self._added

    def add_feeds(self, feeds: Sequence[Feed], now: float) -> None:
        """See `ports.FeedStore`."""
        with self._commit():
            for number, feed in enumerate(feeds):
                self._save_feed(feed, now + number * 1e-6)  # so they keep their order

    def change_feed(self, feed: Feed) -> None:
        """See `ports.FeedStore`."""
        with self._commit():
            self._save_feed(feed, 0.0)

    def remove_feed(self, name: str) -> None:
        """See `ports.FeedStore`."""
        with self._commit():
            for table in ("added", "feeds", "habits"):  # a lease is left to be given up
                self._remove(table, [doc_id(name)])
            self._added.pop(name, None)

    def _save_feed(self, feed: Feed, now: float) -> None:
        was = self._table("added").get_by_id(doc_id(feed.name)) or {"since": now}
        self._put("added", {doc_id(feed.name): {**asdict(feed), "since": was["since"]}})
        self._added[feed.name] = feed

    def _has_feeds(self, chat: int) -> bool:
        return any(chat in feed.chats for feed in self._added.values())

    def _move_feeds(self, old: int, new: int) -> None:
        """Give the feeds that are a chat's own to its new id."""
        for feed in [feed for feed in self._added.values() if old in feed.chats]:
            chats = dict.fromkeys(new if chat == old else chat for chat in feed.chats)
            self._save_feed(replace(feed, chats=tuple(chats)), 0.0)

    def _derive(self) -> None:
        docs = sorted(self._table("added").all(), key=lambda doc: float(doc["since"]))
        self._added = {feed.name: feed for feed in map(added_feed, docs)}
        self._newest = float(max((doc["seen"] for doc in self._journal.tables.get("known", {}).values()), default=0))

    def leases(self) -> Sequence[Lease]:
        """See `ports.PushStore`."""
        return [Lease(**doc) for doc in self._table("leases").all()]

    def save_lease(self, lease: Lease) -> None:
        """See `ports.PushStore`."""
        with self._commit():
            self._put("leases", {doc_id(lease.feed): asdict(lease)})

    def drop_lease(self, feed: str) -> None:
        """See `ports.PushStore`."""
        if self._table("leases").has(doc_id(feed)):
            with self._commit():
                self._remove("leases", [doc_id(feed)])

    def known(self, names: Iterable[str]) -> Mapping[str, str]:
        """See `ports.PollStore`."""
        documents = self._journal.tables.get("known", {})
        found = ((name, documents.get(doc_id(name))) for name in names)
        return {name: str(doc.get("of", name)) for name, doc in found if doc is not None}

    def _known_documents(self, names: Mapping[str, str], now: float) -> dict[int, dict[str, Any]]:
        """Write down unknown names, and once a day those that a feed still shows: they must not be forgotten.

        A stamp is never older than the newest there is: what became known while the clock was set back by years would
        be forgotten, and come again, as soon as it is right.
        """
        table, documents = self._journal.tables.get("known", {}), {}
        now = self._newest = max(now, self._newest)
        for name, own in names.items():
            doc = table.get(doc_id(name))
            if not doc or doc["seen"] < now - _DAY:
                documents[doc_id(name)] = {"seen": int(now)} | ({"of": own} if own != name else {})
        return documents

    def _forgettable(self, now: float) -> list[int]:
        """Give the known names that no feed can still be showing; looked for once a day, for it is a look at all.

        A feed's names are stamped when it brings something new, and daily while its body changes. One that answers
        304 for months still shows what it showed then: what was stamped at that time is not forgotten before it.
        """
        if now - self._looked < _DAY:
            return []
        self._looked = now
        feeds = self._journal.tables.get("feeds", {}).values()
        still_asked = [
            doc["last_new"] for doc in feeds if doc.get("last_new") and doc.get("last_poll", 0.0) > now - FEED_KEPT
        ]
        before = min([now - KNOWN_KEPT, *(last_new - 2 * _DAY for last_new in still_asked)])
        return [doc_id for doc_id, doc in self._journal.tables.get("known", {}).items() if doc["seen"] < before]
