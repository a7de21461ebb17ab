"""A publisher, a Bot API and the real bot between them, on loopback. The demo plays on it, and so do the tests."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Self

from bot import app
from bot.assembly import Tempo
from bot.demo.botapi import BotApi
from bot.demo.hub import Hub
from bot.demo.patience import PATIENCE
from bot.demo.publisher import Publisher
from bot.demo.story import NewsItem
from bot.model import Feed
from bot.poll.decide import PollOutcome
from bot.poll.pipeline import Observer
from bot.settings import Listen, Settings

HURRY = Tempo(tick=0.05, host_spacing=0.0, first_pause=0.1)
_LOOPBACK = (ip_network("127.0.0.0/8"),)


class Stage:
    """Publisher and Bot API are there from `async with` on; the bot from `start_bot` to `stop_bot`, over and over.

    `settings` give the watchlists and all else that is not replaced here: the feed, the addresses, the intervals.
    `interval` is the seconds between two polls, `longest` the most there may be, five times as many if not given. The
    state is in `state`. With a `hub`, the publisher names it and the bot can be reached by it, at an address that stays
    the same.
    """

    def __init__(
        self,
        settings: Settings,
        state: Path,
        *,
        api: BotApi | None = None,
        publisher: Publisher | None = None,
        hub: Hub | None = None,
        interval: float = 0.2,
        longest: float | None = None,
        observe: Observer = lambda _: None,
        tempo: Tempo = HURRY,
    ) -> None:
        self.api = api or BotApi()
        self.publisher = publisher or Publisher()
        self.hub = hub
        self.listen = Listen(host="127.0.0.1", port=_free_port())
        self.state = state
        self._given = settings
        self._interval = interval
        self._longest = longest or interval * 5
        self._observe = observe
        self._tempo = tempo
        self._polled = asyncio.Event()
        self._bot: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.api.start()
        await self.publisher.start()
        if self.hub is not None:
            await self.hub.start()
            self.publisher.hub = self.hub.url
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(Exception):
            await self.stop_bot()
        await self.publisher.close()
        if self.hub is not None:
            await self.hub.close()
        await self.api.close()

    @property
    def settings(self) -> Settings:
        """The given settings, with this stage's publisher and Bot API in the place of the world's."""
        given = self._given
        feed = Feed(name=given.feeds[0].name, title="The Moscow Times", url=self.publisher.url, identity=r"-a(\d+)$")
        bounds = {"interval": self._interval, "min_interval": self._interval, "max_interval": self._longest}
        if self.hub is not None:
            given = replace(
                given,
                web=replace(given.web, listen=self.listen),
                websub=replace(given.websub, public_url=f"http://{self.listen.host}:{self.listen.port}"),
            )
        return replace(
            given,
            telegram=replace(given.telegram, api_url=self.api.url),
            poll=replace(given.poll, **bounds),
            fetch=replace(given.fetch, allow_addresses=_LOOPBACK),
            feeds=(feed,),
            watches=tuple(replace(watch, feeds=()) for watch in given.watches),
        )

    async def push(self, item: NewsItem) -> list[int]:
        """Publish an item and have the hub push the feed. Gives the statuses that the bot answered with."""
        assert self.hub is not None
        self.publisher.publish(item)
        return await self.hub.publish(self.publisher.url, self.publisher.body())

    def start_bot(self) -> "asyncio.Task[None]":
        """Start the bot on this stage's state. The task ends when the bot does, with its error if it had one."""
        self._bot = asyncio.create_task(
            app.run(self.settings, self.api.token, state=self.state, tempo=self._tempo, observers=[self._on_poll])
        )
        return self._bot

    async def stop_bot(self) -> None:
        """Stop the bot as SIGTERM would, and wait until it has drained. Raises what had ended it before."""
        if self._bot is not None:
            bot, self._bot = self._bot, None
            bot.cancel()
            with suppress(asyncio.CancelledError):
                await bot

    async def first_poll_done(self, patience: float = PATIENCE) -> None:
        """Wait until a poll of the feed has been remembered. TimeoutError after `patience` seconds.

        Raises what has ended the bot, if something has.
        """
        assert self._bot is not None
        polled = asyncio.create_task(self._polled.wait())
        try:
            async with asyncio.timeout(patience):
                await asyncio.wait({polled, self._bot}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            polled.cancel()
        if self._bot.done():
            self._bot.result()

    def _on_poll(self, outcome: PollOutcome) -> None:
        if outcome.failure is None:
            self._polled.set()
        self._observe(outcome)


def _free_port() -> int:
    """Give a port that nobody listens on at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
