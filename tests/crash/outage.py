"""Telegram is away for hours while news goes on, and somebody sets the clock: ./run drill outage [--seeds N].

Virtual time (see tests/leaping.py), the whole bot. Each outage is of another kind: connections that are cut, 502, no
answer at all. Afterwards all must come, in order, none uncertain, and twice only what was under way when it began.
The clock is set two hours forward and back: no feed may be asked too soon or too late, no held chat be stuck.
Exit 1 at any breach.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any, TypeVar

import leaping
from leaping import ParserHere, VirtualTime
from standins.botapi import BotApi, faults
from standins.botapi.faults import Fault
from standins.publisher import Publisher
from tally import Tally, headlines, tally, unsent

from bot.app import Tempo
from bot.demo.stage import Stage
from bot.demo.story import HISTORY, NewsItem
from bot.poll.pipeline import Observer
from bot.runtime import logs
from bot.settings import load

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"cut": faults.cut(), "502": faults.bad_gateway(), "no answer": faults.stalled(3600)}
INTERVAL = 300.0
JUMP = 7200.0
FIRST_CHAT = 100
T = TypeVar("T")


def stage(folder: Path, time: VirtualTime, *, tick: float, observers: Sequence[Observer] = ()) -> Stage:
    """Set a stage in virtual time: polls every five minutes, whatever the feed's habit; Telegram's limits."""
    settings = load(ROOT / "config", Path("unused"), environ={})
    return Stage(
        settings,
        folder / "state",
        api=BotApi(clock=time.elsewhere),
        publisher=Publisher(HISTORY, clock=time.elsewhere),
        interval=INTERVAL,
        longest=INTERVAL,
        observers=observers,
        tempo=Tempo(tick=tick, beat=0.0, clocks=time.clocks, parser=ParserHere()),
    )


async def subscribed(stage: Stage, chats: Sequence[int]) -> None:
    """Start the bot, and let these chats subscribe to Idlib."""
    stage.start_bot()
    await stage.first_poll_done(3600)
    for chat in chats:
        stage.api.say(chat, "/subscribe idlib")
        await stage.api.wait_for(1, chat=chat, timeout=600)


def news(number: int) -> NewsItem:
    """Make an item that meets Idlib."""
    link = f"https://moscow-times.example/2020/03/06/idlib-report-a{80_000 + number}"
    return NewsItem(title=f"Idlib report {number}", summary="", link=link)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What an outage came to. `queue` is the most rows that waited, `drained` the seconds until all had come."""

    tally: Tally
    under_way: int
    queue: int
    drained: float

    @property
    def good(self) -> bool:
        """Whether the promise was kept."""
        bound = self.queue <= self.tally.wanted and self.drained < 3600
        return self.tally.good and not self.tally.lost and self.tally.extra <= self.under_way and bound


