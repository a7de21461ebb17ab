"""The wall clock is set, and the machine sleeps: ./run drill clock.

First in virtual time (tests/leaping.py), with an interval of five minutes: 400 days forward, 20 years back, each for
some minutes or for good, asleep for two months, a leap second. Then the real process (tests/clocked.py), whose clock is
set so, and which says what that costs it in memory and time. Wanted: the next poll when it is due, and after a sleep
within two ticks; every alert once and in order; no date that was never the time; +5 MB at most. Exit 1 at any breach.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from leaping import VirtualTime
from outage import INTERVAL, in_virtual_time, news, stage, subscribed
from running import ROOT, Running
from standins.botapi import BotApi
from standins.publisher import Publisher
from tally import Tally, headlines, tally

from bot.demo.story import HISTORY
from bot.runtime import logs
from bot.runtime.clocks import TOLERANCE

DAY = 86_400.0
DATES = {"seen", "created", "settled", "last_poll", "next_poll", "last_new", "failing_since", "not_before"}
CHATS = range(100, 103)
SOME_MINUTES = 300.0
ENOUGH_MEMORY = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What becomes of the clock: the wall clock is set `by` seconds, for a time or for good, or the machine sleeps."""

    by: float
    back_after: float = 0.0
    asleep: bool = False

    @property
    def stays(self) -> float:
        """By how much the wall clock is right to differ in the end."""
        return 0.0 if self.back_after or self.asleep else self.by


