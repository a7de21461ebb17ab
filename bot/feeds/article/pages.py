"""Reads the page behind a link, or says why not. Meets `ports.PageReader`.

    link -> its host's turn -> robots.txt -> GET, each redirect by robots.txt of its host -> HTML? -> child -> wall?
                                                                                              Article | Unread <┘

A page gets one request. Of a host one page at a time is asked for everybody and one for chats, so however many are
wanted, feeds at it wait for two at most.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedTooLarge, FeedUnreadable
from bot.feeds.article.answers import Extracted, Permission
from bot.feeds.article.permits import AsksForPages, NotAllowed, Permits
from bot.feeds.article.walls import LEAST, SameTexts, wall_of
from bot.feeds.fetch.http import FetchedPage
from bot.feeds.schedule.wait import OVERLOADED
from bot.model import Article, Unread
from bot.runtime.clocks import Clock

AGENT = "Newsvane"
"""The product's name in robots.txt: the one of User-Agent."""
_WALLS = frozenset({401, 402, 403, 451})
_GONE = frozenset({404, 410})
_OVERLOAD = frozenset({429, 503})
_OTHER_KINDS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture or a sound"),
    (b"ID3", "a sound"),
    (b"OggS", "a sound"),
    (b"PK\x03\x04", "an archive"),
    (b"\x1f\x8b", "an archive"),
)
"""First bytes of what is no page, whatever it is called."""


MayAsk = Callable[[str, bool], bool]
"""Returns whether a redirect may lead to a host now, on behalf of chats or not, and counts it if so."""


class ReadsPages(Protocol):
    """Reads what came."""

    async def page(self, body: bytes, *, content_type: str, address: str, title: str, summary: str) -> Extracted:
        """See `ChildExtractor.page`."""

    async def permission(self, body: bytes, *, link: str, agent: str) -> Permission:
        """See `ChildExtractor.permission`."""


class ArticleReader:
    """Meets `ports.PageReader`."""

    def __init__(
        self, *, fetcher: AsksForPages, extractor: ReadsPages, agent: str, steady: Clock, may_ask: MayAsk
    ) -> None:
        """Take who asks, who reads, the product's name in User-Agent for robots.txt, a clock, and what redirects may.

        `may_ask` is asked of each host that a redirect leads to; whoever gives a link knows of its own.
        """
        self._fetcher = fetcher
        self._extractor = extractor
        self._permits = Permits(fetcher=fetcher, reader=extractor, agent=agent, steady=steady)
        self._may_ask = may_ask
        self._same = SameTexts()
        self._hosts: dict[tuple[str, bool], tuple[asyncio.Lock, int]] = {}

    async def read(self, link: str, *, title: str, summary: str, of_chats: bool) -> Article | Unread:
        """See `ports.PageReader`."""
        home = host = _host(link)

        async def leave(address: str, outside: bool) -> None:  # see `asking.Leave`
            nonlocal host
            before, host = host, _host(address)
            if _site(host) not in {_site(home), _site(before)} and not self._may_ask(host, of_chats):
                raise NotAllowed(Unread(reason="refused", detail=f"{host} is asked for no more pages for some time"))
            await self._permits.wait(address, of_chats=of_chats, outside=outside)

        try:
            async with self._turn(link, of_chats=of_chats):
                page = await self._fetcher.page(link, of_chats=of_chats, leave=leave)
        except NotAllowed as error:
            # How another host's robots.txt is to be asked for again is not for the link's host to bear.
            return error.unread if _site(host) == _site(home) else replace(error.unread, hold=0.0)
        except FeedError as error:
            return replace(_unread(error, host), host=host if _site(host) != _site(home) else "")
        return await self.article_of(page, link, title=title, summary=summary)

    async def article_of(self, page: FetchedPage, link: str, *, title: str, summary: str) -> Article | Unread:
        """Return the article of a page that came from behind a link, or why it has none."""
        if other := next((kind for first, kind in _OTHER_KINDS if page.body.startswith(first)), ""):
            return Unread(reason="no article", detail=f"{_host(page.address)} sent {other} and not a page")
        try:
            shown = await self._extractor.page(
                page.body, content_type=page.content_type, address=page.address, title=title, summary=summary
            )
        except FeedUnreadable as error:
            return Unread(reason="no article", detail=f"the page {error}")
        return self._judged(shown, link)

    def _judged(self, shown: Extracted, link: str) -> Article | Unread:
        article = shown.article
        if not article.body:
            return Unread(reason="no article", detail="the page has no text of an article")
        wall = wall_of(shown)
        if wall is not None and wall.whole:
            return Unread(reason="wall", detail=wall.kind)
        if self._same.is_wall(link, article.body):
            return Unread(reason="wall", detail=f"{_host(link)} shows the same text behind other links, too")
        if len(article.body) < LEAST:
            return Unread(reason="no article", detail="the page has hardly a word")
        if shown.elsewhere:
            return Unread(reason="wall", detail="the page shows something else than the article")
        return replace(article, wall=wall.kind if wall else "")

    @asynccontextmanager
    async def _turn(self, link: str, *, of_chats: bool) -> AsyncIterator[None]:
        """Wait until no other page of the host is being asked for by this role."""
        key = (_host(link), of_chats)
        lock, users = self._hosts.get(key, (asyncio.Lock(), 0))
        self._hosts[key] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._hosts.pop(key)
            if users > 1:
                self._hosts[key] = (lock, users - 1)


def _unread(error: FeedError, host: str) -> Unread:
    """Return what an error of the fetcher means for a page."""
    if isinstance(error, FeedRefused):
        return _refused(error, host)
    if isinstance(error, FeedTooLarge):
        return Unread(reason="too large", detail=f"{host} sent more than is read of a page")
    if isinstance(error, FeedUnreadable):
        return Unread(reason="no article", detail=str(error))
    if isinstance(error, FeedForbidden):
        return Unread(reason="refused", detail=str(error))
    return Unread(reason="unreachable", detail=str(error).partition(";")[0])  # the rest is advice on feeds


def _refused(error: FeedRefused, host: str) -> Unread:
    if error.status in _WALLS:
        return Unread(reason="wall", detail=f"{host} answers {error.status}: it does not let Newsvane read this page")
    if error.status in _GONE:
        return Unread(reason="no article", detail=f"{host} answers {error.status}: there is no such page")
    hold = OVERLOADED if error.retry_after is None else error.retry_after
    return Unread(
        reason="refused", detail=f"{host} answers {error.status}", hold=hold if error.status in _OVERLOAD else 0.0
    )


def _host(link: str) -> str:
    try:
        return urlsplit(link).hostname or ""
    except ValueError:
        return ""


def _site(host: str) -> str:
    """Return what a host is when it is counted: with "www." or without is one."""
    return host.removeprefix("www.")
