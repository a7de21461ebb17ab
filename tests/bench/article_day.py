"""What pages cost beside all else: parts of ./run bench article.

delay   seconds from when a feed showed a headline until its alert came, with pages read beside it and without, by
        turns; and the longest callback of the loop meanwhile, in CPU time
days    1,000 items a day through the whole path, with an article of 5 kB each and without: memory, state, CPU
"""

import asyncio
import multiprocessing
import os
import statistics
import tempfile
import time
from asyncio.events import Handle
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

from bench.wording import Story, page_of, story
from leaping import ParserHere
from pss import memory_of
from rooms import Room
from standins import articles
from standins.articles import HTML
from standins.botapi import BotApi
from standins.publisher import Publisher

from bot.assembly import Tempo
from bot.demo.publisher import PATH
from bot.demo.stage import Stage
from bot.demo.story import NewsItem
from bot.model import Changes, Chat, FeedState, ParsedFeed, Watch
from bot.runtime import logs
from bot.runtime.clocks import Clocks
from bot.settings import Settings, load

ROOT = Path(__file__).resolve().parents[2]
HEADLINES, DEEP, GAP = 20, 1_000, 0.25
PAGE_BYTES = 300_000
A_DAY, AT_ONCE, WORDS = 1_000, 10, 800
START = 1_583_500_000.0


@dataclass(slots=True)
class Longest:
    """The longest callback of the loop, in seconds of this thread's CPU."""

    seconds: float = 0.0


@contextmanager
def callbacks_measured() -> Iterator[Longest]:
    """Measure each callback of the loop."""
    longest, run = Longest(), Handle._run

    def measured(handle: Handle) -> None:
        before = time.thread_time()
        run(handle)
        longest.seconds = max(longest.seconds, time.thread_time() - before)

    Handle._run = measured  # type: ignore[method-assign]
    try:
        yield longest
    finally:
        Handle._run = run  # type: ignore[method-assign]


async def told_after(settings: Settings, *, pages: bool) -> tuple[list[tuple[float, float]], float]:
    """Return the delays of headlines, since they were shown and since the feed was asked, and the longest callback.

    Pages are read beside them, or not.
    """
    watches = tuple(Watch(name=f"w{each}", title=f"W{each}", query=f"Headline{each}") for each in range(HEADLINES))
    settings = replace(
        settings,
        watches=(*watches, Watch(name="deep", title="Deep", query="Kornet")),
        fetch=replace(settings.fetch, pages_an_hour=10_000),
    )
    made = [replace(story(each, WORDS), title=f"Headline{each} of the day") for each in range(HEADLINES)]
    bodies = [page_of(articles.news_site, each, PAGE_BYTES) for each in made]
    with tempfile.TemporaryDirectory() as folder:
        api, publisher = BotApi(limits=None), Publisher(())
        stage = Stage(
            settings,
            Path(folder),
            api=api,
            publisher=publisher,
            interval=0.1,
            article="if needed" if pages else "never",
        )
        async with stage:
            stage.start_bot()
            await stage.first_poll_done()
            api.say(DEEP, "/subscribe deep")
            for each in range(HEADLINES):
                api.say(each + 1, f"/subscribe w{each}")
            await api.wait_until(lambda: all(api.messages(each + 1) for each in range(HEADLINES)))
            with callbacks_measured() as longest:
                delays = [await _delay(stage, each, body) for each, body in zip(made, bodies, strict=True)]
            if pages:
                assert stage.publisher.requests
                assert sum(each.path.startswith("/p") for each in publisher.requests) > HEADLINES / 2, "pages are read"
    return delays, longest.seconds


async def _delay(stage: Stage[BotApi], what: Story, body: bytes) -> tuple[float, float]:
    """Show a headline, and return how long after that its alert came, and how long after the feed was asked."""
    publisher, number = stage.publisher, int(what.path[1:])
    path = f"/p{number}"
    publisher.pages[path] = (HTML, body)
    before = len(publisher.requests)
    link = publisher.url.removesuffix(PATH) + path
    shown = time.time()
    publisher.publish(NewsItem(title=what.title, summary=what.summary, link=link))
    await stage.api.wait_until(lambda: len(stage.api.messages(number + 1)) > 1)
    came = stage.api.messages(number + 1)[1].at
    asked = [each.at for each in publisher.requests[before:] if each.path == PATH and each.at <= came]
    await asyncio.sleep(GAP)
    return came - shown, came - asked[-1]


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> float:
        return self.at


class TimedParser(ParserHere):
    """Reads feeds in this process, and counts the CPU seconds of it."""

    def __init__(self) -> None:
        self.spent = 0.0

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        before = time.process_time()
        parsed = await super().parse(body, content_type, base)
        self.spent += time.process_time() - before
        return parsed


