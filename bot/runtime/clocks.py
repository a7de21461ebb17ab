"""The two clocks that everything goes by."""

import time
from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Returns the time now, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The two clocks that the house goes by. Trials put others in their place.

    `wall` returns Unix seconds and is for what is written down; it may be set, back too. `steady` returns seconds from
    any beginning, only ever goes forward, and is for what is waited for: it must be the clock of the event loop.
    """

    wall: Clock = time.time
    steady: Clock = time.monotonic


REAL_CLOCKS = Clocks()
"""The clocks of the machine."""
