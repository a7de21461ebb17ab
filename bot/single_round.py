"""One round of polls, without a bot that lives on: for `newsvane poll`, and for its --dry-run."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path

from bot.app import Bot
from bot.assembly import UNHURRIED, Reading, index_of, nobody_sends, reading
from bot.delivery.deliver import Deliverer
from bot.delivery.outbox import Outbox
from bot.model import Feed
from bot.model.bounds import PAGES_AN_HOUR
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
        # Beside what is sent, for what headlines tell does not wait for pages.
        pages = asyncio.create_task(bot.reading.page_poller.all(ONE_ROUND))
        await _deliver_all(bot.deliverer, outbox, pages, seconds=ONE_ROUND)
        follows = [] if pages.cancelled() else pages.result()
        return [_with_pages(outcome, follows) for outcome in outcomes if outcome], len(outbox.heads())


async def look_once(settings: Settings, *, state: Path) -> list[PollOutcome]:
    """Poll each feed but the paused once and remember nothing; a running bot is not disturbed. Raises NewsvaneError."""
    async with AsyncExitStack() as closing:
        store = open_store(settings.store.url, state, outbox=Outbox(), read_only=True)
        closing.callback(store.close)
        index = index_of(settings, store.own_watches().values())
        read = reading(settings, store, UNHURRIED, closing, index=index, on_queued=nobody_sends)
        outcomes = await asyncio.gather(*(_looked(read, feed) for feed in _unpaused(read.feeds, store)))
        return [outcome for outcome in outcomes if outcome]


async def _looked(read: Reading, feed: Feed) -> PollOutcome | None:
    """Return what a poll of a feed, and the pages behind its new items, would lead to."""
    outcome = await read.pipeline.look(feed)
    if outcome is None or read.pages is None:
        return outcome
    new = {matched.item.key: matched for matched in outcome.new}
    follows = []
    for page in outcome.changes.wanted[:PAGES_AN_HOUR]:
        item = new[page.item].item
        came = await read.pages.read(page.link, title=item.title, summary=item.summary, of_chats=bool(feed.chats))
        follows.append(read.pipeline.look_read(page, new[page.item], came))
    return _with_pages(outcome, [each for each in follows if each is not None])


def _with_pages(outcome: PollOutcome, follows: Sequence[PollOutcome]) -> PollOutcome:
    """Return what a poll led to, with what the pages behind its items led to."""
    own = [each for each in follows if each.feed.name == outcome.feed.name]
    new = {matched.item.key: matched for matched in outcome.new}
    new |= {found.item.key: found for each in own for found in each.new if found.item.key in new}
    told = tuple(row for each in own for row in each.deliveries if not row.edits)
    changes = replace(outcome.changes, deliveries=(*outcome.deliveries, *told))
    return replace(outcome, new=tuple(new.values()), changes=changes, queued=outcome.queued + len(told))


def _unpaused(feeds: Iterable[Feed], store: Store) -> list[Feed]:
    return [feed for feed in feeds if not store.feed_state(feed.name).paused]


async def _deliver_all(
    deliverer: Deliverer, outbox: Outbox, pages: "asyncio.Task[list[PollOutcome]]", seconds: float
) -> None:
    """Send until nothing waits and all pages are read, at most `seconds`; the rest waits on. Raises TokenRefused."""
    run = asyncio.create_task(deliverer.run())
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not run.done() and (outbox.heads() or not pages.done()):  # noqa: ASYNC110  # an outbox has no event
                await asyncio.sleep(_LOOK_AGAIN)
    pages.cancel()
    await asyncio.wait({pages})
    await deliverer.drain(_LAST_SENDS)
    await run
