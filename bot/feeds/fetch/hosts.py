"""Turns: one request at a time to a host, `spacing` seconds apart. Knows of hosts and clocks, not of HTTP.

Who holds a host while nobody waits may take as long as it likes; once somebody waits, no longer than its share.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from math import inf

_FORGET_ABOVE = 500  # hosts; redirects can name any number of them


class _Host:
    """One host: who is being served, how many want to be, and when the next may start (loop time)."""

    __slots__ = ("behind", "free_at", "lock", "turn", "users")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.behind = asyncio.Lock()
        self.users = 0
        self.free_at = 0.0
        self.turn: Turn | None = None

    def press(self) -> None:
        """Cut the turn under way to its share, for somebody waits."""
        if self.turn is not None and self.users > 1:
            self.turn.cut()


class Turn:
    """A host that is held: `bounded` puts what is done with it under the bounds. `was_cut` if others could not wait."""

    def __init__(self, host: _Host, share: float) -> None:
        self.was_cut = False
        self._host = host
        self._ends = asyncio.get_running_loop().time() + share
        self._timeout: asyncio.Timeout | None = None

    @asynccontextmanager
    async def bounded(self, seconds: float) -> AsyncIterator[None]:
        """Raise TimeoutError within after so many seconds, or after the turn's share if others wait."""
        async with asyncio.timeout(seconds) as self._timeout:
            self._host.press()
            yield

    def cut(self) -> None:
        """End the turn with its share, at once if that is over."""
        if self._timeout is None or self._timeout.expired():
            return
        until, earliest = self._timeout.when(), max(self._ends, asyncio.get_running_loop().time())
        if until is not None and earliest < until:
            self._timeout.reschedule(earliest)
            self.was_cut = True


class Turns:
    """Gives turns per host, in the order of asking."""

    def __init__(self, spacing: float) -> None:
        """Take the seconds between the end of one turn and the start of the next."""
        self._spacing = spacing
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, name: str, *, behind: bool = False, share: float = inf) -> AsyncIterator[Turn]:
        """Wait for the host's turn and hold it. Nobody may hold two, or two holders could wait for each other.

        `share` is how many seconds it may be held while others wait.
        Of those that stand behind, one at most is among the others: however many they are, nobody else waits for two.
        """
        self._forget_idle()
        host = self._hosts.setdefault(name, _Host())
        host.users += 1
        host.press()
        try:
            async with host.behind if behind else nullcontext(), host.lock:
                now = asyncio.get_running_loop().time
                if (wait := host.free_at - now()) > 0:
                    await asyncio.sleep(wait)
                host.turn = Turn(host, share)
                try:
                    yield host.turn
                finally:
                    host.turn = None
                    host.free_at = now() + self._spacing
        finally:
            host.users -= 1

    def _forget_idle(self) -> None:
        if len(self._hosts) <= _FORGET_ABOVE:
            return
        now = asyncio.get_running_loop().time()
        self._hosts = {name: host for name, host in self._hosts.items() if host.users or host.free_at > now}
