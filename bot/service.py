"""The life of the bot, from open to drained. The only place that knows everyone.

open store -> assemble -> recover what was being sent -> poll, send, receive until told to stop -> drain -> close
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.alerts.deliver import Deliverer
from bot.alerts.pace import Pace
from bot.chat.access import Access
from bot.chat.commands import COMMANDS
from bot.chat.commands.command import Desk
from bot.chat.replies import Replies
from bot.chat.telegram import SURE_AFTER, Telegram
from bot.chat.updates import Updates
from bot.control import Control, socket_of
from bot.errors import FeedUnreadable, NewsvaneError, TelegramUnreachable
from bot.model import Feed
from bot.newsroom import UNHURRIED, Newsroom, Tempo
from bot.pipeline import Look
from bot.poller import Poller
from bot.ports import Store
from bot.pushing import Pushing
from bot.schedule import Schedule
from bot.settings import Settings
from bot.signals import OnSignals, wait_for
from bot.store import open_store, path_of
from bot.text.counted import counted
from bot.watchdog import Watchdog, notify

DRAIN = 7.0
"""Seconds to finish what is under way after SIGTERM; with closing, within the 10 s that are promised."""
ONE_ROUND = 300.0
"""Seconds that `poll --once` sends for; the rest stays queued for the next round."""
DRAIN_REPLIES = 2.0
"""Seconds to finish answers to commands; who asked much at once may ask again."""
_LONGEST_PAUSE = 30.0

log = structlog.get_logger()


Observer = Callable[[Look], None]
"""Is told of every poll that was remembered."""


async def run(
    settings: Settings,
    token: str,
    *,
    state: Path,
    tempo: Tempo = UNHURRIED,
    observe: Observer = lambda _: None,
) -> None:
    """Run the bot until SIGTERM, SIGINT or cancellation; then drain. Raises NewsvaneError if it cannot go on."""
    async with AsyncExitStack() as closing:
        store = open_store(settings.store.url, state)
        closing.callback(store.close)
        bot = _Bot.assemble(settings, token, store, tempo, closing)
        bot.poller.observe = bot.pushing.before(observe)
        control = Control(bot.room.curator)
        await control.start(socket_of(path_of(settings.store.url, state)))
        closing.push_async_callback(control.close)
        await bot.live()


async def poll_once(settings: Settings, token: str, *, state: Path) -> tuple[list[Look], int]:
    """Poll each feed but the paused once, due or not, and send all that can be sent. Raises NewsvaneError.

    Returns the polls, and how many chats still have something to come.
    """
    async with AsyncExitStack() as closing:
        store = open_store(settings.store.url, state)
        closing.callback(store.close)
        bot = _Bot.assemble(settings, token, store, UNHURRIED, closing)
        await bot.telegram.connect()
        bot.deliverer.recover()
        looks = await asyncio.gather(*(bot.room.pipeline.poll(feed) for feed in _unpaused(bot.room.feeds, store)))
        await bot.deliverer.deliver_all(seconds=ONE_ROUND)
        return looks, len(store.heads())


async def look_once(settings: Settings, *, state: Path) -> list[Look]:
    """Poll each feed but the paused once and remember nothing; a running bot is not disturbed. Raises NewsvaneError."""
    async with AsyncExitStack() as closing:
        store = open_store(settings.store.url, state, read_only=True)
        closing.callback(store.close)
        room = Newsroom.assemble(settings, store, UNHURRIED, closing)
        feeds = _unpaused(room.feeds, store)
        return await asyncio.gather(*(room.pipeline.look(feed, unconditional=True) for feed in feeds))


def _unpaused(feeds: Iterable[Feed], store: Store) -> list[Feed]:
    return [feed for feed in feeds if not store.feed_state(feed.name).paused]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bot:
    """All parts of a bot, put together."""

    store: Store
    telegram: Telegram
    room: Newsroom
    poller: Poller
    pushing: Pushing
    deliverer: Deliverer
    replies: Replies
    updates: Updates
    access: Access
    watchdog: Watchdog
    tempo: Tempo

    @classmethod
    def assemble(cls, settings: Settings, token: str, store: Store, tempo: Tempo, closing: AsyncExitStack) -> "_Bot":
        sure_after = [pause * tempo.first_pause for pause in SURE_AFTER]
        telegram = Telegram(token, settings.telegram.api_url, sure_after=sure_after)
        closing.push_async_callback(telegram.close)
        steady = tempo.clocks.steady
        watchdog = Watchdog("poller", "sender", "updates", steady=steady)
        pace = Pace()
        sending = watchdog.progress_of("sender")
        deliverer = Deliverer(store=store, messenger=telegram, pace=pace, clocks=tempo.clocks, progress=sending)
        room = Newsroom.assemble(settings, store, tempo, closing)
        room.pipeline.when_queued(deliverer.wake)
        replies = Replies(messenger=telegram, pace=pace, steady=steady)
        desk = Desk(
            commands=COMMANDS,
            store=store,
            watches=settings.watches,
            feeds=room.feeds,
            curator=room.curator,
            clock=tempo.clocks.wall,
            operator=settings.telegram.owner,
        )
        access = Access(mode=settings.telegram.access, owner=settings.telegram.owner)
        for old, new in room.curator.give_way():
            log.warning("feed.renamed", feed=old, now=new, reason="feeds.toml has a feed of that name")
        poller = Poller(
            feeds=room.feeds,
            pipeline=room.pipeline,
            store=store,
            poll=room.poll,
            clocks=tempo.clocks,
            progress=watchdog.progress_of("poller"),
        )
        pushing = Pushing(
            settings,
            store=store,
            poster=room.fetcher,
            pipeline=room.pipeline,
            poller=poller,
            watchdog=watchdog,
            clock=tempo.clocks.wall,
        )

        def watch(feed: Feed) -> None:
            poller.watch(feed)
            pushing.added(store.feed_state(feed.name))

        room.curator.watch, room.curator.unwatch = watch, pushing.forget
        room.pipeline.relaxed = pushing.relaxed
        return cls(
            store=store,
            telegram=telegram,
            room=room,
            poller=poller,
            pushing=pushing,
            deliverer=deliverer,
            replies=replies,
            updates=Updates(
                telegram=telegram,
                desk=desk,
                access=access,
                replies=replies,
                reachable=deliverer.returned,
                progress=watchdog.progress_of("updates"),
                first_pause=tempo.first_pause,
                steady=steady,
            ),
            access=access,
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
        schedule = Schedule(
            tick=self._tick, upkeep=self._upkeep, every=self.tempo.tick, steady=self.tempo.clocks.steady
        )
        with OnSignals(told):
            tasks = [
                asyncio.create_task(self._receive(), name="receive"),
                asyncio.create_task(self.deliverer.run(), name="deliver"),
                asyncio.create_task(wait_for(told), name="wait for a signal"),
            ]
            warming = asyncio.create_task(self._warm_up(), name="warm up")
            schedule.start()
            try:
                ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                notify("STOPPING=1")
                warming.cancel()
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

    async def _warm_up(self) -> None:
        with suppress(FeedUnreadable):  # the first feed will say so
            await self.room.warm_up()

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
                await self.telegram.unhook()
                break
            except TelegramUnreachable as error:
                self._ready()  # the feeds are polled, and what is found waits
                log.warning("telegram.unreachable", reason=str(error), failures=failures + 1)
                progress()
                await asyncio.sleep(min(self.tempo.first_pause * 2.0**failures, _LONGEST_PAUSE))
                failures += 1
        self._ready()
        name = self.telegram.username
        log.info("telegram.connected", bot=f"@{name}", link=f"https://t.me/{name}", open_to=self.access.who)
        menu = asyncio.create_task(self._set_menu(), name="menu")
        try:
            await self.updates.run()
        finally:
            menu.cancel()

    def _ready(self) -> None:
        """Tell systemd that the bot has started. Not before Telegram had a chance to refuse the token."""
        notify(f"READY=1\nSTATUS=watching {counted(len(self.poller.feeds), 'feed')}")

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
        self.updates.forget()
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
