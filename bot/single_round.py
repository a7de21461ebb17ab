"""One round of polls, without a bot that lives on: for `newsvane poll`, and for its --dry-run."""

import asyncio
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from bot.app import Bot
from bot.assembly import UNHURRIED, nobody_sends, reading
from bot.delivery.deliver import Deliverer
from bot.delivery.outbox import Outbox
from bot.model import Feed
from bot.poll.outcome import PollOutcome
from bot.ports import Store
from bot.settings import Settings
from bot.store import open_store

ONE_ROUND = 300.0
"""Seconds that a round sends for; the rest stays queued for the next round."""
_LAST_SENDS = 5.0  # seconds to finish what is under way
_LOOK_AGAIN = 0.05


async def poll_once(settings: Settings, token: str, *, state: Path) -> tuple[list[PollOutcome], int]:
    """Poll each feed but the paused once, due or not, and send all that can be sent. Raises NewsvaneError.

    Returns the polls, and how many chats still have something to come.
    """
    async with AsyncExitStack() as closing:
        outbox = Outbox()
        store = open_store(settings.store.url, state, outbox=outbox)
        closing.callback(store.close)
        bot = Bot.assemble(settings, token, (store, outbox), closing)
        await bot.telegram.connect()
        bot.deliverer.recover()
        outcomes = await asyncio.gather(
            *(bot.reading.pipeline.poll(feed) for feed in _unpaused(bot.reading.feeds, store))
        )
        await _deliver_all(bot.deliverer, outbox, seconds=ONE_ROUND)
        return [outcome for outcome in outcomes if outcome], len(outbox.heads())


async def look_once(settings: Settings, *, state: Path) -> list[PollOutcome]:
    """Poll each feed but the paused once and remember nothing; a running bot is not disturbed. Raises NewsvaneError."""
    async with AsyncExitStack() as closing:
        store = open_store(settings.store.url, state, outbox=Outbox(), read_only=True)
        closing.callback(store.close)
        read = reading(settings, store, UNHURRIED, closing, on_queued=nobody_sends)
        outcomes = await asyncio.gather(*(read.pipeline.look(feed) for feed in _unpaused(read.feeds, store)))
        return [outcome for outcome in outcomes if outcome]


def _unpaused(feeds: Iterable[Feed], store: Store) -> list[Feed]:
    return [feed for feed in feeds if not store.feed_state(feed.name).paused]


async def _deliver_all(deliverer: Deliverer, outbox: Outbox, seconds: float) -> None:
    """Send until nothing waits, at most `seconds`; what is left stays queued. Raises TokenRefused."""
    run = asyncio.create_task(deliverer.run())
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not run.done() and outbox.heads():  # noqa: ASYNC110  # an outbox has no event to wait for
                await asyncio.sleep(_LOOK_AGAIN)
    await deliverer.drain(_LAST_SENDS)
    await run
