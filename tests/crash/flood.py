"""`./run drill flood`: an alert to everybody beside strangers whose own feeds never end, against the same alert alone.

Each stranger has one chat, a watchlist that no reader has, and one feed of their own that shows hundreds of new
matching items at each poll: whatever they get is of their own making. The bot is a process of its own; the Bot API
beside it enforces Telegram's limits over real HTTP. Printed, after two minutes:

    alone, beside   seconds from a feed's answer until the last of the readers is told: medians
    /status         seconds until somebody's is answered, behind hundreds who give ten commands each
    most            alerts that wait for one stranger

Exit code 1 if the readers are told later than 1.5 times what it takes alone, if the answer takes more than 3 s, if more
waits for a stranger than may, or if the strangers did not flood.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from aiohttp import web
from examples import a_state
from memory import Memory
from running import Running
from standins.publisher import Publisher

from bot.demo.story import HISTORY, NewsItem
from bot.model import OPEN, Changes, Chat, Feed
from bot.model.bounds import WAITING_ROWS

READER, STRANGER, ASKER, ASKING = 1_000, 50_000, 100_000, 7
WANTED, ANSWER_WANTED = 1.5, 3.0
COMMANDS = ("/status", "/list", "/latest", "/watchlists", "/feeds", "/help")
PATIENCE = 40.0
"""Seconds that an alert, an answer or the beginning of the flood is waited for; then that is the figure."""
LINK = "https://moscow-times.example/2020/03/06/report-a"


class Flood:
    """One stranger's publisher: each answer has other items. `address` is its own, so that no host is shared."""

    def __init__(self, number: int, items: int) -> None:
        self.address = f"127.0.{1 + number // 250}.{number % 250 + 1}"
        self.polls = 0
        self._items = items

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Show items that nobody has seen."""
        del request
        self.polls += 1
        entries = "".join(
            f"<item><title>S-400 {self.address} {self.polls} {number}</title>"
            f"<link>https://flood.example/{self.address}/{self.polls}/{number}</link>"
            f"<description>{'S-400 and more of it. ' * 36}</description></item>"
            for number in range(self._items)
        )
        feed = f"<rss version='2.0'><channel><title>Flood</title>{entries}</channel></rss>"
        return web.Response(text=feed, content_type="application/rss+xml")

    async def serve(self, closing: AsyncExitStack) -> str:
        """Serve until `closing` closes. Returns the feed's address."""
        runner = web.ServerRunner(web.Server(self.answer))
        await runner.setup()
        closing.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, self.address, 0).start()
        return f"http://{self.address}:{runner.addresses[0][1]}/rss"


class Drill:
    """A bot beside strangers, and what is measured of it."""

    def __init__(self, bot: Running, *, strangers: int, readers: int) -> None:
        self.bot = bot
        self.readers = range(READER, READER + readers)
        self.strangers = range(STRANGER, STRANGER + strangers)
        self._heard = 0
        self._told: dict[str, set[int]] = {}
        self.to_strangers = 0

    def hear(self) -> None:
        """Take in what has been sent since the last time."""
        messages = self.bot.api.messages()
        for message in messages[self._heard :]:
            if message.chat in self.strangers:
                self.to_strangers += 1
            elif message.chat in self.readers:
                for title in [line for line in message.text.splitlines() if line.startswith("Idlib alert ")]:
                    self._told.setdefault(title, set()).add(message.chat)
        self._heard = len(messages)

    async def alert(self, number: int) -> float:
        """Publish an item. Returns the seconds from the feed's answer until all readers are told of it."""
        title = f"Idlib alert {number}"
        self.bot.publisher.publish(NewsItem(title=title, summary="", link=f"{LINK}{90_000 + number}"))
        await self.bot.publisher.wait_for_request(len(self.bot.publisher.requests) + 1)
        start = time.monotonic()

        def all_told() -> bool:
            self.hear()
            return len(self._told.get(title, ())) == len(self.readers)

        with suppress(TimeoutError):
            await self.bot.api.wait_until(all_told, timeout=PATIENCE)
        return time.monotonic() - start

    async def alerts(self, first: int, count: int) -> list[float]:
        """Publish some items, one after the other, each when every reader's pace has rested."""
        found = []
        for number in range(first, first + count):
            found.append(await self.alert(number))
            await asyncio.sleep(3.0)
        return found

    async def flooding(self) -> bool:
        """Wait until strangers are told of their floods. Returns whether they are."""

        def told() -> bool:
            self.hear()
            return self.to_strangers >= min(len(self.strangers), 45)

        with suppress(TimeoutError):
            await self.bot.api.wait_until(told, timeout=PATIENCE)
        return told()

    async def answered(self, askers: int) -> float:
        """Let so many people give ten commands each. Returns the seconds until somebody else's is answered."""
        for chat in [ASKING, *range(ASKER, ASKER + askers)]:
            self.bot.api.unblock(chat)
        for number in range(10):
            for asker in range(ASKER, ASKER + askers):
                self.bot.api.say(asker, COMMANDS[(asker + number) % len(COMMANDS)])
        self.bot.api.say(ASKING, "/status")
        start, before = time.monotonic(), len(self.bot.api.messages(ASKING))
        with suppress(TimeoutError):
            await self.bot.api.wait_for(before + 1, chat=ASKING, timeout=PATIENCE)
        return time.monotonic() - start


