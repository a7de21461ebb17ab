"""Whose page is asked for next: one at a time of a host, so many an hour, the newest first. Pure but for what it keeps.

The newest goes first, for an alert is worth most at once; what has waited for hours is dropped (`late`). What comes of
chats' own feeds goes behind, takes a third of a host's hour at most, and half of the places: however slow its hosts
are, everybody's pages do not wait for them. What a redirect leads to counts for the host that it leads to (`admit`).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple
from urllib.parse import urlsplit

from bot.model import Wanted
from bot.model.bounds import PAGES_OF_CHATS, PAGES_WAIT

HOUR = 3_600.0
HEADSTART = 1.0
"""Seconds after which a page is asked for: whoever is told by the headline is told by then."""
OWN_SHARE = 3
"""What part of a host's pages in an hour may be asked for on behalf of chats' own feeds: one in so many."""
_HOSTS = 1_000  # that are remembered though nothing waits for them


class Page(NamedTuple):
    """An address, and whether it is asked for on behalf of chats: other networks may be open to these."""

    link: str
    of_chats: bool


@dataclass(slots=True)
class _Site:
    """What waits at a host, for all and for chats, by page; when it was asked within the hour, until when not to be.

    Chats and all others each have a page of it `under_way`. What it said to these holds for chats, too, but not the
    other way round: else a chat with a link that is refused would close a host for everybody.
    """

    waiting: tuple[dict[Page, list[Wanted]], dict[Page, list[Wanted]]] = field(default_factory=lambda: ({}, {}))
    asked: deque[tuple[float, bool]] = field(default_factory=deque)
    held: dict[bool, float] = field(default_factory=dict)
    under_way: set[bool] = field(default_factory=set)


class Lineup:
    """The pages that wait. Times are of the steady clock, but for how long something has waited."""

    def __init__(self, an_hour: int) -> None:
        """Take how many pages of a host may be asked for within an hour."""
        self._an_hour = an_hour
        self._own = max(an_hour // OWN_SHARE, 1)
        self._hosts: dict[str, _Site] = {}  # who was asked longest ago stands first
        self._own_under_way = 0

    def __len__(self) -> int:
        return sum(len(pages) for host in self._hosts.values() for pages in host.waiting)

    def add(self, wanted: Wanted) -> None:
        """Let a page wait; who wants the same one waits with it."""
        page = Page(wanted.link, of_chats=wanted.chat != 0)
        self._hosts.setdefault(host_of(page.link), _Site()).waiting[page.of_chats].setdefault(page, []).append(wanted)

    def next(self, now: float, clock: float = inf) -> Page | None:
        """Return the page to be asked for now, which is under way until it `ended`; None if there is none.

        A host that was asked longest ago goes first. By the wall clock `clock` no page is asked for in the first moment
        after it was wanted: that is for telling what the headline says.
        """
        for of_chats in (False, True) if self._own_under_way < PAGES_OF_CHATS else (False,):
            for name, host in self._hosts.items():
                if not host.waiting[of_chats] or of_chats in host.under_way:
                    continue
                page = self._first(host, now, clock, of_chats=of_chats)
                if page is not None:
                    host.under_way.add(of_chats)
                    self._own_under_way += of_chats
                    host.asked.append((now, of_chats))
                    self._hosts[name] = self._hosts.pop(name)
                    return page
        return None

    def unasked(self, page: Page) -> None:
        """Say that a page that is under way has not been asked for after all, so that it counts for no hour."""
        asked = self._hosts[host_of(page.link)].asked
        last = max((number for number, (_, of_chats) in enumerate(asked) if of_chats == page.of_chats), default=None)
        if last is not None:
            del asked[last]

    def admit(self, host: str, now: float, *, of_chats: bool) -> bool:
        """Return whether a redirect may lead to a host now, and count it there if so."""
        site = self._hosts.setdefault(_site(host), _Site())
        admitted = self._is_open(site, now, of_chats=of_chats)
        if admitted:
            site.asked.append((now, of_chats))
        return admitted

    def take(self, page: Page) -> list[Wanted]:
        """Return all that wait for a page, and let them wait no longer."""
        return self._hosts[host_of(page.link)].waiting[page.of_chats].pop(page, [])

    def waiting(self, page: Page) -> list[Wanted]:
        """Return all that wait for a page."""
        return self._hosts[host_of(page.link)].waiting[page.of_chats].get(page, [])

    def ended(self, page: Page, now: float) -> None:
        """Say that a page is no longer under way."""
        self._hosts[host_of(page.link)].under_way.discard(page.of_chats)
        self._own_under_way -= page.of_chats
        self._forget(now)

    def hold(self, host: str, until: float, *, of_chats: bool) -> None:
        """Say until when a host is not to be asked, by its word to chats or to all."""
        site = self._hosts.setdefault(_site(host), _Site())
        site.held[of_chats] = max(site.held.get(of_chats, until), until)

    def late(self, clock: float) -> Iterator[Wanted]:
        """Give what has waited too long, given the wall clock, and let it wait no longer."""
        waiting = ((host, pages) for host in self._hosts.values() for pages in host.waiting)
        for host, pages in waiting:
            for page, wanted in list(pages.items()):
                if page.of_chats in host.under_way or max(each.since for each in wanted) > clock - PAGES_WAIT:
                    continue
                yield from pages.pop(page)

    def _first(self, host: _Site, now: float, clock: float, *, of_chats: bool) -> Page | None:
        """Return the newest page that waits at a host and may be asked for."""
        if not self._is_open(host, now, of_chats=of_chats):
            return None
        pages = ((wanted[-1].since, page) for page, wanted in host.waiting[of_chats].items())
        ripe = (each for each in pages if not 0 <= clock - each[0] < HEADSTART)
        return max(ripe, default=(0.0, None))[1]

    def _is_open(self, host: _Site, now: float, *, of_chats: bool) -> bool:
        """Return whether a host may be asked for one more page now."""
        if now < max(host.held.get(False, 0.0), host.held.get(of_chats, 0.0)):
            return False
        while host.asked and host.asked[0][0] <= now - HOUR:
            host.asked.popleft()
        return len(host.asked) < self._an_hour and not (of_chats and sum(own for _, own in host.asked) >= self._own)

    def _forget(self, now: float) -> None:
        if len(self._hosts) <= _HOSTS:
            return
        for name, host in list(self._hosts.items()):
            idle = not any(host.waiting) and not host.under_way and now >= max(host.held.values(), default=now)
            if idle and not (host.asked and host.asked[-1][0] > now - HOUR):
                del self._hosts[name]


def host_of(link: str) -> str:
    """Return the host of a link, as it is called here."""
    return _site(urlsplit(link).hostname or "")


def _site(host: str) -> str:
    """Return what a host is called here: with "www." or without is one."""
    return host.removeprefix("www.")
