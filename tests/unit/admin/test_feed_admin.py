"""Feeds are added within bounds, and each changes what is his alone."""

from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_network

import pytest
from disks import no_file_longer_than
from rooms import SHIPPED, Room
from standins.publisher import Publisher

from bot.admin.offers import Choice
from bot.admin.succession import give_way
from bot.demo.story import HISTORY, NewsItem
from bot.errors import (
    FeedError,
    FeedForbidden,
    FeedRefused,
    OpmlUnreadable,
    RequestRefused,
    StoreUnwritable,
)
from bot.feeds.schedule.wait import LONGEST, OVERLOADED
from bot.model import Chat, Entry, ParsedFeed
from bot.model.bounds import FEEDS, OFFERED_TEXT
from bot.poll.visibility import OPERATOR
from bot.settings import FetchSettings, Settings

ANNA, BORIS = 7, 8
CONVOY = NewsItem(title="Convoy enters Idlib", summary="", link="https://blog.example/2020/convoy-7")


def opml(*urls: str) -> bytes:
    outlines = "".join(f'<outline text="T" xmlUrl="{url}"/>' for url in urls)
    return f"<opml><body>{outlines}</body></opml>".encode()


async def take(room, url, chat):
    offer = await room.admin.look(url, chat)
    return await room.admin.take(offer.id, 0, chat)


async def test_a_chat_has_so_many_feeds_and_no_more(room):
    urls = [f"https://f{number}.example/rss" for number in range(FEEDS)]
    assert len((await room.admin.bring_in(opml(*urls), ANNA)).added) == FEEDS
    with pytest.raises(RequestRefused, match=str(FEEDS)):
        await room.admin.look("https://one-more.example/", ANNA)
    with pytest.raises(RequestRefused, match=str(FEEDS)):
        await room.admin.bring_in(opml("https://one-more.example/"), ANNA)
    await room.admin.bring_in(opml("https://one-more.example/"), OPERATOR)


async def test_a_list_with_more_than_a_chat_may_have_adds_none(room):
    urls = [f"https://f{number}.example/rss" for number in range(FEEDS + 1)]
    with pytest.raises(RequestRefused):
        await room.admin.bring_in(opml(*urls), ANNA)
    assert list(room.feeds) == [SHIPPED]


async def test_networks_of_the_operator_are_no_way_for_strangers(tmp_path, blog):
    """Looking at an address, choosing from a page and bringing in a list: what the operator may, a chat may not."""
    async with AsyncExitStack() as closing:
        settings = Settings(
            config_dir=tmp_path,
            state_dir=tmp_path,
            feeds=(SHIPPED,),
            watches=(),
            fetch=FetchSettings(allow_addresses=(ip_network("127.0.0.0/8"),)),
        )
        room = Room(settings, tmp_path, closing)
        with pytest.raises(FeedForbidden):
            await room.admin.look(blog.url, ANNA)
        offer = room.admin._offers.add(ANNA, [Choice(title="B", url=blog.url)])
        with pytest.raises(FeedForbidden):
            await room.admin.take(offer.id, 0, ANNA)
        brought = await room.admin.bring_in(opml(blog.url), ANNA)
        outcome = await room.pipeline.poll(brought.added[0])
        assert isinstance(outcome.failure, FeedForbidden)
        assert blog.requests == []
        # The owner wants it too: it is everybody's as well, and is asked where the operator may go.
        assert (await room.pipeline.poll(await take(room, blog.url, OPERATOR))).failure is None
        assert isinstance((await room.pipeline.poll(brought.added[0])).failure, FeedForbidden)
        assert len(blog.requests) == 2


async def test_what_the_operator_takes_is_for_everybody_beside_what_a_chat_has(room, blog):
    own = await take(room, blog.url, ANNA)
    shared = await take(room, blog.url, OPERATOR)
    assert (own.name, own.chats, shared.name, shared.chats) == (f"the-blog@{ANNA}", (ANNA,), "the-blog", ())
    for chat in (ANNA, BORIS):
        room.subscriptions.subscribe(Chat(id=chat), ["idlib"])
    blog.publish(CONVOY)
    first, second = await room.pipeline.poll(shared), await room.pipeline.poll(own)
    assert {row.chat for row in first.deliveries} == {ANNA, BORIS}
    assert second.deliveries == ()


