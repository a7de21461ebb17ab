"""Drains the outbox: claims a delivery durably, sends it, and settles it by its outcome.

    heads of the outbox -> pace allows? -> CLAIM (committed) -> send -> settle (pure) -> SETTLED (committed)

What to do after an outcome is decided in `settle`, when to send in `pace`; here they are obeyed.

What waits for one chat longer than its pace allows goes together in one message, and shares its fate.

When an answer is lost, nothing more is claimed until Telegram has answered something harmless. So an outage costs what
was under way one attempt, and what waits none.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from bot.delivery.compose import compose, compose_notice, fitting, together
from bot.delivery.outbox import Outbox
from bot.delivery.pace import Pace, Sending
from bot.delivery.settle import Settlement, changes_of, left_to_wait, one_more_unchanged, settle
from bot.delivery.subscriptions import Again, Subscriptions, with_own
from bot.delivery.suspects import CRASHES_LIMIT, Suspects
from bot.errors import StoreUnwritable, TokenRefused
from bot.model import (
    Changes,
    Delivery,
    Gone,
    Held,
    Message,
    Notice,
    NotSent,
    Outcome,
    Refused,
    Sent,
    Unauthorised,
    Unknown,
)
from bot.ports import DeliveryStore, Messenger
from bot.runtime.clocks import Clocks
from bot.runtime.draining import drained

TOGETHER = 60
"""Alerts that are looked at for one message: more never fit, each has its headline, its sentence and three links."""
IN_FLIGHT = 6
"""Sends under way at once: enough for 30/s at 200 ms an answer; more only makes the client's pool slower."""
_IDLE = 5.0  # seconds after which the loop looks again though nothing woke it
_DISK_PAUSE = 5.0
_ASK_FIRST, _ASK_LONGEST = 0.5, 30.0  # seconds between two questions whether Telegram answers

log = structlog.get_logger()


