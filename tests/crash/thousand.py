"""A thousand feeds, one in ten of them misbehaving: ./run drill thousand [--feeds N] [--minutes M].

Each feed is on a host of its own; all are served by one process beside this one (tests/printer.py). The bot's newsroom,
poller and store run as in the service, in real time. Every good feed must be polled when it is due, whatever the others
do: they hang, drip, send without end, unpack to 200 MB, break off, redirect in circles. Printed:

    late    seconds from when a feed was due until its publisher was asked: median, of 99 in 100, worst
    lag     ms that the loop kept a task waiting which wanted to run: by the clock, and by the loop's own CPU time,
            which other programs on the machine do not lengthen
    memory  what the bot had at first and at most, and its children at most (PSS)

Exit 1 if a good feed was not polled within 5 s, or the loop's own CPU time kept a task waiting for 100 ms, or the
bot's memory grew by more than 100 MB; the children's has its limits in `bot/feeds/parse/worker`.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path

from printer import MISBEHAVING, Printer
from pss import memory_of
from rooms import Room

from bot.assembly import Tempo
from bot.model import Chat, Feed
from bot.poll.outcome import PollOutcome
from bot.poll.poller import Poller
from bot.runtime import logs
from bot.runtime.clocks import REAL_CLOCKS
from bot.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]
TICK, STEP, SAMPLE = 0.5, 0.005, 5.0
ON_TIME, LAG, GROWTH = 5.0, 0.1, 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it. Times in seconds, sorted; memory in MB, at the beginning and the most; polls and failures.

    `least` is how often the good feed that was polled most seldom was polled.
    """

    late: list[float]
    missed: int
    lag: list[float]
    busy: list[float]
    own: tuple[float, float]
    children: float
    polls: int
    failures: int
    good_failures: int
    least: int

    def breaches(self) -> list[str]:
        """Name the bounds that were passed."""
        bounds = {
            "a good feed was not polled": self.missed > 0,
            "a good feed was late": self.late[-1] > ON_TIME,
            "a good feed failed": self.good_failures > 0,
            "the loop was kept": self.busy[-1] > LAG,
            "the memory grew": self.own[1] - self.own[0] > GROWTH,
        }
        return [name for name, passed in bounds.items() if passed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """A poll: when it was settled, when the next one was decided to be. Not the look: its error holds on to much."""

    feed: str
    settled: float
    next_poll: float
    failed: bool


class Watcher:
    """Wants to run every few milliseconds, and notes for how long it was kept waiting; looks at the memory as well."""

    def __init__(self, printer: int) -> None:
        self.lag: list[float] = []
        self.busy: list[float] = []
        self.memory: list[tuple[float, float]] = []
        self._printer = printer

    async def watch(self) -> None:
        """Watch until cancelled."""
        looked = 0.0
        while True:
            clock, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(STEP)
            self.lag.append(time.perf_counter() - clock - STEP)
            self.busy.append(time.thread_time() - cpu)
            if clock > looked + SAMPLE:
                looked = clock
                self.memory.append(await asyncio.to_thread(memory_of, os.getpid(), without={self._printer}))


async def thousand(
    printer: Printer,
    folder: Path,
    *,
    feeds: int,
    seconds: float,
    interval: float,
    timeout: float,  # noqa: ASYNC109  # the fetcher's own
    enough: Callable[[Sequence[Polled]], bool] = lambda _: False,
) -> Outcome:
    """Poll for so many seconds, or until there were `enough` polls."""
    polls: list[Polled] = []
    over = asyncio.Event()
    watcher = Watcher(printer.pid)
    async with AsyncExitStack() as closing:
        config = settings(printer, feeds, interval, timeout)

        def observe(outcome: PollOutcome) -> None:
            polls.append(_noted(outcome))
            if enough(polls):
                over.set()

        room = Room(config, folder, closing, tempo=Tempo(), observers=[observe])
        room.subscriptions.subscribe(Chat(id=1), [watch.name for watch in config.watches])
        poller = Poller(
            feeds=room.feeds,
            pipeline=room.pipeline,
            store=room.store,
            poll=config.poll,
            clocks=REAL_CLOCKS,
            progress=lambda: None,
        )
        tasks = [asyncio.create_task(watcher.watch()), asyncio.create_task(_ticking(poller))]
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), seconds)
        ended = time.time()
        for task in tasks:
            task.cancel()
        await poller.drain(0.0 if over.is_set() else 5.0)
    late, missed = lateness(polls, printer.log(), ended)
    failed = [poll for poll in polls if poll.failed]
    return Outcome(
        late=late,
        missed=missed,
        lag=sorted(watcher.lag),
        busy=sorted(watcher.busy),
        own=(watcher.memory[0][0], max(own for own, _ in watcher.memory)),
        children=max(children for _, children in watcher.memory),
        polls=len(polls),
        failures=len(failed),
        good_failures=sum(poll.feed.startswith("news") for poll in failed),
        least=least(polls, [feed.name for feed in config.feeds]),
    )


