"""Whom a feed reaches stays right while that changes: nothing is lost in silence, nothing is told twice."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network

import pytest
from rooms import Room
from standins.publisher import Publisher

from bot.demo.story import HISTORY, NewsItem
from bot.model import Changes, Chat, Feed, Watch
from bot.poll.visibility import OPERATOR
from bot.settings import FetchSettings, PollSettings, Settings

ANNA, GROUP, SUPERGROUP = 7, -5, -1005
CONVOY = NewsItem(title="Convoy enters Idlib at night", summary="", link="https://blog.example/2020/convoy-7")
WEATHER = NewsItem(title="Weather is fine", summary="", link="https://blog.example/2020/weather")


@asynccontextmanager
async def opened(tmp_path, *feeds, naming=()):
    """A room on the same state each time, whose one watch names these feeds; Anna subscribes to it."""
    async with AsyncExitStack() as closing:
        settings = Settings(
            config_dir=tmp_path,
            state_dir=tmp_path,
            feeds=feeds,
            watches=(Watch(name="idlib", title="Idlib", query="Idlib", feeds=naming),),
            poll=PollSettings(min_interval=0.0),  # a feed is asked twice in a moment here
            fetch=FetchSettings(chats_may_reach=(ip_network("127.0.0.0/8"),)),
        )
        room = Room(settings, tmp_path, closing)
        room.subscriptions.subscribe(Chat(id=ANNA), ["idlib"])
        yield room, room.memory


@pytest.fixture
async def papers():
    made = [Publisher(HISTORY[:3], title=name) for name in "abc"]
    for each in made:
        await each.start()
    yield made
    for each in made:
        await each.close()


def feed_of(name, paper):
    return Feed(name=name, title=name, url=paper.url)


async def take(room, url, chat):
    offer = await room.admin.look(url, chat)
    return await room.admin.take(offer.id, 0, chat)


def rows_of(outcome):
    return outcome.deliveries if outcome else ()


async def told(room, feed):
    return [(row.item, row.chat) for row in rows_of(await room.pipeline.poll(feed))]


async def test_when_a_watch_begins_to_name_a_feed_what_the_feed_has_shown_is_no_news(tmp_path, papers):
    feed = feed_of("a", papers[0])
    papers[0].publish(CONVOY)
    async with opened(tmp_path, feed) as (room, _):
        assert await told(room, feed) == []
    papers[0].publish(WEATHER)
    async with opened(tmp_path, feed, naming=("a",)) as (room, _):
        assert await told(room, feed) == []


async def test_an_item_that_two_named_feeds_take_over_from_a_third_is_told_once(tmp_path, papers):
    feeds = [feed_of(name, paper) for name, paper in zip("abc", papers, strict=True)]
    async with opened(tmp_path, *feeds, naming=("b", "c")) as (room, _):
        for feed in feeds:
            await room.pipeline.poll(feed)
        chats = []
        for feed, paper in zip(feeds, papers, strict=True):
            paper.publish(CONVOY)
            chats.append([chat for _, chat in await told(room, feed)])
    assert chats == [[], [ANNA], []]


async def test_news_of_a_group_that_moves_while_its_feed_is_asked_goes_where_it_has_moved(tmp_path, papers):
    async with opened(tmp_path) as (room, store):
        store.subscribe(Chat(id=GROUP, kind="group"), ["idlib"])
        feed = await take(room, papers[0].url, GROUP)
        papers[0].publish(CONVOY)
        poll = asyncio.create_task(told(room, feed))
        await asyncio.sleep(0)  # it asks now
        store.move(GROUP, SUPERGROUP)
        assert [chat for _, chat in await poll] == [SUPERGROUP]


async def test_what_came_of_a_feed_that_was_replaced_while_it_was_asked_is_left(tmp_path, papers):
    async with opened(tmp_path) as (room, store):
        feed = await take(room, papers[0].url, ANNA)
        poll = asyncio.create_task(told(room, feed))
        await asyncio.sleep(0)  # it asks now
        room.admin.remove(feed.name, ANNA)
        again = feed_of(feed.name, papers[1])
        store.commit(Changes(feeds=(again,)))
        await poll
        assert store.feed_state(feed.name).url == ""


async def test_news_that_came_while_a_feed_of_ones_own_became_everybodys_is_told(tmp_path, papers):
    async with opened(tmp_path) as (room, _):
        await take(room, papers[0].url, ANNA)
        feed = await take(room, papers[0].url, OPERATOR)
        papers[0].publish(CONVOY)
        assert [chat for _, chat in await told(room, feed)] == [ANNA]
        papers[0].publish(WEATHER)
        assert await told(room, feed) == []


async def test_a_failure_while_a_feed_becomes_everybodys_makes_its_past_no_news(tmp_path, papers):
    papers[0].publish(CONVOY)
    async with opened(tmp_path) as (room, _):
        await take(room, papers[0].url, ANNA)
        feed = await take(room, papers[0].url, OPERATOR)
        papers[0].misbehave("gone")
        assert await told(room, feed) != []  # that it is gone, which is no news of it
        papers[0].behave()
        papers[0].publish(WEATHER)
        assert [item for item, _ in await told(room, feed) if not item.startswith("notice:")] == []


async def test_who_gave_all_watches_back_is_told_nothing_of_his_feeds_either(tmp_path, papers):
    async with opened(tmp_path) as (room, store):
        feed = await take(room, papers[0].url, ANNA)
        store.unsubscribe(ANNA, ["idlib"])
        papers[0].misbehave("gone")
        assert await told(room, feed) == []


async def test_what_is_said_of_a_feed_of_ones_own_speaks_of_no_file_of_who_runs_the_bot(tmp_path, papers):
    async with opened(tmp_path) as (room, _):
        feed = await take(room, papers[0].url, ANNA)
        papers[0].misbehave("gone")
        (notice,) = (await room.pipeline.poll(feed)).changes.notices
        assert "gone for good" in notice.text
        assert "feeds.toml" not in notice.text


async def test_an_item_whose_headline_is_edited_and_only_now_has_the_word_is_told_once(tmp_path, papers):
    """Breaking news begins without the place; whoever watches the place is told when it stands there."""
    first, *_ = papers
    async with opened(tmp_path, feed := replace(feed_of("a", first), identity=r"-(\d+)$")) as (room, _):
        await room.pipeline.poll(feed)
        first.publish(NewsItem(title="Breaking: explosions in the north", summary="", link=CONVOY.link))
        assert await told(room, feed) == []
        first.edit(-1, "Explosions in Idlib kill 20")
        assert [chat for _, chat in await told(room, feed)] == [ANNA]
        for headline in ("Explosions in Idlib kill 21", "Explosions in the north", "Explosions in Idlib kill 22"):
            first.edit(-1, headline)
            assert await told(room, feed) == []


async def test_an_item_that_was_told_is_not_told_again_when_it_is_edited(tmp_path, papers):
    first, *_ = papers
    async with opened(tmp_path, feed := replace(feed_of("a", first), identity=r"-(\d+)$")) as (room, store):
        await room.pipeline.poll(feed)
        first.publish(CONVOY)
        assert len(await told(room, feed)) == 1
        first.edit(-1, "Convoy leaves Idlib in the morning")
        assert await told(room, feed) == []
        assert store.latest(["idlib"], 1)[0].item.title == "Convoy leaves Idlib in the morning"


async def test_an_article_that_an_aggregator_showed_first_under_another_headline_is_told_when_the_paper_shows_it(
    tmp_path, papers
):
    """What a headline of somebody else's has not met, the paper's own does; and nobody is told twice."""
    aggregator, paper, _ = papers
    feeds = feed_of("aggregator", aggregator), feed_of("paper", paper)
    async with opened(tmp_path, *feeds) as (room, _):
        for feed in feeds:
            await room.pipeline.poll(feed)
        aggregator.publish(NewsItem(title="Worth a read", summary="", link=CONVOY.link))
        assert await told(room, feeds[0]) == []
        paper.publish(CONVOY)
        assert [chat for _, chat in await told(room, feeds[1])] == [ANNA]
        aggregator.publish(WEATHER)
        assert await told(room, feeds[0]) == []
        paper.publish(WEATHER)
        assert await told(room, feeds[1]) == []


async def test_what_the_first_poll_of_a_feed_shows_in_other_words_is_no_news(tmp_path, papers):
    first, second, _ = papers
    feeds = feed_of("a", first), feed_of("b", second)
    async with opened(tmp_path, *feeds) as (room, _):
        await room.pipeline.poll(feeds[0])
        first.publish(NewsItem(title="Worth a read", summary="", link=CONVOY.link))
        await room.pipeline.poll(feeds[0])
        second.publish(CONVOY)
        assert await told(room, feeds[1]) == []
