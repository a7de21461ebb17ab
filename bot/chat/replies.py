"""Answers to commands: written when their turn comes, as messages that Telegram takes, in order, at each chat's pace.

Who asked most of late is answered last. A flood of questions costs little: what is asked is read from the store, and
put into words, at the rate at which answers go out.

An answer is worth less than an alert: it is tried a few times and then forgotten; whoever misses it asks again.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from math import inf

import structlog

from bot.chat.commands.command import Reply
from bot.chat.turn_queue import TurnQueue
from bot.delivery.compose import ENTITY_LIMIT, entities, units
from bot.delivery.pace import Pace, Sending
from bot.model import Held, Message, NotSent, Sent, Unauthorised, Unknown
from bot.model.bounds import REPLIES, REPLIES_EACH
from bot.ports import Messenger
from bot.runtime.clocks import Clock
from bot.runtime.draining import drained

SPACING = 0.1
"""Seconds between two answers to whomever: a third of what Telegram allows, so that no crowd delays an alert."""
IN_FLIGHT = 2
"""Answers under way at once, beside the alerts: a Telegram that answers slowly must not fill all connections."""
SHARES_HALVED = 3_000
"""Answers to whomever after which one counts half of what a chat asked of late: five minutes of all that may go."""
TRIES = 3
PAGE_LIMIT = 3500
"""UTF-16 units of markup in one message; Telegram takes 4096 without the markup."""

log = structlog.get_logger()


class _Asked:
    """A question that waits to be answered. The answer goes to a topic, or in the place of the message `edits`."""

    def __init__(self, write: Callable[[], Reply], topic: int, edits: int) -> None:
        self._write = write
        self._topic, self._edits = topic, edits
        self._reply: Reply | None = None

    def reply(self) -> Reply:
        """Write the answer; as it was written first, if it was."""
        if self._reply is None:
            self._reply = self._write()
        return self._reply

    def messages(self) -> list[Message]:
        """Write the answer as messages."""
        reply = self.reply()
        messages = [Message(html=page, plain="", topic=self._topic) for page in pages(reply.paragraphs)]
        if messages and self._edits:
            messages[0] = replace(messages[0], edits=self._edits)
        if messages and reply.buttons:
            messages[-1] = replace(messages[-1], buttons=reply.buttons)
        return messages


@dataclass(frozen=True, slots=True)
class _Written:
    """A message of an answer, and how often it was tried."""

    message: Message
    tries: int = 0


class Replies:
    """Sends answers in the background, so that no chat waits for another's."""

    def __init__(self, *, messenger: Messenger, pace: Pace, steady: Clock = time.monotonic) -> None:
        self._messenger = messenger
        self._pace = pace
        self._steady = steady
        self._waiting: TurnQueue[_Asked | _Written] = TurnQueue(
            each=REPLIES_EACH, most=REPLIES, halved_after=SHARES_HALVED
        )
        self._running: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._sends: dict[int, asyncio.Task[None]] = {}  # by chat: one at a time keeps the order in a chat
        self._pauses: dict[int, float] = {}  # by chat: when what failed may be tried again
        self._next = 0.0  # when the next answer may go, to whomever

    def put(self, chat: int, reply: Reply, *, topic: int = 0, edits: int = 0) -> None:
        """Queue an answer for a chat: in a topic of a forum, or in the place of the message `edits`; 0 for neither."""
        self.ask(chat, lambda: reply, topic=topic, edits=edits)

    def ask(self, chat: int, write: Callable[[], Reply], *, topic: int = 0, edits: int = 0) -> None:
        """Queue a question of a chat, whose answer is written when its turn comes."""
        dropped = self._waiting.put(chat, _Asked(write, topic, edits))
        if dropped is not None:
            log.warning("reply.dropped", chat=dropped, reason="too many commands at once")
        if self._running is None:
            self._running = asyncio.create_task(self._run(), name="replies")
        self._wake.set()

    def write(self, chat: int) -> None:
        """Write what a chat has asked so far: what is asked next will change it."""
        for each in self._waiting.of(chat):
            if isinstance(each, _Asked):
                each.reply()

    async def drain(self, seconds: float) -> None:
        """Wait for what is under way, at most `seconds`; forget the rest."""
        if self._running is not None:
            await drained([self._running, *self._sends.values()], seconds)

    async def _run(self) -> None:
        """Send until nothing waits."""
        try:
            while self._waiting or self._sends:
                self._wake.clear()
                pause = self._start_sends()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), pause)
        finally:
            self._running = None

    def _start_sends(self) -> float | None:
        """Start every send that may go now. Returns the seconds until the next may, None if an event comes first."""
        now = self._steady()
        soonest = inf
        for chat in self._waiting.in_turn():
            if len(self._sends) >= IN_FLIGHT:
                break  # the end of a send wakes the loop
            if chat in self._sends:
                continue
            overall = max(self._next, self._pace.ready_overall(now, claimed=True))
            ready = max(overall, self._pauses.get(chat, 0.0), self._pace.ready(chat, now, claimed=True))
            soonest = min(soonest, ready)
            if ready > now and ready <= overall:  # the chat itself waits for nothing
                if self._next < overall:
                    self._pace.claim(now)
                break  # nobody may go before
            if ready > now:
                continue
            written = self._first(chat)
            if written is None:
                soonest = now  # what waits behind it may go
                continue
            self._next = now + SPACING
            sending = self._pace.sent(chat, now)
            self._sends[chat] = asyncio.create_task(self._send(chat, written, sending), name=f"reply to {chat}")
        return None if soonest == inf else max(soonest - now, 0.001)

    def _first(self, chat: int) -> _Written | None:
        """Return the message that goes next to a chat; None if the answer has none."""
        first = self._waiting.take(chat)
        if isinstance(first, _Written):
            return first
        try:
            written = [_Written(message) for message in first.messages()]
        except Exception:
            # What one person asks must not end the loop for all.
            log.exception("reply.cannot-be-written", chat=chat)
            return None
        self._waiting.back(chat, *written[1:])
        return written[0] if written else None

    async def _send(self, chat: int, written: _Written, sending: Sending) -> None:
        """Send a message. What did not arrive is tried again, until there is no more point in it."""
        try:
            outcome = await self._messenger.send(chat, written.message)
            self._pace.answered(sending, self._steady(), passed=isinstance(outcome, Sent))
            tries = written.tries + 1
            match outcome:
                case Sent():
                    return
                case Held(seconds=seconds):
                    self._pace.hold(chat, seconds, self._steady())
                case NotSent() | Unknown() | Unauthorised():
                    self._pauses[chat] = self._steady() + 2.0**written.tries
                case _:
                    tries = TRIES
            if tries < TRIES:
                self._waiting.back(chat, replace(written, tries=tries))
            else:
                log.warning("reply.lost", chat=chat, outcome=str(outcome))
        finally:
            if self._pauses.get(chat, 0.0) <= self._steady():
                self._pauses.pop(chat, None)
            del self._sends[chat]
            self._wake.set()


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
    """Divide a paragraph at line ends, else between names in a row: markup may span a comma where lines are many."""
    while not _fits(paragraph):
        head = paragraph[: PAGE_LIMIT // 2]  # characters, each two units at most
        while entities(head) > ENTITY_LIMIT:
            head = head[: len(head) // 2]
        cut = head.rfind("\n")
        if cut <= 0 and _fits(line := paragraph.partition("\n")[0]) and line != paragraph:
            cut = len(line)
        if cut <= 0 and (cut := head.rfind(", ") + 1) <= 0:
            break
        yield paragraph[:cut].rstrip()
        paragraph = paragraph[cut:].lstrip()
    yield paragraph


def _fits(paragraph: str) -> bool:
    return units(paragraph) <= PAGE_LIMIT and entities(paragraph) <= ENTITY_LIMIT
