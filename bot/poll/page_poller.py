"""Has the pages read that are wanted: beside the polls, so that nothing waits for them.

    poll remembered -> its wanted pages line up -> ASKED (committed) -> page -> Article or Unread -> pipeline.read

That a page is asked for is remembered before it is: killed at any instant, it is asked for once more at most. That a
host wants to be left alone is remembered too. Whose turn it is, is decided in `lineup`; what follows from a page in
`articles`.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from math import inf

import structlog

from bot.errors import StoreUnwritable
from bot.model import Article, Changes, HostHold, Item, Unread, Wanted
from bot.model.bounds import ARTICLES, ARTICLES_TEXT, HOLDS, LONGEST_HOLD, PAGES_AT_ONCE
from bot.poll.lineup import HOUR, Lineup, Page, host_of
from bot.poll.outcome import PollOutcome
from bot.poll.pipeline import Pipeline
from bot.ports import PageReader, PollStore
from bot.runtime.clocks import Clocks
from bot.runtime.draining import drained

ASKS = 2
"""How often a page is asked for: once more, if the process ended meanwhile or the host wants to be asked later."""
LOOK = 60.0
"""Seconds between two looks for what has waited too long: thousands may wait."""
_DISK_PAUSE = 5.0
_DROPPED = Unread(reason="waited too long", detail="its host had been asked for many other pages, and hours went by")
_INTERRUPTED = Unread(reason="unreachable", detail="the bot ended twice while it was read")
_BROKE = Unread(reason="no article", detail="it cannot be read")

log = structlog.get_logger()


class PagePoller:
    """Reads wanted pages, a few at once. `tick` starts what may be asked for now."""

    def __init__(
        self, *, pages: PageReader | None, pipeline: Pipeline, store: PollStore, lineup: Lineup, clocks: Clocks
    ) -> None:
        """Take who reads pages, None where nobody can, and where those line up that polls want."""
        self._pages = pages
        self._pipeline = pipeline
        self._store = store
        self._lineup = lineup
        self._clock = clocks.wall
        self._steady = clocks.steady
        self._recent = _Recent()
        self._under_way: set[asyncio.Task[None]] = set()
        self._next_look = self._steady()
        self._outcomes: list[PollOutcome] | None = None  # what pages led to, for who wants to know
        self._holds = {(each.host, each.of_chats): each for each in store.holds()}
        for each in self._holds.values():
            seconds = min(each.until - self._clock(), LONGEST_HOLD)
            lineup.hold(each.host, self._steady() + seconds, of_chats=each.of_chats)
        for wanted in store.wanted():
            lineup.add(wanted)

    def tick(self) -> None:
        """Start what may be asked for now, and give up what has waited too long."""
        self._give_up_late()
        self._start_reading(self._clock())

    def _give_up_late(self) -> None:
        now = self._steady()
        if now >= self._next_look:
            self._next_look = now + LOOK
            for wanted in self._lineup.late(self._clock()):
                self._start(self._given_up(wanted))

    def _start_reading(self, clock: float = inf) -> None:
        while len(self._under_way) < PAGES_AT_ONCE and (page := self._lineup.next(self._steady(), clock)):
            self._start(self._read(page))

    async def all(self, seconds: float) -> list[PollOutcome]:
        """Read what may be asked for now, one page of a host after the other, at most for so many seconds.

        Returns what the pages led to.
        """
        outcomes: list[PollOutcome] = []
        self._outcomes = outcomes
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                self._give_up_late()
                self._start_reading()
                while self._under_way:
                    await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
                    self._start_reading()
        self._outcomes = None
        return outcomes

    async def drain(self, seconds: float) -> None:
        """Wait for pages under way, at most `seconds`. One that is cut off is asked for once more after a start."""
        await drained(self._under_way, seconds)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="read a page")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _read(self, page: Page) -> None:
        """Read one page for all who want it. One that breaks it must not stop others."""
        try:
            await self._asked(page)
        except StoreUnwritable as error:
            log.debug("page.paused", page=page.link, reason=str(error))
            if self._recent.get(page, self._steady()) is None:
                self._lineup.unasked(page)
            self._lineup.hold(host_of(page.link), self._steady() + _DISK_PAUSE, of_chats=page.of_chats)
        except Exception:
            log.exception("page.broke", page=page.link)
            self._recent.keep(page, _BROKE, self._steady())
        finally:
            self._lineup.ended(page, self._steady())

    async def _asked(self, page: Page) -> None:
        """Ask for a page unless it is at hand, and tell what came. Raises StoreUnwritable."""
        came = self._recent.get(page, self._steady())
        if came is None:
            item = self._claimed(page)
            if item is None or self._pages is None:
                self._lineup.unasked(page)
                came = _INTERRUPTED if self._lineup.waiting(page) else None
            else:
                came = await self._pages.read(page.link, title=item.title, summary=item.summary, of_chats=page.of_chats)
        if came is None:  # nobody wants it any longer
            self._lineup.take(page)
            return
        later = False
        if isinstance(came, Unread) and came.hold:
            self._leave_alone(came.host or host_of(page.link), came.hold, of_chats=page.of_chats)
            later = not came.host and all(each.asks < ASKS for each in self._lineup.waiting(page))
        if not later:
            self._recent.keep(page, came, self._steady())
            await self._finish(page, came)

    def _leave_alone(self, host: str, seconds: float, *, of_chats: bool) -> None:
        """Ask a host for nothing for so many seconds, nor after a restart meanwhile. Raises StoreUnwritable."""
        seconds, now = min(seconds, LONGEST_HOLD), self._clock()
        self._lineup.hold(host, self._steady() + seconds, of_chats=of_chats)
        hold = HostHold(host=host, until=now + seconds, of_chats=of_chats)
        self._holds.pop((host, of_chats), None)
        self._holds[host, of_chats] = hold
        over = [each for each in self._holds.values() if each.until <= now]
        over += list(self._holds.values())[: max(len(self._holds) - HOLDS, 0)]
        for each in over:
            self._holds.pop((each.host, each.of_chats), None)
        self._store.commit(Changes(holds=(hold,), released=tuple(over)))

    def _claimed(self, page: Page) -> Item | None:
        """Remember durably that a page is asked for now, by those who still want it. Returns an item of theirs.

        None if nobody wants it any longer, or those who do have asked often enough.
        """
        wanted = self._lineup.waiting(page)
        items = [(each, self._pipeline.wanted_item(each)) for each in wanted]
        gone = tuple(each for each, item in items if item is None)
        left = [(each, item) for each, item in items if item is not None]
        asked = {each: replace(each, asks=each.asks + 1) for each, _ in left if each.asks < ASKS}
        self._store.commit(Changes(wanted=tuple(asked.values()), unwanted=gone))
        wanted[:] = [asked.get(each, each) for each, _ in left]
        return left[0][1] if asked else None

    async def _finish(self, page: Page, came: Article | Unread) -> None:
        """Tell the pipeline what came, for each who waits. Raises StoreUnwritable: then the rest waits on."""
        wanted = self._lineup.waiting(page)
        while wanted:
            await self._told(wanted[0], came)
            wanted.pop(0)
        self._lineup.take(page)

    async def _given_up(self, wanted: Wanted) -> None:
        try:
            await self._told(wanted, _DROPPED)
        except StoreUnwritable as error:
            log.debug("page.paused", page=wanted.link, reason=str(error))
            self._lineup.add(wanted)
        except Exception:
            log.exception("page.broke", page=wanted.link)
            with suppress(StoreUnwritable):
                self._store.commit(Changes(unwanted=(wanted,)))

    async def _told(self, wanted: Wanted, came: Article | Unread) -> None:
        outcome = await self._pipeline.read(wanted, came)
        if outcome is None:
            self._store.commit(Changes(unwanted=(wanted,)))
        elif self._outcomes is not None:
            self._outcomes.append(outcome)


class _Recent:
    """What came of the last pages, for who wants one of them next."""

    def __init__(self) -> None:
        self._came: dict[Page, tuple[float, Article | Unread]] = {}
        self._text = 0

    def get(self, page: Page, now: float) -> Article | Unread | None:
        """Return what came of a page within the hour."""
        at, came = self._came.get(page, (0.0, None))
        return came if came is not None and now - at < HOUR else None

    def keep(self, page: Page, came: Article | Unread, now: float) -> None:
        """Keep what came of a page, and of the others the last ones."""
        self._drop(page)
        self._came[page] = now, came
        self._text += _size(came)
        while len(self._came) > ARTICLES or (self._text > ARTICLES_TEXT and len(self._came) > 1):
            self._drop(next(iter(self._came)))

    def _drop(self, page: Page) -> None:
        if page in self._came:
            self._text -= _size(self._came.pop(page)[1])


def _size(came: Article | Unread) -> int:
    return len(came.body) if isinstance(came, Article) else len(came.detail)
