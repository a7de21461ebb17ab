"""A stand-in that runs, the real client that talks to it, and raw calls past the client."""

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from standins.botapi import BotApi
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.demo.bell import PATIENCE

Call = Callable[..., Awaitable[dict[str, object]]]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.25

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Time that only the test moves."""
    return Clock()


@pytest.fixture
async def api(clock: Clock) -> AsyncIterator[BotApi]:
    """A stand-in with Telegram's own limits, to which user 7 has spoken."""
    async with BotApi(clock=clock) as running:
        running.say(7, "/start")
        running.updates.drop()
        yield running


@pytest.fixture
async def bot(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The client library of the bot itself."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # else its RetryAfter warns of itself, and warnings are errors here
    request = HTTPXRequest(
        connect_timeout=PATIENCE, read_timeout=PATIENCE, write_timeout=PATIENCE, pool_timeout=PATIENCE
    )
    async with Bot(api.token, base_url=api.base_url, request=request) as client:
        yield client


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Plain HTTP."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def call(api: BotApi, http: aiohttp.ClientSession) -> Call:
    """Call a method with JSON, and give the body of the answer; its status is in the Bot API's `error_code` too."""

    async def ask(method: str, **params: object) -> dict[str, object]:
        async with http.post(f"{api.base_url}{api.token}/{method}", json=params) as response:
            body: dict[str, object] = await response.json()
            assert response.status == (200 if body["ok"] else body["error_code"])
            return body

    return ask
