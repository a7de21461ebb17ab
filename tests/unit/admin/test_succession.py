"""A state of an older version: each chat that shared a feed gets one of its own, and nothing comes twice or is lost."""

from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_network

import pytest
from rooms import Room
from standins.publisher import Publisher

from bot.admin.succession import settle_names
from bot.demo.story import HISTORY, NewsItem
from bot.model import OPEN, Changes, Chat, Entry, Feed, Watch
from bot.poll.identity import item_keys
from bot.settings import FetchSettings, PollSettings, Settings

ANNA, BORIS = 7, 8
SHIPPED = Feed(name="shipped", title="Shipped", url="https://shipped.example/rss")
CONVOY = NewsItem(title="Convoy enters Idlib", summary="", link="https://blog.example/2020/convoy-7")
NIGHT = NewsItem(title="Night over Idlib", summary="", link="https://blog.example/2020/night-8")


@pytest.fixture
async def blog():
    publisher = Publisher(HISTORY[:3], title="The Blog")
    await publisher.start()
    yield publisher
    await publisher.close()


@pytest.fixture
async def room(tmp_path):
    async with AsyncExitStack() as closing:
        settings = Settings(
            config_dir=tmp_path,
            state_dir=tmp_path,
            feeds=(SHIPPED,),
            watches=(Watch(name="idlib", title="Idlib", query="Idlib"),),
            poll=PollSettings(min_interval=0.0),  # a feed is asked twice in a moment here
            fetch=FetchSettings(chats_may_reach=(ip_network("127.0.0.0/8"),)),
        )
        yield Room(settings, tmp_path, closing)


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


def waiting(room):
    return room.store.deliveries(states=OPEN)


def latest(room, chat):
    return room.store.latest(["idlib"], 9, own=[feed.name for feed in room.feeds.of(chat)])


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
    before = {(row.id, row.chat) for row in waiting(room)}
    settle_names(room.feeds, room.store)
    rows = waiting(room)
    assert {(row.id, row.chat) for row in rows} == before
    assert all(room.store.content(row).item.title == CONVOY.title for row in rows)
    shown = {chat: len(latest(room, chat)) for chat in (ANNA, BORIS, 9)}
    assert shown == {ANNA: 1, BORIS: 1, 9: 0}


async def test_it_is_done_once(room, shared):
    settle_names(room.feeds, room.store)
    assert settle_names(room.feeds, room.store) == []


@pytest.mark.parametrize("entry", [Entry(guid="17", title="Idlib"), Entry(title="Idlib", summary="at night")])
def test_what_goes_by_numbers_of_its_feed_is_the_same_item_under_the_new_name(entry):
    old = Feed(name="blog", title="Blog", url="https://blog.example/rss")
    assert item_keys(entry, old) == item_keys(entry, replace(old, name="blog@7", formerly=("blog",)))
