"""SIGTERM and SIGINT as an event, for who must drain before it ends."""

import asyncio
import signal
from contextlib import suppress


async def wait_for(told: asyncio.Event) -> None:
    """Wait for an event and give nothing back, as a task that others are waited for with."""
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
