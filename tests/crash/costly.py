"""Fetches what costs whoever reads HTTP, eight of a kind at once: ./run drill costly [--seconds S] [KIND …].

The publishers are a process of their own. The real fetcher asks eight at a time, again and again, and beside them a
good neighbour whose feed is new at each request. Printed for each kind:

    lag         ms that the loop was late: in the 99th of 100 turns, and at worst
    busy        the same by the loop's own CPU time, which other programs on the machine do not lengthen
    CPU         seconds of this process in a second
    memory      MB of this process at most, above where it began
    neighbour   how often it was fetched, and the longest that took in ms
    costly      how many requests ended, and how

Exit 1 if the loop was later than 50 ms in the 99th of 100, or than 250 ms at worst, or if a request of the neighbour
failed or took longer than 2 s.
"""

import argparse
import asyncio
import re
import resource
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from printer import Printer

from bot.errors import FeedError
from bot.feeds.fetch.http import HttpFetcher
from bot.model import Feed, FeedState
from bot.runtime.lag import Lag, Lags

KINDS = (
    "same",
    "informational",
    "large-head",
    "tiny-chunks",
    "chunk-extensions",
    "gzip-members",
    "gzip-bomb",
    "brotli-bomb",
    "endless",
    "drip",
    "hang",
)
AT_ONCE = 8
USUAL, WORST, NEIGHBOUR = 0.05, 0.25, 2.0
_BEAT = 0.005
_NEIGHBOUR = 60_000  # its number: a host of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one kind did. `lag`, `busy` and `slowest` in seconds, `cpu` in seconds a second, `memory` in MB."""

    kind: str
    lag: Lag
    busy: Lag
    cpu: float
    memory: float
    fetched: int
    slowest: float
    failed: int
    ends: Counter[str]

    def breaches(self) -> list[str]:
        """Name the bounds that were passed."""
        bounds = {
            "the loop was kept": self.lag.usual > USUAL or self.lag.worst > WORST,
            "the neighbour waited": self.slowest > NEIGHBOUR or not self.fetched,
            "the neighbour failed": self.failed > 0,
        }
        return [name for name, passed in bounds.items() if passed]

    def __str__(self) -> str:
        ends = "; ".join(f"{count} {end}" for end, count in self.ends.most_common())
        return (
            f"{self.kind:17} lag: {self.lag}; busy: {self.busy}; CPU {self.cpu:.2f}; memory +{self.memory:.0f} MB; "
            f"neighbour: {self.fetched} fetched, longest {self.slowest * 1e3:.0f} ms; costly: {ends}"
            f"{''.join(f'; BREACH: {breach}' for breach in self.breaches())}"
        )


class Trial:
    """Asks publishers of a kind and the neighbour, and measures, until cancelled."""

    def __init__(self, printer: Printer, fetcher: HttpFetcher, kind: str, enough: tuple[int, int]) -> None:
        self.lags, self.busy = Lags(), Lags()
        self.ends = Counter[str]()
        self.good: list[float] = []
        self.failed = 0
        self.most = 0.0
        self.done = asyncio.Event()
        self._printer = printer
        self._fetcher = fetcher
        self._kind = kind
        self._enough = enough

    async def costly(self, number: int) -> None:
        """Ask one costly publisher again and again."""
        while True:
            self.ends[await self._ask(number, self._kind)] += 1
            self._note()

    async def neighbour(self) -> None:
        """Ask the neighbour ten times a second."""
        while True:
            began = time.perf_counter()
            self.failed += await self._ask(_NEIGHBOUR, "changing") != "whole"
            self.good.append(time.perf_counter() - began)
            self._note()
            await asyncio.sleep(0.1)

    async def beat(self) -> None:
        """Measure how late the loop is."""
        while True:
            due, cpu = time.perf_counter() + _BEAT, time.thread_time()
            await asyncio.sleep(_BEAT)
            self.lags.add(max(time.perf_counter() - due, 0.0))
            self.busy.add(max(time.thread_time() - cpu - _BEAT, 0.0))

    async def weigh(self) -> None:
        """Measure the memory."""
        while True:
            self.most = max(self.most, await asyncio.to_thread(_memory))
            await asyncio.sleep(0.5)

    async def _ask(self, number: int, kind: str) -> str:
        url = self._printer.url(kind, number)
        try:
            await self._fetcher.fetch(Feed(name="x", title="", url=url), FeedState(feed="x"))
        except FeedError as error:
            return re.sub(r"127\.\d+\.\d+\.\d+", "it", str(error))
        return "whole"

    def _note(self) -> None:
        if self.ends.total() >= self._enough[0] and len(self.good) >= self._enough[1]:
            self.done.set()


async def trial(
    printer: Printer,
    kind: str,
    *,
    seconds: float,
    at_once: int = AT_ONCE,
    enough: tuple[int, int] = (sys.maxsize, sys.maxsize),
    timeout: float = 10.0,  # noqa: ASYNC109  # the fetcher's own
) -> Outcome:
    """Fetch so many at once for so many seconds, or until (costly, neighbour's) requests have ended so often."""
    fetcher = HttpFetcher(user_agent="x", timeout=timeout, spacing=0.0, allow_addresses=(ip_network("127.0.0.0/8"),))
    seen = Trial(printer, fetcher, kind, enough)
    before, cpu, began = _memory(), _cpu(), time.perf_counter()
    running = (seen.neighbour(), seen.beat(), seen.weigh(), *map(seen.costly, range(at_once)))
    tasks = [asyncio.create_task(each) for each in running]
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await seen.done.wait()
    spent = (_cpu() - cpu) / (time.perf_counter() - began)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await fetcher.close()
    return Outcome(
        kind=kind,
        lag=seen.lags.sum(),
        busy=seen.busy.sum(),
        cpu=spent,
        memory=max(seen.most - before, 0.0),
        fetched=len(seen.good),
        slowest=max(seen.good, default=0.0),
        failed=seen.failed,
        ends=seen.ends,
    )


def _memory() -> float:
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def all_kinds(kinds: list[str], *, seconds: float, at_once: int) -> bool:
    """Try these kinds one after the other and print what came of it. Returns whether a bound was passed."""
    passed = False
    with Printer.started() as printer:
        await trial(printer, "same", seconds=60.0, enough=(8, 2))  # what is loaded at the first requests of all
        for kind in kinds:
            await trial(printer, kind, seconds=5.0, at_once=1, enough=(1, 0))  # the publisher prepares what it sends
            out = await trial(printer, kind, seconds=seconds, at_once=at_once)
            print(out, flush=True)
            passed |= bool(out.breaches())
    return passed


def main() -> int:
    """Run the drill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("kinds", nargs="*", metavar="KIND", default=KINDS)
    given = parser.parse_args()
    return int(asyncio.run(all_kinds(list(given.kinds), seconds=given.seconds, at_once=given.at_once)))


if __name__ == "__main__":
    sys.exit(main())
