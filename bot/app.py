"""The life of the bot, from open to drained. The only place that knows everyone.

open store -> assemble -> recover what was being sent -> poll, send, receive until told to stop -> drain -> close
"""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog

from bot.admin.feed_admin import FeedAdmin
from bot.admin.lookout import Lookout
from bot.admin.socket import AdminSocket, socket_of
from bot.admin.succession import settle_names
from bot.assembly import UNHURRIED, Reading, Tempo, context_of, door, feed_admin, index_of, reading, refile_beside
from bot.chat.access import Access
from bot.chat.commands import COMMANDS
from bot.chat.replies import Replies
from bot.chat.telegram import SURE_AFTER, Telegram
from bot.chat.updates import Updates
from bot.delivery.deliver import Deliverer
from bot.delivery.outbox import Outbox
from bot.delivery.pace import Pace
from bot.delivery.subscriptions import Subscriptions
from bot.delivery.upkeep import Upkeep
from bot.errors import FeedUnreadable, NewsvaneError, TelegramUnreachable
from bot.feeds.websub.intake import Intake
from bot.feeds.websub.subscriber import Subscriber
from bot.poll.pipeline import Observer
from bot.poll.poller import Poller
from bot.ports import Store
from bot.runtime.clocks import doubting
from bot.runtime.lag import LagMeter
from bot.runtime.signals import OnSignals, wait_for
from bot.runtime.ticking import Ticker
from bot.runtime.watchdog import Watchdog, notify
from bot.settings import Settings
from bot.store import open_store, path_of
from bot.text.counted import counted
from bot.web.listener import Listener

DRAIN = 7.0
"""Seconds to finish what is under way after SIGTERM; with closing, within the 10 s that are promised."""
DRAIN_REPLIES = 2.0
"""Seconds to finish answers to commands; who asked much at once may ask again."""
_LONGEST_PAUSE = 30.0

log = structlog.get_logger()


