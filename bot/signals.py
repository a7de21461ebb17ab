"""What signals do: SIGTERM and SIGINT begin the end, others that would end a process by default do nothing here."""

import asyncio
import signal
from contextlib import suppress
from types import FrameType

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


class OnSignals:
    """Sets an event at SIGTERM and SIGINT inside its `with`, and gives the signals back afterwards."""

    def __init__(self, told: asyncio.Event) -> None:
        self._told = told
        self._signals = (signal.SIGTERM, signal.SIGINT)

    def __enter__(self) -> None:
        for number in self._signals:
            with suppress(ValueError, RuntimeError):  # only the main thread may; elsewhere one cancels
                asyncio.get_running_loop().add_signal_handler(number, self._told.set)

    def __exit__(self, *_: object) -> None:
        for number in self._signals:
            with suppress(ValueError, RuntimeError):
                asyncio.get_running_loop().remove_signal_handler(number)
