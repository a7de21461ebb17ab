"""`./run drill flood`: an alert to everybody beside strangers whose own feeds never end, against the same alert alone.

Each stranger has one chat and one feed of their own that shows hundreds of new matching items at each poll. The bot is
a process of its own; the Bot API beside it enforces Telegram's limits over real HTTP. Exit code 1 if the readers are
told later than 1.5 times what it takes alone, or if more waits for a stranger than may.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web
from memory import Memory
from running import Running
from standins.publisher import Publisher

from bot.demo.story import HISTORY, NewsItem
from bot.model import Changes, Chat, Feed
from bot.model.bounds import WAITING_ROWS

READER, STRANGER = 1_000, 50_000
WANTED = 1.5
LINK = "https://moscow-times.example/2020/03/06/report-a"


class Flood:
    """One stranger's publisher: each answer has other items. `address` is its own, so that no host is shared."""

    def __init__(self, number: int, items: int) -> None:
        self.address = f"127.0.1.{number + 1}"
        self.polls = 0
        self._items = items

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Show items that nobody has seen."""
        del request
        self.polls += 1
        entries = "".join(
            f"<item><title>Idlib {self.address} {self.polls} {number}</title>"
            f"<link>https://flood.example/{self.address}/{self.polls}/{number}</link>"
            f"<description>{'Idlib and more of it. ' * 36}</description></item>"
            for number in range(self._items)
        )
        feed = f"<rss version='2.0'><channel><title>Flood</title>{entries}</channel></rss>"
        return web.Response(text=feed, content_type="application/rss+xml")


def told(bot: Running, readers: int) -> int:
    """Count the messages that the readers have got."""
    return sum(READER <= message.chat < READER + readers for message in bot.api.messages())


async def told_in(bot: Running, readers: int, rounds: int, earlier: Sequence[float] = ()) -> list[float]:
    """Publish an item a few times. Returns the seconds from the feed's answer until all readers were told."""
    found = []
    for _ in range(rounds):
        number = len(bot.publisher.items)
        bot.publisher.publish(NewsItem(title=f"Idlib {number}", summary="", link=f"{LINK}{number}"))
        before = len(bot.publisher.requests)
        await bot.publisher.wait_for_request(before + 1)
        start, wanted = time.monotonic(), (len(found) + len(earlier) + 1) * readers
        await bot.api.wait_until(lambda wanted=wanted: told(bot, readers) >= wanted, timeout=600)
        found.append(time.monotonic() - start)
        await asyncio.sleep(3.0)  # every reader's pace has rested
    return found


async def main() -> int:
    """Measure alone, then beside the strangers, in one run. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--strangers", type=int, default=45)
    parser.add_argument("--items", type=int, default=400, help="new items that a stranger's feed shows at each poll")
    parser.add_argument("--every", type=float, default=50.0, help="seconds between two polls of a stranger's feed")
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    floods = [Flood(number, given.items) for number in range(given.strangers)]
    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="newsvane-flood-")))
        urls = [await served(flood, closing) for flood in floods]
        bot = await closing.enter_async_context(
            Running(folder, publisher=Publisher(HISTORY), poll=f'interval = "{given.every}s"\nmin_interval = "0.5s"')
        )
        feeds = (folder / "config/feeds.toml").read_text().rstrip("\n")
        (folder / "config/feeds.toml").write_text(f'{feeds}\ninterval = "0.5s"\n')
        store = Memory(folder / "state")
        for chat in [*range(READER, READER + given.readers), *range(STRANGER, STRANGER + given.strangers)]:
            bot.api.unblock(chat)
            store.subscribe(Chat(id=chat), ["idlib"])
        store.close()
        await bot.start()
        await bot.publisher.wait_for_request(3)
        alone = await told_in(bot, given.readers, given.rounds)
        await bot.stop()
        store = Memory(folder / "state")
        own = (
            Feed(name=f"own-{number}", title="Flood", url=url, added=True, chats=(STRANGER + number,))
            for number, url in enumerate(urls)
        )
        store.commit(Changes(feeds=tuple(own)))
        store.close()
        await bot.start()
        while min(flood.polls for flood in floods) < 2:  # noqa: ASYNC110  # the floods have no event
            await asyncio.sleep(0.5)
        beside = await told_in(bot, given.readers, given.rounds, alone)
        await bot.stop()
        store = Memory(folder / "state", read_only=True)
        most = max(len(store.outbox.open_of(STRANGER + number)) for number in range(given.strangers))
        store.close()
    allowed = WAITING_ROWS + 1 + len(alone) + len(beside)  # and what everybody is told
    ratio = statistics.median(beside) / statistics.median(alone)
    print(
        f"an alert to {given.readers} readers: {statistics.median(alone):.2f} s alone, "
        f"{statistics.median(beside):.2f} s beside {given.strangers} flooding strangers, ratio {ratio:.2f} "
        f"(wanted {WANTED}); {sum(flood.polls for flood in floods)} polls of {given.items} new items; at most {most} "
        f"wait for a stranger (wanted {allowed}); {bot.api.too_many} refused by flood control"
    )
    return 0 if ratio <= WANTED and most <= allowed else 1


async def served(flood: Flood, closing: AsyncExitStack) -> str:
    """Serve a stranger's feed until `closing` closes. Returns its address."""
    runner = web.ServerRunner(web.Server(flood.answer))
    await runner.setup()
    closing.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, flood.address, 0).start()
    return f"http://{flood.address}:{runner.addresses[0][1]}/rss"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
