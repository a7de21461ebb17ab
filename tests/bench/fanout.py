"""How soon people are told: ./run bench fanout [--many N].

The bot is a process of its own; the Bot API beside it enforces Telegram's limits over real HTTP. Measures one alert to
a thousand chats; an alert to one person and the answer to a command while one goes out to many; what a chat that is
held by flood control costs the others; and the time from a feed's answer to the message, with nothing else to do.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from memory import Memory
from running import Running
from standins.botapi import faults
from standins.publisher import Publisher

from bot.demo.story import HISTORY, NewsItem
from bot.model import Chat

FIRST, LONELY, ASKING = 1_000, 7, 8
LINK = "https://moscow-times.example/2020/03/06/report-a"


@asynccontextmanager
async def running(chats: int) -> AsyncIterator[Running]:
    """A bot to whose watchlist Idlib so many chats subscribe, and one person to S-400; its first poll is done."""
    with tempfile.TemporaryDirectory(prefix="newsvane-bench-") as name:
        folder = Path(name)
        async with Running(folder, publisher=Publisher(HISTORY)) as bot:
            store = Memory(folder / "state")
            for chat in range(FIRST, FIRST + chats):
                bot.api.unblock(chat)
                store.subscribe(Chat(id=chat), ["idlib"])
            for chat in (LONELY, ASKING):
                bot.api.unblock(chat)
            store.subscribe(Chat(id=LONELY), ["s-400"])
            store.close()
            await bot.start()
            await bot.publisher.wait_for_request(3)
            yield bot


def publish(bot: Running, title: str, number: int) -> float:
    """Publish an item. Returns the time."""
    bot.publisher.publish(NewsItem(title=title, summary="", link=f"{LINK}{90_000 + number}"))
    return time.monotonic()


async def arrival(bot: Running, chat: int, count: int = 1) -> float:
    """Wait until a chat has so many messages. Returns the time."""
    await bot.api.wait_until(lambda: len(bot.api.messages(chat)) >= count, timeout=60)
    return time.monotonic()


async def to_many(chats: int) -> None:
    """Tell so many chats of one item."""
    async with running(chats) as bot:
        publish(bot, "Idlib", 1)
        await bot.api.wait_until(lambda: len(bot.api.messages()) >= 1, timeout=20)
        start = time.monotonic()
        await bot.api.wait_until(lambda: len(bot.api.messages()) >= chats, timeout=chats / 20)
        took = time.monotonic() - start
        print(
            f"one alert to {chats:,}: {took:.1f} s (wanted 34.5 for 1,000), {bot.api.too_many} refused by flood control"
        )


async def meanwhile(chats: int) -> None:
    """Tell one person of another item, and answer a command, while so many are told."""
    alone, answers = [], []
    async with running(chats) as bot:
        publish(bot, "Idlib", 1)
        await bot.api.wait_until(lambda: len(bot.api.messages()) >= 20, timeout=20)
        for number in range(5):
            await asyncio.sleep(2.5)
            start = publish(bot, "S-400", 2 + number)
            alone.append(await arrival(bot, LONELY, number + 1) - start)
            start = time.monotonic()
            bot.api.say(ASKING, "/list")
            answers.append(await arrival(bot, ASKING, number + 1) - start)
        left = chats - len(bot.api.messages())
        print(
            f"while {chats:,} are told ({left:,} still to come): an alert to one person in "
            f"{statistics.median(alone):.2f} s (worst {max(alone):.2f}, wanted 2), a command's answer in "
            f"{statistics.median(answers):.2f} s (worst {max(answers):.2f}, wanted 0.5), {bot.api.too_many} refused"
        )


async def beside_a_held_chat(chats: int) -> None:
    """Tell so many chats, of which one is held for 35 seconds."""
    async with running(chats) as bot:
        bot.api.faults.add(faults.flood(35), times=1, chat=FIRST + 1)
        start = publish(bot, "Idlib", 1)
        await bot.api.wait_until(lambda: len(bot.api.messages()) >= chats - 1, timeout=60)
        others = time.monotonic() - start
        await arrival(bot, FIRST + 1)
        itself = time.monotonic() - start
        print(f"one of {chats} chats is held for 35 s: the others are told in {others:.1f} s, it in {itself:.1f} s")


async def latency(rounds: int) -> None:
    """Measure from the feed's answer that has an item to the message."""
    found = []
    async with running(0) as bot:
        for number in range(rounds):
            await asyncio.sleep(1.2)  # so that no chat's pace counts
            publish(bot, "S-400", number)
            before = len(bot.publisher.requests)
            await bot.publisher.wait_for_request(before + 1)
            start = time.monotonic()
            await arrival(bot, LONELY, number + 1)
            found.append((time.monotonic() - start) * 1e3)
    found.sort()
    print(
        f"from the feed's answer to sendMessage: median {statistics.median(found):.0f} ms (wanted 60), "
        f"p95 {found[int(len(found) * 0.95)]:.0f} ms (wanted 150)"
    )


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--many", type=int, default=5_000, help="how many chats the long broadcast goes to")
    given = parser.parse_args()
    await latency(30)
    await beside_a_held_chat(200)
    await to_many(1_000)
    await meanwhile(given.many)


if __name__ == "__main__":
    asyncio.run(main())
