"""Feeds that get another name: what was known, and what waits to be told, goes with them.

Done once, when the bot starts, before anything is polled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from bot.feeds.discover.naming import feed_name
from bot.model import UNSENT, Changes, Feed, MatchedItem, Notice, own_name
from bot.poll.feedlist import FeedList
from bot.ports import DeliveryStore, FeedStore

log = structlog.get_logger()


class SuccessionStore(FeedStore, DeliveryStore, Protocol):
    """What is read and changed."""


def settle_names(feeds: FeedList, store: SuccessionStore) -> Sequence[tuple[str, str]]:
    """Give each feed the name that it must have by now. Returns (old, new) of each that has another."""
    renamed = [*part(store), *give_way(feeds, store)]
    for old, new in renamed:
        log.warning("feed.renamed", feed=old, now=new)
    return renamed


def give_way(feeds: FeedList, store: FeedStore) -> Sequence[tuple[str, str]]:
    """Rename everybody's added feeds whose name the config has taken for another address. Returns (old, new) of each.

    They begin anew under it, with a silent poll. The names of chats' own feeds are none that a config can have.
    """
    taken = {feed.name for feed in feeds} | set(store.added_feeds())
    renamed: list[tuple[str, str]] = []
    for feed in [feed for feed in store.added_feeds().values() if not feed.chats]:
        holder = feeds.get(feed.name)
        if holder is None or holder.added or feeds.at(feed.url, 0) is not None:
            continue
        name = feed_name(feed.title, feed.url, taken)
        taken.add(name)
        store.commit(Changes(feeds=(replace(feed, name=name),), removed_feeds=(feed.name,)))
        renamed.append((feed.name, name))
    return renamed


def part(store: SuccessionStore) -> Sequence[tuple[str, str]]:
    """Give each chat a feed of its own in the place of one that an older version let several share, or named otherwise.

    Returns (old, new) of each. What was known in the old one stays known in each, and nothing comes twice or is lost.
    """
    old = [feed for feed in store.added_feeds().values() if feed.chats and feed.name == feed.label]
    return [pair for feed in old for pair in _part(feed, store)]


def _part(feed: Feed, store: SuccessionStore) -> Iterator[tuple[str, str]]:
    own = {chat: replace(feed, name=own_name(feed.name, chat), chats=(chat,)) for chat in feed.chats}
    own = {chat: replace(each, formerly=(*feed.formerly, feed.name)) for chat, each in own.items()}
    state = store.feed_state(feed.name)
    rows = [row for row in store.deliveries(states=UNSENT) if row.feed == feed.name and row.chat in own]
    contents = [_renamed(store.content(row), own[row.chat].name) for row in rows]
    store.commit(
        Changes(
            feeds=tuple(own.values()),
            removed_feeds=(feed.name,),
            states=tuple(replace(state, feed=each.name) for each in own.values()) if state.url else (),
            dropped=tuple(rows),
            deliveries=tuple(replace(row, feed=own[row.chat].name) for row in rows),
            items=tuple(each for each in contents if isinstance(each, MatchedItem)),
            notices=tuple(each for each in contents if isinstance(each, Notice)),
        )
    )
    return ((feed.name, each.name) for each in own.values())


def _renamed(content: MatchedItem | Notice | None, feed: str) -> MatchedItem | Notice | None:
    match content:
        case MatchedItem():
            return replace(content, item=replace(content.item, feed=feed))
        case Notice():
            return replace(content, feed=feed)
    return None