async def main() -> int:
    """Measure alone, then beside the strangers, in one run. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--strangers", type=int, default=45)
    parser.add_argument("--items", type=int, default=400, help="new items that a stranger's feed shows at each poll")
    parser.add_argument("--every", type=float, default=50.0, help="seconds between two polls of a stranger's feed")
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--askers", type=int, default=500, help="people who give ten commands each")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    floods = [Flood(number, given.items) for number in range(given.strangers)]
    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="newsvane-flood-")))
        urls = [await flood.serve(closing) for flood in floods]
        bot = await closing.enter_async_context(
            Running(folder, publisher=Publisher(HISTORY), poll=f'interval = "{given.every}s"\nmin_interval = "0.5s"')
        )
        feeds = (folder / "config/feeds.toml").read_text().rstrip("\n")
        (folder / "config/feeds.toml").write_text(f'{feeds}\ninterval = "0.5s"\n')
        drill = Drill(bot, strangers=given.strangers, readers=given.readers)
        store = Memory(folder / "state")
        for chats, watch in ((drill.readers, "idlib"), (drill.strangers, "s-400")):
            for chat in chats:
                bot.api.unblock(chat)
                store.subscribe(Chat(id=chat), [watch])
        store.close()
        await bot.start()
        await bot.publisher.wait_for_request(3)
        alone = await drill.alerts(0, given.rounds)
        answer = await drill.answered(given.askers)
        await bot.stop()
        store = Memory(folder / "state")
        own = [
            Feed(name=f"own-{number}", title="Flood", url=url, added=True, chats=(STRANGER + number,))
            for number, url in enumerate(urls)
        ]
        primed = [a_state(feed.name, url=feed.url, primed=True) for feed in own]
        store.commit(Changes(feeds=tuple(own), states=tuple(primed)))
        store.close()
        drill.hear()
        drill.to_strangers = 0
        await bot.start()
        flooded = await drill.flooding()
        beside = await drill.alerts(given.rounds, given.rounds)
        beside_both = await drill.answered(given.askers)
        await bot.stop()
        drill.hear()
        store = Memory(folder / "state", read_only=True)
        most = max((len(store.deliveries(chat=chat, states=OPEN)) for chat in drill.strangers), default=0)
        store.close()
    allowed = WAITING_ROWS + 1
    ratio = statistics.median(beside) / statistics.median(alone)
    polls = sum(flood.polls for flood in floods)
    strangers, askers = f"{given.strangers} flooding strangers", f"{given.askers} people who give 10 commands each"
    print(
        f"an alert to {given.readers} readers: {statistics.median(alone):.2f} s alone (worst {max(alone):.2f}), "
        f"{statistics.median(beside):.2f} s beside {strangers} (worst {max(beside):.2f}), ratio {ratio:.2f} (wanted "
        f"{WANTED}); {polls} polls of {given.items} new items, {drill.to_strangers} messages to the strangers; at most "
        f"{most} alerts wait for one (wanted {allowed}); /status behind {askers}: {answer:.2f} s (wanted "
        f"{ANSWER_WANTED}), and beside the flood {beside_both:.2f} s; {bot.api.too_many} refused by flood control"
    )
    told = max(alone) < PATIENCE and flooded
    return 0 if told and ratio <= WANTED and most <= allowed and answer <= ANSWER_WANTED else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
