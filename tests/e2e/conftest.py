"""The real bot between a publisher and a Bot API, over HTTP on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from people import ANNA, subscribed
from running import NEWSVANE, Running
from standins.botapi import BotApi
from standins.publisher import Publisher

from bot.demo.stage import Stage
from bot.demo.story import HISTORY
from bot.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The config that is shipped."""
    return load(ROOT / "config", Path("unused"), environ={})


@pytest.fixture
async def stage(settings, tmp_path) -> AsyncIterator[Stage]:
    """A stage whose publisher shows 50 items; the bot is not started yet."""
    api = BotApi(limits=None)
    async with Stage(settings, tmp_path / "state", api=api, publisher=Publisher(HISTORY), interval=0.05) as stage:
        yield stage


@pytest.fixture
async def running(stage) -> Stage:
    """The bot runs, has polled once, and Anna subscribes to all."""
    stage.start_bot()
    await stage.first_poll_done()
    await subscribed(stage, ANNA)
    return stage


@pytest.fixture
async def scene(tmp_path):
    """A config that points at a publisher with 50 items and at a Bot API; no bot runs."""
    async with Running(tmp_path, publisher=Publisher(HISTORY), command=NEWSVANE) as running:
        yield running
