"""An event loop whose time leaps: where all wait for something, the time is at once when the first of them goes on.

    def trial(time: VirtualTime) -> ...: an async function; time.clocks goes into the bot's Tempo
    outcome = leaping.run(trial, start=NOW)

What is real takes its time, on a slow or busy machine a long one, and none of the trial's. So the loop leaps only when
nothing real is under way, and it knows what is; it never waits a while and guesses:

- the connections between sockets in this loop: each byte is counted at both ends (`wires`);
- threads: whatever `run_in_executor` began, name look-ups among it, has come back;
- processes that the loop itself has started: they have ended, and what they wrote has been read;
- all else that holds the time with `time.held()`, as `ParserElsewhere` does while a child process reads a feed.

So the publisher and the Bot API of a trial are in this process, on loopback, and a trial comes to the same on every
machine. What is said to be under way and does not come within `BOUND` ends the trial with an error that names it.

The loop's clock and the wall clock leap together. While a trial runs, all of Python sees that wall clock: `time.time`,
`datetime.now`, and with it APScheduler. `time.set_wall(…)` moves it alone, as somebody with `date --set` would.
A virtual hour of the whole bot, with a tick every half second, takes two or three real seconds.
"""

import asyncio
import selectors
import socket
import time as machine
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

import time_machine
from wires import Wants, Wires

from bot.feeds.parse.body import parse_body
from bot.model import ParsedFeed
from bot.ports import Parser
from bot.runtime.clocks import Clocks

T = TypeVar("T")

START = 1_583_500_000.0
"""6 March 2020, the day of the demo's news."""
BOUND = 60.0
"""Real seconds after which what is under way between two sockets will never come: the count is wrong."""


class VirtualTime:
    """The time of a trial. `now` is the loop's, in seconds since the beginning; it only ever goes forward."""

    def __init__(self, wall: time_machine.Traveller, start: float) -> None:
        self.now = 0.0
        self.slept = 0.0
        self._start = start
        self.leaps = 0
        self._wall = wall
        self._holds = 0

    @property
    def clocks(self) -> Clocks:
        """The clocks for the bot."""
        return Clocks(wall=machine.time, steady=lambda: self.now + self.slept)

    def elsewhere(self) -> float:
        """Return Unix seconds as the clocks of other machines have them, which nobody sets."""
        return self._start + self.now + self.slept

    def set_wall(self, by: float) -> None:
        """Set the wall clock forward or back by so many seconds; nothing else notices."""
        self._wall.shift(by)

    def sleep(self, seconds: float) -> None:
        """Let the machine have slept for so long: the loop's clock has stood still meanwhile."""
        self.slept += seconds
        self._wall.shift(seconds)

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
        self.wires = Wires()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors`. Without a timeout there is nothing to leap to: it waits in real time."""
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if timeout is None or not self._time.may_leap:
            return super().select(None)
        if any(self._under_way()):
            events = super().select(BOUND)
            if not events:
                raise RuntimeError("; ".join(self._under_way()))
            return events
        self._time.leap(timeout)
        return []

    def _under_way(self) -> Iterator[str]:
        keys = self.get_map()

        def waits_for(event: int) -> Wants:
            return lambda fd: fd in keys and bool(keys[fd].events & event)

        return self.wires.under_way(waits_for(selectors.EVENT_READ), waits_for(selectors.EVENT_WRITE))


class LeapingLoop(asyncio.SelectorEventLoop):
    """The loop on a virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        self._virtual = time
        selector = _LeapingSelector(time)
        self._wires = selector.wires
        super().__init__(selector)

    async def create_server(self, *args: Any, **named: Any) -> asyncio.Server:
        """See `asyncio`."""
        server = await super().create_server(*args, **named)
        self._wires.listens(server)
        return server

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """See `asyncio`. The system connects at once or refuses, as both ends are on this machine."""
        with self._virtual.held():
            await super().sock_connect(sock, address)

    def _sock_connect(self, fut: asyncio.Future[None], sock: socket.socket, address: Any) -> None:
        """See `asyncio.selector_events`: here the system learns of it, and the socket gets its address."""
        super()._sock_connect(fut, sock, address)  # type: ignore[misc]  # it is private
        if not fut.done() or fut.exception() is None:
            self._wires.connects(sock, address)

    def _make_socket_transport(self, sock: socket.socket, *args: Any, extra: Any = None, **named: Any) -> Any:
        """See `asyncio.selector_events`: whatever reads and writes a socket of this loop is made here."""
        end = self._wires.end(sock, (extra or {}).get("peername"))
        return super()._make_socket_transport(end, *args, extra=extra, **named)  # type: ignore[misc]  # it is private

    async def subprocess_exec(self, protocol_factory: Callable[[], Any], *args: Any, **named: Any) -> Any:
        """See `asyncio`. Until the process has ended and all that it wrote is read, no time leaps."""
        holding = ExitStack()
        holding.enter_context(self._virtual.held())

        def factory() -> Any:
            protocol = protocol_factory()
            lost = protocol.connection_lost
            protocol.connection_lost = lambda error: (holding.close(), lost(error))
            return protocol

        try:
            return await super().subprocess_exec(factory, *args, **named)
        except BaseException:
            holding.close()
            raise

    async def shutdown_default_executor(self, *args: Any) -> None:
        """See `asyncio`. Its threads are joined by one that is none of them."""
        with self._virtual.held():
            await super().shutdown_default_executor(*args)

    def run_in_executor(  # type: ignore[override]  # the types of its base are wider than can be written here
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """See `asyncio`. Until the thread has come back, no time leaps."""
        holding = ExitStack()
        holding.enter_context(self._virtual.held())
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(lambda _: holding.close())
        return future

    def time(self) -> float:
        """See `asyncio`."""
        return self._virtual.now


class ParserHere:
    """Reads feeds in this process and in no time. Meets `ports.Parser`."""

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        """See `ports.Parser`."""
        return parse_body(body, content_type, base=base, now=machine.time())


class ParserElsewhere:
    """Has feeds read by a parser that works in real time, as a child process does. Meets `ports.Parser`."""

    def __init__(self, parser: Parser, time: VirtualTime) -> None:
        self._parser = parser
        self._time = time

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        """See `ports.Parser`."""
        with self._time.held():
            return await self._parser.parse(body, content_type, base)


def run(trial: Callable[[VirtualTime], Coroutine[Any, Any, T]], *, start: float = START) -> T:
    """Run a trial from beginning to end. `start` is what the wall clock says first, in Unix seconds."""
    with time_machine.travel(start, tick=False) as wall:
        time = VirtualTime(wall, start)
        with asyncio.Runner(loop_factory=lambda: LeapingLoop(time)) as runner:
            return runner.run(trial(time))
