"""One answer for all chats that ask an address: it is asked no more often because several watch it.

    fetch of a chat's feed -> its address' turn -> held, or just answered? -> that answer
                                                └> else the publisher -> remembered for those who come next

Chats' own feeds are asked at steps that follow from the address alone (`wait.even_step`), so all who watch one address
ask together. Each gets what the publisher would have told it: whether others ask, too, does not show. Everybody's feeds
are not served from here, for other networks may be open to them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf

from bot.errors import FeedError, FeedRefused, FeedUnreachable
from bot.feeds.schedule.wait import DAY, PollBounds, told_to_wait
from bot.model import Feed, FeedState, Fetched, NotModified, Validators
from bot.model.bounds import ANSWERS, ANSWERS_BYTES
from bot.ports import Fetcher
from bot.runtime.clocks import Clock

TOGETHER = 10.0
"""Seconds within which polls of an address are one, at most a twelfth of min_interval: they start with a tick, in turn.
"""
LONGEST_HOLD = DAY
"""Seconds for which a refusal stands for whoever comes to an address anew. A feed there waits as long as it was told.
"""

Answer = Fetched | NotModified | FeedError


@dataclass(slots=True)
class _Address:
    """What is known of an address: what was asked and answered last, when, and until when nobody asks again."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    asked: Validators = field(default_factory=Validators)
    answer: Answer | None = None
    came: float = -inf
    held_until: float = -inf

    @property
    def size(self) -> int:
        return len(self.answer.body) if isinstance(self.answer, Fetched) else 0

    def told(self, validators: Validators) -> Answer | None:
        """Return what the publisher would say now to who has these validators; None if that is not known."""
        match self.answer:
            case NotModified():
                return self.answer if _same(validators, self.asked.etag, self.asked.last_modified) else None
            case Fetched(etag=etag, last_modified=last_modified) as came if _same(validators, etag, last_modified):
                return NotModified(
                    etag=etag,
                    last_modified=last_modified,
                    permanent=came.permanent,
                    fresh_for=came.fresh_for,
                    seconds=came.seconds,
                    late=came.late,
                )
        return self.answer


class SharedAnswers:
    """Meets `ports.Fetcher`."""

    def __init__(self, fetcher: Fetcher, *, poll: PollBounds, steady: Clock) -> None:
        """Take who asks publishers, and how often an address may be asked."""
        self._fetcher = fetcher
        self._poll = poll
        self._steady = steady
        self._addresses: dict[str, _Address] = {}  # who answered longest ago stands first
        self._bytes = 0

    async def fetch(self, feed: Feed, state: FeedState) -> Fetched | NotModified:
        """See `ports.Fetcher`.

        A poll takes an answer of the last moments; a look at an address, which has no state, one of the last
        min_interval: whoever looks again and again makes the bot ask no more often than whoever polls.
        """
        if not feed.chats:
            return await self._fetcher.fetch(feed, state)
        polls = state.url == feed.url
        validators = state.validators if polls else Validators()
        fresh = min(TOGETHER, self._poll.min_interval / 12) if polls else self._poll.min_interval
        url = validators.address or feed.url
        async with self._turn(url) as address:
            now = self._steady()
            answer = address.told(validators) if now < address.held_until or now < address.came + fresh else None
            if answer is None:
                answer = await self._asked(feed, state)
                self._remember(url, validators, answer)
            elif isinstance(answer, FeedError):
                answer = _again(answer)
        if isinstance(answer, FeedError):
            raise answer
        return answer

    async def _asked(self, feed: Feed, state: FeedState) -> Answer:
        try:
            return await self._fetcher.fetch(feed, state)
        except FeedError as error:
            return error

    @asynccontextmanager
    async def _turn(self, url: str) -> AsyncIterator[_Address]:
        """Wait for the turn at an address: who comes while somebody asks gets what he was told."""
        address = self._addresses.setdefault(url, _Address())
        address.users += 1
        try:
            async with address.turn:
                yield address
        finally:
            address.users -= 1
            if address.answer is None and not address.users:
                self._addresses.pop(url, None)

    def _remember(self, url: str, asked: Validators, answer: Answer) -> None:
        now, address = self._steady(), self._addresses.pop(url)
        hold = told_to_wait(answer, self._poll) if isinstance(answer, FeedError) else 0.0
        self._bytes -= address.size
        address.asked, address.answer, address.came = asked, answer, now
        address.held_until = now + min(hold, LONGEST_HOLD)
        self._bytes += address.size
        self._addresses[url] = address
        self._forget(now)

    def _forget(self, now: float) -> None:
        """Forget what serves nobody any longer, and of the rest the oldest if it is too much."""
        gone: list[str] = []
        for url, address in self._addresses.items():
            useful = now < max(address.held_until, address.came + self._poll.min_interval)
            if useful and self._bytes <= ANSWERS_BYTES and len(self._addresses) - len(gone) <= ANSWERS:
                break
            self._bytes -= address.size
            address.answer = None
            if not address.users:
                gone.append(url)
        for url in gone:
            del self._addresses[url]


def _same(validators: Validators, etag: str, last_modified: str) -> bool:
    """Return whether these are validators of one body; the date counts where there is no ETag (RFC 9110 §13.2.2)."""
    if validators.etag or etag:
        return validators.etag == etag
    return bool(last_modified) and validators.last_modified == last_modified


def _again(error: FeedError) -> FeedError:
    """Return the same error to be raised anew: each has a traceback of its own."""
    if isinstance(error, FeedRefused):
        return FeedRefused(str(error), status=error.status, retry_after=error.retry_after)
    if isinstance(error, FeedUnreachable):
        return FeedUnreachable(str(error), late=error.late)
    return type(error)(str(error))