class Deliverer:
    """Sends what is queued, by `run()` until it is cancelled or drained.

    `wake()` says that something was queued, `returned()` that a chat can be reached again.

    `progress` is called whenever the loop has come round. `again` asks chats' own watches what they found in an item.
    """

    def __init__(
        self,
        *,
        store: DeliveryStore,
        outbox: Outbox,
        subscriptions: Subscriptions,
        messenger: Messenger,
        pace: Pace,
        clocks: Clocks,
        progress: Callable[[], None],
        again: Again,
    ) -> None:
        self._store = store
        self._again = again
        self._outbox = outbox
        self._subscriptions = subscriptions
        self._messenger = messenger
        self._pace = pace
        self._clock = clocks.wall
        self._steady = clocks.steady
        self._progress = progress
        self._wake = asyncio.Event()
        self._sends: dict[int, asyncio.Task[None]] = {}  # by chat: one at a time keeps the order in a chat
        self._waits: dict[int, float] = {}  # by chat: when its oldest delivery may be tried again
        self._returned: set[int] = set()
        self._suspects = Suspects(store)
        self._asking: asyncio.Task[None] | None = None  # whether Telegram answers at all
        self._refused: TokenRefused | None = None
        self._draining = False

    def wake(self) -> None:
        """Say that something was queued."""
        self._wake.set()

    def returned(self, chat: int) -> None:
        """Say that a chat can be reached again, whatever a send that is under way will bring back."""
        if chat in self._sends:
            self._returned.add(chat)
        self.wake()

    def recover(self) -> int:
        """Settle what was being sent when the process ended: it may have arrived. Returns how many."""
        rows = self._store.deliveries(states=["sending"])
        for row in rows:
            self._settle([row], Unknown(reason="the bot stopped while it was being sent"))
        for row in self._outbox.heads():
            self._wait(row)
        return len(rows)

    async def run(self) -> None:
        """Send until cancelled. Raises TokenRefused when Telegram does not know the token."""
        while not self._draining:
            self._wake.clear()
            pause = self._start_sends()
            self._progress()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
            if self._refused is not None:
                raise self._refused

    async def drain(self, seconds: float) -> None:
        """Start nothing more, and wait for what is under way, at most `seconds`."""
        self._draining = True
        self.wake()
        if self._asking is not None:
            self._asking.cancel()
        await drained(self._sends.values(), seconds)  # the next start finds what was late, and repeats it once

    def _start_sends(self) -> float:
        """Start every send that may go now. Returns the seconds until the next may."""
        now = self._steady()
        soonest = now + _IDLE
        if self._asking is not None:
            return _IDLE  # its end wakes the loop
        for row in self._outbox.in_turn(self._clock()):
            if len(self._sends) >= IN_FLIGHT:
                break  # the end of a send wakes the loop
            overall = self._pace.ready_overall(now)
            if overall > now:
                soonest = min(soonest, overall)
                break  # nobody may go before
            if row.chat in self._sends or row.state == "sending":
                continue  # under way, perhaps to the id that the chat had until a moment ago
            ready = max(self._waits.get(row.chat, 0.0), self._pace.ready(row.chat, now))
            if ready > now:
                soonest = min(soonest, ready)
                continue
            try:
                rows, written = self._what_goes(row, now)
                self._claim(rows)
            except StoreUnwritable as error:
                log.debug("outbox.paused", reason=str(error))
                return _DISK_PAUSE
            sending = self._pace.sent(row.chat, self._steady())  # not `now`: a disk may take its time to sync the claim
            self._sends[row.chat] = asyncio.create_task(self._send(rows, written, sending), name=f"send {row.id}")
        return max(soonest - now, 0.001)

    def _claim(self, rows: Sequence[Delivery]) -> None:
        """Remember durably that deliveries are being sent from now on, and that what was written did no harm."""
        sending = tuple(replace(row, state="sending") for row in rows)
        self._store.commit(Changes(deliveries=sending, written=self._suspects.writing))
        self._suspects.cleared()

    def _what_goes(self, head: Delivery, now: float) -> tuple[Sequence[Delivery], Message | Refused]:
        """Return what is sent now to a chat: its oldest delivery, or with it those that would have to wait."""
        written = self._written(head)
        alone = head.edits or isinstance(written, Refused)
        if alone or self._outbox.count(head.chat) <= self._pace.allowance(head.chat, now):
            return (head,), written
        rows, messages = [], []
        for row in self._store.queue(head.chat, TOGETHER):
            message = written if row == head else self._written(row)
            if row.state != "queued" or row.alone or row.plain or row.edits or isinstance(message, Refused):
                break  # it goes by itself when its turn comes
            rows.append(row)
            messages.append(message)
            if fitting(messages) < len(messages):
                break
        count = fitting(messages) if messages else 0
        return (rows[:count], together(messages[:count])) if count > 1 else ((head,), written)

    async def _send(self, rows: Sequence[Delivery], written: Message | Refused, sending: Sending) -> None:
        chat = rows[0].chat
        try:
            outcome = await self._attempt(rows, written)
            self._pace.answered(sending, self._steady(), passed=isinstance(outcome, Sent))
            if isinstance(outcome, Gone) and chat in self._returned:
                outcome = NotSent(reason="the chat came back while this was under way")
            doubtful = isinstance(outcome, Unknown | NotSent | Unauthorised)
            if doubtful and self._asking is None and not self._draining:
                self._asking = asyncio.create_task(self._ask(), name="does Telegram answer?")
            while not self._settle(rows, outcome):  # noqa: ASYNC110  # a disk has no event to wait for
                await asyncio.sleep(_DISK_PAUSE)
        finally:
            self._returned.discard(chat)
            del self._sends[chat]
            self.wake()

    async def _ask(self) -> None:
        """Wait until Telegram answers, or says for sure that it does not know the token."""
        pause = _ASK_FIRST
        try:
            while not await self._messenger.answers():
                log.warning("telegram.silent", reason="nothing is sent until it answers", next=f"{pause:.0f} s")
                self._progress()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _ASK_LONGEST)
        except TokenRefused as error:
            self._refused = error
        finally:
            self._asking = None
            self.wake()

    def _written(self, row: Delivery) -> Message | Refused:
        """Write an alert. One that cannot be written must not stop the others, nor end the bot at every start.

        Raises StoreUnwritable.
        """
        try:
            content = self._store.content(row)
            if isinstance(content, Notice):
                return compose_notice(content, delivery=row.id)
            if content is None:
                return Refused(reason="the item is no longer in the store")
            content = with_own(content, row.watches, self._again)
            if not self._suspects.may_be_written(row):
                return Refused(reason=f"the bot ended {CRASHES_LIMIT} times when it was written")
            message = compose(content, row.watches, delivery=row.id, silent=row.silent, now=self._clock())
            if row.edits and not (out := self._store.message_of(row)):
                return Refused(reason="its alert has no message of its own")
            return replace(message, edits=out, only_edits=True) if row.edits else message
        except StoreUnwritable:
            raise
        except Exception as error:
            log.exception("delivery.cannot-be-written", delivery=row.id, item=row.item)
            return Refused(reason=f"it cannot be written: {error!r}")

    async def _attempt(self, rows: Sequence[Delivery], written: Message | Refused) -> Outcome:
        """Send one message. Whatever breaks, the others must go on."""
        if isinstance(written, Refused):
            return written
        try:
            chat = rows[0].chat
            known = self._store.chat(chat)
            message = replace(written, topic=known.topic if known else 0)
            return await self._messenger.send(chat, message, plain=rows[0].plain)
        except Exception as error:
            log.exception("delivery.broke", delivery=rows[0].id, chat=rows[0].chat)
            return Unknown(reason=f"the send broke: {error!r}")  # it may have gone out before

    def _settle(self, rows: Sequence[Delivery], outcome: Outcome) -> bool:
        """Decide and commit. Returns False if the disk refused; then it must be tried again."""
        now, jitter = self._clock(), random.random()  # noqa: S311  # spreading, not secrecy
        settlements = [settle(row, outcome, now=now, jitter=jitter, shared=len(rows) > 1) for row in rows]
        try:
            self._remember(settlements, outcome)
        except StoreUnwritable as error:
            log.debug("outbox.paused", reason=str(error))
            return False
        self._wait(settlements[0].delivery)
        if isinstance(outcome, Held):
            self._pace.hold(rows[0].chat, outcome.seconds, self._steady())
        for settlement in settlements:
            _report(settlement, outcome)
        return True

    def _remember(self, settlements: Sequence[Settlement], outcome: Outcome) -> None:
        chat = settlements[0].delivery.chat
        elsewhere = isinstance(outcome, Sent) and outcome.elsewhere
        changes = changes_of(settlements, self._store.chat(chat), elsewhere=elsewhere)
        states = (self._store.feed_state(each.delivery.feed) for each in settlements if each.given_up)
        self._store.commit(replace(changes, states=tuple(map(one_more_unchanged, states))))
        for each in settlements:
            if each.move_to is not None:
                self._subscriptions.move(chat, each.move_to)

    def _wait(self, row: Delivery) -> None:
        """Keep in mind when a delivery may be tried again."""
        pause = left_to_wait(row, self._clock())
        if row.state == "queued" and pause > 0:
            self._waits[row.chat] = self._steady() + pause
        else:
            self._waits.pop(row.chat, None)


def _report(settlement: Settlement, outcome: Outcome) -> None:
    row = settlement.delivery
    about = {"delivery": row.id, "chat": row.chat, "item": row.item, "outcome": type(outcome).__name__}
    if settlement.given_up:
        log.info("delivery.not-edited", **about)
    elif row.state == "sent":
        log.info("delivery.sent", **about)
    elif row.state in {"uncertain", "dead"}:
        log.error("delivery.given-up", state=row.state, reason=row.reason, **about)
    else:
        log.warning("delivery.waits", reason=row.reason, **about)
