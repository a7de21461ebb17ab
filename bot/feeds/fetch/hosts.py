"""Turns at hosts, `spacing` seconds apart. Knows of hosts and clocks, not of HTTP.

A host has two lanes, each with one request at a time: the usual one, and one for requests that are known to be late or
have proved to be. So at most one late request is under way beside the others, and nobody but the late waits for it.

    who asks -> its lane -> its turn -> held while nobody waits, or for its share
                                        └> then it moves to the late lane if that is free, else it is ended
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

_FORGET_ABOVE = 500  # hosts; redirects can name any number of them
LATE_BEHIND = 10.0
"""Seconds that who stands behind may hold the late lane while others wait for it. Others may hold it to their end."""


class _Lane:
    """Who holds it, who waits for it in order, and the crowd behind: of those one at most is among the others."""

    __slots__ = ("among", "crowd", "holder", "line")

    def __init__(self) -> None:
        self.holder: Turn | None = None
        self.line: deque[Turn] = deque()
        self.crowd: deque[Turn] = deque()
        self.among = False

    @property
    def is_free(self) -> bool:
        return self.holder is None and not self.line

    def enter(self, turn: "Turn") -> None:
        """Let somebody wait for the lane, or have it."""
        turn.lane = self
        if turn.behind and self.among:
            self.crowd.append(turn)
        else:
            self.among = self.among or turn.behind
            self.line.append(turn)
        self._next()

    def leave(self, turn: "Turn") -> None:
        """Let somebody go, whether they had the lane or not."""
        if turn in self.crowd:
            self.crowd.remove(turn)
            return
        if self.holder is turn:
            self.holder = None
        else:
            self.line.remove(turn)
        if turn.behind:
            self.among = bool(self.crowd)
            if self.crowd:
                self.line.append(self.crowd.popleft())
        self._next()

    def _next(self) -> None:
        if self.holder is None and self.line:
            self.holder = self.line.popleft()
            self.holder.ready.set()
        if self.holder is not None and self.line:
            self.holder.press()


class _Host:
    """One host: its lanes, how many use it, and when the next may start (loop time)."""

    __slots__ = ("free_at", "late", "users", "usual")

    def __init__(self) -> None:
        self.usual = _Lane()
        self.late = _Lane()
        self.users = 0
        self.free_at = 0.0


class Turn:
    """A turn at a host: `bounded` puts what is done with it under the bounds. `was_cut` if others could not wait."""

    def __init__(self, host: _Host, *, behind: bool, share: float) -> None:
        self.was_cut = False
        self.behind = behind
        self.ready = asyncio.Event()
        self.lane = host.usual
        self._host = host
        self._share = share
        self._ends = inf
        self._timeout: asyncio.Timeout | None = None
        self._pressing: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def bounded(self, seconds: float) -> AsyncIterator[None]:
        """Raise TimeoutError within after so many seconds, or if others wait when the turn's share is over."""
        try:
            async with asyncio.timeout(seconds) as self._timeout:
                if self.lane.line:
                    self.press()
                yield
        finally:
            if self._pressing is not None:
                self._pressing.cancel()
            self._timeout = None

    def begin(self) -> None:
        """Let the share begin."""
        late = self.lane is self._host.late
        self._ends = asyncio.get_running_loop().time() + (self._share if not late else self._late_share)

    def press(self) -> None:
        """Let others have the lane once the share is over, for somebody waits."""
        if self._timeout is not None and self._pressing is None and self._ends < inf:
            loop = asyncio.get_running_loop()
            self._pressing = loop.call_at(max(self._ends, loop.time()), self._make_way)

    def _make_way(self) -> None:
        self._pressing = None
        if not self.lane.line or self._timeout is None:
            return  # nobody waits any longer
        late = self._host.late
        if self.lane is not late and late.is_free:
            self.lane.leave(self)
            late.enter(self)
            self.begin()
        elif not self._timeout.expired():
            self.was_cut = True
            self._timeout.reschedule(asyncio.get_running_loop().time())

    @property
    def _late_share(self) -> float:
        return LATE_BEHIND if self.behind else inf


class Turns:
    """Gives turns per host, in the order of asking."""

    def __init__(self, spacing: float) -> None:
        """Take the seconds between the end of one turn and the start of the next."""
        self._spacing = spacing
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(
        self, name: str, *, behind: bool = False, late: bool = False, share: float = inf
    ) -> AsyncIterator[Turn]:
        """Wait for the host's turn and hold it. Nobody may hold two, or two holders could wait for each other.

        `late` is for who is known to hold a host for long, `share` is how many seconds anybody else may hold it while
        others wait. Of those that stand behind, one at most is among the others in a lane: however many they are,
        nobody else waits for two.
        """
        self._forget_idle()
        host = self._hosts.setdefault(name, _Host())
        host.users += 1
        turn = Turn(host, behind=behind, share=share)
        (host.late if late else host.usual).enter(turn)
        try:
            await turn.ready.wait()
            await self._spaced(host)
            turn.begin()
            try:
                yield turn
            finally:
                host.free_at = asyncio.get_running_loop().time() + self._spacing
        finally:
            turn.lane.leave(turn)
            host.users -= 1

    async def _spaced(self, host: _Host) -> None:
        """Wait until the host may be asked, and claim that moment: the other lane may be waiting for it too."""
        now = asyncio.get_running_loop().time
        while (wait := host.free_at - now()) > 0:  # noqa: ASYNC110  # a moment has no event
            await asyncio.sleep(wait)
        host.free_at = now() + self._spacing

    def _forget_idle(self) -> None:
        if len(self._hosts) <= _FORGET_ABOVE:
            return
        now = asyncio.get_running_loop().time()
        self._hosts = {name: host for name, host in self._hosts.items() if host.users or host.free_at > now}
