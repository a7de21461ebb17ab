"""Has pages read in a child process of their own, so that no page can hang, bloat or break the bot, or its feeds.

    job -> the child, else a fresh one -> (`reading`, under limits) -> reply

It is started with the first page and ends after a minute without work: it holds 35 MB. One page at a time;
whatever goes wrong with one, the child is killed and replaced at the next.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing

from bot.errors import FeedUnreadable
from bot.feeds.article.answers import Answer, Extracted, Permission, unpacked
from bot.feeds.parse.process import Child, Killed, started
from bot.feeds.parse.wire import pack_facts

DEADLINE = 4.0  # seconds for one page; real ones take 10 to 200 ms
LOADING = 20.0  # seconds that the first page of a child may take besides: its libraries are loaded then
IDLE = 60.0  # seconds after which a child without work ends
_BROKE = "broke the process that reads pages"
READING = "bot.feeds.article.reading"


class ChildExtractor:
    """Reads pages and robots.txt in one child process."""

    def __init__(self, *, deadline: float = DEADLINE, idle: float = IDLE) -> None:
        """Take the seconds that one page may take, and that a child without work stays."""
        self._deadline = deadline
        self._idle_for = idle
        self._turn = asyncio.Lock()
        self._child: Child | None = None
        self._loaded: set[str] = set()  # whose libraries the child has
        self._killed = Killed()
        self._retirement: asyncio.TimerHandle | None = None
        self._closed = False

    async def close(self) -> None:
        """End the child. A job under way fails."""
        self._closed = True
        self._discard()
        async with self._turn:  # somebody may be starting one at this moment
            self._discard()
        await self._killed.ended()

    async def page(self, body: bytes, *, content_type: str, address: str, title: str, summary: str) -> Extracted:
        """Return what a page shows. Raises FeedUnreadable, whose message completes "the page …"."""
        facts = {"read": "page", "content_type": content_type, "address": address, "title": title, "summary": summary}
        answer = await self._answer(facts, body)
        if not isinstance(answer, Extracted):
            raise FeedUnreadable(_BROKE)
        return answer

    async def permission(self, body: bytes, *, link: str, agent: str) -> Permission:
        """Return what a robots.txt says of a link. Raises FeedUnreadable."""
        answer = await self._answer({"read": "robots", "link": link, "agent": agent}, body)
        if not isinstance(answer, Permission):
            raise FeedUnreadable(_BROKE)
        return answer

    async def _answer(self, facts: Mapping[str, str], body: bytes) -> Answer:
        async with self._turn:
            child = await self._ready_child()
            try:
                async with (
                    asyncio.timeout(self._deadline + (0 if facts["read"] in self._loaded else LOADING)),
                    aclosing(child.ask(pack_facts(facts, body), body)) as lines,
                ):
                    reply = json.loads(await anext(lines))
                worn, told = reply["worn"], reply.get("error") or unpacked(reply)
            except TimeoutError as error:
                self._discard()
                raise FeedUnreadable(f"takes longer than {self._deadline:g} s to read") from error
            except (OSError, EOFError) as error:
                self._discard()
                raise FeedUnreadable("takes more memory or time to read than a page may take") from error
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                self._discard()
                raise FeedUnreadable(_BROKE) from error
            except BaseException:  # cancelled: the reply would come later and be taken for the next job's
                self._discard()
                raise
            self._loaded.add(facts["read"])
            if worn:
                self._discard()
            else:
                self._retirement = asyncio.get_running_loop().call_later(self._idle_for, self._discard)
        if isinstance(told, str):
            raise FeedUnreadable(told)
        return told

    async def _ready_child(self) -> Child:
        if self._retirement is not None:
            self._retirement.cancel()
            self._retirement = None
        if self._child is not None and not self._child.is_alive():
            self._discard()
        if self._closed:
            raise FeedUnreadable("is not read any more: the bot is stopping")
        if self._child is None:
            try:
                self._child, self._loaded = await started(READING), set()
            except (OSError, EOFError, ValueError) as error:
                reason = f"cannot be read: the process for it does not start ({type(error).__name__})"
                raise FeedUnreadable(reason) from error
        return self._child

    def _discard(self) -> None:
        if self._retirement is not None:
            self._retirement.cancel()
            self._retirement = None
        if self._child is not None:
            self._killed.kill(self._child)
            self._child = None
