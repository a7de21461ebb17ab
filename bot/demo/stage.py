"""A publisher, a Bot API and the real bot between them, on loopback. The demo plays on it, and so do the tests."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from bot import app
from bot.assembly import Tempo
from bot.demo.bell import PATIENCE
from bot.demo.publisher import Publisher
from bot.model import ArticlePolicy, Feed
from bot.poll.outcome import PollOutcome
from bot.poll.pipeline import Observer
from bot.settings import Settings

HURRY = Tempo(tick=0.05, host_spacing=0.0, first_pause=0.1)
_LOOPBACK = (ip_network("127.0.0.0/8"),)


class BotServer(Protocol):
    """What a stage needs of a Bot API: it serves the bot that has `token`, from `start` to `close`."""

    token: str

    @property
    def url(self) -> str:
        """The address, as `telegram.api_url` takes it."""

    async def start(self) -> None:
        """Listen."""

    async def close(self) -> None:
        """Stop listening."""


Api = TypeVar("Api", bound=BotServer)


class Stage(Generic[Api]):
    """Publisher and Bot API serve inside `async with`; the bot runs from `start_bot` to `stop_bot`, over and over.

    `settings` give the watchlists and all else that is not replaced here: the feed, the addresses, the intervals.
    `interval` is the seconds between two polls, `longest` the most there may be, five times as many if not given. The
    state is in `state`. `observers` are told of each poll. `article` is when pages are read: the story's links lead
    nowhere.
    """

    def __init__(
        self,
        settings: Settings,
        state: Path,
        *,
        api: Api,
        publisher: Publisher,
        interval: float = 0.2,
        longest: float | None = None,
        observers: Sequence[Observer] = (),
        tempo: Tempo = HURRY,
        article: ArticlePolicy = "never",
    ) -> None:
        self.api = api
        self.publisher = publisher
        self.state = state
        self._given = settings
        self._interval = interval
        self._longest = longest or interval * 5
        self._observers = (*observers, self._on_poll)
        self._tempo = tempo
        self._article = article
        self._polled = asyncio.Event()
        self._bot: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.api.start()
        await self.publisher.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(Exception):
            await self.stop_bot()
        await self.publisher.close()
        await self.api.close()

    @property
    def settings(self) -> Settings:
        """The given settings, with this stage's publisher and Bot API in the place of the world's."""
        given = self._given
        feed = Feed(
            name=given.feeds[0].name,
            title="The Moscow Times",
            url=self.publisher.url,
            identity=r"-a(\d+)$",
            article=self._article,
        )
        bounds = {"interval": self._interval, "min_interval": self._interval, "max_interval": self._longest}
        return replace(
            given,
            telegram=replace(given.telegram, api_url=self.api.url),
            poll=replace(given.poll, **bounds),
            fetch=replace(given.fetch, chats_may_reach=_LOOPBACK),
            feeds=(feed,),
            watches=tuple(replace(watch, feeds=()) for watch in given.watches),
        )

    def start_bot(self) -> "asyncio.Task[None]":
        """Start the bot on this stage's state. The task ends when the bot does, with its error if it had one."""
        self._bot = asyncio.create_task(
            app.run(self.settings, self.api.token, state=self.state, tempo=self._tempo, observers=self._observers)
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
