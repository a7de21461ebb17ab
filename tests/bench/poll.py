"""What polling costs: ./run bench poll [--rounds N] [--feeds N] [--seconds S].

The publishers run in a process of their own (tests/printer.py), each feed on a host, so on a connection, of its own.
Measured is CPU time (process_time; of children proc(5) stat), not the clock, so that neighbours on the machine count
little; medians of the rounds.

    304         a conditional request through the whole fetch, answered with 304
    same        a body of 30 KB that is the same as before: fetched and hashed
    changed     36 items of which 2 are new: fetched, read in a child, matched with the watchlists of config, committed
    steady      10,000 feeds at 10 minutes for a while: newsroom, poller, store; one poll in ten brings 2 new items
"""

import argparse
import asyncio
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path

from examples import a_state
from memory import Memory
from printer import EVERY, ITEMS, Printer
from rooms import Room

from bot.assembly import USER_AGENT, Tempo
from bot.feeds.fetch.http import HttpFetcher
from bot.feeds.schedule.habit import Habit, learn, written_habit
from bot.model import Changes, Chat, Feed, Fetched, KnownName, Poll
from bot.poll.health import POLLS_KEPT
from bot.poll.pipeline import Observer
from bot.poll.poller import Poller
from bot.poll.validators import body_hash
from bot.runtime import logs
from bot.runtime.clocks import REAL_CLOCKS
from bot.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = (ip_network("127.0.0.0/8"),)
AT_ONCE = 20
TICK = 0.5
SETTLE = 20.0
"""Seconds until the state is made, opened, and polling is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kitchen:
    """The bot's half that reads news, for some feeds, in a state of its own."""

    room: Room
    poller: Poller


@asynccontextmanager
async def kitchen(feeds: Sequence[Feed], folder: Path, observe: Observer = lambda _: None) -> AsyncIterator[Kitchen]:
    """Put it together as the service does."""
    async with AsyncExitStack() as closing:
        config = settings(feeds)
        room = Room(config, folder, closing, tempo=Tempo(), observers=[observe])
        room.subscriptions.subscribe(Chat(id=1), [config.watches[0].name])
        poller = Poller(
            feeds=room.feeds,
            pipeline=room.pipeline,
            store=room.store,
            poll=config.poll,
            clocks=REAL_CLOCKS,
            progress=lambda: None,
        )
        yield Kitchen(room=room, poller=poller)


def settings(feeds: Sequence[Feed]) -> Settings:
    """Return the project's config, with these feeds."""
    given = load(ROOT / "config", Path("unused"), environ={})
    return replace(
        given,
        poll=replace(given.poll, interval=EVERY),
        fetch=replace(given.fetch, allow_addresses=LOOPBACK),
        watches=tuple(replace(watch, feeds=()) for watch in given.watches),
        feeds=tuple(feeds),
    )


def feeds_of(printer: Printer, kind: str, count: int) -> list[Feed]:
    """Name feeds of a kind."""
    return [
        Feed(name=f"{kind}-{number}", title=f"Feed {number}", url=printer.url(kind, number)) for number in range(count)
    ]


async def fetching(printer: Printer, kind: str, *, count: int, rounds: int) -> list[float]:
    """Fetch conditionally and compare the body, so many times a round. Returns how many a second of CPU."""
    feeds = feeds_of(printer, kind, count)
    states = [a_state(each.name, url=each.url, etag='W/"1"', last_modified="Friday") for each in feeds]
    fetcher = HttpFetcher(user_agent=USER_AGENT, allow_addresses=LOOPBACK, spacing=0.0)

    async def work(first: int) -> None:
        for place in range(first, count, AT_ONCE):
            answer = await fetcher.fetch(feeds[place], states[place])
            if kind == "same":
                assert isinstance(answer, Fetched)
                assert body_hash(answer)

    found = []
    for _ in range(rounds + 1):
        began = time.process_time()
        await asyncio.gather(*map(work, range(AT_ONCE)))
        found.append(count / (time.process_time() - began))
    await fetcher.close()
    return found[1:]


async def changed(printer: Printer, *, count: int, rounds: int) -> list[tuple[float, float]]:
    """Poll feeds that have 2 new items each time. Gives ms of CPU a poll, of this process and of its children."""
    feeds = feeds_of(printer, "changing", count)
    found = []
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        async with kitchen(feeds, Path(folder)) as made:
            for number in range(rounds + 2):
                began, children = time.process_time(), sum(map(cpu_of, family(os.getpid())[1:]))
                for each in feeds:
                    outcome = await made.room.pipeline.poll(each)
                    assert outcome
                    assert outcome.failure is None
                    assert number == 0 or len(outcome.new) == 2
                ours = time.process_time() - began
                theirs = sum(map(cpu_of, family(os.getpid())[1:])) - children
                found.append((ours * 1e3 / count, theirs * 1e3 / count))
    return found[2:]


