"""Strangers who flood, beside readers of good feeds: ./run drill strangers [--strangers N] [--minutes M] [--pages].

Each stranger has one chat and 20 feeds of their own. Most show 2,000 unseen entries of 3.8 kB at each poll, all of
which a watch meets; the others hang, drip, never end, unpack to 200 MB, or speak an HTTP that costs whoever reads it.
Beside them 20 good feeds bring something new every two minutes, and 100 readers are to be told. The bot is a process
of its own; so are the publishers, and the Bot API enforces Telegram's limits over real HTTP. Printed:

    lost      alerts of good feeds that a reader did not get
    late      seconds from when a good feed showed an item until its first alert came: median, worst
    lag       ms that the bot's loop was late since its start, as it says at /healthz: p99, worst
    peak      MB of the bot at most, and of it with the processes that read feeds

With --pages all watch what no headline tells, too, so that pages are read: those behind the good feeds' items, and
those that two of five feeds of each stranger lead to: a hundred new ones a poll, at a hundred hosts where harm waits,
or at one of the good papers. Printed besides:

    pages     seconds from when a good feed showed an item until its page was asked for: median, worst, and how many
              were

Exit 1 if anything was lost, if an alert began later than 2 s, if the lag passed 50 ms in the 99th of 100 or 250 ms at
worst, or if the bot took more than 256 MB with its children.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from examples import a_state
from memory import Memory
from monitor import free_port, lag_at
from printer import ALERTS, STORIES, Printer, story_at
from pss import memory_of
from running import Running
from standins.botapi import SentMessage

from bot.delivery.compose import told_in
from bot.model import Changes, Chat, Feed

READER, STRANGER = 1_000, 50_000
FEEDS = 20
HOSTILE = ("hang", "drip", "endless", "gzip-bomb", "attribute-bomb", "informational", "tiny-chunks", "gzip-members")
LURES = ("lure-many", "lure-one")
LATE, LAG_USUAL, LAG_WORST, MEMORY = 2.0, 50.0, 250.0, 256.0
SETTLING = 45.0
"""Seconds before the end: what is shown in them may still be on its way."""
_STORY = re.compile(r"Idlib story (\d+) of (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it. `late` in seconds, sorted; `lag` in ms: p99, worst; memory in MB: the bot's, and all of it."""

    wanted: int
    lost: int
    late: list[float]
    lag: tuple[float, float]
    memory: tuple[float, float]
    polls: dict[str, int]
    pages: tuple[int, list[float]] = (0, [])

    def breaches(self) -> list[str]:
        """Name the bounds that were passed."""
        bounds = {
            "alerts were lost": self.lost > 0,
            "an alert began late": bool(self.late) and self.late[-1] > LATE,
            "the loop was kept": self.lag[0] > LAG_USUAL or self.lag[1] > LAG_WORST,
            "the memory grew": self.memory[1] > MEMORY,
        }
        return [name for name, passed in bounds.items() if passed]

    def __str__(self) -> str:
        late = self.late or [0.0]
        polls = ", ".join(f"{count} {kind}" for kind, count in sorted(self.polls.items()))
        breaches, (wanted, pages) = self.breaches(), self.pages
        asked = (
            f"pages: median {pages[len(pages) // 2]:.1f} s, worst {pages[-1]:.1f} s, {len(pages)} of {wanted}\n"
            if pages
            else ""
        )
        return (
            f"lost {self.lost} of {self.wanted:,}; late: median {late[len(late) // 2]:.2f} s, worst {late[-1]:.2f} s "
            f"(wanted {LATE:g}); lag: p99 {self.lag[0]:.0f} ms (wanted {LAG_USUAL:.0f}), worst {self.lag[1]:.0f} ms "
            f"(wanted {LAG_WORST:.0f}); peak: {self.memory[0]:.0f} MB, with what reads feeds {self.memory[1]:.0f} MB "
            f"(wanted {MEMORY:.0f})\n"
            f"{asked}requests: {polls}\n{'BREACH: ' + ', '.join(breaches) if breaches else 'no breach'}"
        )


def kind_of(stranger: int, feed: int, *, pages: bool) -> str:
    """Return what a stranger's feed does: two in five are hostile in one way or another, the others flood.

    With pages, two of the latter lead elsewhere instead.
    """
    if pages and feed % 5 > 2:
        return LURES[feed % 5 - 3]
    return HOSTILE[(stranger + feed) % len(HOSTILE)] if feed % 5 < 2 else "flood"


def prepare(bot: Running, good: Sequence[str], printer: Printer, strangers: int, readers: int, *, pages: bool) -> int:
    """Write the config, with the addresses of good feeds, and the state. Returns the port of the bot's door."""
    config, port = bot.folder / "config", free_port()
    settings = config / "newsvane.toml"
    settings.write_text(f'{settings.read_text()}[web]\nlisten = "127.0.0.1:{port}"\n')
    watches = ["idlib", *(["s-400"] if pages else [])]
    feeds = "".join(
        f'[[feed]]\nname = "good-{number}"\ntitle = "Good {number}"\nurl = "{url}"\ninterval = "3s"\n'
        for number, url in enumerate(good)
    )
    (config / "feeds.toml").write_text(feeds)
    store = Memory(bot.folder / "state")
    for chat in [*range(READER, READER + readers), *range(STRANGER, STRANGER + strangers)]:
        bot.api.unblock(chat)
        store.subscribe(Chat(id=chat), watches)
    for stranger in range(strangers):
        own = [
            Feed(
                name=f"own-{stranger}-{number}",
                title="Flood",
                url=printer.url(kind_of(stranger, number, pages=pages), 1_000 + stranger * FEEDS + number),
                added=True,
                chats=(STRANGER + stranger,),
            )
            for number in range(FEEDS)
        ]
        store.commit(Changes(feeds=tuple(own)))
        # As after the silent first poll: what they show from now on is news.
        store.commit(Changes(states=tuple(a_state(feed=feed.name, url=feed.url, primed=True) for feed in own)))
    store.close()
    return port


