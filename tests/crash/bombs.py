"""Polls publishers that send bombs, and watches what that does to the bot: ./run drill bombs [--timeout S] [NAME …].

Each bomb is fetched and parsed by the real fetcher and parser, while a neighbour's feed is parsed again and again. The
publisher runs in a process of its own. Printed for each bomb:

    seconds     until the poll was over
    late        the longest that the loop kept a task waiting that wanted to run, in ms: `late` by the clock, `busy`
                by the loop's own CPU time, which other programs on the machine do not lengthen
    memory      the highest above the level before, in MB
    neighbour   the longest that the neighbour's feed took, in ms

Exit 1 if a bound is passed: timeout + 1 s for fetching, 4 s + 1 s for parsing, 100 ms of `busy`, 30 MB,
2 s for the neighbour.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from standins.mischief import MISCHIEF
from standins.publisher import Publisher

from bot.demo.publisher import render
from bot.demo.story import HISTORY
from bot.errors import FeedError
from bot.feeds.fetch.http import HttpFetcher
from bot.feeds.parse.child import DEADLINE, ChildParser
from bot.model import Feed, FeedState

BOMBS = (
    "gzip bomb",
    "brotli bomb",
    "endless body",
    "huge body",
    "hang",
    "drip",
    "entity bomb",
    "many attributes",
    "unclosed comments",
    "long author",
    "many items",
    "deep json",
)
LATE = 0.1
MEMORY = 30.0
GRACE = 1.0
NEIGHBOUR = 2.0  # a tenth of it on an idle machine; it is less than what a bomb may hold a child
GOOD = render("The Neighbour", HISTORY[:36], 1_582_900_000.0)
_TICK = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one bomb did. Seconds and MB."""

    outcome: str
    seconds: float
    late: float
    busy: float
    memory: float
    neighbour: float

    def breaches(self, timeout: float, deadline: float = DEADLINE) -> list[str]:
        """Name the bounds that were passed."""
        bounds = {
            "it took too long": self.seconds > max(timeout, deadline) + GRACE,
            "the loop was late": self.busy > LATE,
            "it took too much memory": self.memory > MEMORY,
            "the neighbour waited": self.neighbour > NEIGHBOUR,
        }
        return [name for name, passed in bounds.items() if passed]


class Watcher:
    """Wants to run every few milliseconds, and remembers the longest that it was kept waiting."""

    def __init__(self) -> None:
        self.late = 0.0
        self.busy = 0.0

    async def watch(self) -> None:
        """Watch until cancelled."""
        while True:
            clock, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(_TICK)
            self.late = max(self.late, time.perf_counter() - clock - _TICK)
            self.busy = max(self.busy, time.thread_time() - cpu)


async def watched(url: str, parser: ChildParser, timeout: float) -> Seen:  # noqa: ASYNC109  # the fetcher's own
    """Poll one address, with a watcher and a neighbour beside it."""
    slowest = 0.0

    async def neighbour() -> None:
        nonlocal slowest
        while True:
            began = time.perf_counter()
            await parser.parse(GOOD, "", "https://neighbour.example/")
            slowest = max(slowest, time.perf_counter() - began)
            await asyncio.sleep(0.05)

    watcher = Watcher()
    beside = [asyncio.create_task(watcher.watch()), asyncio.create_task(neighbour())]
    await asyncio.sleep(0.1)
    before = _fresh_peak()
    began = time.perf_counter()
    try:
        outcome = await _poll(url, parser, timeout)
    finally:
        seconds = time.perf_counter() - began
        await asyncio.sleep(0.1)
        for task in beside:
            task.cancel()
        ends = await asyncio.gather(*beside, return_exceptions=True)
    outcome = next((f"the neighbour: {end}" for end in ends if isinstance(end, FeedError)), outcome)
    return Seen(
        outcome=outcome,
        seconds=seconds,
        late=watcher.late,
        busy=watcher.busy,
        memory=_memory("VmHWM") - before if before else 0.0,
        neighbour=slowest,
    )


async def _poll(url: str, parser: ChildParser, timeout: float) -> str:  # noqa: ASYNC109
    fetcher = HttpFetcher(user_agent="x", timeout=timeout, allow_addresses=(ip_network("127.0.0.0/8"),), spacing=0)
    try:
        answer = await fetcher.fetch(Feed(name="x", title="x", url=url), FeedState(feed="x"))
        parsed = await parser.parse(answer.body, answer.content_type, url)
    except FeedError as error:
        return str(error)
    finally:
        await fetcher.close()
    return f"{len(parsed.entries)} entries"


def _fresh_peak() -> float:
    """Let the peak of the memory start anew (proc(5)). Returns the level now, 0 where that cannot be done."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return 0.0
    return _memory("VmRSS")


def _memory(name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


async def serve(names: list[str]) -> None:
    """Serve each bomb at an address of its own until stdin ends; the addresses go to stdout."""
    publishers: dict[str, Publisher] = {}
    for name in names:
        publishers[name] = Publisher(HISTORY)
        await publishers[name].start()
        publishers[name].misbehave(name)
    print(json.dumps({name: publisher.url for name, publisher in publishers.items()}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for publisher in publishers.values():
        await publisher.close()


async def all_watched(names: list[str], timeout: float, deadline: float = DEADLINE) -> dict[str, Seen]:  # noqa: ASYNC109
    """Poll all these bombs, one after the other."""
    serving = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "--serve", *names),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert serving.stdin is not None
    assert serving.stdout is not None
    parser = ChildParser(deadline=deadline)
    try:
        urls = json.loads(await serving.stdout.readline())
        await parser.start()
        with suppress(FeedError):  # what is loaded at the first request of all is no bomb's doing
            await _poll("http://127.0.0.1:1/", parser, 1.0)
        return {name: await watched(url, parser, timeout) for name, url in urls.items()}
    finally:
        await parser.close()
        serving.stdin.close()
        await serving.wait()


def main() -> int:
    """Run the drill."""
    assert set(BOMBS) <= set(MISCHIEF)
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given.add_argument("--timeout", type=float, default=30.0)
    given.add_argument("names", nargs="*", metavar="NAME", default=BOMBS)
    args = given.parse_args()
    if args.serve:
        asyncio.run(serve(args.names))
        return 0
    passed = False
    print(f"{'':18} seconds  late ms  busy ms  memory MB  neighbour ms")
    for name, seen in asyncio.run(all_watched(list(args.names), args.timeout)).items():
        figures = f"{seen.seconds:7.2f} {seen.late * 1000:8.0f} {seen.busy * 1000:8.0f} {seen.memory:10.1f}"
        print(f"{name:18} {figures} {seen.neighbour * 1000:13.0f}  {seen.outcome}")
        for breach in seen.breaches(args.timeout):
            print(f"{'':18} {breach}")
            passed = True
    return int(passed)


if __name__ == "__main__":
    sys.exit(main())