async def test_a_feed_that_stands_in_the_config_is_changed_there(room):
    for change in (room.admin.remove, lambda name, chat: room.admin.rename(name, "x", chat)):
        with pytest.raises(RequestRefused, match=r"feeds\.toml"):
            change("shipped", OPERATOR)
    assert room.admin.pause("shipped", OPERATOR).name == "shipped"


async def test_others_feeds_are_as_if_they_were_not_there(room, blog):
    feed = await take(room, blog.url, ANNA)
    for change in (room.admin.remove, room.admin.pause, room.admin.resume):
        with pytest.raises(RequestRefused, match="There is no feed"):
            change(feed.name, BORIS)


async def test_chats_that_watch_one_address_know_nothing_of_each_other(room, blog):
    feeds = {chat: await take(room, blog.url, chat) for chat in (ANNA, BORIS)}
    assert [feed.label for feed in feeds.values()] == ["the-blog", "the-blog"]
    room.admin.rename("the-blog", "FREE COINS", ANNA)
    room.admin.pause("the-blog", ANNA)
    assert room.feeds.find("the-blog", BORIS) == feeds[BORIS]
    assert not room.store.feed_state(feeds[BORIS].name).paused
    room.admin.remove("the-blog", ANNA)
    assert [feed for feed in room.feeds if feed.chats] == [feeds[BORIS]]


async def test_each_chat_is_told_by_its_own_feed_under_its_own_title(room, blog):
    feeds = {chat: await take(room, blog.url, chat) for chat in (ANNA, BORIS)}
    room.subscriptions.subscribe(Chat(id=ANNA), ["idlib"])
    room.subscriptions.subscribe(Chat(id=BORIS), ["idlib"])
    mine = room.admin.rename("the-blog", "Mine", ANNA)
    blog.publish(CONVOY)
    told = [await room.pipeline.poll(feed) for feed in (mine, feeds[BORIS])]
    assert [(row.chat, outcome.new[0].item.source) for outcome in told for row in outcome.deliveries] == [
        (ANNA, "Mine"),
        (BORIS, "The Blog"),
    ]


async def test_a_label_hangs_on_what_the_chat_itself_has(room, blog):
    await take(room, blog.url, OPERATOR)
    other = Publisher(HISTORY[:3], title="The Blog")
    await other.start()
    try:
        assert [(await take(room, other.url, chat)).label for chat in (ANNA, BORIS)] == ["the-blog-2", "the-blog-2"]
        assert (await take(room, other.url, OPERATOR)).name == "the-blog-2"
    finally:
        await other.close()


async def test_what_the_disk_refused_can_be_taken_again(room, blog):
    offer = await room.admin.look(blog.url, ANNA)
    with no_file_longer_than(0), pytest.raises(StoreUnwritable):
        await room.admin.take(offer.id, 0, ANNA)
    assert list(room.feeds) == [SHIPPED]
    assert (await room.admin.take(offer.id, 0, ANNA)).chats == (ANNA,)


@pytest.mark.parametrize("title", ["", " ", "x" * 101, "two\x00", "left\u202eright"])
async def test_a_title_is_one_line_of_readable_text(room, blog, title):
    feed = await take(room, blog.url, ANNA)
    with pytest.raises(RequestRefused, match="title"):
        room.admin.rename(feed.name, title, ANNA)


@pytest.mark.parametrize(
    ("prank", "hold"), [("gone", LONGEST), ("too many requests", OVERLOADED), ("unavailable", OVERLOADED)]
)
async def test_a_feed_that_is_resumed_keeps_the_word_of_its_publisher(room, blog, prank, hold):
    feed = await take(room, blog.url, ANNA)
    blog.misbehave(prank)
    before = (await room.pipeline.poll(feed)).state.schedule
    room.due.clear()
    for _ in range(3):
        room.admin.pause(feed.label, ANNA)
        room.admin.resume(feed.label, ANNA)
    assert {each.name for each in room.due} == {feed.name}
    after = room.store.feed_state(feed.name).schedule
    assert after.next_poll == before.held_until
    assert after.next_poll - after.last_poll == pytest.approx(hold)


