"""An event loop whose time leaps: where all wait for something, the time is at once when the first of them goes on.

    def trial(time: VirtualTime) -> ...: an async function; time.clocks goes into the bot's Tempo
    outcome = leaping.run(trial, start=NOW)

Everything has to be in this process: the bot with its `parser` here (`ParserHere`, for a child process lives in real
time), the publisher, the Bot API, on loopback. The loop leaps only when nothing real is under way:

- no thread works for it: whatever `run_in_executor` began, name look-ups among it, has come back;
- no socket waits to write or to be connected, and none has sent bytes that the other end has not got (TIOCOUTQ);
- nothing has happened for a moment (`PATIENCE`): the end of a connection is all that may be on its way unseen.

What else takes real time holds the virtual one with `time.held()`. On a machine that is slow or busy a trial takes
longer, and comes to the same.

The loop's clock and the wall clock leap together. While a trial runs, all of Python sees that wall clock: `time.time`,
`datetime.now`, and with it APScheduler. `time.set_wall(…)` moves it alone, as somebody with `date --set` would.
A virtual hour in which something happens every half second takes about ten real seconds.
"""

import asyncio
import fcntl
import selectors
import struct
import termios
import time as machine
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, TypeVar

import time_machine

from bot.feeds.parse.body import parse_body
from bot.model import ParsedFeed
from bot.ports import Clocks

T = TypeVar("T")

START = 1_583_500_000.0
"""6 March 2020, the day of the demo's news."""
PATIENCE = 0.001
"""Real seconds without any event after which all are thought to wait. epoll(7) counts in milliseconds."""

MOST_LOOKS = 200
"""Looks, 10 ms apart, after which bytes on their way will not arrive: the other end reads no more until time passes."""


class VirtualTime:
    """The time of a trial. `now` is the loop's, in seconds since the beginning; it only ever goes forward."""

    def __init__(self, wall: time_machine.Traveller, start: float) -> None:
        self.now = 0.0
        self._start = start
        self.leaps = 0
        self._wall = wall
        self._holds = 0

    @property
    def clocks(self) -> Clocks:
        """The clocks for the bot."""
        return Clocks(wall=machine.time, steady=lambda: self.now)

    def elsewhere(self) -> float:
        """Give Unix seconds as the clocks of other machines have them, which nobody sets."""
        return self._start + self.now

    def set_wall(self, by: float) -> None:
        """Set the wall clock forward or back by so many seconds; nothing else notices."""
        self._wall.shift(by)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no time leap meanwhile: something is under way in real time."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    @property
    def may_leap(self) -> bool:
        """Whether nothing holds the time."""
        return not self._holds

    def leap(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds
        self.leaps += 1
        self._wall.shift(seconds)


class _LeapingSelector(selectors.DefaultSelector):
    """Instead of waiting for the time that the loop gives it, lets that time have passed."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors`. Without a timeout there is nothing to leap to: it waits in real time."""
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        events = super().select(PATIENCE)
        looks = 0
        while not events and (timeout is None or not self._time.may_leap or (looks < MOST_LOOKS and self._in_flight())):
            events = super().select(PATIENCE * 10)
            looks += 1
        if not events and timeout is not None:
            self._time.leap(timeout)
        return events

    def _in_flight(self) -> bool:
        """Tell whether a socket waits to be written to or connected, or the other end has not got all it was sent."""
        return any(key.events & selectors.EVENT_WRITE or _unread(key.fd) for key in self.get_map().values())


def _unread(fd: int) -> bool:
    """Tell whether a socket has sent bytes that have not arrived; of anything but a socket, that it has not."""
    try:
        return struct.unpack("i", fcntl.ioctl(fd, termios.TIOCOUTQ, b"\0" * 4))[0] > 0
    except OSError:
        return False


class LeapingLoop(asyncio.SelectorEventLoop):
    """The loop on a virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        self._virtual = time
        super().__init__(_LeapingSelector(time))

    def run_in_executor(  # type: ignore[override]  # the types of its base are wider than can be written here
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """See `asyncio`. A thread works in real time, so until it has come back no time leaps."""
        held = self._virtual.held()
        held.__enter__()
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(lambda _: held.__exit__(None, None, None))
        return future

    def time(self) -> float:
        """See `asyncio`."""
        return self._virtual.now


class ParserHere:
    """Reads feeds in this process and in no time. Meets `ports.Parser`."""

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        """See `ports.Parser`."""
        return parse_body(body, content_type, base=base, now=machine.time())


def run(trial: Callable[[VirtualTime], Coroutine[Any, Any, T]], *, start: float = START) -> T:
    """Run a trial from beginning to end. `start` is what the wall clock says first, in Unix seconds."""
    with time_machine.travel(start, tick=False) as wall:
        time = VirtualTime(wall, start)
        with asyncio.Runner(loop_factory=lambda: LeapingLoop(time)) as runner:
            return runner.run(trial(time))
