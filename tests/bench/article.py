"""What the page behind a link costs to read: ./run bench article [--rounds N] [--kilobytes N] [--turns N] [--days N].

Pages are made up as news sites build them (tests/standins/articles.py), in several layouts, with menus, teasers and
scripts up to the size that is asked for. Of each is measured the CPU of the child, as the kernel counts it, and for how
long the bot's loop is held in one go, in CPU time: handing the page over, taking in the article, judging it. Figures
are medians, with the lowest and highest beside them. Also printed: the time until a first page is read, which loads the
libraries, and the memory of the child (proportional set size).
"""

import argparse
import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from bench.article_day import days, delays
from bench.parse import _cpu_of, _memory_of, _shown
from bench.wording import page_of, story
from standins import articles
from standins.articles import FOUNDING, Story

from bot.feeds.article.extractor import ChildExtractor
from bot.feeds.article.pages import ArticleReader
from bot.feeds.article.walls import LEAST
from bot.feeds.fetch.http import FetchedPage, HttpFetcher
from bot.model import Article

LAYOUTS: dict[str, Callable[[Story], bytes]] = {
    "news site": articles.news_site,
    "live blog": articles.live_blog,
    "AMP": articles.amp,
}


class Held:
    """Measures the longest turn of the loop while it is entered, in seconds of this thread's CPU."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._measure())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0)  # so that the last turn is measured, too
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _measure(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.thread_time() - before)


async def measure(rounds: int, size: int) -> None:
    """Read so many different pages of each layout, and print what they cost."""
    extractor, fetcher = ChildExtractor(), HttpFetcher(user_agent="bench")
    reader = ArticleReader(
        fetcher=fetcher, extractor=extractor, agent="bench", steady=time.monotonic, may_ask=lambda *_: True
    )
    began = time.perf_counter()
    await _read(reader, articles.news_site(), FOUNDING)
    assert extractor._child is not None
    pid = extractor._child.process.pid
    first = time.perf_counter() - began
    print(f"the first page is read after {first * 1000:.0f} ms, {_cpu_of(pid) * 1000:.0f} of CPU")
    print(f"{rounds} pages of {size / 1000:.0f} kB of each layout, 800 words; CPU of the child, and the loop held")
    held: list[float] = []
    for name, make in LAYOUTS.items():
        children: list[float] = []
        for number in range(rounds):
            told = story(number, 800)
            body = page_of(make, told, size)
            before = _cpu_of(pid)
            async with Held() as turn:
                await _read(reader, body, told)
            children.append(_cpu_of(pid) - before)
            held.append(turn.longest)
        print(_shown(name, children))
    print(_shown("held", held))
    long = story(0, 15_000)  # as much text as is kept of an article
    async with Held() as turn:
        await _read(reader, articles.news_site(long), long)
    print(f"held by the longest article: {turn.longest * 1000:.1f} ms")
    print(f"the child holds {_memory_of(pid):.1f} MB")
    await extractor.close()
    await fetcher.close()


async def _read(reader: ArticleReader, body: bytes, told: Story) -> None:
    page = FetchedPage(body=body, content_type="text/html; charset=utf-8", address=f"https://times.example{told.path}")
    found = await reader.article_of(page, page.address, title=told.title, summary=told.summary)
    assert isinstance(found, Article), found
    assert len(found.body) > LEAST


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=51)
    parser.add_argument("--kilobytes", type=int, default=300)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--days", type=int, default=10)
    given = parser.parse_args()
    asyncio.run(measure(given.rounds, given.kilobytes * 1000))
    asyncio.run(delays(given.turns))
    if given.days:
        days(given.days)


if __name__ == "__main__":
    main()
