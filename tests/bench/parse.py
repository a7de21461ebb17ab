"""What a changed feed costs to read: ./run bench parse [--rounds N] [--items N] [--kilobytes N].

Measures CPU, not time, so that neighbours on the machine do not count: of the child (charset, outline, feedparser,
texts, the reply) as the kernel counts it, and of this process (the job, the reply's lines, the values). The feed is
made up, with as many items and kilobytes as asked. Figures are medians of the rounds, with the lowest and highest
beside them. Also printed: the memory of the children (proportional set size), and the time until one is ready.
"""

import argparse
import asyncio
import random
import re
import statistics
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from bot.feeds.parse.child import ChildParser

_BEGAN = 1_582_900_000.0


def feed(items: int, size: int, seed: int) -> bytes:
    """Make an RSS 2.0 feed with so many items and about so many bytes."""
    dice = random.Random(seed)  # noqa: S311  # the same feed every time
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in "aeiou"]
    words = ["".join(dice.choices(syllables, k=dice.randint(1, 4))) for _ in range(3_000)]
    space = "xmlns:media='http://search.yahoo.com/mrss/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {space}><channel><title>Bench</title>'
    frame = len(_item(0, "", "", 0)) * items + len(head) + 30

    def text(length: int) -> str:
        found = ""
        while len(found) < length:
            found += dice.choice(words) + dice.choice((" ", " ", " ", ", ", " & ", " ‘", "’ ", " — "))
        return escape(found.strip().capitalize())

    each = max((size - frame) // items - 165, 20)
    body = "".join(_item(number, text(70), text(each), seed) for number in range(items))
    return f"{head}{body}</channel></rss>".encode()


def _item(number: int, title: str, text: str, seed: int) -> str:
    link = f"https://bench.example/2020/02/28/item-{seed}-{number}"
    date = format_datetime(datetime.fromtimestamp(_BEGAN - number * 2_000, UTC))
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><dc:creator>Ann Reed</dc:creator>"
        f"<pubDate>{date}</pubDate><media:content url='{link}.jpg'/><description>{text}</description></item>\n"
    )


def _cpu_of(pid: int) -> float:
    """Return the seconds that a process ran (proc(5), schedstat: nanoseconds)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def _memory_of(pid: int) -> float:
    found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _shown(name: str, seconds: list[float]) -> str:
    low, middle, high = min(seconds) * 1000, statistics.median(seconds) * 1000, max(seconds) * 1000
    return f"{name:8} {middle:6.1f} ms   {low:.1f} to {high:.1f}"


async def measure(rounds: int, items: int, size: int) -> None:
    """Parse so many different feeds in one child, and print what each cost."""
    parser = ChildParser(clock=lambda: _BEGAN)
    began = time.perf_counter()
    await parser.start()
    ready = time.perf_counter() - began
    (child,) = parser._running
    pid = child.process.pid
    started = _cpu_of(pid)
    children: list[float] = []
    parents: list[float] = []
    lengths: list[int] = []
    for number in range(rounds + 3):
        body = feed(items, size, number)
        child_before, parent_before = _cpu_of(pid), time.process_time()
        found = await parser.parse(body, "application/rss+xml; charset=UTF-8", "https://bench.example/rss")
        parent, child_cpu = time.process_time() - parent_before, _cpu_of(pid) - child_before
        assert len(found.entries) == items
        if number >= 3:  # the first warm the caches
            children.append(child_cpu)
            parents.append(parent)
            lengths.append(len(body))
    print(f"{items} items, {statistics.median(lengths) / 1000:.1f} kB, {rounds} rounds; CPU of each")
    print(_shown("child", children))
    print(_shown("parent", parents))
    print(_shown("in all", [one + other for one, other in zip(children, parents, strict=True)]))
    print(
        f"a child is ready after {ready * 1000:.0f} ms, {started * 1000:.0f} of CPU; it holds {_memory_of(pid):.1f} MB"
    )
    await asyncio.gather(*(parser.parse(feed(items, size, 1), "") for _ in range(2)))
    print(f"two children hold {sum(_memory_of(each.process.pid) for each in parser._running):.1f} MB")
    await parser.close()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=101)
    parser.add_argument("--items", type=int, default=36)
    parser.add_argument("--kilobytes", type=int, default=30)
    given = parser.parse_args()
    asyncio.run(measure(given.rounds, given.items, given.kilobytes * 1000))


if __name__ == "__main__":
    main()
