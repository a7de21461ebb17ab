"""Flood control: which message would be one too many, and for how long. Pure; the caller brings `now` in seconds.

Figures: Bot FAQ, "My bot is hitting limits": about 30 a second over all, 1 a second in a chat, 20 a minute in a group.
"""

import math
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many messages pass: in any second over all; in one chat, at once and then each second; a minute in a group.

    Telegram gives no figure for the burst that it lets pass in one chat; three is on the safe side of what it does.
    """

    overall_per_second: int = 30
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: int = 20


class Flood:
    """Counts what has passed, and refuses what is too much. A refused message counts for nothing."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._overall: deque[float] = deque(maxlen=limits.overall_per_second)
        self._groups: dict[int, deque[float]] = {}
        self._full_again: dict[int, float] = {}  # chat: when its whole burst is free again

    def ask(self, chat: int, now: float) -> int:
        """Let a message pass and count it: 0. Or refuse it: the whole seconds until it would pass."""
        group = self._groups.setdefault(chat, deque(maxlen=self._limits.group_per_minute)) if chat < 0 else None
        full_again = max(now, self._full_again.get(chat, now)) + 1 / self._limits.chat_per_second
        passes = (
            full_again - self._limits.chat_burst / self._limits.chat_per_second,
            _free(self._overall, 1.0),
            _free(group, 60.0),
        )
        if (wait := max(passes) - now) > 1e-6:  # less than a microsecond is rounding
            return math.ceil(wait)
        self._full_again[chat] = full_again
        self._overall.append(now)
        if group is not None:
            group.append(now)
        return 0


def _free(window: deque[float] | None, seconds: float) -> float:
    """Return the time from which a window of so many seconds takes one more."""
    return window[0] + seconds if window and len(window) == window.maxlen else 0.0
