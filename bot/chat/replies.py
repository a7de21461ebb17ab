"""Answers to commands: paragraphs become messages that Telegram takes, and go out in order, at each chat's pace.

An answer is worth less than an alert: it is tried a few times and then forgotten; whoever misses it asks again.
"""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import structlog

from bot.chat.commands.command import Reply
from bot.delivery.compose import ENTITY_LIMIT, entities, units
from bot.delivery.pace import Pace, Sending
from bot.model import Held, Message, NotSent, Outcome, Sent, Unauthorised, Unknown
from bot.ports import Messenger
from bot.runtime.clocks import Clock
from bot.runtime.draining import drained

WAITING_LIMIT = 10
"""Messages that may wait for one chat. Who asks faster than they go out gets no answer to what is beyond."""
SPACING = 0.1
"""Seconds between two answers to whomever: a third of what Telegram allows, so that no crowd delays an alert."""
TRIES = 3
PAGE_LIMIT = 3500
"""UTF-16 units of markup in one message; Telegram takes 4096 without the markup."""

log = structlog.get_logger()


class Replies:
    """Sends answers in the background, so that no chat waits for another's."""

    def __init__(self, *, messenger: Messenger, pace: Pace, steady: Clock = time.monotonic) -> None:
        self._messenger = messenger
        self._pace = pace
        self._steady = steady
        self._waiting: dict[int, deque[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._next = 0.0  # when the next answer may go, to whomever

    def put(self, chat: int, reply: Reply, *, topic: int = 0, edits: int = 0) -> None:
        """Queue an answer for a chat: in a topic of a forum, or in the place of the message `edits`; 0 for neither."""
        waiting = self._waiting.get(chat)
        if waiting is None:
            waiting = self._waiting[chat] = deque()
            task = asyncio.create_task(self._send_all(chat, waiting), name=f"replies to {chat}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(waiting) >= WAITING_LIMIT:
            log.warning("reply.dropped", chat=chat, reason="too many commands at once")
            return
        messages = [Message(html=page, plain="", topic=topic) for page in pages(reply.paragraphs)]
        if messages and edits:
            messages[0] = replace(messages[0], edits=edits)
        if messages and reply.buttons:
            messages[-1] = replace(messages[-1], buttons=reply.buttons)
        waiting.extend(messages[: WAITING_LIMIT - len(waiting)])

    async def drain(self, seconds: float) -> None:
        """Wait for what is under way, at most `seconds`; forget the rest."""
        await drained(self._tasks, seconds)

    async def _send_all(self, chat: int, waiting: deque[Message]) -> None:
        try:
            while waiting:
                outcome = await self._send(chat, waiting.popleft())
                if outcome is not None:
                    log.warning("reply.lost", chat=chat, outcome=str(outcome))
        finally:
            del self._waiting[chat]

    async def _send(self, chat: int, message: Message) -> Outcome | None:
        """Try until it arrives or there is no more point in it. Returns None, or the last outcome."""
        for attempt in range(TRIES):
            sending = await self._wait_for_pace(chat)
            outcome = await self._messenger.send(chat, message)
            self._pace.answered(sending, self._steady())
            match outcome:
                case Sent():
                    return None
                case Held(seconds=seconds):
                    self._pace.hold(chat, seconds, self._steady())
                case NotSent() | Unknown() | Unauthorised():
                    await asyncio.sleep(2**attempt)
                case _:
                    return outcome
        return outcome

    async def _wait_for_pace(self, chat: int) -> Sending:
        """Wait until a message to this chat may go, and count it as gone."""
        while True:
            await self._sleep_until(self._pace.ready(chat, self._steady()))
            async with self._turn:
                await self._sleep_until(max(self._next, self._pace.ready_overall(self._steady())))
                now = self._steady()
                if self._pace.ready(chat, now) <= now:
                    self._next = now + SPACING
                    return self._pace.sent(chat, now)

    async def _sleep_until(self, time: float) -> None:
        await asyncio.sleep(max(0.0, time - self._steady()))


def pages(paragraphs: Iterable[str]) -> Iterator[str]:
    """Join paragraphs into as few messages as they fit in. One that is too long itself is divided between its words."""
    page = ""
    for paragraph in (piece for whole in paragraphs for piece in _pieces(whole)):
        if page and (
            units(page) + 2 + units(paragraph) > PAGE_LIMIT or entities(page) + entities(paragraph) > ENTITY_LIMIT
        ):
            yield page
            page = ""
        page = f"{page}\n\n{paragraph}" if page else paragraph
    if page:
        yield page


def _pieces(paragraph: str) -> Iterator[str]:
    """Divide a paragraph at line ends, else between names in a row; markup never spans either."""
    while units(paragraph) > PAGE_LIMIT or entities(paragraph) > ENTITY_LIMIT:
        head = paragraph[: PAGE_LIMIT // 2]  # characters, each two units at most
        while entities(head) > ENTITY_LIMIT:
            head = head[: len(head) // 2]
        cut = max(head.rfind("\n"), head.rfind(", ") + 1)
        if cut <= 0:
            break
        yield paragraph[:cut].rstrip()
        paragraph = paragraph[cut:].lstrip()
    yield paragraph
