"""Looks at an address that somebody gave: a feed, or a page that names feeds. Asks through the fetcher alone.

    text -> address -> fetch -> parse ─> the feed, with the very body that came
                                  └> a page -> its feeds ─> one stands out: followed; else the person chooses
                                                   └> none: the usual places, one after the other

A feed's own address is asked once: what came is handed on, so that nobody need ask again to add it.
"""

import asyncio
from dataclasses import dataclass

from bot.errors import FeedError, FeedRefused, FeedUnreachable, FeedUnreadable
from bot.feeds.address import host_of, typed_address
from bot.feeds.discover.page import MAX_TITLE, Candidate, feeds_of_page, guesses, is_page, standing_out
from bot.model import Feed, FeedState, Fetched, ParsedFeed
from bot.ports import Fetcher, Parser

MAX_PAGES = 2  # looked at for one address: a site's, and one that its link named RSS leads to
PATIENCE = 60.0  # seconds for one look, all its requests together
_SHOWN = 200  # characters of an address in a message
_BUSY = frozenset({401, 403, 429, 503})  # who answers so does not want to be asked at six more places


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that answers and can be read. `url` is the address to poll from now on.

    `title` is what to call it, 1 to 100 characters. `fetched` is the answer that `parsed` was read from, with its
    validators, which belong to `url`.
    """

    url: str
    title: str
    parsed: ParsedFeed
    fetched: Fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is at an address: a feed, or several candidates to choose from, or a feed and what else the page names."""

    feed: FoundFeed | None = None
    candidates: tuple[Candidate, ...] = ()


class Finder:
    """Looks at addresses, and takes what was chosen."""

    def __init__(self, *, fetcher: Fetcher, parser: Parser, patience: float = PATIENCE) -> None:
        """Take who asks, who reads, and how many seconds one look may last with all its requests."""
        self._fetcher = fetcher
        self._parser = parser
        self._patience = patience

    async def look(self, text: str, chats: tuple[int, ...] = ()) -> Found:
        """Look at an address as somebody typed it. Raises FeedError, whose message is for that person.

        `chats` are those that the feed would belong to, as in `Feed`: where they may not go, no address leads.
        """
        address = typed_address(text)
        look = _Look(self._fetcher, self._parser, chats)
        try:
            async with asyncio.timeout(self._patience):
                fetched = await look.first(address, hint="://" not in text)
                return await look.judged(fetched, address, "", pages=MAX_PAGES)
        except TimeoutError as error:
            raise _too_slow(address, self._patience) from error

    async def take(self, candidate: Candidate, chats: tuple[int, ...] = ()) -> FoundFeed:
        """Fetch and read a candidate that was chosen, with one request. Raises FeedError. `chats` are as in `look`."""
        look = _Look(self._fetcher, self._parser, chats)
        try:
            async with asyncio.timeout(self._patience):
                return await look.read(candidate.url, candidate.title, await look.fetch(candidate.url))
        except TimeoutError as error:
            raise _too_slow(candidate.url, self._patience) from error


class _Look:
    """One look, on behalf of chats or of the operator."""

    def __init__(self, fetcher: Fetcher, parser: Parser, chats: tuple[int, ...]) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._chats = chats

    async def first(self, address: str, *, hint: bool) -> Fetched:
        """Ask the address that was typed; `hint` says that https is this program's idea."""
        try:
            return await self.fetch(address)
        except FeedUnreachable as error:
            if not hint:
                raise
            raise FeedUnreachable(f"{error}; if the site has no https, write http:// in front") from error

    async def judged(self, fetched: Fetched, address: str, title: str, *, pages: int) -> Found:
        """Return the feed that came, or what the page that came names, while there are `pages` left to look at."""
        try:
            return Found(feed=await self.read(address, title, fetched))
        except FeedUnreadable:
            if not is_page(fetched.body, fetched.content_type):
                raise
        where = fetched.address or address
        if not pages:
            raise _no_feed(where)
        # In a thread, for a page made to be slow takes some 50 ms.
        candidates = await asyncio.to_thread(feeds_of_page, fetched.body, fetched.content_type, where)
        if candidates:
            return await self._followed(candidates, pages=pages - 1)
        if pages < MAX_PAGES:
            raise _no_feed(where)
        return Found(feed=await self._guessed(where))

    async def _followed(self, candidates: tuple[Candidate, ...], *, pages: int) -> Found:
        """Follow the candidate that stands out. If none does, or it is no feed after all, the person chooses."""
        if (first := standing_out(candidates)) is None:
            return Found(candidates=candidates)
        others = tuple(candidate for candidate in candidates if candidate is not first)
        try:
            found = await self.judged(await self.fetch(first.url), first.url, first.title, pages=pages)
        except FeedError:
            if not others:
                raise
            return Found(candidates=others)
        return Found(feed=found.feed, candidates=others) if found.feed else found

    async def _guessed(self, page: str) -> FoundFeed:
        """Try the usual places one after the other, until one is a feed or the site has had enough."""
        for address in guesses(page):
            try:
                return await self.read(address, "", await self.fetch(address))
            except FeedUnreadable:
                continue
            except FeedRefused as error:
                if error.status in _BUSY:
                    break
            except FeedError:
                break
        raise _no_feed(page)

    async def fetch(self, address: str) -> Fetched:
        feed = Feed(name="find", title="", url=address, chats=self._chats)
        answer = await self._fetcher.fetch(feed, FeedState(feed=feed.name))
        if not isinstance(answer, Fetched):  # nothing was asked conditionally
            raise FeedRefused(f"{host_of(address)} answered 304 to a question that did not ask", status=304)
        return answer

    async def read(self, address: str, title: str, fetched: Fetched) -> FoundFeed:
        parsed = await self._parser.parse(fetched.body, fetched.content_type, fetched.address or address)
        title = (parsed.title or title or host_of(address))[:MAX_TITLE].strip()
        return FoundFeed(url=fetched.permanent or address, title=title, parsed=parsed, fetched=fetched)


def _no_feed(address: str) -> FeedUnreadable:
    return FeedUnreadable(
        f"there is no feed at {address[:_SHOWN]}, and the page names none; look there for a link named RSS or Atom, "
        "and give its address"
    )


def _too_slow(address: str, patience: float) -> FeedUnreachable:
    return FeedUnreachable(f"{host_of(address)} did not show a feed within {patience:g} s; try again later")
