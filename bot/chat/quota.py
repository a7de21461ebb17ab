"""Decides whether what a chat asks is answered: so many commands a minute, then a word on when it goes on. Pure.

Who has asked too much is told so once, and is listened to again when a minute has passed since the last command that
was answered: so the word stays true, and no minute ever has more. Each question brings `now`, in seconds on a clock
that only goes forward.
"""

from collections import deque
from dataclasses import dataclass

from bot.model.bounds import COMMANDS, COMMANDS_WITHIN


@dataclass(frozen=True, slots=True)
class Quiet:
    """What a chat asked is not answered for so many `seconds`. Only at the first one it is `told`."""

    seconds: float
    told: bool


@dataclass(slots=True)
class _Minute:
    times: deque[float]
    told: bool = False


class Quota:
    """Counts what each chat has asked within the last minute."""

    def __init__(self, most: int = COMMANDS, within: float = COMMANDS_WITHIN) -> None:
        self._most, self._within = most, within
        self._asked: dict[int, _Minute] = {}
        self._swept = 0.0

    def ask(self, chat: int, now: float) -> Quiet | None:
        """Count a command of a chat. Returns None if it is to be answered."""
        if now - self._swept >= self._within:
            self._swept = now
            self._asked = {each: asked for each, asked in self._asked.items() if now - asked.times[-1] < self._within}
        asked = self._asked.setdefault(chat, _Minute(deque()))
        times = asked.times
        while times and now - times[0] >= self._within:
            times.popleft()
        if not times:
            asked.told = False
        if len(times) < self._most and not asked.told:
            times.append(now)
            return None
        told, asked.told = asked.told, True
        return Quiet(times[-1] + self._within - now, told=not told)

    def __len__(self) -> int:
        """Count the chats of which something is remembered."""
        return len(self._asked)