async def steady(printer: Printer, *, count: int, names: int, seconds: float) -> dict[str, float]:
    """Live with so many feeds for a while. Gives shares of a core, and MB."""
    feeds = [
        Feed(name=f"f{number}", title=f"Feed {number}", url=printer.url("news" if number % 10 == 0 else "304", number))
        for number in range(count)
    ]
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        filling = multiprocessing.get_context("spawn").Process(target=fill, args=(Path(folder), feeds, names))
        filling.start()  # elsewhere, as it leaves more memory behind than the bot needs
        filling.join()
        polls = 0

        def note(_: object) -> None:
            nonlocal polls
            polls += 1

        async with kitchen(feeds, Path(folder), note) as made:
            ticking = asyncio.create_task(_ticking(made.poller))
            await asyncio.sleep(SETTLE)
            began, cpu, polls = time.perf_counter(), times(), 0
            await asyncio.sleep(seconds)
            took, (ours, theirs) = time.perf_counter() - began, (b - a for a, b in zip(cpu, times(), strict=True))
            sizes = [pss(member) for member in family(os.getpid()) if member != printer.pid]
            ticking.cancel()
            await made.poller.drain(10)
    return {
        "polls/s": polls / took,
        "own share": ours / took,
        "their share": theirs / took,
        "own MB": sizes[0],
        "MB": sum(sizes),
    }


def fill(folder: Path, feeds: Sequence[Feed], names: int) -> None:
    """Make a state in which all feeds have been polled and know so many names, due evenly over the next ten minutes."""
    store = Memory(folder)
    now = time.time()
    habit = grown_habit(now)
    for first in range(0, len(feeds), 100):  # a hundred feeds a commit
        states, known, habits = [], [], {}
        for number, each in enumerate(feeds[first : first + 100], first):
            due = now + SETTLE + EVERY * number / len(feeds)
            habits[each.name] = habit
            known += [KnownName(each.name, f"{name} of {number}", f"{name} of {number}", now) for name in range(names)]
            states.append(
                a_state(
                    each.name,
                    url=each.url,
                    etag='"1"',
                    primed=True,
                    last_poll=due - EVERY,
                    last_success=due - EVERY,
                    last_new=now - 3_600,
                    next_poll=due,
                    every=EVERY,
                    polls=tuple(Poll(due - EVERY * ago, 0.2, "304") for ago in range(POLLS_KEPT, 0, -1)),
                )
            )
        store.commit(Changes(states=tuple(states), known=tuple(known), habits=habits))
    store.close()


def grown_habit(now: float) -> str:
    """Return what is known of a feed's publishing after two weeks of an item each hour."""
    habit = Habit()
    for ago in range(int(14 * 86_400 / EVERY), 0, -1):
        at = now - ago * EVERY
        habit = learn(habit, [at] if ago % 6 == 0 else [], now=at, every=EVERY)
    return written_habit(habit)


async def _ticking(poller: Poller) -> None:
    while True:
        await poller.tick()
        await asyncio.sleep(TICK)


def times() -> tuple[float, float]:
    """Return the CPU seconds of this process, and of its children but the printer, which is not the bot's."""
    return time.process_time(), sum(cpu_of(member) for member in family(os.getpid())[1:])


def family(pid: int) -> list[int]:
    """Return this process and those that read feeds for it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    readers = [int(child) for child in children if "worker" in Path(f"/proc/{child}/cmdline").read_text()]
    return [pid, *readers]


def cpu_of(pid: int) -> float:
    """Return a process's CPU seconds (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pss(pid: int) -> float:
    """Return a process's proportional set size in MB (proc(5), smaps_rollup)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--names", type=int, default=ITEMS, help="that are known of each feed")
    parser.add_argument("--seconds", type=float, default=120.0)
    given = parser.parse_args()
    logs.configure(level="critical")
    with Printer.started() as printer:
        for kind, wanted in (("304", 2_000), ("same", 1_500)):
            found = asyncio.run(fetching(printer, kind, count=1_000, rounds=given.rounds))
            print(f"{kind}: {statistics.median(found):,.0f} a second of CPU ({min(found):,.0f} to {max(found):,.0f}), "
                  f"wanted {wanted:,}")  # fmt: skip
        both = asyncio.run(changed(printer, count=40, rounds=given.rounds))
        ours, theirs = (statistics.median(column) for column in zip(*both, strict=True))
        print(f"changed: {ours + theirs:.1f} ms of CPU a poll ({ours:.1f} own, {theirs:.1f} the child's), wanted 15")
        if given.feeds:
            found = asyncio.run(steady(printer, count=given.feeds, names=given.names, seconds=given.seconds))
            print(
                f"steady: {given.feeds:,} feeds, {found['polls/s']:.1f} polls/s: {found['own share']:.1%} of a core, "
                f"{found['their share']:.1%} the children, wanted 15 %; {found['own MB']:.0f} MB, with children "
                f"{found['MB']:.0f} MB, wanted 150"
            )


if __name__ == "__main__":
    main()
