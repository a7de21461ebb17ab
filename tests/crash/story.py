"""kill -9 between every two steps of an article: ./run drill story.

A headline tells of one of three watchlists, the page behind it of the two others. The bot is killed before and after
each commit that bears news, once each, and started again. What is wanted: one alert with the words of all three; two at
most where the kill came between a send and its settling; the page asked for once more at most; nothing left waiting.
Prints a line a kill; exit 1 at any breach.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from running import Running
from standins import articles
from standins.articles import FOUNDING, HTML
from standins.botapi import BotApi
from standins.publisher import Publisher

from bot.demo.publisher import PATH
from bot.demo.story import HISTORY, NewsItem
from bot.store.database import SQLiteDB

ANNA = 7
MORTAL = ("forked", "mortal")
LAST_WORDS = "Ankara bought the S-400"
PATIENCE = 120.0
POLLS = 50
"""Times ten polls that what waits has to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of a kill: whether the process met it, how many alerts there are, and how often the page was asked."""

    killed: bool
    alerts: int
    complete: bool
    asked: int
    waiting: int
    steps: int

    @property
    def good(self) -> bool:
        """Whether the promise was kept. A kill between send and settling may double an alert."""
        return self.complete and 1 <= self.alerts <= 2 and 1 <= self.asked <= 2 and not self.waiting


async def killed(folder: Path, number: int, when: str) -> Came:
    """Play the founding story, and kill the bot before or after the commit of that number that bears news."""
    publisher = Publisher(HISTORY)
    async with Running(
        folder, api=BotApi(limits=None), publisher=publisher, command=MORTAL, article="if needed"
    ) as bot:
        await bot.start()
        bot.api.say(ANNA, "/subscribe idlib s-400 turkish-aircraft")
        await bot.api.wait_for(1, chat=ANNA, timeout=PATIENCE)
        await publisher.wait_for_request(3)
        (folder / "mortal").write_text(f"{number} {when}")
        publisher.pages[FOUNDING.path] = (HTML, articles.news_site(FOUNDING))
        link = publisher.url.removesuffix(PATH) + FOUNDING.path
        publisher.publish(NewsItem(title=FOUNDING.title, summary=FOUNDING.summary, link=link))

        def told() -> list[str]:
            return [message.text for message in bot.api.messages(ANNA)[1:]]

        def complete() -> bool:
            return any(LAST_WORDS in text for text in told())

        assert bot.process is not None
        dead = asyncio.create_task(bot.process.wait())
        ended = asyncio.create_task(bot.api.wait_until(complete, timeout=PATIENCE))
        await asyncio.wait({dead, ended}, return_when=asyncio.FIRST_COMPLETED)
        alive = asyncio.create_task(publisher.wait_for_request(len(publisher.requests) + 5))
        await asyncio.wait({dead, alive}, return_when=asyncio.FIRST_COMPLETED)
        alive.cancel()
        was_killed = dead.done()
        if was_killed:
            (folder / "mortal").unlink()
            await bot.start()
        else:
            dead.cancel()
        await ended
        for _ in range(POLLS):
            await publisher.wait_for_request(len(publisher.requests) + 10)
            if not left_in(folder):
                break
        return Came(
            killed=was_killed,
            alerts=len(told()),
            complete=complete() and all(word in told()[-1] for word in ("Turkish Planes", "Idlib", "S-400")),
            asked=sum(each.path == FOUNDING.path for each in publisher.requests),
            waiting=left_in(folder),
            steps=(folder / "steps").stat().st_size,
        )


def left_in(folder: Path) -> int:
    """Count the pages and deliveries that wait, beside the bot that writes them."""
    with SQLiteDB(folder / "state/newsvane.db", read_only=True) as db:
        return sum(len(db.table(table)) for table in ("wanted", "outbox"))


def kills(steps: int) -> Iterator[tuple[int, str]]:
    """Give every instant between two of so many steps."""
    for number in range(1, steps + 1):
        yield number, "before"
        yield number, "after"


async def main() -> int:
    """Kill the bot at each instant, and count."""
    with tempfile.TemporaryDirectory() as folder:
        steps = (await killed(Path(folder), 10_000, "after")).steps
    bad = 0
    for number, when in kills(steps):
        with tempfile.TemporaryDirectory() as folder:
            came = await killed(Path(folder), number, when)
        good = came.good and came.killed
        bad += not good
        print(f"{when} commit {number} of {steps}: {came.alerts} alerts, page asked {came.asked} times", flush=True)
        if not good:
            print(f"  BREACH: {came}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
