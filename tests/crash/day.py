"""A day compressed to minutes: does anything grow that should not? ./run drill day [--hours N] [--chats N] [--seeds N].

The bot is a process of its own. Each hour of the day is its 12 polls, some news for many chats, and commands of all
kinds, one after the other as fast as they go; publisher and Telegram have their troubles meanwhile. After each hour it
is measured: memory, open files, the size of the state. Exit 1 if memory grows by more than 1 MB an hour once the bot is
warm, if a file more is open in the end, or more sockets than its pools have, if the state outgrows its bound, or if an
alert was lost.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

from running import Running
from standins.botapi import BotApi, Chance
from standins.publisher import Publisher
from tally import Tally, headlines, tally, unsent

from bot.chat.telegram import POOL
from bot.demo.story import HISTORY, NewsItem

POLLS, ITEMS, COMMANDS = 12, 4, 20
"""What an hour has: a poll every five minutes, and more news and questions than most."""
WARM = 4
"""Hours after which nothing should grow: all is imported, pools and caches are full."""
SLOPE = 1.0
SOCKETS = POOL + 6
"""Those for sending, and for updates, the feed, the process that reads feeds, and the loop's own."""
STATE_LIMIT = 8.0
"""MB: the documents of a day, and beside them a log of 4 MB that is written back into them when it is full."""
FIRST_CHAT = 100
SAID = (
    "/list",
    "/latest",
    "/status",
    "/watchlists",
    "/help",
    "/latest idlib",
    "/subscribe s-400",
    "/unsubscribe s-400",
)
PRANKS = ("server error", "cut body", "connection reset", "html page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """How the bot stood after an hour: MB of memory, open files and sockets, MB of state."""

    memory: float
    files: int
    sockets: int
    state: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day came to. `slope` is in MB of memory an hour, measured over all hours after the warm ones."""

    hours: Sequence[Hour]
    tally: Tally

    @property
    def slope(self) -> float:
        """MB of memory an hour, over the hours after the warm ones."""
        warm = [hour.memory for hour in self.hours[WARM - 1 :]]
        return linear_regression(range(len(warm)), warm).slope

    @property
    def good(self) -> bool:
        """Whether nothing grows, and nothing was lost."""
        last = self.hours[-1]
        return (
            self.slope < SLOPE
            and last.files <= self.hours[WARM - 1].files
            and max(hour.sockets for hour in self.hours) <= SOCKETS
            and max(hour.state for hour in self.hours) < STATE_LIMIT
            and self.tally.good
            and not self.tally.lost
        )


async def day(folder: Path, *, hours: int, chats: int, seed: int) -> Day:
    """Let the bot live through so many hours."""
    dice = random.Random(seed)  # noqa: S311  # chance, not secrecy
    everyone = range(FIRST_CHAT, FIRST_CHAT + chats)
    names: list[str] = []
    measured = []
    api = BotApi(limits=None)
    async with Running(folder, api=api, publisher=Publisher(HISTORY)) as bot:
        await bot.start()
        for chat in everyone:
            api.say(chat, "/subscribe idlib")
            await api.wait_for(1, chat=chat, timeout=60)
        await bot.publisher.wait_for_request(2)
        api.faults.by_chance(Chance(bad_gateway=0.01, flood=0.01, cut=0.01), seed=seed)
        for _ in range(hours):
            polls = len(bot.publisher.requests)
            bot.publisher.misbehave(dice.choice(PRANKS), times=1)
            await _news_and_questions(bot, names, everyone, dice)
            await bot.publisher.wait_for_request(polls + POLLS, timeout=60)
            await _told(bot, names[-1], everyone)
            measured.append(_measure(bot))
        api.faults.by_chance(Chance(), seed=seed)
        told = {chat: headlines(api.messages(chat), names) for chat in everyone}
        shown = unsent(folder / "state")
    return Day(hours=measured, tally=tally(told, names, shown))


async def _news_and_questions(bot: Running, names: list[str], chats: Sequence[int], dice: random.Random) -> None:
    for number in range(COMMANDS):
        if number % (COMMANDS // ITEMS) == 0:
            names.append(f"Idlib report {len(names)}")
            link = f"https://moscow-times.example/2020/03/06/idlib-report-a{80_000 + len(names)}"
            bot.publisher.publish(NewsItem(title=names[-1], summary="Of many words. " * 20, link=link))
        bot.api.say(dice.choice([*chats, *range(5_000, 5_050)]), dice.choice(SAID))
        await asyncio.sleep(0.05)


async def _told(bot: Running, name: str, chats: Sequence[int]) -> None:
    """Wait until everybody has the last news."""
    async with asyncio.timeout(120):
        for chat in chats:
            while name not in headlines(bot.api.messages(chat), (name,)):  # noqa: ASYNC110  # seldom asked: it takes long
                await asyncio.sleep(0.1)


def _measure(bot: Running) -> Hour:
    assert bot.process is not None
    process = Path("/proc") / str(bot.process.pid)
    pages = next(line for line in (process / "status").read_text().splitlines() if line.startswith("VmRSS"))
    state = sum(found.stat().st_size for found in (bot.folder / "state").iterdir())
    files = [str(file.readlink()) for file in (process / "fd").iterdir()]
    sockets = sum(file.startswith("socket:") for file in files)
    return Hour(memory=int(pages.split()[1]) / 1024, files=len(files) - sockets, sockets=sockets, state=state / 1e6)


def main() -> int:
    """Run a day a seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("seeds", 1), ("hours", 24), ("chats", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    good = True
    for seed in range(1, given.seeds + 1):
        with tempfile.TemporaryDirectory(prefix="newsvane-drill-") as folder:
            passed = asyncio.run(day(Path(folder), hours=given.hours, chats=given.chats, seed=seed))
        good &= passed.good
        warm, last = passed.hours[WARM - 1], passed.hours[-1]
        print(
            f"seed {seed}, {given.hours} h: memory {warm.memory:.1f} MB after {WARM} h, {last.memory:.1f} at the end, "
            f"{passed.slope:+.2f} MB an hour; open files {warm.files} and {last.files}, sockets at most "
            f"{max(hour.sockets for hour in passed.hours)} (limit {SOCKETS}); state at most "
            f"{max(hour.state for hour in passed.hours):.1f} MB; {passed.tally}"
            f"{'' if passed.good else ' BREACH'}"
        )
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
