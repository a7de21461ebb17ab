"""What signals do: SIGTERM and SIGINT begin the end, others that would end a process by default do nothing here."""

import asyncio
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType
from typing import Any

import structlog

log = structlog.get_logger()

_HARMLESS = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGALRM", "SIGVTALRM", "SIGPROF")


def endure() -> None:
    """Let no signal but those that mean it end this process, from now on. For the main thread.

    They are handled and not ignored, for what is ignored would be ignored in the child that reads feeds, too: there
    SIGXCPU is the limit of what a feed may cost.
    """
    for name in _HARMLESS:
        signal.signal(getattr(signal, name), _note)


def _note(number: int, _: FrameType | None) -> None:
    name = signal.Signals(number).name
    reason = "restart to read a changed config" if name == "SIGHUP" else "nothing is done for it"
    log.warning("signal.ignored", signal=name, reason=reason)


async def wait_for(told: asyncio.Event) -> None:
    """Wait for the event; returns None so that it can be awaited beside other tasks."""
    await told.wait()


class _Handlers:
    """What was done at signals, so that it can be done again."""

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int] = {}

    def keep(self, numbers: Iterable[signal.Signals]) -> None:
        """Remember what is done at these signals now."""
        self._before = {number: signal.getsignal(number) or signal.SIG_DFL for number in numbers}

    def give_back(self) -> None:
        """Do again what was done."""
        for number, handler in self._before.items():
            with suppress(ValueError):  # only the main thread may, and had changed anything
                signal.signal(number, handler)


class OnSignals:
    """Sets an event at SIGTERM and SIGINT inside its `with`, and gives the signals back to who had them before."""

    def __init__(self, told: asyncio.Event) -> None:
        self._told = told
        self._signals = (signal.SIGTERM, signal.SIGINT)
        self._before = _Handlers()

    def __enter__(self) -> None:
        self._before.keep(self._signals)
        _tell(self._told, self._signals)

    def __exit__(self, *_: object) -> None:
        self._before.give_back()


class OnLeaving:
    """Sets an event at SIGTERM, SIGINT and SIGHUP from its `with` on, and nothing else, however many come.

    Within it `OnSignals` may have them for a while. So who presses Ctrl-C twice does not cut off the taking down. It is
    for a process that ends afterwards: they are not given back.
    """

    def __init__(self, told: asyncio.Event) -> None:
        self._told = told

    def __enter__(self) -> None:
        _tell(self._told, (signal.SIGTERM, signal.SIGINT, signal.SIGHUP))

    def __exit__(self, *_: object) -> None:
        """Leave them as they are."""


def _tell(told: asyncio.Event, signals: Iterable[signal.Signals]) -> None:
    """Set an event at these signals. Not by the loop, which would let them end the process when it gives them up."""
    loop = asyncio.get_running_loop()

    def tell(_: int, __: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(told.set)

    for number in signals:
        with suppress(ValueError):  # only the main thread may; elsewhere one cancels
            signal.signal(number, tell)