def least(polls: Sequence[Polled], feeds: Sequence[str]) -> int:
    """Return how often the good feed was polled that was polled most seldom."""
    counts = Counter(poll.feed for poll in polls)
    return min(counts[feed] for feed in feeds if feed.startswith("news"))


def settings(printer: Printer, feeds: int, interval: float, timeout: float) -> Settings:
    """Return the project's config with these feeds, one in ten of which misbehaves, each in another way."""
    given = load(ROOT / "config", Path("unused"), environ={})
    kinds = ["news" if number % 10 else MISBEHAVING[number // 10 % len(MISBEHAVING)] for number in range(feeds)]
    return replace(
        given,
        poll=replace(given.poll, interval=interval, min_interval=interval, max_interval=interval * 10),
        fetch=replace(given.fetch, chats_may_reach=(ip_network("127.0.0.0/8"),), timeout=timeout),
        watches=tuple(replace(watch, feeds=()) for watch in given.watches),
        feeds=tuple(
            Feed(name=f"{kind}-{number}", title=kind, url=printer.url(kind, number))
            for number, kind in enumerate(kinds)
        ),
    )


def lateness(polls: Sequence[Polled], log: list[tuple[str, int, float]], ended: float) -> tuple[list[float], int]:
    """Give by how much good feeds were asked later than was decided, sorted, and how many that were due were not."""
    asked: dict[str, list[float]] = defaultdict(list)
    for kind, number, at in log:
        asked[f"{kind}-{number}"].append(at)
    late, missed = [], 0
    for poll in polls:
        if not poll.feed.startswith("news") or poll.next_poll > ended - ON_TIME:
            continue
        later = [at for at in asked[poll.feed] if at > poll.settled]
        late += [later[0] - poll.next_poll] if later else []
        missed += not later
    return sorted(late), missed


def _noted(outcome: PollOutcome) -> Polled:
    return Polled(
        feed=outcome.feed.name,
        settled=time.time(),
        next_poll=outcome.state.schedule.next_poll,
        failed=outcome.failure is not None,
    )


async def _ticking(poller: Poller) -> None:
    while True:
        await poller.tick()
        await asyncio.sleep(TICK)


def part(values: list[float], share: float) -> float:
    """Return the value below which such a share of sorted values lies."""
    return values[min(int(len(values) * share), len(values) - 1)]


def main() -> int:
    """Run it and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1_000)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--interval", type=float, default=60.0)
    given = parser.parse_args()
    logs.configure(level="critical")
    with Printer.started() as printer, tempfile.TemporaryDirectory(prefix="newsvane-drill-") as folder:
        out = asyncio.run(
            thousand(
                printer,
                Path(folder),
                feeds=given.feeds,
                seconds=given.minutes * 60,
                interval=given.interval,
                timeout=30.0,
            )
        )
    breaches = out.breaches()
    print(
        f"{given.feeds:,} feeds, {given.minutes:g} minutes: {out.polls:,} polls, {out.failures:,} failed, "
        f"{out.good_failures} of good feeds, {out.missed} missed\n"
        f"late: median {part(out.late, 0.5):.2f} s, p99 {part(out.late, 0.99):.2f} s, worst {out.late[-1]:.2f} s\n"
        f"lag by the clock: p99 {part(out.lag, 0.99) * 1e3:.0f} ms, worst {out.lag[-1] * 1e3:.0f} ms; by CPU time: "
        f"p99 {part(out.busy, 0.99) * 1e3:.0f} ms, worst {out.busy[-1] * 1e3:.0f} ms\n"
        f"memory: {out.own[0]:.0f} MB at first, at most {out.own[1]:.0f} MB; children at most {out.children:.0f} MB\n"
        f"{'BREACH: ' + ', '.join(breaches) if breaches else 'no breach'}"
    )
    return int(bool(breaches))


if __name__ == "__main__":
    sys.exit(main())
