"""How long a poll holds the loop: ./run bench slices [--rounds N].

A hub pushes a body, so the path is that of a poll but for the fetch: read in a child, identified, decided, committed. A
task that does nothing but come round measures the longest time between two of its turns, which is what everybody else
waits for. Medians of the rounds, each on a state of its own.

    long        2,000 entries of 3.8 kB, all of which meet a watchlist, in a feed of everybody's
    short       2,000 entries of 200 bytes, likewise
    own         the long ones in a chat's own feed
    known       the long ones once more, with another word in the last
    crowd       one entry that meets a watchlist of 20,000 chats
"""

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from examples import a_state
from rooms import Room

from bot.assembly import Tempo
from bot.model import Changes, Chat, Feed
from bot.runtime import logs
from bot.settings import load

ROOT = Path(__file__).resolve().parents[2]
FILL = "Shelling was reported from several villages along the road to the north of the province overnight. "
ENTRIES, CHATS = 2_000, 20_000
PAPER = Feed(name="paper", title="A paper", url="https://paper.example/rss")
OWN = Feed(name="own", title="A blog", url="https://blog.example/rss", added=True, chats=(1,))


class Held(NamedTuple):
    """Seconds: the longest time that the loop was held, by CPU and by the clock, and the whole push; alerts queued."""

    cpu: float
    longest: float
    whole: float
    queued: int


def body(count: int, size: int, last: str = "") -> bytes:
    """Return an RSS body with so many entries that name Idlib, each of so many bytes."""
    text = (FILL * (size // len(FILL) + 1))[: max(size - 190, 0)]
    items = (
        f"<item><guid>id-{number:05}</guid><link>https://paper.example/{number}</link><title>Idlib, part {number}"
        f"</title><description>{text}{last if number == count - 1 else ''}</description>"
        f"<pubDate>Thu, 26 Nov 2026 {number // 3600:02}:{number // 60 % 60:02}:{number % 60:02} GMT</pubDate></item>"
        for number in range(count)
    )
    return f"<rss version='2.0'><channel><title>A paper</title>{''.join(items)}</channel></rss>".encode()


async def held(feed: Feed, bodies: Sequence[bytes], *, chats: int) -> list[Held]:
    """Push bodies to a bot with so many subscribers."""
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        async with AsyncExitStack() as closing:
            given = load(ROOT / "config", Path("unused"), environ={})
            watch = next(each for each in given.watches if "idlib" in each.query.casefold())
            settings = replace(given, feeds=(PAPER,), watches=tuple(replace(each, feeds=()) for each in given.watches))
            room = Room(settings, Path(folder), closing, tempo=Tempo())
            subscribers = tuple(Chat(id=number, watches=(watch.name,)) for number in range(1, chats + 1))
            now = time.time()
            state = a_state(feed.name, url=feed.url, primed=True, last_poll=now, last_success=now)
            room.store.commit(Changes(chats=subscribers, states=(state,), feeds=(feed,) if feed.added else ()))
            await room.reading.warm_up()
            room.reading.index.match(_an_item())
            gc.collect()
            gc.freeze()  # as the bot does when it is ready
            closing.callback(gc.unfreeze)
            return [await _pushed(room, feed, each) for each in bodies]


async def _pushed(room: Room, feed: Feed, pushed: bytes) -> Held:
    longest = cpu = 0.0

    async def come_round() -> None:
        nonlocal longest, cpu
        before, cpu_before = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(0)
            now, cpu_now = time.perf_counter(), time.thread_time()
            longest, cpu = max(longest, now - before), max(cpu, cpu_now - cpu_before)
            before, cpu_before = now, cpu_now

    coming = asyncio.create_task(come_round())
    await asyncio.sleep(0.1)
    began, longest, cpu = time.perf_counter(), 0.0, 0.0
    outcome = await room.pipeline.push(feed, pushed, "application/rss+xml")
    await asyncio.sleep(0)
    took = time.perf_counter() - began
    coming.cancel()
    return Held(cpu, longest, took, outcome.queued if outcome else 0)


def _an_item():  # loads the lemmas
    from examples import an_item  # noqa: PLC0415

    return an_item()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    logs.configure(level="critical")
    long, short, one = body(ENTRIES, 3_800), body(ENTRIES, 200), body(1, 3_800)
    cases = {
        "long": (PAPER, [long], 1, 0),
        "short": (PAPER, [short], 1, 0),
        "own": (OWN, [long], 1, 0),
        "known": (PAPER, [long, body(ENTRIES, 3_800, " Afterwards it rained.")], 1, 1),
        "crowd": (PAPER, [one], CHATS, 0),
    }
    for name, (feed, bodies, chats, which) in cases.items():
        rounds = [asyncio.run(held(feed, bodies, chats=chats))[which] for _ in range(given.rounds)]
        cpu, longest, whole = (statistics.median(each[place] for each in rounds) for place in range(3))
        print(
            f"{name}: the loop is held for {cpu * 1e3:.0f} ms of CPU at most, wanted 20 ({longest * 1e3:.0f} by the "
            f"clock); {whole:.2f} s in all, {rounds[-1].queued:,} alerts"
        )


if __name__ == "__main__":
    main()
