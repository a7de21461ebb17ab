"""The stand-in publisher misbehaves as it is told, and remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from examples import rss_items
from standins.publisher import Publisher

from bot.demo.bell import PATIENCE
from bot.demo.story import HISTORY

NOW = 1_582_900_000.0  # Fri, 28 Feb 2020 17:26:40 +0300


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    made = Publisher(HISTORY, clock=lambda: NOW)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


async def test_an_edited_headline_keeps_its_number(publisher) -> None:
    """Title, link and guid change; the number at the end does not."""
    publisher.edit(-1, "Quite “Another” Headline")
    newest = rss_items(publisher.body())[0]
    number = HISTORY[-1].link.rpartition("-")[2]
    assert newest["title"] == "Quite “Another” Headline"
    assert (
        newest["link"] == newest["guid"] == f"https://moscow-times.example/2020/02/28/quite-another-headline-{number}"
    )


async def test_requests_are_remembered_and_can_be_waited_for(publisher, session) -> None:
    """A test learns when the nth request came, with its headers and what it was answered."""
    waiting = asyncio.create_task(publisher.wait_for_request(2))
    for name in ("one", "two"):
        async with session.get(publisher.url, headers={"X-Name": name}) as response:
            await response.read()
    seen = await waiting
    assert (seen.at, seen.path, seen.headers["X-Name"], seen.status) == (NOW, "/rss/news", "two", 200)
    assert [request.headers["X-Name"] for request in publisher.requests] == ["one", "two"]
    with pytest.raises(TimeoutError):
        await publisher.wait_for_request(3, timeout=0.01)


async def test_misbehaviour_lasts_as_long_as_it_is_asked_for(publisher, session) -> None:
    """So many times, or until the publisher is told to behave."""

    async def status() -> int:
        async with session.get(publisher.url) as response:
            return response.status

    publisher.misbehave("unavailable", times=2, retry_after="30")
    assert [await status() for _ in range(3)] == [503, 503, 200]
    publisher.misbehave("gone")
    assert [await status() for _ in range(3)] == [410, 410, 410]
    publisher.behave()
    assert await status() == 200
    with pytest.raises(KeyError):
        publisher.misbehave("sing")


async def test_a_publisher_that_hangs_can_be_closed(session) -> None:
    """A request that is never answered does not keep the demo from ending."""
    publisher = Publisher(clock=lambda: NOW)
    await publisher.start()
    publisher.misbehave("hang")
    asking = asyncio.create_task(session.get(publisher.url))
    await publisher.wait_for_request(1)
    async with asyncio.timeout(PATIENCE):
        await publisher.close()
    await asyncio.gather(asking, return_exceptions=True)
