"""A bot after a week of success, under the service's limit of memory: ./run drill success [--readers N] [--stories N].

The state has a million alerts told, a million names known, 20,000 alerts that wait, and thousands of chats beside the
readers (tests/million.py). The bot is a process of its own in a control group of 512 MB; the Bot API beside it enforces
Telegram's limits over real HTTP. Stories come out that all readers are to be told. Printed:

    lost      alerts of these that a reader did not get, and extra ones
    late      seconds from when the feed showed a story until its first alert came, and until its last one, at worst;
              Telegram takes 30 messages a second, so 2,000 readers take 67 s
    peak      MB that the bot and its children took at most
    lag       ms that the bot's loop was late since its start: p99, worst

Exit 1 if an alert was lost or came twice, if the first came later than 2 s, if the last one took half as long again as
Telegram's limit needs, if the bot took more than 256 MB, or its loop was late by more than 50 ms in the 99th of 100.
"""

import argparse
import asyncio
import math
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from caged import Cage
from memory import Memory
from million import FULL, Size, write_state
from monitor import free_port, lag_at
from pss import memory_of
from running import HASTY, Running
from standins.publisher import Publisher

from bot.delivery.compose import told_in
from bot.delivery.pace import OVERALL_LIMIT
from bot.demo.story import HISTORY, NewsItem
from bot.model import Changes, Chat

READER = 50_000
OTHERS = replace(FULL, watches=("s-400",))
"""What there is beside the readers, who alone are to be told of Idlib."""
FIRST, OVER, LAG_USUAL, LAG_WORST, MEMORY = 2.0, 1.5, 50.0, 250.0, 256.0
LINK = "https://moscow-times.example/2020/03/06/report-a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it. `first` and `last` in seconds at worst, `lag` in ms, memory in MB, by processes and in all."""

    wanted: int
    lost: int
    extra: int
    first: float
    last: float
    allowed: float
    lag: tuple[float, float]
    memory: float
    cage: str

    def breaches(self) -> list[str]:
        """Name the limits that were passed."""
        limits = {
            "alerts were lost": self.lost > 0,
            "alerts came twice": self.extra > 0,
            "the first alert came late": self.first > FIRST,
            "the last alert came late": self.last > self.allowed,
            "the loop was late": self.lag[0] > LAG_USUAL or self.lag[1] > LAG_WORST,
            "the memory grew": self.memory > MEMORY,
        }
        return [name for name, passed in limits.items() if passed]

    def __str__(self) -> str:
        breaches = self.breaches()
        return (
            f"lost {self.lost} of {self.wanted:,}, extra {self.extra}; "
            f"late: first {self.first:.2f} s (wanted {FIRST:g}), last {self.last:.1f} s (wanted {self.allowed:.0f}); "
            f"peak: {self.memory:.0f} MB (wanted {MEMORY:.0f}) in {self.cage}; "
            f"lag: p99 {self.lag[0]:.0f} ms (wanted {LAG_USUAL:.0f}), worst {self.lag[1]:.0f} ms "
            f"(wanted {LAG_WORST:.0f})\n{'BREACH: ' + ', '.join(breaches) if breaches else 'no breach'}"
        )


def prepare(bot: Running, size: Size, readers: int) -> int:
    """Write the config and the state. Returns the port of the bot's door."""
    settings, port = bot.folder / "config/newsvane.toml", free_port()
    settings.write_text(f'{settings.read_text()}[web]\nlisten = "127.0.0.1:{port}"\n')
    state = bot.folder / "state"
    state.mkdir()
    write_state(state, size)
    store = Memory(state)
    store.commit(Changes(chats=tuple(Chat(id=READER + each, watches=("idlib",)) for each in range(readers))))
    store.close()
    for chat in [*range(READER, READER + readers), *range(size.first_chat, size.first_chat + size.chats)]:
        bot.api.unblock(chat)
    return port


async def measured(pid: int, most: list[float]) -> None:
    """Keep the most memory that the bot and its children took, until cancelled."""
    while True:
        with suppress(OSError):
            most[0] = max(most[0], sum(await asyncio.to_thread(memory_of, pid)))
        await asyncio.sleep(0.5)


async def trial(folder: Path, *, size: Size, readers: int, stories: int) -> Outcome:
    """Let readers be told stories, one after the other, by a bot that has such a state."""
    first, last = [0.0], [0.0]
    async with AsyncExitStack() as closing:
        cage = closing.enter_context(Cage())
        publisher = Publisher(HISTORY)
        bot = await closing.enter_async_context(Running(folder, publisher=publisher, command=cage.around(HASTY)))
        port = prepare(bot, size, readers)
        process = await bot.start()
        most = [0.0]
        watching = asyncio.create_task(measured(process.pid, most))
        await bot.publisher.wait_for_request(3)
        for number in range(stories):
            if number:
                await asyncio.sleep(3.0)  # every reader's pace has rested
            title = f"Idlib story {number}"
            publisher.publish(NewsItem(title=title, summary="", link=f"{LINK}{number}"))
            await bot.publisher.wait_for_request(len(publisher.requests) + 1)
            began = time.time()

            told = await arrivals(bot, title, readers)
            first.append(min(told, default=math.inf) - began)
            last.append(max(told, default=math.inf) - began)
        lag = await lag_at(port)
        watching.cancel()
        code = await bot.stop()
        assert code == 0, f"the bot ended with {code}"
        got = Counter(
            (message.chat, title.partition("\n")[0])
            for message in bot.api.messages()
            if READER <= message.chat < READER + readers
            for title in told_in(message.text)
        )
        kind = cage.kind
        await bot.kill()
    return Outcome(
        wanted=readers * stories,
        lost=readers * stories - len(got),
        extra=sum(got.values()) - len(got),
        first=max(first),
        last=max(last),
        allowed=allowed(readers),
        lag=lag,
        memory=most[0],
        cage=kind,
    )


async def arrivals(bot: Running, title: str, readers: int) -> list[float]:
    """Wait until all readers have got a story, or it is far too late. Returns when each did."""
    until = time.time() + allowed(readers) * 2
    while True:
        got = [each.at for each in bot.api.messages() if each.chat < READER + readers and title in each.text]
        if len(got) >= readers or time.time() > until:
            return got
        await asyncio.sleep(1.0)  # not at each message: it is a look at all of them


def allowed(readers: int) -> float:
    """Return in how many seconds the last of them is to be told."""
    return FIRST + OVER * readers / OVERALL_LIMIT


def main() -> int:
    """Run it and print. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--readers", type=int, default=2_000)
    parser.add_argument("--stories", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsvane-success-", dir=Path.cwd()) as folder:
        out = asyncio.run(trial(Path(folder), size=OTHERS, readers=given.readers, stories=given.stories))
    print(f"{OTHERS.told:,} told, {OTHERS.known:,} known, {OTHERS.waiting:,} waiting; {given.readers:,} readers: {out}")
    return int(bool(out.breaches()))


if __name__ == "__main__":
    sys.exit(main())