async def measured(pid: int, most: list[float]) -> None:
    """Keep the most memory that was seen, until cancelled."""
    while True:
        with suppress(OSError):
            own, children = await asyncio.to_thread(memory_of, pid)
            most[:] = max(most[0], own), max(most[1], own + children)
        await asyncio.sleep(0.5)


def firsts(messages: list[SentMessage]) -> tuple[dict[tuple[int, int], float], set[tuple[int, int, int]]]:
    """Return when the first alert of each story came, by (feed, story), and what each reader got."""
    first: dict[tuple[int, int], float] = {}
    got: set[tuple[int, int, int]] = set()
    for message in messages:
        for alert in told_in(message.text):
            if found := _STORY.match(alert):
                story = int(found[2]), int(found[1])
                first[story] = min(first.get(story, message.at), message.at)
                got.add((message.chat, *story))
    return first, got


async def trial(
    folder: Path,
    *,
    strangers: int,
    readers: int,
    seconds: float,
    kind: str = "alerts",
    good: int = FEEDS,
    pages: bool = False,
    enough: Callable[[Sequence[SentMessage]], bool] = lambda _: False,
) -> Outcome:
    """Let the bot live with so many good feeds of a kind, for so many seconds or until the messages are `enough`."""
    async with AsyncExitStack() as closing:
        printer = closing.enter_context(Printer.started())
        bot = await closing.enter_async_context(Running(folder, poll='interval = "60s"\nmin_interval = "1s"'))
        port = prepare(
            bot, [printer.url(kind, number) for number in range(good)], printer, strangers, readers, pages=pages
        )
        process = await bot.start()
        most = [0.0, 0.0]
        watching = asyncio.create_task(measured(process.pid, most))
        until = time.monotonic() + seconds
        while time.monotonic() < until and not enough(bot.api.messages()):  # noqa: ASYNC110  # seldom asked: it takes long
            await asyncio.sleep(1.0)
        lag = await lag_at(port)
        watching.cancel()
        ended = time.time()
        await bot.stop()
        log, messages = printer.log(), list(bot.api.messages())
    shown, polls = stories(log, kind)
    first, got = firsts(messages)
    due = [story for story, at in shown.items() if at < ended - SETTLING]
    wanted = [(chat, *story) for story in due for chat in range(READER, READER + readers)]
    return Outcome(
        wanted=len(wanted),
        lost=sum(each not in got for each in wanted),
        late=sorted(first[story] - shown[story] for story in due if story in first),
        lag=lag,
        memory=(most[0], most[1]),
        polls=polls,
        pages=pages_asked(log, {story for story in shown if shown[story] < ended - SETTLING}, shown),
    )


def pages_asked(
    log: Sequence[tuple[str, int, float]], due: set[tuple[int, int]], shown: dict[tuple[int, int], float]
) -> tuple[int, list[float]]:
    """Return how many pages of good feeds there are to be read, and how long after their items each was asked for."""
    first: dict[tuple[int, int], float] = {}
    for kind, number, at in log:
        if kind == "page":
            first.setdefault(divmod(number, STORIES), at)
    return len(due), sorted(first[story] - shown[story] for story in due if story in first)


def stories(log: Sequence[tuple[str, int, float]], kind: str) -> tuple[dict[tuple[int, int], float], dict[str, int]]:
    """Return when good feeds first showed what is to be told, by (feed, story), and the requests by kind."""
    shown: dict[tuple[int, int], float] = {}
    silent: dict[int, int] = {}
    polls: dict[str, int] = {}
    for asked, number, at in sorted(log, key=lambda entry: entry[2]):
        polls[asked] = polls.get(asked, 0) + 1
        if asked == kind:
            story = story_at(number, at, ALERTS[kind])
            if story > silent.setdefault(number, story):  # what its first poll showed is not told
                shown.setdefault((number, story), at)
    return shown, polls


def main() -> int:
    """Run it and print. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--strangers", type=int, default=50)
    parser.add_argument("--readers", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--pages", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsvane-strangers-") as folder:
        out = asyncio.run(
            trial(
                Path(folder),
                strangers=given.strangers,
                readers=given.readers,
                seconds=given.minutes * 60,
                kind="deep" if given.pages else "alerts",
                pages=given.pages,
            )
        )
    print(f"{given.strangers} strangers with {FEEDS} feeds each, {given.readers} readers, {given.minutes:g} min: {out}")
    return int(bool(out.breaches()))


if __name__ == "__main__":
    sys.exit(main())
