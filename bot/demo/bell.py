"""Waits until something is true, asking again each time that something has happened."""

import asyncio
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds: much more than a slow and busy machine needs, so that only what hangs is given up."""


class Bell:
    """Wakes everybody who waits for something to happen. They look themselves whether it was what they wait for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake those who wait."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self) -> None:
        """Wait for the next ring."""
        await self._event.wait()

    async def wait_until(self, true: Callable[[], bool], timeout: float = PATIENCE) -> None:  # noqa: ASYNC109  # the caller's
        """Wait until `true()` holds. Raises TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout):
            while not true():
                await self.wait()
