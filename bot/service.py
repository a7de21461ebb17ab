"""The life of the bot, from open to drained. The only place that knows everyone.

open store -> assemble -> recover what was being sent -> poll, send, receive until told to stop -> drain -> close
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot import __version__
from bot.alerts.deliver import Deliverer
from bot.alerts.pace import Pace
from bot.chat.access import Access
from bot.chat.commands import COMMANDS
from bot.chat.commands.command import Desk
from bot.chat.replies import Replies
from bot.chat.telegram import Telegram
from bot.chat.updates import Updates
from bot.errors import NewsvaneError, TelegramUnreachable
from bot.feeds.cadence.wait import PollSettings
from bot.feeds.fetch.http import HttpFetcher
from bot.feeds.parse.child import ChildParser
from bot.pipeline import Look, Pipeline, refile
from bot.poller import Poller
from bot.ports import Clock, Store
from bot.pushing import Pushing
from bot.schedule import TICK, Schedule
from bot.settings import Settings
from bot.signals import OnSignals, wait_for
from bot.store import open_store
from bot.watchdog import Watchdog, notify
from bot.watches.index import Index

DRAIN = 7.0
"""Seconds to finish what is under way after SIGTERM; with closing, within the 10 s that are promised."""
ONE_ROUND = 300.0
"""Seconds that `poll --once` sends for; the rest stays queued for the next round."""
DRAIN_REPLIES = 2.0
"""Seconds to finish answers to commands; who asked much at once may ask again."""
HOST_SPACING = 2.0
"""Seconds between two requests to one host."""
USER_AGENT = f"Newsvane/{__version__} (+https://github.com/newsvane/newsvane)"
_LONGEST_PAUSE = 30.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How fast the house's clockwork runs, in seconds. The demo and the tests are in a hurry; publishers are not."""

    tick: float = TICK
    host_spacing: float = HOST_SPACING
    first_pause: float = 1.0  # before Telegram is asked again after a failure; doubled each time


Observer = Callable[[Look], None]
"""Is told of every poll that was remembered."""


async def run(
    settings: Settings,
    token: str,
    *,
    state: Path,
    tempo: Tempo = Tempo(),  # a frozen value
    observe: Observer = lambda _: None,
) -> None:
    """Run the bot until SIGTERM, SIGINT or cancellation; then drain. Raises NewsvaneError if it cannot go on."""
    async with AsyncExitStack() as closing:
        store = open_store(settings.store.url, state)
        closing.callback(store.close)
        bot = _Bot.assemble(settings, token, store, tempo, closing)
        bot.poller.observe = bot.pushing.before(observe)
        await bot.live()


async def poll_once(settings: Settings, token: str, *, state: Path) -> tuple[list[Look], int]:
    """Poll each feed one time, whether due or not, and send all that can be sent. Raises NewsvaneError.

    Returns the polls, and how many chats still have something to come.
    """
    async with AsyncExitStack() as closing:
        store = open_store(settings.store.url, state)
        closing.callback(store.close)
        bot = _Bot.assemble(settings, token, store, Tempo(), closing)
        await bot.telegram.connect()
        bot.deliverer.recover()
        looks = await asyncio.gather(*(bot.pipeline.poll(feed) for feed in settings.feeds))
        await bot.deliverer.deliver_all(seconds=ONE_ROUND)
        return looks, len(store.heads())


async def look_once(settings: Settings, *, state: Path) -> list[Look]:
    """Poll each feed one time and remember nothing; a running bot is not disturbed. Raises NewsvaneError."""
    async with AsyncExitStack() as closing:
        store = open_store(settings.store.url, state, read_only=True)
        closing.callback(store.close)
        pipeline = _pipeline(settings, store, _fetcher(settings, Tempo(), closing), closing)
        return await asyncio.gather(*(pipeline.look(feed, unconditional=True) for feed in settings.feeds))


def index_of(settings: Settings) -> Index:
    """Index the watchlists of the config."""
    index = Index()
    index.add_all(settings.watches, settings.aliases)
    return index


def _fetcher(settings: Settings, tempo: Tempo, closing: AsyncExitStack) -> HttpFetcher:
    fetcher = HttpFetcher(
        timeout=settings.fetch.timeout,
        allow_addresses=settings.fetch.allow_addresses,
        user_agent=USER_AGENT,
        spacing=tempo.host_spacing,
    )
    closing.push_async_callback(fetcher.close)
    return fetcher


def _pipeline(
    settings: Settings, store: Store, fetcher: HttpFetcher, closing: AsyncExitStack, clock: Clock = time.time
) -> Pipeline:
    parser = ChildParser()
    closing.push_async_callback(parser.close)
    index = index_of(settings)
    refile(store, index, repr((settings.watches, sorted(settings.aliases.items()))))
    return Pipeline(
        fetcher=fetcher, parser=parser, store=store, index=index, poll=_poll_settings(settings), clock=clock
    )