def days_of(days: int, bodies: bool) -> tuple[float, float, float]:
    """Live so many days of news. Returns MB of memory, MB of state, ms of CPU for ten items without parsing."""
    logs.configure(level="critical")
    with tempfile.TemporaryDirectory() as folder:
        memory, cost = asyncio.run(_days_of(days, Path(folder), bodies=bodies))
        return memory, sum(each.stat().st_size for each in Path(folder).iterdir()) / 1e6, cost


async def _days_of(days: int, folder: Path, *, bodies: bool) -> tuple[float, float]:
    given = load(ROOT / "config", Path("unused"), environ={})
    clock, costs, parser = Hands(), list[float](), TimedParser()
    async with AsyncExitStack() as closing:
        tempo = Tempo(beat=0.0, clocks=Clocks(wall=clock, steady=clock), parser=parser)
        room = Room(given, folder, closing, tempo=tempo)
        room.subscriptions.subscribe(Chat(id=1), [watch.name for watch in given.watches])
        feed = given.feeds[0]
        state = FeedState(feed=feed.name, url=feed.url, primed=True)
        room.store.commit(Changes(states=(replace(state, health=replace(state.health, last_new=START)),)))
        texts = [story(each, WORDS) for each in range(50)]
        for number in range(days * A_DAY // AT_ONCE):
            body = _feed_of(number, texts, bodies=bodies)
            before, read = time.process_time(), parser.spent
            await room.pipeline.push(feed, body, "application/rss+xml")
            costs.append(time.process_time() - before - (parser.spent - read))
            clock.at += 86_400 * AT_ONCE / A_DAY
        room.memory.keep_up(clock.at)
        memory = memory_of(os.getpid())[0]
    return memory, statistics.median(costs) * 1_000


def _feed_of(number: int, texts: list[Story], *, bodies: bool) -> bytes:
    """Return a feed of ten new items; one in ten names what is watched, in its headline, and again further down."""
    items = []
    for each in range(AT_ONCE):
        text = texts[(number * AT_ONCE + each) % len(texts)]
        watched = "Idlib " if each == 0 else ""
        paragraphs = "".join(
            f"<p>{escape(part)}</p>" for part in [*text.paragraphs, f"Of {watched}more was said there."]
        )
        body = f"<content:encoded><![CDATA[{paragraphs}]]></content:encoded>" if bodies else ""
        items.append(
            f"<item><title>{watched}{number} {each} {escape(text.title)}</title><link>https://n.example/{number}-{each}"
            f"</link><description>{escape(text.summary)}</description>{body}</item>"
        )
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>N</title>'
    return f"{head}{''.join(items)}</channel></rss>".encode()


async def delays(turns: int) -> None:
    """Measure by turns and print."""
    logs.configure(level="critical")
    settings = load(ROOT / "config", Path("unused"), environ={})
    found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    longest: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(2 * turns):
        pages = bool(turn % 2)
        told, slice_ = await told_after(settings, pages=pages)
        found[pages] += told
        longest[pages].append(slice_ * 1_000)
    for number, since in enumerate(("a headline was shown", "its feed was asked")):
        medians = {}
        for pages, name in ((False, "without pages"), (True, "with pages")):
            ms = sorted(each[number] * 1_000 for each in found[pages])
            medians[pages] = statistics.median(ms)
            print(f"alert after {since}, {name}: median {medians[pages]:.1f} ms, p90 {ms[len(ms) * 9 // 10]:.1f}")
        print(f"  ratio of the medians {medians[True] / medians[False]:.2f} (wanted 1.1 at most)")
    for pages, name in ((False, "without pages"), (True, "with pages")):
        print(
            f"longest callback of the loop, {name}: {statistics.median(longest[pages]):.1f} ms of CPU "
            f"in the median turn, {max(longest[pages]):.1f} in the worst"
        )
    print(f"{turns} turns of {HEADLINES} headlines each, {GAP:g} s apart; the stand-ins run in the same loop")


def days(count: int) -> None:
    """Measure days with and without articles, each in a process of its own, and print."""
    spawned = multiprocessing.get_context("spawn")
    print(f"{A_DAY:,} items a day for {count} days, an article of {WORDS} words each, and without")
    found = {}
    for bodies in (False, True):
        with spawned.Pool(1) as pool:
            found[bodies] = pool.apply(days_of, (count, bodies))
    for number, (name, unit) in enumerate(
        (("memory", "MB"), ("state", "MB"), ("CPU of ten new items, beside the child that reads feeds", "ms"))
    ):
        print(f"{name}: without {found[False][number]:.1f} {unit}, with {found[True][number]:.1f} {unit}")
