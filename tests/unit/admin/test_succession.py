"""A state of an older version: each chat that shared a feed gets one of its own, and nothing comes twice or is lost."""

from dataclasses import replace

import pytest

from bot.admin.succession import settle_names
from bot.demo.story import NewsItem
from bot.model import OPEN, Changes, Chat, Entry, Feed
from bot.poll.identity import item_keys

ANNA, BORIS = 7, 8
CONVOY = NewsItem(title="Convoy enters Idlib", summary="", link="https://blog.example/2020/convoy-7")
NIGHT = NewsItem(title="Night over Idlib", summary="", link="https://blog.example/2020/night-8")


@pytest.fixture
async def shared(room, blog):
    """A feed as an older version had it for two chats, which has been polled twice; the second time it had news."""
    feed = Feed(name="blog", title="Anna's", url=blog.url, added=True, chats=(ANNA, BORIS))
    room.memory.commit(Changes(feeds=(feed,)))
    for chat in feed.chats:
        room.subscriptions.subscribe(Chat(id=chat), ["idlib"])
    await room.pipeline.poll(feed)
    blog.publish(CONVOY)
    await room.pipeline.poll(feed)
    return feed


def own(room):
    return [feed for feed in room.feeds if feed.chats]


async def test_each_chat_has_a_feed_of_its_own_that_knows_what_was_known(room, blog, shared):
    assert settle_names(room.feeds, room.store) == [("blog", "blog@7"), ("blog", "blog@8")]
    assert [(feed.chats, feed.label) for feed in own(room)] == [((ANNA,), "blog"), ((BORIS,), "blog")]
    blog.publish(NIGHT)
    outcomes = [await room.pipeline.poll(feed) for feed in own(room)]
    assert [[row.chat for row in outcome.deliveries] for outcome in outcomes] == [[ANNA], [BORIS]]
    assert [[new.item.title for new in outcome.new] for outcome in outcomes] == [[NIGHT.title]] * 2


async def test_what_waits_is_told_and_shown_to_whom_it_was_for(room, shared):
    before = {(row.id, row.chat) for row in room.store.deliveries(states=OPEN)}
    settle_names(room.feeds, room.store)
    rows = list(room.store.deliveries(states=OPEN))
    assert {(row.id, row.chat) for row in rows} == before
    assert all(room.store.content(row).item.title == CONVOY.title for row in rows)
    feeds = {chat: [feed.name for feed in room.feeds.of(chat)] for chat in (ANNA, BORIS, 9)}
    shown = {chat: len(room.store.latest(["idlib"], 9, own=names)) for chat, names in feeds.items()}
    assert shown == {ANNA: 1, BORIS: 1, 9: 0}


async def test_it_is_done_once(room, shared):
    settle_names(room.feeds, room.store)
    assert settle_names(room.feeds, room.store) == []


@pytest.mark.parametrize("entry", [Entry(guid="17", title="Idlib"), Entry(title="Idlib", summary="at night")])
def test_what_goes_by_numbers_of_its_feed_is_the_same_item_under_the_new_name(entry):
    old = Feed(name="blog", title="Blog", url="https://blog.example/rss")
    assert item_keys(entry, old) == item_keys(entry, replace(old, name="blog@7", formerly=("blog",)))
