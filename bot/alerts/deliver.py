"""Drains the outbox: claims a delivery durably, sends it, and settles it by its outcome.

    heads of the outbox -> pace allows? -> CLAIM (committed) -> send -> settle (pure) -> SETTLED (committed)

What to do after an outcome is decided in `settle`, when to send in `pace`; here they are obeyed.

When an answer is lost, nothing more is claimed until Telegram has answered something harmless. So an outage costs what
was under way one attempt, and what waits none.
"""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf

import structlog

from bot.alerts.compose import compose
from bot.alerts.pace import Pace
from bot.alerts.settle import (
    RETRY_LONGEST,
    SUSPENDED_LIMIT,
    Gone,
    Held,
    NotSent,
    Outcome,
    Refused,
    Settlement,
    Unauthorised,
    Unknown,
    settle,
)
from bot.errors import StoreUnwritable, TokenRefused
from bot.model import Delivery
from bot.ports import Clock, DeliveryStore, Messenger

IN_FLIGHT = 6
"""Sends under way at once: enough for 30/s at 200 ms an answer; more only makes the client's pool slower."""
_IDLE = 5.0  # seconds after which the loop looks again though nothing woke it
_DISK_PAUSE = 5.0
_LOOK_AGAIN = 0.05
_ASK_FIRST, _ASK_LONGEST = 0.5, 30.0  # seconds between two questions whether Telegram answers

log = structlog.get_logger()


class Deliverer:
    """Sends what is queued, by `run()` until it is cancelled or drained.

    `wake()` says that something was queued, `returned()` that a chat can be reached again.

    `progress` is called whenever the loop has come round. `clock` gives Unix seconds for what is written down;
    what is waited for is measured on `steady`, which no change of the wall clock can move.
    """

    def __init__(
        self,
        *,
        store: DeliveryStore,
        messenger: Messenger,
        pace: Pace,
        clock: Clock = time.time,
        steady: Clock = time.monotonic,
        progress: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._pace = pace
        self._clock = clock
        self._steady = steady
        self._progress = progress
        self._wake = asyncio.Event()
        self._sends: dict[int, asyncio.Task[None]] = {}  # by chat: one at a time keeps the order in a chat
        self._waits: dict[int, float] = {}  # by chat: when its oldest delivery may be tried again
        self._returned: set[int] = set()
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
        rows = self._store.interrupted()
        for row in rows:
            self._settle(row, Unknown(reason="the bot stopped while it was being sent"))
        for row in self._store.heads():
            self._wait(row, longest=RETRY_LONGEST)
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
        """Start nothing more, and wait for what is under way, at most so many seconds."""
        self._draining = True
        self.wake()
        if self._asking is not None:
            self._asking.cancel()
        if self._sends:
            _, late = await asyncio.wait(self._sends.values(), timeout=seconds)
            for send in late:  # the next start finds it being sent, and repeats it once
                send.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def deliver_all(self, seconds: float) -> None:
        """Send until nothing waits, at most so many seconds; for a run that ends by itself. What is left stays queued.

        Raises TokenRefused.
        """
        run = asyncio.create_task(self.run())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not run.done() and self._store.heads():  # noqa: ASYNC110  # a store has no event to wait for
                    await asyncio.sleep(_LOOK_AGAIN)
        await self.drain(seconds=_DISK_PAUSE)
        await run

    def expire(self) -> int:
        """Give up what has waited too long for a chat that cannot be reached. Returns how many."""
        now = self._clock()
        return self._store.expire(now - SUSPENDED_LIMIT, now)

    def _start_sends(self) -> float:
        """Start every send that may go now. Returns the seconds until the next may."""
        now = self._steady()
        soonest = now + _IDLE
        if self._asking is not None:
            return _IDLE  # its end wakes the loop
        for row in self._store.in_turn(self._clock()):
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
                self._store.claim(row)
            except StoreUnwritable as error:
                log.warning("outbox.paused", reason=str(error))
                return _DISK_PAUSE
            self._pace.sent(row.chat, now)
            self._sends[row.chat] = asyncio.create_task(self._send(row), name=f"send {row.id}")
        return max(soonest - now, 0.001)

    async def _send(self, row: Delivery) -> None:
        try:
            outcome = await self._attempt(row)
            if isinstance(outcome, Gone) and row.chat in self._returned:
                outcome = NotSent(reason="the chat came back while this was under way")
            if isinstance(outcome, Unknown | NotSent) and self._asking is None and not self._draining:
                self._asking = asyncio.create_task(self._ask(), name="does Telegram answer?")
            while not self._settle(row, outcome):  # noqa: ASYNC110  # a disk has no event to wait for
                await asyncio.sleep(_DISK_PAUSE)
        finally:
            self._returned.discard(row.chat)
            del self._sends[row.chat]
            self.wake()

    async def _ask(self) -> None:
        """Wait until Telegram answers."""
        pause = _ASK_FIRST
        try:
            while not await self._messenger.answers():
                log.warning("telegram.silent", reason="nothing is sent until it answers", next=f"{pause:.0f} s")
                self._progress()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _ASK_LONGEST)
        finally:
            self._asking = None
            self.wake()

    async def _attempt(self, row: Delivery) -> Outcome:
        """Write the alert and send it. One that breaks either must not stop the others."""
        matched = self._store.matched_item(row.item)
        if matched is None:
            return Refused(reason="the item is no longer in the store")
        try:
            message = compose(matched, row.watches, delivery=row.id, silent=row.silent, now=self._clock())
        except Exception as error:
            log.exception("delivery.cannot-be-written", delivery=row.id, item=row.item)
            return Refused(reason=f"it cannot be written: {error!r}")
        try:
            return await self._messenger.send(row.chat, message, plain=row.plain)
        except Exception as error:
            log.exception("delivery.broke", delivery=row.id, chat=row.chat)
            return Unknown(reason=f"the send broke: {error!r}")  # it may have gone out before

    def _settle(self, row: Delivery, outcome: Outcome) -> bool:
        """Decide and commit. Returns False if the disk refused; then it must be tried again."""
        now = self._clock()
        settlement = settle(row, outcome, now=now, jitter=random.random())  # noqa: S311  # spreading, not secrecy
        try:
            self._store.settle(settlement)
        except StoreUnwritable as error:
            log.warning("outbox.paused", reason=str(error))
            return False
        self._wait(settlement.delivery)
        if isinstance(outcome, Held):
            self._pace.hold(row.chat, outcome.seconds, self._steady())
        if isinstance(outcome, Unauthorised):
            self._refused = TokenRefused(outcome.reason)
        _report(settlement, outcome)
        return True

    def _wait(self, row: Delivery, longest: float = inf) -> None:
        """Keep in mind when a delivery may be tried again. A stored time is trusted only up to `longest` seconds."""
        pause = row.not_before - self._clock()
        if row.state == "queued" and pause > 0:
            self._waits[row.chat] = self._steady() + min(pause, longest)
        else:
            self._waits.pop(row.chat, None)


def _report(settlement: Settlement, outcome: Outcome) -> None:
    row = settlement.delivery
    about = {"delivery": row.id, "chat": row.chat, "item": row.item, "outcome": type(outcome).__name__}
    if row.state == "sent":
        log.info("delivery.sent", **about)
    elif row.state in {"uncertain", "dead"}:
        log.error("delivery.given-up", state=row.state, reason=row.reason, **about)
    else:
        log.warning("delivery.waits", reason=row.reason, **about)
