"""Whom a feed reaches: which chats are told of its items, and who is told how the feed itself is.

What one chat adds reaches that chat alone, and makes nothing known to others. Reads the store; changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.alerts.plan import Plan, Scope, short_id
from bot.feeds.feedlist import FeedList
from bot.feeds.health import News
from bot.model import Delivery, Feed, Item, MatchedItem, Notice, Watch
from bot.ports import PollStore


class Reach:
    """Answers for a feed who sees it. `operator` is the Telegram id of who runs the bot, 0 if unknown."""

    def __init__(self, store: PollStore, feeds: FeedList, watches: Sequence[Watch], *, operator: int = 0) -> None:
        self._store = store
        self._feeds = feeds
        self._watches = watches
        self._operator = operator

    @property
    def feeds(self) -> int:
        """Tell how many feeds are watched, give or take one that stands in the config as well."""
        return len(self._feeds)

    def is_watched(self, feed: Feed) -> bool:
        """Tell whether a feed is still among those that are watched, and its name not that of another."""
        now = self._feeds.get(feed.name)
        return now is not None and now.url == feed.url

    def as_it_is(self, feed: Feed) -> Feed:
        """Give a feed as it is now: chats may have come, left or moved while it was asked.

        If it is no longer some chats' own, that holds from the next poll on.
        """
        now = self._feeds.get(feed.name)
        return now if now and now.url == feed.url and bool(now.chats) == bool(feed.chats) else feed

    def scope(self, feed: Feed, *, counted: bool, opened: bool = False) -> Scope:
        """Give what is particular about a feed's items."""
        naming = self._naming(feed)
        return Scope(feed=feed.name, private=bool(feed.chats), naming=naming, counted=counted, opened=opened)

    def _naming(self, feed: Feed) -> frozenset[str]:
        return frozenset(watch.name for watch in self._watches if feed.name in watch.feeds)

    def counts(self, feed: Feed) -> bool:
        """Tell whether what a feed shows is written down under names of its own."""
        return bool(feed.chats or self._naming(feed))

    def audience(self, feed: Feed, arrivals: Sequence[MatchedItem]) -> Mapping[str, Sequence[int]]:
        """Give the chats by watch that see a feed; nobody is looked up if nothing has matched."""
        if not any(arrival.matches for arrival in arrivals):
            return {}
        audience = self._store.audience()
        if not feed.chats:
            return audience
        return {watch: [chat for chat in chats if chat in feed.chats] for watch, chats in audience.items()}

    def told(
        self, feed: Feed, arrivals: Sequence[MatchedItem], known: Mapping[str, str], scope: Scope
    ) -> frozenset[tuple[str, int]]:
        """Give (item's own name in this feed, chat) where another feed has brought the item to the chat already."""
        told: set[tuple[str, int]] = set()
        matched = [arrival for arrival in arrivals if arrival.matches]
        others = [other for other in self._feeds.own() if other.name != feed.name] if matched else []
        named = {name for watch in self._watches for name in watch.feeds if name != feed.name}
        for arrival in matched:
            keys, own = arrival.item.keys, scope.own(arrival.item.keys)
            pairs = {(f"{other.name}|{key}", chat) for other in others for chat in other.chats for key in keys}
            late = [known[key] for key in keys if key in known]  # other feeds' news, to chats or watches of this one
            chats = feed.chats or (self._store.chats_of(scope.naming) if late and own else ())
            late += [f"{name}|{key}" for name in named for key in keys]  # which was late there as well
            pairs |= {(name, chat) for name in late for chat in chats}
            for name in {keys[0], *own[:1]}:
                told |= {(name, chat) for _, chat in self._store.delivered(pairs)}
        return frozenset(told)

    def edited(self, items: Iterable[Item], known: Mapping[str, str], scope: Scope) -> Mapping[str, MatchedItem]:
        """Give, by their own names, those known items as they were read last that have other words now."""
        edited: dict[str, MatchedItem] = {}
        for item in items:
            owner = owner_of(item, known, scope)
            before = self._store.matched_item(owner) if owner else None
            if before and (before.item.title, before.item.summary) != (item.title, item.summary):
                edited[owner] = before
        return edited

    def told_before(self, names: Iterable[str], audience: Mapping[str, Sequence[int]]) -> frozenset[tuple[str, int]]:
        """Give (item's own name, chat) of these items and of who might be told, where there is a delivery already."""
        chats = {chat for listening in audience.values() for chat in listening}
        return self._store.delivered((name, chat) for name in names for chat in chats)

    def concerned(self, feed: Feed, *, operator_only: bool) -> list[int]:
        """Give the chats that are told how a feed is: those whose own it is, else who subscribes to a watch on it.

        Not those that have given all watches back: they want to hear nothing.
        """
        if feed.chats:
            listening = frozenset(self._store.chats_of(watch.name for watch in self._watches))
            return [chat for chat in feed.chats if chat in listening]
        told = [self._operator] if self._operator else []
        if operator_only:
            return told
        watches = [watch.name for watch in self._watches if not watch.feeds or feed.name in watch.feeds]
        return list(dict.fromkeys([*told, *self._store.chats_of(watches)]))


def owner_of(item: Item, known: Mapping[str, str], scope: Scope) -> str:
    """Give an item's own name if it is known where its feed looks, else nothing."""
    return next((known[key] for key in scope.names(item.keys) if key in known), "")


def with_notices(planned: Plan, feed: Feed, news: Sequence[News], reach: Reach, now: float) -> Plan:
    """Add to a plan what is to be said of the feed itself."""
    notices: list[Notice] = []
    deliveries: list[Delivery] = []
    for each in news:
        chats = reach.concerned(feed, operator_only=each.for_operator)
        if not chats:
            continue
        notice = Notice(key=f"notice:{feed.name}:{each.kind}:{now:.0f}", feed=feed.name, text=each.text, created=now)
        notices.append(notice)
        deliveries += [
            Delivery(id=short_id(notice.key, chat), item=notice.key, chat=chat, watches=(), silent=True, created=now)
            for chat in chats
        ]
    if not notices:
        return planned
    return replace(planned, notices=tuple(notices), deliveries=(*planned.deliveries, *deliveries))
