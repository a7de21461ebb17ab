"""The two clocks that everything goes by, and how far the one of the wall is believed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

Clock = Callable[[], float]
"""Returns the time now, in Unix seconds."""

TOLERANCE = 30.0
"""Seconds by which a wall clock may be put right at once: leap seconds, and the corrections of a time server."""
HELD = 600.0
"""Seconds that a wall clock must have stood by a jump until it is believed."""
SLEPT = 30.0
"""Seconds between two ticks above which the machine slept, or the process was stopped."""

log = structlog.get_logger()


def since_boot() -> float:
    """Return seconds since the machine started, those that it slept among them."""
    return time.clock_gettime(_SINCE_BOOT)


_SINCE_BOOT: int = getattr(
    time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC
)  # elsewhere than on Linux the latter counts sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The two clocks that the house goes by. Trials put others in their place.

    `wall` returns Unix seconds and is for what is written down; it may be set, back too. `steady` returns seconds from
    any beginning, only ever goes forward, and is for what is waited for: it must be as fast as the clock of the event
    loop, which may stand still while the machine sleeps.
    """

    wall: Clock = time.time
    steady: Clock = since_boot


REAL_CLOCKS = Clocks()
"""The clocks of the machine."""


class DoubtingClock:
    """A wall clock that takes no jump on trust: it goes on by the steady clock until the jump has stood for `HELD`.

    So a machine whose clock says 2006 for some minutes writes no such date into anything. To be asked at each tick.
    """

    def __init__(self, clocks: Clocks) -> None:
        self._wall, self._steady = clocks.wall, clocks.steady
        self._ahead = self._wall() - self._steady()  # of the steady clock
        self._jump = 0.0
        self._since = 0.0

    def __call__(self) -> float:
        """Return the time now, in Unix seconds."""
        wall, steady = self._wall(), self._steady()
        jump = wall - (steady + self._ahead)
        if abs(jump) <= TOLERANCE:
            if self._jump:
                log.warning("clock.right-again", reason="the wall clock is back where it was")
            return self._believe(wall, steady)
        if abs(jump - self._jump) > TOLERANCE:
            self._jump, self._since = jump, steady
            reason = f"the wall clock was set by {jump:+.0f} s; this is believed if it stays for {HELD / 60:.0f} min"
            log.warning("clock.doubted", reason=reason)
        elif steady - self._since >= HELD:
            log.warning("clock.believed", reason=f"the wall clock was set by {jump:+.0f} s, and has stayed")
            return self._believe(wall, steady)
        return steady + self._ahead

    def _believe(self, wall: float, steady: float) -> float:
        self._ahead, self._jump = wall - steady, 0.0
        return wall


def doubting(clocks: Clocks) -> Clocks:
    """Return clocks whose wall clock is doubted when it jumps."""
    return replace(clocks, wall=DoubtingClock(clocks))
