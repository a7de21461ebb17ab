"""What the page behind a link costs to read: ./run bench article [--rounds N] [--kilobytes N].

Pages are made up as news sites build them (tests/standins/articles.py), in several layouts, with menus, teasers and
scripts up to the size that is asked for. Of each is measured the CPU of the child, as the kernel counts it, and for how
long the bot's loop is held in one go, in CPU time: handing the page over, taking in the article, judging it. Figures
are medians, with the lowest and highest beside them. Also printed: the time until a first page is read, which loads the
libraries, and the memory of the child (proportional set size).
"""

import argparse
import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from bench.parse import _cpu_of, _memory_of, _shown
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


def story(number: int, words: int) -> Story:
    """Return an article of so many words, another one for each number."""
    dice = random.Random(number)  # noqa: S311  # the same article every time
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in "aeiou"]
    vocabulary = ["".join(dice.choices(syllables, k=dice.randint(1, 4))) for _ in range(2_000)]
    paragraphs = [
        " ".join(dice.choices(vocabulary, k=45)).capitalize() + ". " + " ".join(dice.choices(vocabulary, k=15)) + "."
        for _ in range(max(1, words // 60))
    ]
    return Story(
        title=paragraphs[0][:70],
        summary=paragraphs[0][:150],
        paragraphs=paragraphs,
        caption="A square by night.",
        path=f"/{number}",
    )


def page_of(make: Callable[[Story], bytes], number: int, size: int) -> bytes:
    """Return an article of 800 words on a page of about so many bytes: half of the rest is scripts, half links."""
    page = make(story(number, 800))
    missing = max(0, size - len(page)) // 2
    script = b"<script>" + b"window.data = {'a': [1, 2, 3]};\n" * (missing // 33) + b"</script>"
    link = b'<li class="menu-item level-2"><a href="/section/of/the/site/%d" data-track="menu">Section %d</a></li>'
    menu = b"<nav><ul>" + b"".join(link % (each, each) for each in range(missing // len(link))) + b"</ul></nav>"
    return page.replace(b"</head>", script + b"</head>", 1).replace(b"<body>", b"<body>" + menu, 1)


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
            body, told = page_of(make, number, size), story(number, 800)
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
    given = parser.parse_args()
    asyncio.run(measure(given.rounds, given.kilobytes * 1000))


if __name__ == "__main__":
    main()
