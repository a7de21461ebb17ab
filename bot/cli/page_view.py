"""Shows what is read of pages, paragraph by paragraph, with what watches make of it: for `newsvane match URL`."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.assembly import HOST_SPACING, USER_AGENT
from bot.cli.match import explain_on, marked, print_json, print_verdict
from bot.errors import FeedUnreadable
from bot.feeds.article.extra import pages_note
from bot.feeds.article.extractor import ChildExtractor
from bot.feeds.article.pages import AGENT, ArticleReader
from bot.feeds.fetch.http import FetchedPage, HttpFetcher
from bot.model import Article, Hit, Item, Match, Paragraph, Unread, Watch
from bot.runtime.clocks import REAL_CLOCKS
from bot.watches.match.index import Index

if TYPE_CHECKING:
    from bot.settings import Settings

_SCHEMES = ("http://", "https://")


async def show_pages(
    pages: Sequence[str],
    watches: tuple[Watch, ...],
    aliases: Mapping[str, str],
    settings: "Settings | None",
    *,
    as_json: bool,
    why: bool,
) -> int:
    """Print what is read of pages, and what watches make of it. Returns how many were met; without watches, read.

    Pages are asked for as the bot does: robots.txt first, with the config's networks and certificates.
    Raises FeedUnreadable where pages cannot be read.
    """
    if pages_note():
        raise FeedUnreadable(pages_note())
    index = Index()
    index.add_all([replace(watch, feeds=()) for watch in watches], aliases)
    met = 0
    async with AsyncExitStack() as closing:
        reader = _reader(settings, closing)
        for page in pages:
            found = await _read(reader, page)
            if isinstance(found, Unread):
                click.echo(f"{page}\n  not read ({found.reason}): {found.detail}", err=as_json)
                continue
            item = _item(page, found)
            matches = index.match(item)
            met += bool(matches) or not watches
            if as_json:
                print_json(item, matches)
                continue
            _print(page, found, item, matches)
            if why:
                explain_on(item, watches, aliases)
    return met


def _reader(settings: "Settings | None", closing: AsyncExitStack) -> ArticleReader:
    fetch = settings.fetch if settings else None
    fetcher = HttpFetcher(
        user_agent=USER_AGENT,
        spacing=HOST_SPACING,
        timeout=fetch.timeout if fetch else 30.0,
        allow_addresses=fetch.allow_addresses if fetch else (),
        chats_may_reach=fetch.chats_may_reach if fetch else (),
        ca_file=fetch.ca_file if fetch else "",
    )
    closing.push_async_callback(fetcher.close)
    extractor = ChildExtractor()
    closing.push_async_callback(extractor.close)
    return ArticleReader(
        fetcher=fetcher,
        extractor=extractor,
        agent=AGENT,
        steady=REAL_CLOCKS.steady,
        may_ask=lambda host, of_chats: True,  # noqa: ARG005  # it is one page
    )


async def _read(reader: ArticleReader, page: str) -> Article | Unread:
    if page.lower().startswith(_SCHEMES):
        return await reader.read(page, title="", summary="", of_chats=False)
    body = await asyncio.to_thread(Path(page).read_bytes)
    fetched = FetchedPage(body=body, content_type="", address="")
    return await reader.article_of(fetched, page, title="", summary="")


def _item(page: str, article: Article) -> Item:
    return Item(
        keys=(page,),
        feed="",
        source="",
        title=article.title,
        body=article.body,
        paragraphs=article.paragraphs,
        link=article.link or (page if page.lower().startswith(_SCHEMES) else ""),
        author=article.author,
        lang=article.lang,
        published=article.published,
    )


def _print(page: str, article: Article, item: Item, matches: tuple[Match, ...]) -> None:
    hits = [hit for match in matches for hit in match.hits]
    click.echo(page)
    about = [part for part in (article.author, _day(article.published), article.lang) if part]
    if about:
        click.echo(f"  {', '.join(about)}")
    click.echo(f"  about       {marked(item.title, [hit for hit in hits if hit.field == 'title'], whole=True)}")
    start = 0
    for line, paragraph in zip(article.body.splitlines(), article.paragraphs, strict=True):
        here = [_moved(hit, -start) for hit in hits if hit.field == "body" and start <= hit.start < start + len(line)]
        place = f"¶{paragraph.number}"
        words = ", ".join(dict.fromkeys(line[hit.start : hit.end] for hit in here))
        found = f"  ← {words}" if words else ""
        click.echo(f"  {_tier(paragraph):7} {place:<4}{marked(line, here, whole=True)}{found}")
        start += len(line) + 1
    if article.wall:
        click.echo(f"  the rest is behind a wall: {article.wall}")
    print_verdict(item, matches)


def _tier(paragraph: Paragraph) -> str:
    return "aside" if paragraph.aside else "mention"


def _moved(hit: Hit, by: int) -> Hit:
    return hit._replace(start=hit.start + by, end=hit.end + by)


def _day(published: float | None) -> str:
    return f"{datetime.fromtimestamp(published, UTC):%Y-%m-%d %H:%M} UTC" if published is not None else ""
