"""Asks sites for their robots.txt, once an hour a host, and says by it which pages may be asked for, and when.

    address -> what its host has said of late, else its robots.txt -> 2xx: its rules (`robots`, in the child)
                                                                   -> 4xx: all is allowed
                                                                   -> 429, 5xx, no answer: nothing is, for an hour

What is known of a public host is known to all. Of others each role knows what it has seen itself, for strangers must
not learn what the operator's network answers.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit

from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedTooLarge, FeedUnreadable
from bot.feeds.article.answers import Permission
from bot.feeds.fetch.asking import Leave
from bot.feeds.fetch.http import FetchedPage
from bot.feeds.schedule.wait import DAY
from bot.model import Unread
from bot.runtime.clocks import Clock

HOUR = 3_600.0
MOST_BYTES = 500 * 2**10
"""Bytes of one robots.txt that are read (RFC 9309 §2.5)."""
HOSTS, BYTES = 500, 8 * 2**20
"""How many robots.txt are kept, and how many bytes of them."""

Role = tuple[bool, bool]
"""For chats or the operator; led there by somebody outside."""
_ROLES: tuple[Role, ...] = ((False, False), (False, True), (True, False), (True, True))


class AsksForPages(Protocol):
    """Asks for a page."""

    async def page(
        self, link: str, *, of_chats: bool, leave: Leave | None = None, outside: bool = False, of_any_kind: bool = False
    ) -> FetchedPage:
        """See `HttpFetcher.page`."""


class ReadsRobots(Protocol):
    """Reads a robots.txt."""

    async def permission(self, body: bytes, *, link: str, agent: str) -> Permission:
        """See `ChildExtractor.permission`."""


class NotAllowed(Exception):
    """A page is not to be asked for, now or ever."""

    def __init__(self, unread: Unread) -> None:
        super().__init__(unread.detail)
        self.unread = unread


@dataclass(slots=True)
class _HostRules:
    """What a host said, until when that holds, and when it may be asked next by its Crawl-delay (steady seconds)."""

    until: float
    rules: bytes = b""
    closed: Unread | None = None
    free_at: float = 0.0


class Permits:
    """Says what may be asked."""

    def __init__(self, *, fetcher: AsksForPages, reader: ReadsRobots, agent: str, steady: Clock) -> None:
        """Take who asks, who reads, the product's name in User-Agent, and a clock."""
        self._fetcher = fetcher
        self._reader = reader
        self._agent = agent
        self._steady = steady
        self._sites: OrderedDict[tuple[str, Role], _HostRules] = (
            OrderedDict()
        )  # who was looked at last stands at the end
        self._looking: dict[tuple[str, Role], asyncio.Lock] = {}

    async def wait(self, address: str, *, of_chats: bool, outside: bool) -> None:
        """Wait until an address may be asked. Raises NotAllowed."""
        parts = urlsplit(address)
        host = parts.hostname or ""
        site = await self._site(f"{parts.scheme}://{parts.netloc}", host, (of_chats, outside))
        if site.closed is not None:
            raise NotAllowed(replace(site.closed, hold=site.until - self._steady()))
        if not site.rules:
            return
        try:
            permission = await self._reader.permission(site.rules, link=address, agent=self._agent)
        except FeedUnreadable as error:
            raise NotAllowed(Unread(reason="robots", detail=f"robots.txt of {host} {error}", hold=HOUR)) from error
        if not permission.allowed:
            raise NotAllowed(
                Unread(reason="robots", detail=f"{host} does not let programs read this page (robots.txt)")
            )
        now = self._steady()
        begin = max(now, site.free_at)
        site.free_at = begin + permission.delay
        await asyncio.sleep(begin - now)

    async def _site(self, origin: str, host: str, role: Role) -> _HostRules:
        """Return what a host said within the last hour; who comes while it is asked waits for the answer."""
        key = (origin, role)
        lock = self._looking.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                known = self._sites.get(key)
                if known is not None and self._steady() < known.until:
                    return known
                site, public = await self._look(origin, host, role)
                for each in _ROLES if public else (role,):
                    self._remember((origin, each), site)
                return site
        finally:
            if not lock.locked():
                self._looking.pop(key, None)

    async def _look(self, origin: str, host: str, role: Role) -> tuple[_HostRules, bool]:
        """Ask a host for its robots.txt. Returns also whether a public address has given it."""
        found = _HostRules(until=0.0)
        of_chats, outside = role
        lasts, public = HOUR, False
        try:
            page = await self._fetcher.page(
                f"{origin}/robots.txt", of_chats=of_chats, outside=outside, of_any_kind=True
            )
        except FeedForbidden as error:
            found.closed = Unread(reason="refused", detail=str(error))
        except FeedRefused as error:
            public = error.public
            if error.status == 429 or error.status >= 500:
                lasts = min(max(error.retry_after or HOUR, HOUR), DAY)
                detail = f"{host} answers {error.status} when asked for its robots.txt; asked again later"
                found.closed = Unread(reason="robots", detail=detail)
        except FeedTooLarge:
            found.closed = Unread(reason="robots", detail=f"{host} has a robots.txt that is too large to read")
        except FeedUnreadable:  # an empty one
            pass
        except FeedError as error:
            found.closed = Unread(reason="unreachable", detail=str(error))
        else:
            public = page.public
            if not page.body.lstrip().startswith(b"<"):  # a page that says that there is no such page has no rules
                found.rules = page.body[:MOST_BYTES]
        found.until = self._steady() + lasts  # from when it answered: it may have been waited for long
        return found, public

    def _remember(self, key: tuple[str, Role], site: _HostRules) -> None:
        self._sites.pop(key, None)
        self._sites[key] = site
        size = sum(len(each.rules) for each in {id(each): each for each in self._sites.values()}.values())
        while len(self._sites) > HOSTS * len(_ROLES) or (size > BYTES and len(self._sites) > 1):
            _, gone = self._sites.popitem(last=False)
            size -= len(gone.rules) if all(each is not gone for each in self._sites.values()) else 0
