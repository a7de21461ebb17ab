"""What follows when a chat subscribes, unsubscribes, cannot be reached, comes back or gets another id.

The functions decide and are pure; `Subscriptions` reads, decides and remembers, one durable write each.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from bot.model import OPEN, Changes, Chat, Delivery, Feed, Item, Match, MatchedItem, Watch, owner_of
from bot.ports import SubscribersStore


def narrowed(row: Delivery, watches: Sequence[str]) -> Delivery | None:
    """Return a delivery for those watches alone that a chat still subscribes to; None if it is wanted by none.

    A notice, which no watch names, is always wanted.
    """
    left = tuple(watch for watch in row.watches if watch in watches)
    return None if row.watches and not left else replace(row, watches=left)


Again = Callable[[Item, Iterable[str]], Iterator[Match]]
"""Gives what watches of these names found in an item that they have met."""


def with_own(matched: MatchedItem, watches: Sequence[str], again: Again) -> MatchedItem:
    """Return an item with how it met those of these watches that are a chat's own, which is not kept."""
    kept = {match.watch for match in matched.matches}
    own = [watch for watch in watches if owner_of(watch) and watch not in kept]
    return replace(matched, matches=(*matched.matches, *again(matched.item, own))) if own else matched


def unsubscribed(chat: Chat, watches: Sequence[str], queued: Sequence[Delivery]) -> Changes:
    """Return what is left of a chat's subscriptions, and of what is queued for it. Its own watches are no more."""
    left = tuple(watch for watch in chat.watches if watch not in watches)
    rows = [(row, narrowed(row, left)) for row in queued if row.state == "queued"]
    return Changes(
        chats=(replace(chat, watches=left),),
        deliveries=tuple(kept for row, kept in rows if kept is not None and kept != row),
        dropped=tuple(row for row, kept in rows if kept is None),
        removed_watches=tuple(watch for watch in watches if owner_of(watch)),
    )


def suspended(known: Chat | None, chat: int, reason: str) -> Chat:
    """Return a chat that cannot be reached. One that never subscribed is noted too: a notice may wait for it."""
    return replace(known or Chat(id=chat), suspended=reason)


def moved(
    before: Chat,
    new: Chat,
    *,
    rows: Sequence[Delivery],
    there: Sequence[Delivery],
    feeds: Sequence[Feed],
    watches: Sequence[Watch] = (),
) -> Changes:
    """Return everything of one chat under its new id, as a group that became a supergroup.

    `rows` are its deliveries, `there` those of the new id: where both have one of an item, that stays. `feeds` are
    those that commands have added, `watches` those of all chats.
    """
    has = {(row.feed, row.item, row.edits) for row in there}
    old = before.id
    chat = replace(
        new,
        kind="supergroup",
        title=new.title or before.title,
        suspended="",
        topic=new.topic or before.topic,
        watches=tuple(dict.fromkeys([*before.watches, *new.watches])),
        formerly=tuple(dict.fromkeys([*new.formerly, *before.formerly, old])),
    )
    own = [feed for feed in feeds if old in feed.chats]
    return Changes(
        chats=(chat,),
        moved={old: new.id},
        dropped=tuple(rows),
        deliveries=tuple(replace(row, chat=new.id) for row in rows if (row.feed, row.item, row.edits) not in has),
        feeds=tuple(
            replace(feed, chats=tuple(dict.fromkeys(new.id if chat == old else chat for chat in feed.chats)))
            for feed in own
        ),
        watches=tuple(replace(watch, chat=new.id) for watch in watches if watch.chat == old),
    )


class Subscriptions:
    """Keeps what chats subscribe to. Every method that changes something raises StoreUnwritable if it cannot."""

    def __init__(self, store: SubscribersStore) -> None:
        self._store = store

    def of(self, chat: int) -> tuple[str, ...]:
        """Return the watches that a chat subscribes to, in the order of subscribing."""
        found = self._store.chat(chat)
        return found.watches if found and found.id == chat else ()

    def subscribe(self, chat: Chat, watches: Sequence[str]) -> tuple[str, ...]:
        """Add subscriptions. Returns those that are new."""
        known = self._store.chat(chat.id)
        has = known.watches if known else ()
        fresh = tuple(dict.fromkeys(watch for watch in watches if watch not in has))
        if fresh or known is None or known.topic != chat.topic:
            formerly = known.formerly if known else ()
            self._store.commit(Changes(chats=(replace(chat, suspended="", watches=(*has, *fresh), formerly=formerly),)))
        return fresh

    def unsubscribe(self, chat: int, watches: Sequence[str]) -> tuple[str, ...]:
        """Take subscriptions away, and what is queued for them alone. Returns those that were there."""
        known = self._store.chat(chat)
        gone = tuple(watch for watch in known.watches if watch in watches) if known else ()
        if known and gone:
            self._store.commit(unsubscribed(known, gone, self._store.deliveries(chat=known.id, states=OPEN)))
        return gone

    def suspend(self, chat: int, reason: str) -> None:
        """Hold everything for a chat that cannot be reached; its subscriptions stay."""
        self._store.commit(Changes(chats=(suspended(self._store.chat(chat), chat, reason),)))

    def restore(self, chat: int) -> bool:
        """Reach a suspended chat again. Returns False if it was not suspended."""
        known = self._store.chat(chat)
        if known is None or not known.suspended:
            return False
        self._store.commit(Changes(chats=(replace(known, suspended=""),)))
        return True

    def move(self, old: int, new: int) -> None:
        """Move everything of one chat to another id, as when a group became a supergroup."""
        known = self._store.chat(old)
        was = known if known is not None and known.id == old else None
        rows, feeds = self._store.deliveries(chat=old), list(self._store.added_feeds().values())
        if old == new or (was is None and not rows and not any(old in feed.chats for feed in feeds)):
            return
        there, chat = self._store.deliveries(chat=new), self._store.chat(new) or Chat(id=new)
        watches = list(self._store.own_watches().values())
        self._store.commit(moved(was or Chat(id=old), chat, rows=rows, there=there, feeds=feeds, watches=watches))
