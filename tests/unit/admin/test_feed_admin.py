"""Feeds are added within bounds, and each changes what is his alone."""

from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_network

import pytest
from disks import no_file_longer_than
from rooms import Room
from standins.publisher import Publisher

from bot.admin.feed_admin import give_way
from bot.admin.offers import Choice
from bot.demo.story import HISTORY, NewsItem
from bot.errors import FeedError, FeedForbidden, OpmlUnreadable, RequestRefused, StoreUnwritable
from bot.feeds.discover.page import Candidate
from bot.model import Chat, Feed, Watch
from bot.model.bounds import FEEDS
from bot.poll.visibility import OPERATOR
from bot.settings import FetchSettings, Settings

ANNA, BORIS, CARL, DORA = 7, 8, 9, 10
SHIPPED = Feed(name="shipped", title="Shipped", url="https://shipped.example/rss")


@pytest.fixture
async def room(tmp_path):
    async with AsyncExitStack() as closing:
        settings = Settings(
            config_dir=tmp_path,
            state_dir=tmp_path,
            feeds=(SHIPPED,),
            watches=(Watch(name="idlib", title="Idlib", query="Idlib"),),
            fetch=FetchSettings(chats_may_reach=(ip_network("127.0.0.0/8"),)),
        )
        due = []
        room = Room(settings, tmp_path, closing, on_added=due.append)
        room.due = due
        yield room


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
        offer = room.admin._offers.add(
            ANNA, [Choice(title="B", url=blog.url, candidate=Candidate(url=blog.url, title="B"))]
        )
        with pytest.raises(FeedForbidden):
            await room.admin.take(offer.id, 0, ANNA)
        brought = await room.admin.bring_in(opml(blog.url), ANNA)
        outcome = await room.pipeline.poll(brought.added[0])
        assert isinstance(outcome.failure, FeedForbidden)
        assert blog.requests == []
        # The owner wants it too: it is everybody's now, and is asked where the operator may go.
        await take(room, blog.url, OPERATOR)
        assert (await room.pipeline.poll(room.feeds.at(blog.url))).failure is None
        assert len(blog.requests) == 1


async def test_what_the_operator_takes_is_for_everybody_and_its_past_is_no_news(room, blog):
    """What it showed as one chat's own is known in it; to all others it is no news either."""
    feed = await take(room, blog.url, ANNA)
    shared = await take(room, blog.url, OPERATOR)
    assert (feed.chats, shared.chats) == ((ANNA,), ())
    room.subscriptions.subscribe(Chat(id=BORIS), ["idlib"])
    blog.publish(NewsItem(title="Convoy enters Idlib", summary="", link="https://blog.example/2020/convoy-7"))
    outcome = await room.pipeline.poll(shared)
    assert [(row.item, row.chat) for row in outcome.deliveries] == [(outcome.new[0].item.key, BORIS)]
    assert {skip.reason for skip in outcome.skipped} == {"known"}


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


async def test_a_shared_feed_is_changed_by_nobody_and_left_by_each(room, blog):
    feed = await take(room, blog.url, ANNA)
    await take(room, blog.url, BORIS)
    with pytest.raises(RequestRefused, match="Others watch"):
        room.admin.rename(feed.name, "Mine", ANNA)
    room.admin.remove(feed.name, ANNA)
    assert [kept.chats for kept in [each for each in room.feeds if each.chats]] == [(BORIS,)]
    room.admin.remove(feed.name, BORIS)
    assert list(room.feeds) == [SHIPPED]


async def test_a_feed_that_was_offered_is_taken_as_it_is_by_then(room, blog):
    """Else who takes late puts out who came in meanwhile, or makes his own what was made everybody's."""
    feed = await take(room, blog.url, ANNA)
    offer = await room.admin.look(blog.url, BORIS)
    await take(room, blog.url, CARL)
    await room.admin.take(offer.id, 0, BORIS)
    assert room.feeds.get(feed.name).chats == (ANNA, CARL, BORIS)
    offer = await room.admin.look(blog.url, DORA)
    await take(room, blog.url, OPERATOR)
    await room.admin.take(offer.id, 0, DORA)
    assert room.feeds.get(feed.name).chats == ()


async def test_a_feed_that_was_offered_and_given_up_meanwhile_is_not_brought_back_unpolled(room, blog):
    feed = await take(room, blog.url, ANNA)
    offer = await room.admin.look(blog.url, BORIS)
    room.admin.remove(feed.name, ANNA)
    with pytest.raises(RequestRefused, match="once more"):
        await room.admin.take(offer.id, 0, BORIS)
    assert list(room.feeds) == [SHIPPED]


async def test_who_takes_a_feed_that_another_has_paused_gets_its_news(room, blog):
    """It was paused by who had it alone; shared, nobody could have resumed it."""
    feed = await take(room, blog.url, ANNA)
    room.admin.pause(feed.name, ANNA)
    room.due.clear()
    await take(room, blog.url, BORIS)
    assert [each.name for each in room.due] == [feed.name]


async def test_a_shared_feed_that_is_gone_can_be_asked_again_by_each_who_has_it(room, blog):
    feed = await take(room, blog.url, ANNA)
    await take(room, blog.url, BORIS)
    assert room.admin.resume(feed.name, BORIS).name == feed.name


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


async def test_a_gone_feed_that_is_resumed_is_due_at_once(room, blog):
    feed = await take(room, blog.url, ANNA)
    blog.misbehave("gone")
    assert (await room.pipeline.poll(feed)).state.health.status == 410
    room.due.clear()
    room.admin.resume(feed.name, ANNA)
    assert [each.name for each in room.due] == [feed.name]


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
    feed = await take(room, blog.url, ANNA)
    room.feeds._config[feed.name] = replace(SHIPPED, name=feed.name, url="https://other.example/rss")
    assert give_way(room.feeds, room.store) == [(feed.name, f"{feed.name}-2")]
    assert [(each.name, each.url) for each in [each for each in room.feeds if each.chats]] == [
        (f"{feed.name}-2", blog.url)
    ]
    assert give_way(room.feeds, room.store) == []
