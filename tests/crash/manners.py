"""A week of polling in virtual time, scored: ./run drill manners [--seeds N] [--days D] [--interval SECONDS].

Some forty publishers of every temper (tests/papers.py) on loopback, each at an address of its own, and the bot's own
newsroom, poller and store. The bot is stopped, or dropped in the middle of what it does, several times, and is away
for up to hours; for some minutes the disk takes nothing. Somebody watches at times what only articles say, so that the
pages behind the items are read (tests/stories.py). Every request is scored (tests/scorecard.py, tests/pagecard.py).
Exit 1 at any breach.
"""

import argparse
import asyncio
import random
import resource
import sys
import tempfile
import time as machine
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path

import leaping
import pagecard
import scorecard
import stories
from leaping import ParserHere, VirtualTime
from memory import Memory
from pagecard import Shelf
from pageshere import PagesHere
from press import TRAP, Press, named
from rooms import Room
from scorecard import Exchange, Parsed, Settled, Trial, Violation
from waits import DAY, Terms

from bot.assembly import Tempo
from bot.delivery.settle import Settlement
from bot.errors import StoreUnwritable
from bot.model import OPEN, ArticlePolicy, Chat, Feed, MatchedItem, ParsedFeed, Watch
from bot.poll.outcome import PollOutcome
from bot.poll.page_poller import PagePoller
from bot.poll.poller import Poller
from bot.runtime import logs
from bot.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]
READER, OTHER, OPERATOR, DEEP = 100, 200, 300, 400
GUEST = OPERATOR + 1
"""Who adds what another has added."""
TICK, LOOK = 0.5, 60.0
ADDED_AT = 0.3
RULES = (*scorecard.RULES, *pagecard.RULES)
WATCH = Watch(name="news", title="News", query="news")
LOUD = Watch(name="loud", title="Loud", query="Pantsir", scope="about")
BELOW = Watch(name="below", title="Below", query=stories.DEEP)
WITHOUT = frozenset({"dropper"})
"""Who gives no validators at times."""
PAGE_TICK = 5.0
POLICIES: Mapping[str, ArticlePolicy] = {stories.NEVER: "never", stories.ALWAYS: "always"}
BECOMES_STALE = {"silent": 2 * DAY}


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a trial came to."""

    violations: list[Violation]
    requests: int
    unconditional: dict[str, int]
    lives: int
    killed: int
    notices: Counter[str] = field(default_factory=Counter)
    alerts: int = 0
    pages: Counter[str] = field(default_factory=Counter)

    @property
    def asked_whole(self) -> dict[str, int]:
        """Name the feeds that were asked for as a whole other than once, though there were validators."""
        return {name: count for name, count in self.unconditional.items() if count != 1 and name not in WITHOUT}


class NotingParser(ParserHere):
    """Reads feeds in this process and notes what was read."""

    def __init__(self, log: list[Exchange | Settled | Parsed]) -> None:
        self._log = log

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        self._log.append(Parsed(feed=base.split("/")[3], body=named(body)))
        return await super().parse(body, content_type, base)


class Drill:
    """One trial: the publishers, and the bot over several lives."""

    def __init__(self, time: VirtualTime, folder: Path, *, days: float, interval: float, seed: int) -> None:
        self._time = time
        self._folder = folder
        self._ends = days * DAY
        self._interval = interval
        self._dice = random.Random(seed)  # noqa: S311  # chance, not secrecy
        self.log: list[Exchange | Settled | Parsed] = []
        self._press = Press(time.elsewhere, self.log.append)
        self.lives: list[tuple[float, float]] = []
        self.killed = 0
        self._added_at = 0.0
        self._watching: list[tuple[float, float]] = []
        self._full: list[tuple[float, float]] = []
        self._told: Counter[tuple[int, str]] = Counter()

    async def run(self) -> Outcome:
        """Live through it."""
        await self._press.start()
        while self._time.now < self._ends - 600:
            await self._life()
            away = self._dice.choice((5.0, 60.0, 1_200.0, 7_200.0))
            await asyncio.sleep(min(away, max(self._ends - self._time.now, 0)))
        await self._press.close()
        for each in self.log:
            if isinstance(each, Exchange):
                each.ended = min(each.ended, each.at + 60)
        polls = scorecard.polls_of(self.log)
        shelf = self._shelf(polls)
        settled = [each for each in self.log if isinstance(each, Settled)]
        return Outcome(
            violations=[*scorecard.score(self._trial(polls)), *pagecard.score(shelf)],
            requests=sum(isinstance(each, Exchange) for each in self.log),
            unconditional={name: scorecard.unconditional(of) for name, of in polls.items()},
            lives=len(self.lives),
            killed=self.killed,
            notices=Counter(notice for each in settled for notice in each.notices),
            alerts=sum(len(each.alerts) for each in settled),
            pages=pagecard.counts(shelf),
        )

    async def _life(self) -> None:
        """Run the bot for a while, and end it well or badly."""
        started, lasts = self._time.elsewhere(), self._dice.uniform(0.1, 0.4) * self._ends
        ends = min(self._time.now + lasts, self._ends)
        self._press.life = len(self.lives)
        async with AsyncExitStack() as closing:
            tempo = Tempo(beat=0.0, clocks=self._time.clocks, parser=NotingParser(self.log), extractor=PagesHere())
            settings = self._settings()
            room = Room(
                settings,
                self._folder,
                closing,
                tempo=tempo,
                observers=[lambda outcome: self._note(outcome, room.memory)],
                on_added=lambda feed: poller.watch(feed),  # noqa: PLW0108  # there is no poller yet
            )
            for chat, watches in ((READER, ["news", "loud"]), (OTHER, ["news"])):
                room.subscriptions.subscribe(Chat(id=chat), watches)
            pages = room.reading.page_poller
            poller = Poller(
                feeds=room.feeds,
                pipeline=room.pipeline,
                store=room.store,
                poll=settings.poll,
                clocks=tempo.clocks,
                progress=lambda: None,
            )
            working = asyncio.gather(
                self._ticking(poller),
                self._reading(pages),
                self._adding(room, ends),
                self._watching_below(room, ends),
                self._disk_full(ends),
            )
            killed = self._dice.random() < 0.5
            busy = self._dice.choice((lambda: bool(poller._polls), lambda: bool(pages._under_way)))
            await self._until(ends, busy if killed else None)
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            self.killed += killed
            await asyncio.gather(*(each.drain(0.0 if killed else 7.0) for each in (poller, pages)))
            self._collect(room.memory)
        self.lives.append((started, self._time.elsewhere()))

    async def _until(self, ends: float, busy: Callable[[], bool] | None) -> None:
        """Wait, for a kill until something is under way."""
        await asyncio.sleep(max(ends - self._time.now, 0))
        for _ in range(2_000):
            if busy is None or busy() or self._time.now >= self._ends:
                return
            await asyncio.sleep(self._dice.random())

    async def _ticking(self, poller: Poller) -> None:
        """Tick when something is due, as the schedule's ticks in between would do nothing."""
        while True:
            await poller.tick()
            soonest = poller.soonest
            wait = LOOK if soonest is None else min(soonest - self._time.now, LOOK)
            await asyncio.sleep(max(TICK, wait // TICK * TICK + TICK if wait % TICK else wait))

    async def _reading(self, pages: PagePoller) -> None:
        """Have pages read that are wanted."""
        while True:
            pages.tick()
            await asyncio.sleep(PAGE_TICK)

    async def _watching_below(self, room: Room, ends: float) -> None:
        """Let two chats watch what only articles say, but for a part of each life, in which there is nobody."""
        began = self._time.elsewhere()
        self._watching.append((began, began + max(ends - self._time.now, 0) + 1_000))
        for chat in (DEEP, GUEST):
            room.subscriptions.subscribe(Chat(id=chat), ["below"])
        await asyncio.sleep(self._dice.uniform(0.5, 0.8) * (ends - self._time.now))
        for chat in (DEEP, GUEST):
            while "below" in room.memory.chat(chat).watches:
                self._collect(room.memory)  # what waits goes with the watch
                with suppress(StoreUnwritable):
                    room.subscriptions.unsubscribe(chat, ["below"])
                await asyncio.sleep(1)
        self._watching[-1] = began, self._time.elsewhere()

    async def _adding(self, room: Room, ends: float) -> None:
        """Let one chat add a feed, and another one add the same: they are asked for together."""
        if self._added_at:
            return
        wait = ADDED_AT * min(self._ends, DAY) - self._time.now
        if self._time.now + wait > ends - 60:
            return
        await asyncio.sleep(max(wait, 0))
        if self._full:  # not while the disk is
            await asyncio.sleep(max(self._full[-1][1] - self._time.elsewhere() + 1, 0))
        self._added_at = self._time.elsewhere()
        for chat in (OTHER, GUEST):
            offer = await room.admin.look(self._press.papers["added"].base, chat)
            feed = await room.admin.take(offer.id, 0, chat)
            if chat == OTHER:
                self.log.append(Settled(feed="added", at=self._time.elsewhere()))
        assert feed.name

    async def _disk_full(self, ends: float) -> None:
        """Let no file grow for ten minutes of each life."""
        await asyncio.sleep(self._dice.uniform(0.2, 0.8) * (ends - self._time.now))
        self._full.append((self._time.elsewhere(), self._time.elsewhere() + 600))
        with no_file_grows():
            await asyncio.sleep(600)

    def _note(self, outcome: PollOutcome, memory: Memory) -> None:
        """Note what was planned, and settle what waits: nobody sends here, and more waits than would elsewhere."""
        if outcome.feed.added and OTHER not in outcome.feed.chats:
            return  # it is served by the same requests
        with suppress(StoreUnwritable):
            for chat in (READER, OTHER):
                if waiting := memory.deliveries(chat=chat, states=OPEN):
                    memory.settle(*(Settlement(delivery=replace(row, state="sent")) for row in waiting))
        self._collect(memory)
        alerts = [row for row in outcome.deliveries if row.watches]
        titles = {row.item: content.item.title for row in alerts if (content := memory.content(row))}
        self.log.append(
            Settled(
                feed="added" if outcome.feed.added else outcome.feed.name,
                at=self._time.elsewhere(),
                failed=outcome.failure is not None,
                new=len(outcome.new),
                alerts=tuple((row.chat, titles[row.item]) for row in alerts),
                notices=tuple(notice.key.split(":")[2] for notice in outcome.changes.notices if not notice.more),
            )
        )

    def _collect(self, memory: Memory) -> None:
        """Settle what those were told who watch what articles say, and count it."""
        with suppress(StoreUnwritable):
            for chat in (DEEP, GUEST):
                waiting = memory.deliveries(chat=chat, states=OPEN)
                contents = [memory.content(row) for row in waiting]
                for row in waiting:
                    memory.settle(Settlement(delivery=replace(row, state="sent")))
                self._told.update((chat, each.item.title) for each in contents if isinstance(each, MatchedItem))

    def _settings(self) -> Settings:
        given = load(ROOT / "config", Path("unused"), environ={})
        return replace(
            given,
            telegram=replace(given.telegram, owner=OPERATOR),
            poll=replace(given.poll, interval=self._interval),
            fetch=replace(given.fetch, chats_may_reach=(ip_network("127.0.0.0/16"),)),
            watches=(WATCH, LOUD, BELOW),
            feeds=tuple(
                Feed(name=name, title=name, url=paper.base, article=POLICIES.get(name, "if needed"))
                for name, paper in self._press.papers.items()
                if name != "added"
            ),
        )

    def _trial(self, polls: dict[str, list[scorecard.Polled]]) -> Trial:
        terms = {
            name: Terms(
                feed=name,
                url=paper.base,
                interval=self._interval,
                forbidden=frozenset({TRAP} if name == "to-a-private-machine" else ()),
                silence=BECOMES_STALE.get(name, 1e12),
                since=self._added_at if name == "added" else leaping.START,
            )
            for name, paper in self._press.papers.items()
        }
        return Trial(log=self.log, terms=terms, lives=self.lives, wanted=frozenset(self._wanted(polls)))

    def _shelf(self, polls: dict[str, list[scorecard.Polled]]) -> Shelf:
        """Return what happened with pages."""
        first: dict[str, frozenset[str]] = {}
        for name, of in polls.items():
            good = (poll for poll in of if poll.last.good and poll.settled and not poll.settled.failed)
            if begun := next(good, None):
                first[name] = frozenset(self._press.papers[name].titles(begun.last.at))
        return Shelf(
            exchanges=[each for each in self.log if isinstance(each, Exchange)],
            lives=self.lives,
            watching=self._watching,
            full=self._full,
            first=first,
            told=self._told,
            chats={name: (GUEST,) if name == "added" else (DEEP,) for name in polls},
            forbidden=frozenset({TRAP}),
        )

    def _wanted(self, polls: dict[str, list[scorecard.Polled]]) -> Iterator[tuple[int, str]]:
        """Return the alerts that there must be: what stood in a body that was remembered, but for the first one's."""
        for name, of in polls.items():
            good = [poll.last for poll in of if poll.last.good and poll.settled and not poll.settled.failed]
            shown = [set(self._press.papers[name].titles(each.at)) for each in good]
            for title in set().union(*shown[1:]) - shown[0] if shown else ():
                yield OTHER, title
                if name != "added":
                    yield READER, title


@contextmanager
def no_file_grows() -> Iterator[None]:
    """Make the system refuse every write to a file, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def manners(*, days: float, interval: float, seed: int) -> Outcome:
    """Run a trial from beginning to end."""
    with tempfile.TemporaryDirectory(prefix="newsvane-drill-") as folder:
        return leaping.run(lambda time: Drill(time, Path(folder), days=days, interval=interval, seed=seed).run())


def main() -> int:
    """Run trials and print their score cards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--interval", type=float, default=300.0)
    given = parser.parse_args()
    logs.configure(level="critical")
    bad = 0
    for seed in range(given.first, given.first + given.seeds):
        began = machine.perf_counter()
        out = manners(days=given.days, interval=given.interval, seed=seed)
        print(f"seed {seed}, {given.days:g} days in {machine.perf_counter() - began:.0f} s: {_shown(out)}", flush=True)
        bad += len(out.violations) + len(out.asked_whole)
    return int(bad > 0)


def _shown(out: Outcome) -> str:
    rules = Counter(each.rule for each in out.violations)
    return (
        f"{len(out.unconditional)} publishers, {out.requests:,} requests, {out.lives} lives ({out.killed} killed), "
        f"{out.alerts:,} alerts, notices {dict(out.notices)}\n"
        f"  {', '.join(f'{count:,} {what}' for what, count in out.pages.items())}\n"
        f"  violations {len(out.violations)}: {', '.join(f'{rule} {rules[rule]}' for rule in RULES)}\n"
        f"  asked for the whole feed other than once, though there were validators: {dict(out.asked_whole) or 'none'}"
        + "".join(
            f"\n  {each.rule} {each.feed} day {(each.at - leaping.START) / DAY:.3f}: {each.text}"
            for each in out.violations[:20]
        )
    )


if __name__ == "__main__":
    sys.exit(main())