async def test_a_feed_that_has_failed_for_long_is_asked_soon_when_it_is_resumed(room, blog):
    feed = await take(room, blog.url, ANNA)
    blog.misbehave("not found")
    for _ in range(9):
        await room.pipeline.poll(feed)
    room.admin.resume(feed.label, ANNA)
    schedule = room.store.feed_state(feed.name).schedule
    assert schedule.next_poll - schedule.last_poll < 1


@pytest.mark.parametrize("prank", ["gone", "too many requests", "unavailable"])
async def test_nobody_makes_the_bot_ask_what_has_asked_to_be_left_alone(room, blog, prank):
    """By adding it anew, by looking at it again and again, or from another chat."""
    feed = await take(room, blog.url, ANNA)
    blog.misbehave(prank)
    await room.pipeline.poll(feed)
    asked = len(blog.requests)
    room.admin.remove(feed.label, ANNA)
    for chat in (ANNA, ANNA, BORIS):
        with pytest.raises(FeedRefused):
            await room.admin.look(blog.url, chat)
    assert len(blog.requests) == asked


async def test_what_was_refused_leaves_nothing_half_added(room, blog):
    blog.misbehave("html page")
    with pytest.raises(FeedError):
        await room.admin.look(blog.url, ANNA)
    with pytest.raises(OpmlUnreadable):
        await room.admin.bring_in(b"<opml><body><outline xmlUrl='https://a.example/'/>", ANNA)
    assert list(room.feeds) == [SHIPPED]


async def test_a_name_or_address_of_the_config_outranks_an_added_one(room, blog):
    feed = await take(room, blog.url, OPERATOR)
    room.feeds._config["other"] = replace(SHIPPED, name="other", url=feed.url)
    room.feeds._addresses.add(feed.url)
    assert [each.name for each in room.feeds] == ["shipped", "other"]
    assert room.feeds.get(feed.name) is None


async def test_an_added_feed_whose_name_the_config_takes_gets_another(room, blog):
    feed = await take(room, blog.url, OPERATOR)
    room.feeds._config[feed.name] = replace(SHIPPED, name=feed.name, url="https://other.example/rss")
    assert give_way(room.feeds, room.store) == [(feed.name, f"{feed.name}-2")]
    assert [(each.name, each.url) for each in room.feeds if each.added] == [(f"{feed.name}-2", blog.url)]
    assert give_way(room.feeds, room.store) == []


@pytest.mark.parametrize("field", ["title", "summary", "body", "named_by"])
@pytest.mark.parametrize(("more", "asked"), [(-1, 0), (0, 0), (1, 1)])
async def test_offers_keep_so_much_of_what_was_found_and_beyond_that_only_where_it_is(room, blog, field, more, asked):
    offer = await room.admin.look(blog.url, ANNA)
    text = OFFERED_TEXT - offer.choices[0].size + more
    other = ParsedFeed(title="", entries=(Entry(**{field: "x" * text}),))
    found = replace(offer.choices[0].found, parsed=other)
    room.admin._offers.add(BORIS, [replace(offer.choices[0], found=found)])
    before = len(blog.requests)
    assert (await room.admin.take(offer.id, 0, ANNA)).label == "the-blog"
    assert len(blog.requests) - before == asked


async def test_how_many_feeds_others_have_changes_nothing_for_everybodys_feed(room, blog):
    before = room.feeds.around(SHIPPED)
    await take(room, blog.url, ANNA)
    await take(room, blog.url, BORIS)
    assert room.feeds.around(SHIPPED) == before
    await take(room, blog.url, OPERATOR)
    assert room.feeds.around(SHIPPED) == before + 1
