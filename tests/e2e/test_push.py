"""A hub pushes the news: the whole way, over real HTTP. The bot polls so seldom here that only a push is quick."""

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from people import ANNA, subscribed
from standins.botapi import BotApi
from standins.hub import Hub
from standins.publisher import Publisher
from standins.stage import HubStage

from bot.demo.story import HISTORY, RELEASES, NewsItem
from bot.errors import CannotListen
from bot.settings import Settings

FIRST = RELEASES[0]
OTHER = NewsItem(
    title="S-400 Battery Moves South",
    summary=" A second one follows. ",
    link="https://moscow-times.example/2020/03/05/s-400-battery-moves-a70001",
)


@pytest.fixture
async def seldom(settings, tmp_path) -> AsyncIterator[HubStage]:
    """A stage with a hub; the bot has polled once, its hub has verified, and Anna subscribes to all."""
    made = HubStage(
        settings, tmp_path / "state", api=BotApi(limits=None), publisher=Publisher(HISTORY), hub=Hub(), interval=3_600.0
    )
    async with made as stage:
        yield stage


@pytest.fixture
async def pushed(seldom) -> HubStage:
    await started(seldom)
    await seldom.hub.wait_until(lambda: bool(seldom.hub.subscribers))
    return seldom


async def started(stage: HubStage) -> None:
    stage.start_bot()
    await stage.first_poll_done()
    await subscribed(stage, ANNA)


async def test_a_pushed_item_is_told_without_a_poll(pushed):
    assert await pushed.push(FIRST) == [202]
    (_, alert) = await pushed.api.wait_for(2, chat=ANNA)
    assert alert.text.startswith(FIRST.title)
    assert len(pushed.publisher.requests) == 1


async def alerts(stage: HubStage) -> list[str]:
    """The headlines that Anna was told, in order, after the answer to /subscribe."""
    return [message.text.split("\n")[0] for message in stage.api.messages(ANNA)[1:]]


async def told(stage: HubStage, *items: NewsItem) -> None:
    """Wait until Anna was told these and no others."""
    await stage.api.wait_for(len(items) + 1, chat=ANNA)
    assert await alerts(stage) == [item.title for item in items]


async def test_items_that_are_pushed_one_after_the_other_are_each_told_once(pushed):
    for item in (FIRST, OTHER):
        assert await pushed.push(item) == [202]
        await pushed.api.wait_until(lambda item=item: pushed.api.messages(ANNA)[-1].text.startswith(item.title))
    await told(pushed, FIRST, OTHER)
    assert len(pushed.publisher.requests) == 1


async def test_a_push_that_is_repeated_is_told_once(pushed):
    pushed.hub.misbehave("thrice")
    assert await pushed.push(FIRST) == [202, 202, 202]
    await told(pushed, FIRST)
    pushed.hub.behave()
    assert await pushed.push(OTHER) == [202]
    await told(pushed, FIRST, OTHER)


async def test_a_push_of_the_new_entry_alone_is_enough(pushed):
    pushed.publisher.publish(FIRST)
    pushed.publisher.window = 1
    await pushed.hub.publish(pushed.publisher.url, pushed.publisher.body())
    await told(pushed, FIRST)


@pytest.mark.parametrize("prank", ["wrong signature", "unsigned", "huge"])
async def test_a_push_that_is_not_to_be_taken_changes_nothing(pushed, prank):
    pushed.hub.misbehave(prank)
    await pushed.push(FIRST)
    pushed.hub.behave()
    pushed.publisher.window = 1
    await pushed.push(OTHER)  # the first is not in it
    await told(pushed, OTHER)


async def test_a_stranger_who_guesses_changes_nothing(pushed):
    pushed.publisher.publish(FIRST)
    base = f"http://127.0.0.1:{pushed.listen.port}"
    body = pushed.publisher.body()
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/websub/", "/websub/guess", "/websub/" + "A" * 43):
            async with session.post(base + path, data=body) as response:
                assert response.status == 404
            query = {"hub.mode": "unsubscribe", "hub.topic": pushed.publisher.url, "hub.challenge": "c"}
            async with session.get(base + path, params=query) as response:
                assert response.status == 404
        async with session.get(base + "/healthz") as response:
            assert response.status == 200
            assert (await response.text()).splitlines()[0] == "ok"
    pushed.publisher.window = 1
    await pushed.push(OTHER)
    await told(pushed, OTHER)
    assert len(pushed.hub.subscribers) == 1


async def test_a_restart_keeps_the_lease(pushed):
    await pushed.stop_bot()
    before = pushed.api.polls
    pushed.start_bot()
    await pushed.api.wait_until(lambda: pushed.api.polls > before)
    assert await pushed.push(FIRST) == [202]
    await told(pushed, FIRST)
    assert len(pushed.hub.asked) == 1


async def test_what_was_pushed_while_the_bot_was_away_comes_with_the_next_poll(settings, tmp_path):
    async with a_quick_stage(settings, tmp_path) as stage:
        await started(stage)
        await stage.hub.wait_until(lambda: bool(stage.hub.subscribers))
        await stage.stop_bot()
        assert await stage.push(FIRST) == [0]
        stage.start_bot()
        await told(stage, FIRST)


