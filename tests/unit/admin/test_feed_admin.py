"""Feeds are added within bounds, and each changes what is his alone."""

import errno
import os
from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_network

import pytest

from bot.admin.feed_admin import OPERATOR, QUOTA
from bot.assembly import Newsroom, Tempo
from bot.demo.publisher import Publisher
from bot.demo.story import HISTORY
from bot.errors import FeedError, OpmlUnreadable, RequestRefused, StoreUnwritable
from bot.model import Feed, Watch
from bot.settings import FetchSettings, Settings
from bot.store import open_store

ANNA, BORIS, CARL, DORA = 7, 8, 9, 10
SHIPPED = Feed(name="shipped", title="Shipped", url="https://shipped.example/rss")


@pytest.fixture
async def room(tmp_path):
    async with AsyncExitStack() as closing:
        store = open_store("tinydb:newsvane.db", tmp_path)
        closing.callback(store.close)
        settings = Settings(
            config_dir=tmp_path,
            state_dir=tmp_path,
            feeds=(SHIPPED,),
            watches=(Watch(name="idlib", title="Idlib", query="Idlib"),),
            fetch=FetchSettings(allow_addresses=(ip_network("127.0.0.0/8"),)),
        )
        yield Newsroom.assemble(settings, store, Tempo(host_spacing=0.0), closing)


@pytest.fixture
async def blog():
    publisher = Publisher(HISTORY[:3], title="Blog")
    await publisher.start()
    yield publisher
    await publisher.close()


def opml(*urls: str) -> bytes:
    outlines = "".join(f'<outline text="T" xmlUrl="{url}"/>' for url in urls)
    return f"<opml><body>{outlines}</body></opml>".encode()


async def take(room, url, chat):
    offer = await room.curator.look(url, chat)
    return await room.curator.take(offer.id, 0, chat)


async def test_a_chat_has_so_many_feeds_and_no_more(room):
    urls = [f"https://f{number}.example/rss" for number in range(QUOTA)]
    assert len((await room.curator.bring_in(opml(*urls), ANNA)).added) == QUOTA
    with pytest.raises(RequestRefused, match=str(QUOTA)):
        await room.curator.look("https://one-more.example/", ANNA)
    with pytest.raises(RequestRefused, match=str(QUOTA)):
        await room.curator.bring_in(opml("https://one-more.example/"), ANNA)
    await room.curator.bring_in(opml("https://one-more.example/"), OPERATOR)


async def test_a_list_with_more_than_a_chat_may_have_adds_none(room):
    urls = [f"https://f{number}.example/rss" for number in range(QUOTA + 1)]
    with pytest.raises(RequestRefused):
        await room.curator.bring_in(opml(*urls), ANNA)
    assert list(room.feeds) == [SHIPPED]


async def test_what_the_operator_takes_is_for_everybody_and_its_past_is_no_news(room, blog):
    """As one chat's own its items were known to that chat alone; they become known to all in silence."""
    feed = await take(room, blog.url, ANNA)
    shared = await take(room, blog.url, OPERATOR)
    assert (feed.chats, shared.chats) == ((ANNA,), ())
    look = await room.pipeline.poll(shared)
    assert look.plan.deliveries == ()
    assert {skip.reason for skip in look.plan.skipped} == {"known"}
    assert any(not name.startswith(f"{feed.name}|") for name in look.plan.known)
    assert (await room.pipeline.poll(shared)).state.polls[-1].outcome == "304"


async def test_a_feed_that_stands_in_the_config_is_changed_there(room):
    for change in (room.curator.remove, lambda name, chat: room.curator.rename(name, "x", chat)):
        with pytest.raises(RequestRefused, match=r"feeds\.toml"):
            change("shipped", OPERATOR)
    assert room.curator.pause("shipped", OPERATOR).name == "shipped"


async def test_others_feeds_are_as_if_they_were_not_there(room, blog):
    feed = await take(room, blog.url, ANNA)
    for change in (room.curator.remove, room.curator.pause, room.curator.resume):
        with pytest.raises(RequestRefused, match="There is no feed"):
            change(feed.name, BORIS)


async def test_a_shared_feed_is_changed_by_nobody_and_left_by_each(room, blog):
    feed = await take(room, blog.url, ANNA)
    await take(room, blog.url, BORIS)
    with pytest.raises(RequestRefused, match="Others watch"):
        room.curator.rename(feed.name, "Mine", ANNA)
    room.curator.remove(feed.name, ANNA)
    assert [kept.chats for kept in room.feeds.own()] == [(BORIS,)]
    room.curator.remove(feed.name, BORIS)
    assert list(room.feeds) == [SHIPPED]


