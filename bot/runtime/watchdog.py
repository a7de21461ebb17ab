"""Tells systemd that the bot is well, and only while poller, sender and update loop all make progress.

The protocol is sd_notify(3): a datagram to the socket that $NOTIFY_SOCKET names. Without one, nothing is sent.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping

from bot.runtime.clocks import SLEPT, Clock

STALL = 75.0
"""Seconds without progress after which a loop counts as hung: the longest wait of any, a long poll of 25 s whose
answer is lost and times out after 15 more, with room for a slow machine."""


class Watchdog:
    """Hears from the loops and feeds the watchdog of systemd. Every loop named in `loops` must report."""

    def __init__(self, *loops: str, steady: Clock = time.monotonic) -> None:
        self._steady = steady
        self._last = dict.fromkeys(loops, steady())
        self._fed = steady()
        self._silent: frozenset[str] = frozenset()

    def progress_of(self, loop: str) -> Callable[[], None]:
        """Return the function by which a loop reports that it has come round."""

        def progress() -> None:
            self._last[loop] = self._steady()

        return progress

    def stalled(self) -> frozenset[str]:
        """Return the loops that have not come round for `STALL` seconds."""
        now = self._steady()
        return frozenset(loop for loop, last in self._last.items() if now - last > STALL)

    def feed(self) -> frozenset[str]:
        """Feed the watchdog unless a loop has stalled. Returns the loops that have stalled since the last call.

        To be called at each tick: while the machine slept no loop could come round.
        """
        now = self._steady()
        if now - self._fed > SLEPT:
            self._last = {loop: last + now - self._fed for loop, last in self._last.items()}
        self._fed = now
        stalled = self.stalled()
        if not stalled:
            notify("WATCHDOG=1")
        fresh, self._silent = stalled - self._silent, stalled
        return fresh


def notify(message: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send a message such as `READY=1` to the service manager. Returns whether there is one."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract name space, see unix(7)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as line:
            line.sendto(message.encode(), address)
    except OSError:  # nobody listens, or the process has no file left to open: the next message tries again
        return False
    return True
