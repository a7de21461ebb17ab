"""Waits until something is true, asking again each time that something has happened."""

import asyncio
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds: much more than a slow and busy machine needs, so that only what hangs is given up."""


class Bell:
    """Is rung whenever something has happened, and wakes those who wait to see whether it was what they wait for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake those who wait."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait_until(self, true: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until `true()` holds. Raises TimeoutError after `patience` seconds."""
        async with asyncio.timeout(patience):
            while not true():
                await self._event.wait()