def _poll_settings(settings: Settings) -> PollSettings:
    poll = settings.poll
    return PollSettings(interval=poll.interval, min_interval=poll.min_interval, max_interval=poll.max_interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bot:
    """All parts of a bot, put together."""

    store: Store
    telegram: Telegram
    pipeline: Pipeline
    poller: Poller
    pushing: Pushing
    deliverer: Deliverer
    replies: Replies
    updates: Updates
    watchdog: Watchdog
    tempo: Tempo

    @classmethod
    def assemble(cls, settings: Settings, token: str, store: Store, tempo: Tempo, closing: AsyncExitStack) -> "_Bot":
        telegram = Telegram(token, settings.telegram.api_url)
        closing.push_async_callback(telegram.close)
        watchdog = Watchdog("poller", "sender", "updates")
        pace = Pace()
        deliverer = Deliverer(store=store, messenger=telegram, pace=pace, progress=watchdog.progress_of("sender"))
        fetcher = _fetcher(settings, tempo, closing)
        pipeline = _pipeline(settings, store, fetcher, closing)
        pipeline.when_queued(deliverer.wake)
        replies = Replies(messenger=telegram, pace=pace)
        desk = Desk(commands=COMMANDS, store=store, watches=settings.watches, feeds=settings.feeds, clock=time.time)
        poller = Poller(
            feeds=settings.feeds,
            pipeline=pipeline,
            store=store,
            poll=_poll_settings(settings),
            progress=watchdog.progress_of("poller"),
        )
        return cls(
            store=store,
            telegram=telegram,
            pipeline=pipeline,
            poller=poller,
            pushing=Pushing(
                settings,
                store=store,
                poster=fetcher,
                pipeline=pipeline,
                poller=poller,
                watchdog=watchdog,
                clock=time.time,
            ),
            deliverer=deliverer,
            replies=replies,
            updates=Updates(
                telegram=telegram,
                desk=desk,
                access=Access(mode=settings.telegram.access, owner=settings.telegram.owner),
                replies=replies,
                reachable=deliverer.returned,
                progress=watchdog.progress_of("updates"),
                first_pause=tempo.first_pause,
            ),
            watchdog=watchdog,
            tempo=tempo,
        )

    async def live(self) -> None:
        """Poll, send and receive until told to stop or until one of these cannot go on; then drain."""
        await self.pushing.start()
        interrupted = self.deliverer.recover()
        if interrupted:
            log.warning("outbox.recovered", deliveries=interrupted, reason="the bot had stopped while sending them")
        told = asyncio.Event()
        schedule = Schedule(tick=self._tick, upkeep=self._upkeep, every=self.tempo.tick)
        with OnSignals(told):
            tasks = [
                asyncio.create_task(self._receive(), name="receive"),
                asyncio.create_task(self.deliverer.run(), name="deliver"),
                asyncio.create_task(wait_for(told), name="wait for a signal"),
            ]
            schedule.start()
            notify(f"READY=1\nSTATUS=watching {len(self.poller.feeds)} feeds")
            try:
                ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                notify("STOPPING=1")
                await schedule.stop()
                await self._drain(tasks)
            for task in ended:
                task.result()  # raises what ended it, if anything did

    async def _tick(self) -> None:
        await self.poller.tick()
        self.pushing.tick()
        stalled = self.watchdog.feed()
        if stalled:
            log.critical("watchdog.starved", stalled=", ".join(sorted(stalled)))

    async def _upkeep(self) -> None:
        expired = self.deliverer.expire()
        if expired:
            log.warning("outbox.expired", deliveries=expired, reason="their chats could not be reached for a day")

    async def _receive(self) -> None:
        progress = self.watchdog.progress_of("updates")
        failures = 0
        while True:
            try:
                await self.telegram.connect()
                break
            except TelegramUnreachable as error:
                log.warning("telegram.unreachable", reason=str(error), failures=failures + 1)
                progress()
                await asyncio.sleep(min(self.tempo.first_pause * 2.0**failures, _LONGEST_PAUSE))
                failures += 1
        log.info("telegram.connected", bot=f"@{self.telegram.username}")
        menu = asyncio.create_task(self._set_menu(), name="menu")
        try:
            await self.updates.run()
        finally:
            menu.cancel()

    async def _set_menu(self) -> None:
        """Fill the bot's menu. A bot without one works, so this is only tried until it succeeds."""
        pause = 1.0
        while True:
            try:
                await self.telegram.set_menu(COMMANDS)
            except NewsvaneError as error:
                log.warning("telegram.menu-not-set", reason=str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 4, 3600.0)
            else:
                return

    async def _drain(self, tasks: list[asyncio.Task[None]]) -> None:
        """Finish what is under way and start nothing more."""
        receive, deliver, signalled = tasks
        receive.cancel()
        signalled.cancel()
        await asyncio.gather(
            self.poller.drain(DRAIN),
            self.pushing.close(DRAIN - 2.0),
            self.deliverer.drain(DRAIN),
            self.replies.drain(DRAIN_REPLIES),
            return_exceptions=True,
        )
        deliver.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(NewsvaneError, TimeoutError):
            async with asyncio.timeout(1.5):
                await self.updates.confirm()
