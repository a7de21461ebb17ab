"""How whatever works in the background comes to its end: what is under way may finish, within a time."""

import asyncio
from collections.abc import Iterable
from typing import Any


async def drained(under_way: Iterable[asyncio.Task[Any]], seconds: float) -> None:
    """Wait for tasks, at most `seconds`, and cancel those that are late."""
    tasks = list(under_way)
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
