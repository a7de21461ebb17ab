"""A hub pushes the news: the whole way, over real HTTP. The bot polls so seldom here that only a push is quick."""

from collections.abc import AsyncIterator

import pytest
from people import ANNA, subscribed

from bot.demo.botapi import BotApi
from bot.demo.hub import Hub
from bot.demo.publisher import Publisher
from bot.demo.stage import Stage
from bot.demo.story import HISTORY, RELEASES, NewsItem

FIRST = RELEASES[0]
OTHER = NewsItem(
    title="S-400 Battery Moves South",
    summary=" A second one follows. ",
    link="https://moscow-times.example/2020/03/05/s-400-battery-moves-a70001",
)


@pytest.fixture
async def seldom(settings, tmp_path) -> AsyncIterator[Stage]:
    """A stage with a hub; the bot has polled once, its hub has verified, and Anna subscribes to all."""
    made = Stage(
        settings, tmp_path / "state", api=BotApi(limits=None), publisher=Publisher(HISTORY), hub=Hub(), interval=60.0
    )
    async with made as stage:
        yield stage


@pytest.fixture
async def pushed(seldom) -> Stage:
    await started(seldom)
    await seldom.hub.wait_until(lambda: bool(seldom.hub.subscribers))
    return seldom


async def started(stage: Stage) -> None:
    stage.start_bot()
    await stage.first_poll_done()
    await subscribed(stage, ANNA)


async def next_alert(stage: Stage, patience: float = 5.0) -> str:
    before = len(stage.api.messages(ANNA))
    return (await stage.api.wait_for(before + 1, chat=ANNA, timeout=patience))[-1].text


async def test_a_pushed_item_is_told_within_a_second(pushed):
    assert await pushed.push(FIRST) == [202]
    (_, alert) = await pushed.api.wait_for(2, chat=ANNA, timeout=5)
    assert alert.text.startswith(FIRST.title)
    assert alert.at - pushed.publisher.items[-1].published < 1.0
    assert len(pushed.publisher.requests) == 1
