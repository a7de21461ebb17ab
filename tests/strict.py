"""Telegram as strict as it may be, without a network: it takes messages in no time, or refuses them, and keeps all."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from standins.botapi import Limits
from standins.botapi.flood import Flood

from bot.model import Held, Message, Outcome, Sent

EDGE, EDGE_WITHIN = 4, 4.0
"""Messages to one chat within so many seconds, beside all other limits: the very edge of one a second."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message that was taken: when, and what a chat reads."""

    at: float
    chat: int
    text: str


class Strict:
    """Meets `ports.Messenger`. `steady` is the clock; an answer takes `latency` seconds.

    `slow[chat]` is until when a chat is in slow mode: then it refuses whatever comes.
    """

    def __init__(self, steady: Callable[[], float], *, latency: float = 0.05) -> None:
        self.told: list[Told] = []
        self.refused: list[Told] = []
        self.slow: dict[int, float] = {}
        self._steady = steady
        self._latency = latency
        self._flood = Flood(Limits())
        self._last: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=EDGE))

    async def send(self, chat: int, message: Message, *, plain: bool = False) -> Outcome:
        """See `ports.Messenger`."""
        now = self._steady()
        seconds = self._refuses(chat, now)
        told = Told(now, chat, message.plain if plain else message.html)
        (self.refused if seconds else self.told).append(told)
        await asyncio.sleep(self._latency)
        return Held(seconds=seconds) if seconds else Sent(message_id=len(self.told))

    async def answers(self) -> bool:
        """See `ports.Messenger`."""
        return True

    def to(self, chat: int) -> list[Told]:
        """What a chat was told."""
        return [each for each in self.told if each.chat == chat]

    def _refuses(self, chat: int, now: float) -> float:
        if self.slow.get(chat, 0.0) > now:
            return self.slow[chat] - now
        last = self._last[chat]
        if len(last) == EDGE and now - last[0] < EDGE_WITHIN:
            return EDGE_WITHIN - (now - last[0])
        if seconds := self._flood.ask(chat, now):
            return float(seconds)
        last.append(now)
        return 0.0