async def test_a_feed_that_was_offered_is_taken_as_it_is_by_then(room, blog):
    """Else who takes late puts out who came in meanwhile, or makes his own what was made everybody's."""
    feed = await take(room, blog.url, ANNA)
    offer = await room.curator.look(blog.url, BORIS)
    await take(room, blog.url, CARL)
    await room.curator.take(offer.id, 0, BORIS)
    assert room.feeds.get(feed.name).chats == (ANNA, CARL, BORIS)
    offer = await room.curator.look(blog.url, DORA)
    await take(room, blog.url, OPERATOR)
    await room.curator.take(offer.id, 0, DORA)
    assert room.feeds.get(feed.name).chats == ()


async def test_a_feed_that_was_offered_and_given_up_meanwhile_is_not_brought_back_unpolled(room, blog):
    feed = await take(room, blog.url, ANNA)
    offer = await room.curator.look(blog.url, BORIS)
    room.curator.remove(feed.name, ANNA)
    with pytest.raises(RequestRefused, match="once more"):
        await room.curator.take(offer.id, 0, BORIS)
    assert list(room.feeds) == [SHIPPED]


async def test_who_takes_a_feed_that_another_has_paused_gets_its_news(room, blog):
    """It was paused by who had it alone; shared, nobody could have resumed it."""
    feed = await take(room, blog.url, ANNA)
    room.curator.pause(feed.name, ANNA)
    due = []
    room.curator.watch = due.append
    await take(room, blog.url, BORIS)
    assert [each.name for each in due] == [feed.name]


async def test_a_shared_feed_that_is_gone_can_be_asked_again_by_each_who_has_it(room, blog):
    feed = await take(room, blog.url, ANNA)
    await take(room, blog.url, BORIS)
    assert room.curator.resume(feed.name, BORIS).name == feed.name


async def test_what_the_disk_refused_can_be_taken_again(room, blog, monkeypatch):
    def refuse(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    offer = await room.curator.look(blog.url, ANNA)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", refuse)
        with pytest.raises(StoreUnwritable):
            await room.curator.take(offer.id, 0, ANNA)
    assert list(room.feeds) == [SHIPPED]
    assert (await room.curator.take(offer.id, 0, ANNA)).chats == (ANNA,)


@pytest.mark.parametrize("title", ["", " ", "x" * 101, "two\x00", "left\u202eright"])
async def test_a_title_is_one_line_of_readable_text(room, blog, title):
    feed = await take(room, blog.url, ANNA)
    with pytest.raises(RequestRefused, match="title"):
        room.curator.rename(feed.name, title, ANNA)


async def test_a_gone_feed_that_is_resumed_is_due_at_once(room, blog):
    feed = await take(room, blog.url, ANNA)
    blog.misbehave("gone")
    assert (await room.pipeline.poll(feed)).state.status == 410
    due = []
    room.curator.watch = due.append
    room.curator.resume(feed.name, ANNA)
    assert [each.name for each in due] == [feed.name]


async def test_what_was_refused_leaves_nothing_half_added(room, blog):
    blog.misbehave("html page")
    with pytest.raises(FeedError):
        await room.curator.look(blog.url, ANNA)
    with pytest.raises(OpmlUnreadable):
        await room.curator.bring_in(b"<opml><body><outline xmlUrl='https://a.example/'/>", ANNA)
    assert list(room.feeds) == [SHIPPED]


async def test_a_name_or_address_of_the_config_outranks_an_added_one(room, blog):
    feed = await take(room, blog.url, OPERATOR)
    room.feeds._config["other"] = replace(SHIPPED, name="other", url=feed.url)
    room.feeds._addresses.add(feed.url)
    assert [each.name for each in room.feeds] == ["shipped", "other"]
    assert room.feeds.get(feed.name) is None


async def test_an_added_feed_whose_name_the_config_takes_gets_another(room, blog):
    feed = await take(room, blog.url, ANNA)
    room.feeds._config[feed.name] = replace(SHIPPED, name=feed.name, url="https://other.example/rss")
    assert room.curator.give_way() == [(feed.name, f"{feed.name}-2")]
    assert [(each.name, each.url) for each in room.feeds.own()] == [(f"{feed.name}-2", blog.url)]
    assert room.curator.give_way() == []
