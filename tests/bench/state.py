"""What a state after a long success costs, beside an empty one: ./run bench state [--runs N].

A million alerts told, a million names known, 20,000 alerts waiting, 10,000 chats: start of the real process to its
first getUpdates, what it takes of memory some seconds later, one poll's commit, the file, the longest slice of upkeep
in CPU time. By turns with the empty state; medians. Exit 1 if a figure is over its limit.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

from examples import an_item
from memory import Memory, feed_named
from million import FULL, write_state
from pss import memory_of
from running import NEWSVANE, Running

from bot.delivery.upkeep import Upkeep
from bot.model import MatchedItem

SETTLED = 6.0
"""Seconds after the first getUpdates until memory is read."""
DAYS = 86_400.0


def main() -> int:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=7, help="starts of each")
    parser.add_argument("--commits", type=int, default=300, help="polls of each")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=".") as name:
        folders = [Path(name, "empty").absolute(), Path(name, "full").absolute()]
        for folder in folders:
            (folder / "state").mkdir(parents=True)
        began = time.process_time()
        size = write_state(folders[1] / "state").stat().st_size / 1e6
        print(f"written in {time.process_time() - began:.0f} s of CPU")
        starts, memory = asyncio.run(lives(folders, given.runs))
        commits = polls(folders, given.commits)
        longest = longest_slice(folders[1])
    rows = [
        ("start to the first getUpdates, s", starts[0], starts[1], 1.5 * starts[0]),
        ("memory (PSS), MB", memory[0], memory[1], memory[0] + 40),
        ("one poll's commit, ms", commits[0], commits[1], 1.5 * commits[0]),
        ("state file, MB", 0.0, size, 300.0),
        ("longest slice of upkeep, ms of CPU", 0.0, longest, 10.0),
    ]
    print(f"{'figure':36} {'empty':>8} {'full':>8} {'limit':>8}")
    for what, empty, full, limit in rows:
        print(f"{what:36} {empty:8.2f} {full:8.2f} {limit:8.2f}")
    return int(any(full > limit for _, _, full, limit in rows))


async def lives(folders: list[Path], runs: int) -> tuple[list[float], list[float]]:
    """Start the bot on each state by turns. Returns medians of seconds and of MB, without the first life of each."""
    starts: list[list[float]] = [[], []]
    memory: list[list[float]] = [[], []]
    for run in range(runs + 1):
        for each, folder in enumerate(folders):
            seconds, megabytes = await life(folder / "state", made(folder / f"life{run}"))
            if run:
                starts[each].append(seconds)
                memory[each].append(megabytes)
    return [median(each) for each in starts], [median(each) for each in memory]


async def life(state: Path, folder: Path) -> tuple[float, float]:
    """Start the bot on a state and stop it. Returns seconds to its first getUpdates, and MB some seconds later."""
    command = [*NEWSVANE[:-1], "--state", str(state), "run"]
    async with Running(folder, command=command, poll="") as bot:
        began = time.time()
        process = await bot.start()
        await bot.api.wait_until(lambda: bot.api.first_poll_at is not None, timeout=60)
        assert bot.api.first_poll_at is not None
        took = bot.api.first_poll_at - began
        await asyncio.sleep(SETTLED)
        megabytes = memory_of(process.pid)[0]
        await bot.stop()
        return took, megabytes


def made(folder: Path) -> Path:
    """Make a folder."""
    folder.mkdir()
    return folder


def polls(folders: list[Path], count: int) -> list[float]:
    """Poll on each state by turns. Returns the medians of ms of the commits."""
    took: list[list[float]] = [[], []]
    with closing(Memory(folders[0] / "state")) as empty, closing(Memory(folders[1] / "state")) as full:
        memories = [empty, full]
        for number in range(count):
            for each, memory in enumerate(memories):
                took[each].append(one_poll(memory, number) * 1e3)
    return [median(each) for each in took]


def one_poll(memory: Memory, number: int) -> float:
    """Poll three items that are new and met by no watch: what nearly every poll is. Returns seconds of the commit."""
    feed = feed_named(f"news-{number % FULL.feeds}")
    now = time.time()
    items = [an_item(f"https://fresh.example/{number}/{n}", feed=feed.name, published=now, seen=now) for n in range(3)]
    changes = memory.plan(*(MatchedItem(item=item, matches=()) for item in items), feed=feed, at=now).changes
    began = time.perf_counter()
    memory.store.commit(changes)
    return time.perf_counter() - began


def longest_slice(folder: Path) -> float:
    """Tidy up after a hundred days, when all is old. Returns ms of CPU of the longest slice."""
    with closing(Memory(folder / "state")) as memory:
        later = time.time() + 100 * DAYS
        times = iter((later - 3_600, later))  # the first round forgets nothing that a feed may still show
        upkeep = Upkeep(store=memory.store, outbox=memory.outbox, clock=lambda: next(times))
        return max(*timed(upkeep.slices()), *timed(upkeep.slices())) * 1e3


def timed(slices: Iterator[int], most: int = 3_000) -> Iterator[float]:
    """Give the seconds of CPU of each slice, of so many."""
    for _ in range(most):
        began = time.process_time()
        if next(slices, None) is None:
            return
        yield time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
