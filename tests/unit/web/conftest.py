"""A subscriber with its door, a hub, and what was taken, all over real HTTP on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path
from typing import Self

import aiohttp
import pytest
from standins.hub import Hub

from bot.delivery.outbox import Outbox
from bot.demo.bell import PATIENCE
from bot.errors import FeedUnreadable
from bot.feeds.fetch.http import HttpFetcher
from bot.feeds.websub.intake import Intake
from bot.feeds.websub.subscriber import Subscriber
from bot.model import Feed, Lease
from bot.store import open_store
from bot.web.callback import WebSubDoor
from bot.web.listener import Listener

LOOPBACK = (ip_network("127.0.0.0/8"),)
NOW = 1_780_000_000.0
FEED, TOPIC = "times", "https://news.example/rss"


class House:
    """The bot's ear without the rest of it. `taken` are the bodies that came through, `soon` the feeds to poll soon."""

    def __init__(self, folder: Path, hub: Hub, *, allow=LOOPBACK, chats_may_reach=LOOPBACK, **limits: float) -> None:
        self.hub = hub
        self.now = NOW
        self.store = open_store("tinydb:newsvane.db", folder, outbox=Outbox())
        # Whose feed it was that is gone nobody knows, so the network of its hub is open to all.
        self.fetcher = HttpFetcher(
            user_agent="Newsvane/1",
            timeout=PATIENCE,
            allow_addresses=allow,
            chats_may_reach=chats_may_reach if allow else (),
            spacing=0,
        )
        self.taken: list[tuple[str, bytes, str]] = []
        self.soon: list[str] = []
        self.stalled: frozenset[str] = frozenset()
        self.reading = asyncio.Event()
        self.reading.set()
        self.intake = Intake(take=self._take, poll_soon=self.soon.append, max_decoded=2**20, spacing=0.01)
        self._read_within = limits.pop("read_within", PATIENCE)
        self._limits = limits
        self._changed = asyncio.Condition()
        self.port = 0

    async def __aenter__(self) -> Self:
        self.listener = Listener("127.0.0.1", 0, stalled=lambda: self.stalled, **self._limits)
        await self.listener.start()
        self.port = self.listener.port
        self.url = f"http://127.0.0.1:{self.port}"
        self.begin()
        self.session = aiohttp.ClientSession()
        return self

    def begin(self, *feeds: str, public_url: str = "") -> None:
        """Start anew with what the store remembers and these feeds, as after a restart."""
        self.feeds = feeds or (FEED,)
        self.subscriber = Subscriber(
            feed_of=lambda name: Feed(name=name, title="", url=f"{self.url}/rss") if name in self.feeds else None,
            store=self.store,
            poster=self.fetcher,
            public_url=public_url or self.url,
            now=self.now,
        )
        self.listener._websub = WebSubDoor(
            subscriber=self.subscriber,
            intake=self.intake,
            prefix="/push",
            clock=lambda: self.now,
            read_within=self._read_within,
        )

    async def __aexit__(self, *_: object) -> None:
        self.reading.set()
        await self.listener.close()
        await self.intake.drain(PATIENCE)
        await self.subscriber.drain(PATIENCE)
        await self.session.close()
        await self.fetcher.close()
        self.store.close()

    @property
    def lease(self) -> Lease:
        lease = self.subscriber.lease(FEED)
        assert lease is not None
        return lease

    def later(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        self.subscriber.tick(self.now)

    async def subscribed(self) -> "House":
        """Hear of the hub, ask it, be verified."""
        self.subscriber.heard(FEED, (self.hub.url,), TOPIC, now=self.now)
        self.subscriber.tick(self.now)
        await self.hub.wait_until(lambda: bool(self.hub.asked))
        return self

    async def call(self, method: str, url: str, **kwargs: object) -> tuple[int, str]:
        async with self.session.request(method, url, **kwargs) as response:
            self.headers = response.headers
            return response.status, await response.text()

    async def until(self, true) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(true)

    async def _take(self, feed: str, body: bytes, content_type: str) -> bool:
        await self.reading.wait()
        async with self._changed:
            self.taken.append((feed, body, content_type))
            self._changed.notify_all()
        if body == b"rubbish":
            raise FeedUnreadable("rubbish")
        return body != b"no news"


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    async with Hub() as made:
        yield made


@pytest.fixture
async def house(hub, tmp_path) -> AsyncIterator[House]:
    async with House(tmp_path, hub) as made:
        yield made


@pytest.fixture
async def build(hub, tmp_path):
    """Build houses with other limits; they are taken down afterwards."""
    async with AsyncExitStack() as closing:

        async def built(**limits: object) -> House:
            return await closing.enter_async_context(House(tmp_path, hub, **limits))

        yield built