async def outage(
    time: VirtualTime, folder: Path, *, kind: Fault, hours: float, chats: int, tick: float, seed: int
) -> Outage:
    """Let Telegram be away. What is under way when it begins arrives, and only its answer is lost."""
    everyone = range(FIRST_CHAT, FIRST_CHAT + chats)
    dice = random.Random(seed)  # noqa: S311  # chance, not secrecy
    names, every = [], 60.0 if hours <= 1 else 360.0
    async with stage(folder, time, tick=tick) as bot:
        await subscribed(bot, everyone)
        bot.api.faults.add(faults.lost(), times=dice.randrange(1, 7))
        bot.publisher.publish(news(0))
        names.append(news(0).title)
        await bot.api.wait_until(lambda: sum(call.fault == "lost" for call in bot.api.calls) > 0, timeout=3600)
        bot.api.faults.add(kind, times=None, method="")
        ends, queue = time.now + hours * 3600, 0
        while time.now < ends:
            bot.publisher.publish(news(len(names)))
            names.append(news(len(names)).title)
            await asyncio.sleep(every * dice.uniform(0.5, 1.5))
        await asyncio.sleep(INTERVAL * 2)
        queue = sum(state in {"queued", "sending"} for state in unsent(folder / "state").values())
        under_way = sum(call.fault == "lost" for call in bot.api.calls)
        bot.api.faults.clear()
        back = time.now

        def told() -> dict[int, list[str]]:
            return {chat: headlines(bot.api.messages(chat), names) for chat in everyone}

        with suppress(TimeoutError):  # what is missing is counted
            await bot.api.wait_until(
                lambda: all(len(set(heard)) == len(names) for heard in told().values()), timeout=7200
            )
        drained = time.now - back
        await asyncio.sleep(600)  # for what comes too often
        return Outage(
            tally=tally(told(), names, unsent(folder / "state")), under_way=under_way, queue=queue, drained=drained
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """What a jump of the wall clock came to, in seconds: `gaps` between polls, `held` until a held chat was told."""

    by: float
    gaps: tuple[float, ...]
    held: float
    hold: float
    tally: Tally
    tick: float

    @property
    def good(self) -> bool:
        """Whether polls kept their pace, and the held chat was told in time and like all others once and in order."""
        steady = all(INTERVAL * 0.9 <= gap <= INTERVAL * 1.1 for gap in self.gaps)
        longest = self.hold + 2 * INTERVAL
        return steady and self.held <= longest and not self.tally.lost and self.tally.good and self.tally.most == 1


async def jump(
    time: VirtualTime, folder: Path, *, by: float, hold: float, tick: float, restart: bool, seed: int
) -> Jump:
    """Set the wall clock while a chat is held, and look at an hour of polls."""
    everyone = range(FIRST_CHAT, FIRST_CHAT + 5)
    dice = random.Random(seed)  # noqa: S311  # chance, not secrecy
    names = [news(number).title for number in range(10)]
    polls: list[float] = []
    async with stage(folder, time, tick=tick, observers=[lambda _: polls.append(time.now)]) as bot:
        await subscribed(bot, everyone)
        bot.api.faults.add(faults.flood(int(hold)), times=1, chat=FIRST_CHAT)
        bot.publisher.publish(news(0))
        await bot.api.wait_until(lambda: bot.api.too_many == 1, timeout=3600)
        began = time.now
        await asyncio.sleep(dice.uniform(5, 100))  # so that it is remembered
        time.set_wall(by)
        if restart:
            await bot.stop_bot()
            bot.start_bot()
            polls.clear()
        for number in range(1, len(names)):
            await asyncio.sleep(INTERVAL)
            bot.publisher.publish(news(number))
        heard = lambda chat: headlines(bot.api.messages(chat), names)  # noqa: E731  # asked again and again
        await bot.api.wait_until(lambda: all(len(heard(chat)) >= len(names) for chat in everyone), timeout=7200)
        first = next(message for message in bot.api.messages(FIRST_CHAT) if headlines([message], names))
        told = {chat: heard(chat) for chat in everyone}
        held = first.at - leaping.START - began
        gaps = tuple(round(later - sooner, 1) for sooner, later in pairwise(polls))
        return Jump(by=by, gaps=gaps, held=held, hold=hold, tally=tally(told, names), tick=tick)


def in_virtual_time(trial: Callable[..., Coroutine[Any, Any, T]], **how: object) -> T:
    """Run a trial in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="newsvane-drill-") as folder:
        return leaping.run(lambda time: trial(time, Path(folder), **how))


def main() -> int:
    """Run outages of all kinds, an hour and six, and jumps of the clock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--chats", type=int, default=20)
    given = parser.parse_args()
    logs.configure(level="critical")
    good = True
    for seed in range(1, given.seeds + 1):
        for (name, kind), hours in product(KINDS.items(), (1, 6)):
            away = in_virtual_time(outage, kind=kind, hours=hours, chats=given.chats, tick=2.0, seed=seed)
            good &= away.good
            print(
                f"seed {seed}, Telegram away for {hours} h ({name}): {away.tally}; at most {away.queue:,} waited, "
                f"all had come {away.drained:.0f} s after its return{'' if away.good else ' BREACH'}"
            )
        for by, restart in product((JUMP, -JUMP), (False, True)):
            moved = in_virtual_time(jump, by=by, hold=900, tick=0.5, restart=restart, seed=seed)
            good &= moved.good
            print(
                f"seed {seed}, clock set by {by / 3600:+.0f} h{', and a restart' if restart else ''}: polls "
                f"{min(moved.gaps):.0f} to {max(moved.gaps):.0f} s apart (interval {INTERVAL:.0f}), a chat held for "
                f"{moved.hold:.0f} s told after {moved.held:.0f} s; {moved.tally}{'' if moved.good else ' BREACH'}"
            )
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