def a_quick_stage(settings, tmp_path) -> HubStage:
    """A stage whose bot polls all the time."""
    return HubStage(
        settings, tmp_path / "state", api=BotApi(limits=None), publisher=Publisher(HISTORY), hub=Hub(), interval=0.2
    )


async def test_a_hub_that_was_named_before_the_bot_could_be_reached_is_asked_without_waiting_for_news(
    settings, tmp_path
):
    async with a_quick_stage(settings, tmp_path) as stage:
        hub, stage.hub = stage.hub, None
        await started(stage)
        await stage.stop_bot()
        stage.hub = hub
        stage.start_bot()
        await hub.wait_until(lambda: bool(hub.subscribers))
        assert await stage.push(FIRST) == [202]
        await told(stage, FIRST)


async def test_a_hub_that_dies_costs_nothing_but_the_time(settings, tmp_path):
    async with a_quick_stage(settings, tmp_path) as stage:
        await started(stage)
        await stage.hub.wait_until(lambda: bool(stage.hub.subscribers))
        await stage.hub.close()
        stage.publisher.publish(FIRST)
        await told(stage, FIRST)


@pytest.mark.parametrize("prank", ["refuses", "never verifies", "denies", "forgets", "verifies another topic"])
async def test_a_hub_that_does_not_do_its_part_costs_nothing_but_the_time(settings, tmp_path, prank):
    async with a_quick_stage(settings, tmp_path) as stage:
        stage.hub.misbehave(prank)
        await started(stage)
        await stage.push(FIRST)
        await told(stage, FIRST)


@pytest.mark.parametrize("prank", ["thin", "cut body", "another topic", "huge"])
async def test_a_push_of_no_use_is_made_up_for_by_a_poll(settings, tmp_path, prank):
    async with a_quick_stage(settings, tmp_path) as stage:
        await started(stage)
        await stage.hub.wait_until(lambda: bool(stage.hub.subscribers))
        stage.hub.misbehave(prank)
        await stage.push(FIRST)
        await told(stage, FIRST)
        await stage.publisher.wait_for_request(len(stage.publisher.requests) + 3)
        await told(stage, FIRST)


class Patient(HubStage):
    """A stage whose bot polls once an hour, but could more often."""

    @property
    def settings(self) -> Settings:
        given = super().settings
        return replace(given, poll=replace(given.poll, min_interval=0.2, interval=3_600.0, max_interval=3_600.0))


@pytest.mark.parametrize("prank", ["thin", "cut body", "another topic"])
async def test_a_hint_that_there_is_news_is_followed_by_a_poll_at_once(settings, tmp_path, prank):
    made = Patient(settings, tmp_path / "state", api=BotApi(limits=None), publisher=Publisher(HISTORY), hub=Hub())
    async with made as stage:
        await started(stage)
        await stage.hub.wait_until(lambda: bool(stage.hub.subscribers))
        stage.hub.misbehave(prank)
        await stage.push(FIRST)
        await told(stage, FIRST)
        assert len(stage.publisher.requests) == 2


async def test_an_item_that_is_pushed_and_polled_at_once_is_told_once(settings, tmp_path):
    async with a_quick_stage(settings, tmp_path) as stage:
        await started(stage)
        await stage.hub.wait_until(lambda: bool(stage.hub.subscribers))
        for item in (FIRST, OTHER):
            await stage.push(item)
            await stage.publisher.wait_for_request(len(stage.publisher.requests) + 2)
        await stage.api.wait_for(3, chat=ANNA)
        await stage.publisher.wait_for_request(len(stage.publisher.requests) + 2)
        assert sorted(await alerts(stage)) == sorted([FIRST.title, OTHER.title])


async def test_a_feed_that_is_added_is_subscribed_to_at_once(seldom):
    """Its hub is asked when it is added, and not when it is polled an hour later."""
    other = Publisher(HISTORY[:5])
    await other.start()
    other.hub = seldom.hub.url
    await started(seldom)
    await seldom.hub.wait_until(lambda: len(seldom.hub.subscribers) == 1)
    before = len(seldom.api.messages(ANNA))
    seldom.api.say(ANNA, f"/addfeed {other.url}")
    offer = (await seldom.api.wait_for(before + 2, chat=ANNA))[-1]
    seldom.api.press(ANNA, offer.message_id, offer.buttons[0][0].data)
    await seldom.hub.wait_until(lambda: len(seldom.hub.subscribers) == 2)
    assert len(other.requests) == 1
    await other.close()


async def test_a_bot_whose_port_is_taken_says_so_and_ends(seldom, settings, tmp_path):
    seldom.start_bot()
    await seldom.first_poll_done()
    other = HubStage(settings, tmp_path / "other", api=seldom.api, publisher=seldom.publisher, hub=seldom.hub)
    other.listen = seldom.listen
    with pytest.raises(CannotListen, match="cannot listen on 127"):
        await other.start_bot()
