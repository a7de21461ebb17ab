"""How late the loop is: a beat that is due every 50 ms tells by how long it came late, and so did all others.

Told at /healthz, and in the log when it was long.
"""

import asyncio
import math
from collections import Counter
from typing import NamedTuple

import structlog

BEAT = 0.05
"""Seconds between two beats."""
LONG = 0.25
"""Seconds of lag that are told in the log, at most once in a `SPAN`."""
SPAN = 300.0
"""Seconds that count as lately."""
_STEPS = 8  # steps of the histogram to a doubling: a percentile is at most 9 % too high

log = structlog.get_logger()


class Lag(NamedTuple):
    """Seconds by which the loop was late: 99 of 100 times no more than `usual`, and at worst."""

    usual: float = 0.0
    worst: float = 0.0

    def __str__(self) -> str:
        return f"p99 {self.usual * 1e3:.0f} ms, worst {self.worst * 1e3:.0f} ms"


class Lags:
    """Counts lags in a histogram of bounded size."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._worst = 0.0

    def add(self, seconds: float) -> None:
        """Count one lag."""
        self._counts[math.ceil(math.log2(max(seconds * 1e3, 1.0)) * _STEPS)] += 1
        self._worst = max(self._worst, seconds)

    def sum(self) -> Lag:
        """Return what they come to, in no lag if there are none."""
        over = sum(self._counts.values()) // 100
        usual = 0.0
        for step, count in sorted(self._counts.items(), reverse=True):
            usual = 2 ** (step / _STEPS) / 1e3
            over -= count
            if over < 0:
                break
        return Lag(usual=min(usual, self._worst), worst=self._worst)


class LagMeter:
    """Measures the loop's lag from `start` to `stop`; `beat` 0 measures nothing, for time that is not the machine's."""

    def __init__(self, beat: float = BEAT) -> None:
        self._beat = beat
        self._all, self._lately, self._before = Lags(), Lags(), Lags()
        self._due = self._turned = 0.0
        self._told = -math.inf
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to measure."""
        if self._beat:
            self._due = self._turned = asyncio.get_running_loop().time()
            self._on_beat()

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()

    def lines(self) -> str:
        """Return what was measured, in lines for a monitor; nothing if nothing was."""
        if not self._beat:
            return ""
        # What is lately has just begun now and then; then the span before it says more.
        lately = max(self._lately.sum(), self._before.sum(), key=lambda lag: lag.worst)
        return f"lag since the start: {self._all.sum()}\nlag of late: {lately}\n"

    def _on_beat(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        lag = max(now - self._due, 0.0)
        if now - self._turned >= SPAN:
            self._before, self._lately, self._turned = self._lately, Lags(), now
        self._all.add(lag)
        self._lately.add(lag)
        if lag >= LONG and now - self._told >= SPAN:
            self._told = now
            log.warning("loop.late", seconds=round(lag, 3), reason="the machine is busy, or one step took this long")
        self._due = now + self._beat
        self._timer = loop.call_at(self._due, self._on_beat)
