"""What a hub has pushed, on its way to the pipeline: one at a time of a feed, and not faster than it can be read.

    signed body -> the feed's place in the queue -> unpacked -> pipeline -> taken
                   newest wins                     anything wrong, or nothing in it: the feed is polled soon

So the hub is answered at once, and no hub can keep the bot busy.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.errors import FeedError, StoreUnwritable
from bot.feeds.fetch.decode import BodyDecoder
from bot.runtime.draining import drained

SPACING = 1.0
"""Seconds between two pushes of a feed that are read."""
QUIET = 60.0
"""Seconds for which pushes of a feed are only hints to poll it, after one that could not be read."""
MAX_WAITING = 32
"""Pushes that wait in all; above that the oldest becomes a hint to poll."""
_STEP = 65_536  # bytes unpacked before other tasks have their turn

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A signed body as it was sent. `coding` is its Content-Encoding. An empty one only says that there is news."""

    body: bytes
    content_type: str = ""
    coding: str = ""


class Intake:
    """Hands pushes on. `take` gives them to the pipeline and says whether they were of use."""

    def __init__(
        self,
        *,
        take: Callable[[str, bytes, str], Awaitable[bool]],
        poll_soon: Callable[[str], None],
        max_decoded: int,
        spacing: float = SPACING,
    ) -> None:
        """Take the two ways on, each given a feed's name, and how many bytes a body may unpack to."""
        self._take = take
        self._poll_soon = poll_soon
        self._max_decoded = max_decoded
        self._spacing = spacing
        self._waiting: dict[str, Push] = {}
        self._working: dict[str, asyncio.Task[None]] = {}
        self._quiet_until: dict[str, float] = {}

    def put(self, feed: str, push: Push) -> None:
        """Take a push; returns at once. The one that it takes the place of is made up for by a poll."""
        if not push.body or asyncio.get_running_loop().time() < self._quiet_until.get(feed, 0.0):
            self._poll_soon(feed)
            return
        if self._waiting.pop(feed, None) is not None:
            self._poll_soon(feed)
        elif len(self._waiting) >= MAX_WAITING:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            self._poll_soon(oldest)
        self._waiting[feed] = push
        if feed not in self._working:
            task = asyncio.create_task(self._work(feed), name=f"push {feed}")
            self._working[feed] = task
            task.add_done_callback(lambda _: self._working.pop(feed, None))

    async def drain(self, seconds: float) -> None:
        """Finish what is being read, at most `seconds`. What is lost is found by the next poll."""
        self._waiting.clear()
        await drained(self._working.values(), seconds)

    async def _work(self, feed: str) -> None:
        while (push := self._waiting.pop(feed, None)) is not None:
            if not await self._taken(feed, push):
                self._poll_soon(feed)
            if feed in self._waiting:
                await asyncio.sleep(self._spacing)

    async def _taken(self, feed: str, push: Push) -> bool:
        try:
            return await self._take(feed, await self._unpacked(feed, push), push.content_type)
        except FeedError as error:
            self._quiet_until[feed] = asyncio.get_running_loop().time() + QUIET
            log.warning("push.failed", feed=feed, reason=str(error))
        except StoreUnwritable as error:
            log.debug("push.paused", feed=feed, reason=str(error))
        except Exception:
            # What breaks on one feed must not stop the others' pushes; the poll that follows shows it again.
            log.exception("push.broke", feed=feed)
        return False

    async def _unpacked(self, feed: str, push: Push) -> bytes:
        if not push.coding:
            return push.body
        decoder = BodyDecoder(
            push.coding, host=f"the hub of {feed}", max_raw=len(push.body), max_decoded=self._max_decoded
        )
        for start in range(0, len(push.body), _STEP):
            await asyncio.to_thread(decoder.feed, push.body[start : start + _STEP])  # see `fetch.decode`
        return decoder.finish()