KINDS = {
    "400 days forward, for five minutes": Kind(by=400 * DAY, back_after=SOME_MINUTES),
    "20 years back, for five minutes": Kind(by=-20 * 365 * DAY, back_after=SOME_MINUTES),
    "400 days forward": Kind(by=400 * DAY),
    "20 years back": Kind(by=-20 * 365 * DAY),
    "asleep for two months": Kind(by=60 * DAY, asleep=True),
    "asleep for a year": Kind(by=365 * DAY, asleep=True),
    "a leap second": Kind(by=-1.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What it came to. `gaps` are seconds between polls while the machine was awake, `resumed` the first after it.

    `wrong` are dates in the state that were never the time.
    """

    kind: Kind
    tick: float
    gaps: Sequence[float]
    resumed: float
    tally: Tally
    wrong: Sequence[str]

    @property
    def good(self) -> bool:
        """Whether all was kept."""
        in_time = self.resumed <= (2 * self.tick if self.kind.asleep else INTERVAL * 1.1)
        steady = all(INTERVAL * 0.9 <= gap <= INTERVAL * 1.1 for gap in self.gaps)
        told = self.tally.good and not self.tally.lost and not self.tally.extra
        return in_time and steady and told and not self.wrong


async def moved(time: VirtualTime, folder: Path, *, kind: Kind, tick: float) -> Moved:
    """Let the clock be set between two polls, and go on for some."""
    names = [news(number).title for number in range(8)]
    polls: list[float] = []
    began = time.elsewhere()
    async with stage(folder, time, tick=tick, observers=[lambda _: polls.append(time.now)]) as bot:
        await subscribed(bot, CHATS)

        async def polled(count: int) -> None:
            while len(polls) < count:  # noqa: ASYNC110  # an observer has no event
                await asyncio.sleep(1)

        bot.publisher.publish(news(0))
        await polled(len(polls) + 1)
        await asyncio.sleep(INTERVAL / 3)
        at, before = time.now, len(polls)
        if kind.asleep:
            time.sleep(kind.by)
        else:
            time.set_wall(kind.by)
        bot.publisher.publish(news(1))
        if kind.back_after:
            await asyncio.sleep(kind.back_after)
            time.set_wall(-kind.by)
        for number in range(2, len(names)):
            await polled(len(polls) + 1)
            bot.publisher.publish(news(number))
        await polled(len(polls) + 2)
        await asyncio.sleep(60)
        told = {chat: headlines(bot.api.messages(chat), names) for chat in CHATS}
        ends = time.elsewhere()
    gaps = [later - sooner for number, (sooner, later) in enumerate(pairwise(polls[1:]), 2) if number != before]
    return Moved(
        kind=kind,
        tick=tick,
        gaps=gaps,
        resumed=polls[before] - at,
        tally=tally(told, names),
        wrong=list(wrong_dates(folder / "state/newsvane.db", began, ends, kind.stays)),
    )


def wrong_dates(state: Path, began: float, ends: float, stays: float) -> Iterator[str]:
    """Yield the dates of a state that were neither the time then nor that of a clock that was set for good."""
    times = [(began - DAY, ends + DAY), (began + stays - TOLERANCE, ends + stays + DAY)]
    with closing(sqlite3.connect(f"{state.as_uri()}?mode=ro", uri=True)) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            for (doc,) in db.execute(f'SELECT doc FROM "{table}"').fetchall():  # noqa: S608  # it is one of our own
                for key, value in _numbers(json.loads(doc)):
                    if key in DATES and value and not any(first <= value <= last for first, last in times):
                        yield f"{table}.{key} = {value}"


def _numbers(value: object, key: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _numbers(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each, key)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield key, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What it cost a real process: megabytes, seconds of its CPU, the longest wait for a poll, polls a second."""

    memory: float
    cpu: float
    longest: float
    rate: float
    tally: Tally

    @property
    def good(self) -> bool:
        """Whether it was cheap, and nothing was lost."""
        told = self.tally.good and not self.tally.lost and not self.tally.extra
        return self.memory <= ENOUGH_MEMORY and self.longest <= 1.5 and self.cpu <= 5 and told


async def cost(folder: Path, kind: Kind, *, seconds: float = 8.0) -> Cost:
    """Set the clock of a real bot that polls twice a second, look at some seconds of it, and set it right again."""
    names = [news(number).title for number in range(4)]
    command = (sys.executable, ROOT / "tests/clocked.py")
    poll = 'interval = "0.5s"\nmin_interval = "0.5s"\nmax_interval = "0.5s"'
    async with Running(
        folder, api=BotApi(limits=None), publisher=Publisher(HISTORY), command=command, poll=poll
    ) as bot:
        process = await bot.start()
        for chat in CHATS:
            bot.api.say(chat, "/subscribe idlib")
            await bot.api.wait_for(1, chat=chat, timeout=60)
        bot.publisher.publish(news(0))
        await bot.api.wait_until(_told(bot, names[:1]), timeout=60)
        await asyncio.sleep(seconds / 2)
        memory, cpu, asked = _resident(process.pid), _cpu(process.pid), len(bot.publisher.requests)
        (folder / "set").write_text(json.dumps({"by": kind.by, "asleep": kind.asleep}))
        waits = await _longest_wait(bot, seconds / 2)
        bot.publisher.publish(news(1))
        if kind.back_after:
            (folder / "set").write_text(json.dumps({"by": -kind.by, "asleep": False}))
        longest = max(waits, await _longest_wait(bot, seconds / 2))
        memory, cpu = _resident(process.pid) - memory, _cpu(process.pid) - cpu
        rate = (len(bot.publisher.requests) - asked) / seconds
        for number in (2, 3):
            bot.publisher.publish(news(number))
        await bot.api.wait_until(_told(bot, names), timeout=60)
        await asyncio.sleep(1)  # for what comes too often
        told = {chat: headlines(bot.api.messages(chat), names) for chat in CHATS}
        await bot.stop()
        return Cost(memory=memory, cpu=cpu, longest=longest, rate=rate, tally=tally(told, names))


def _told(bot: Running, names: Sequence[str]) -> Callable[[], bool]:
    return lambda: all(set(names) <= set(headlines(bot.api.messages(chat), names)) for chat in CHATS)


async def _longest_wait(bot: Running, seconds: float) -> float:
    """Return the longest time without a request within so many seconds."""
    loop = asyncio.get_running_loop()
    ends, last, count, longest = loop.time() + seconds, loop.time(), len(bot.publisher.requests), 0.0
    while loop.time() < ends:
        await asyncio.sleep(0.01)
        if len(bot.publisher.requests) > count:
            last, count = loop.time(), len(bot.publisher.requests)
        longest = max(longest, loop.time() - last)
    return longest


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu(pid: int) -> float:
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Run all kinds, in virtual time and in a real process."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    logs.configure(level="critical")
    good = True
    for name, kind in KINDS.items():
        came = in_virtual_time(moved, kind=kind, tick=0.5)
        good &= came.good
        print(
            f"{name}: next poll after {came.resumed:.1f} s, the others {min(came.gaps):.0f} to {max(came.gaps):.0f} s "
            f"apart (interval {INTERVAL:.0f}, tick {came.tick}); {came.tally}; dates of no time: {len(came.wrong)}"
            f"{'' if came.good else f' BREACH {came.wrong[:5]}'}"
        )
    for name, kind in KINDS.items():
        with tempfile.TemporaryDirectory(prefix="newsvane-drill-") as folder:
            price = asyncio.run(cost(Path(folder), kind))
        good &= price.good
        print(
            f"{name}, real process: {price.memory:+.1f} MB, {price.cpu:.2f} s of CPU in 8 s, longest without a poll "
            f"{price.longest:.2f} s (interval 0.5), {price.rate:.1f} polls/s; {price.tally}"
            f"{'' if price.good else ' BREACH'}"
        )
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
