"""Turns: one request at a time to a host, so many seconds apart. Knows of hosts and clocks, not of HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

_FORGET_ABOVE = 500  # hosts; redirects can name any number of them


class _Host:
    """One host: who is being served, how many want to be, and when the next may start (loop time)."""

    __slots__ = ("behind", "free_at", "lock", "users")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.behind = asyncio.Lock()
        self.users = 0
        self.free_at = 0.0


class Turns:
    """Gives turns per host, in the order of asking."""

    def __init__(self, spacing: float) -> None:
        """Take the seconds between the end of one turn and the start of the next."""
        self._spacing = spacing
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, name: str, *, behind: bool = False) -> AsyncIterator[None]:
        """Wait for the host's turn and hold it. Nobody may hold two, or two holders could wait for each other.

        Of those that stand behind, one at most is among the others: however many they are, nobody else waits for two.
        """
        self._forget_idle()
        host = self._hosts.setdefault(name, _Host())
        host.users += 1
        try:
            async with host.behind if behind else nullcontext(), host.lock:
                now = asyncio.get_running_loop().time
                if (wait := host.free_at - now()) > 0:
                    await asyncio.sleep(wait)
                try:
                    yield
                finally:
                    host.free_at = now() + self._spacing
        finally:
            host.users -= 1

    def _forget_idle(self) -> None:
        if len(self._hosts) <= _FORGET_ABOVE:
            return
        now = asyncio.get_running_loop().time()
        self._hosts = {name: host for name, host in self._hosts.items() if host.users or host.free_at > now}