async def run(
    settings: Settings,
    token: str,
    *,
    state: Path,
    tempo: Tempo = UNHURRIED,
    observers: Sequence[Observer] = (),
) -> None:
    """Run the bot until SIGTERM, SIGINT or cancellation; then drain. Raises NewsvaneError if it cannot go on.

    `observers` are told of every poll that was remembered.
    """
    async with AsyncExitStack() as closing:
        outbox = Outbox()
        store = open_store(settings.store.url, state, outbox=outbox)
        closing.callback(store.close)
        bot = Bot.assemble(settings, token, (store, outbox), closing, tempo=tempo, observers=observers)
        control = AdminSocket(bot.admin)
        await control.start(socket_of(path_of(settings.store.url, state)))
        closing.push_async_callback(control.close)
        gc.collect()
        gc.freeze()  # what lives as long as the bot is not looked through again: that took up to 60 ms at a time
        await bot.live()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """All parts of a bot, put together."""

    telegram: Telegram
    reading: Reading
    poller: Poller
    subscriber: Subscriber | None
    listener: Listener | None
    intake: Intake
    deliverer: Deliverer
    upkeep: Upkeep
    replies: Replies
    updates: Updates
    access: Access
    admin: FeedAdmin
    watchdog: Watchdog
    lag: LagMeter
    lookout: Lookout
    refile: Callable[[], Coroutine[None, None, None]]
    tempo: Tempo

    @classmethod
    def assemble(
        cls,
        settings: Settings,
        token: str,
        memory: tuple[Store, Outbox],
        closing: AsyncExitStack,
        *,
        tempo: Tempo = UNHURRIED,
        observers: Sequence[Observer] = (),
    ) -> "Bot":
        """Put a bot together. `memory` is a store with the outbox that follows it; `closing` ends what is opened."""
        store, outbox = memory
        sure_after = [pause * tempo.first_pause for pause in SURE_AFTER]
        telegram = Telegram(token, settings.telegram.api_url, sure_after=sure_after)
        closing.push_async_callback(telegram.close)
        tempo = replace(tempo, clocks=doubting(tempo.clocks))
        clocks = tempo.clocks
        watchdog = Watchdog("poller", "sender", "updates", steady=clocks.steady)
        pace, subscriptions = Pace(), Subscriptions(store)
        index = index_of(settings, store.own_watches().values())
        deliverer = Deliverer(
            store=store,
            outbox=outbox,
            subscriptions=subscriptions,
            messenger=telegram,
            pace=pace,
            clocks=clocks,
            progress=watchdog.progress_of("sender"),
            again=index.again,
        )
        read = reading(
            settings,
            store,
            tempo,
            closing,
            index=index,
            on_queued=deliverer.wake,
            observers=observers,
            with_hubs=True,
        )
        settle_names(read.feeds, store)
        poller = Poller(
            feeds=read.feeds,
            pipeline=read.pipeline,
            store=store,
            poll=settings.poll,
            clocks=clocks,
            progress=watchdog.progress_of("poller"),
        )
        admin = feed_admin(read, store, settings.poll, clocks, on_added=poller.watch)
        lag = LagMeter(tempo.beat)
        lookout = Lookout(store=store, clocks=clocks, operator=settings.telegram.owner, wake=deliverer.wake)
        listener, intake = door(
            settings, read, poller, stalled=watchdog.stalled, lag=lag.lines, state=lookout.healthy, clocks=clocks
        )
        replies = Replies(messenger=telegram, pace=pace, steady=clocks.steady)
        context = context_of(settings, store, read, subscriptions, admin, trouble=lookout.trouble, clocks=clocks)
        access = Access(mode=settings.telegram.access, owner=settings.telegram.owner)
        return cls(
            telegram=telegram,
            reading=read,
            poller=poller,
            subscriber=read.subscriber,
            listener=listener,
            intake=intake,
            deliverer=deliverer,
            upkeep=Upkeep(store=store, outbox=outbox, clock=clocks.wall),
            replies=replies,
            updates=Updates(
                telegram=telegram,
                context=context,
                access=access,
                replies=replies,
                reachable=deliverer.returned,
                progress=watchdog.progress_of("updates"),
                first_pause=tempo.first_pause,
                steady=clocks.steady,
            ),
            access=access,
            admin=admin,
            watchdog=watchdog,
            lag=lag,
            lookout=lookout,
            refile=partial(refile_beside, store, settings, read.index),
            tempo=tempo,
        )

    async def live(self) -> None:
        """Poll, send and receive until told to stop or until one of these cannot go on; then drain."""
        if self.listener is not None:
            await self.listener.start()
        if interrupted := self.deliverer.recover():
            log.warning("outbox.recovered", deliveries=interrupted, reason="the bot had stopped while sending them")
        told = asyncio.Event()
        ticker = Ticker(tick=self._tick, upkeep=self.upkeep.begin, every=self.tempo.tick)
        with OnSignals(told):
            tasks = [
                asyncio.create_task(self._receive(), name="receive"),
                asyncio.create_task(self.deliverer.run(), name="deliver"),
                asyncio.create_task(wait_for(told), name="wait for a signal"),
            ]
            beside = asyncio.gather(self._warm_up(), self.refile())
            ticker.start()
            self.lag.start()
            try:
                ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                notify("STOPPING=1")
                beside.cancel()
                self.lag.stop()
                await asyncio.gather(ticker.stop(), self.upkeep.close())
                await self._drain(tasks)
            for task in ended:
                task.result()  # raises what ended it, if anything did

    async def _tick(self) -> None:
        self.tempo.clocks.wall()  # it learns how long a jump has stood by being asked
        self.lookout.look()
        self.upkeep.file()
        await self.poller.tick()
        self.reading.page_poller.tick()
        if self.subscriber is not None:
            self.subscriber.tick(self.tempo.clocks.wall())
        if stalled := self.watchdog.feed():
            log.critical("watchdog.starved", stalled=", ".join(sorted(stalled)))

    async def _warm_up(self) -> None:
        with suppress(FeedUnreadable):  # the first feed will say so
            await self.reading.warm_up()

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
            self.reading.page_poller.drain(DRAIN),
            self._close_door(DRAIN - 2.0),
            self.deliverer.drain(DRAIN),
            self.replies.drain(DRAIN_REPLIES),
            return_exceptions=True,
        )
        deliver.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(NewsvaneError, TimeoutError):
            async with asyncio.timeout(1.5):
                await self.updates.confirm()

    async def _close_door(self, seconds: float) -> None:
        """Listen no longer, and finish what hubs have pushed within `seconds`."""
        if self.listener is not None:
            await self.listener.close()
        await self.intake.drain(seconds)
        if self.subscriber is not None:
            await self.subscriber.drain(1.0)
