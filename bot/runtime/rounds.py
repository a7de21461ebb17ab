"""Long work in pieces: one piece in a round of the loop, so that whatever else is ready is never kept for long.

What shares a `Rounds` takes turns, in the order of asking: ten long works together hold the loop no longer than one.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from time import thread_time
from typing import TypeVar

PIECE = 0.01
"""Seconds of CPU that a piece of work should take: half of what the loop may be held for, as machines and works differ.
What neighbours take of the machine's time is not counted: smaller pieces would not help against that."""

T = TypeVar("T")


class Rounds:
    """Gives turns, and rests so many seconds after each."""

    def __init__(self, rest: float = 0.0) -> None:
        self._turns = asyncio.Lock()
        self._rest = rest

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it; the next comes after the rest, when all else that was ready has been done."""
        async with self._turns:
            yield
            await asyncio.sleep(self._rest)

    async def all_of(self, steps: Iterable[T | None]) -> list[T]:
        """Return what small steps give, as many a turn as fit into a piece. None is a step that gives nothing."""
        found: list[T] = []
        left = iter(steps)
        done = False
        while not done:
            async with self.turn():
                done = _piece(left, found)
        return found


def _piece(steps: Iterable[T | None], found: list[T]) -> bool:
    """Take steps for a piece of time. Returns whether none is left."""
    end = thread_time() + PIECE
    for step in steps:
        if step is not None:
            found.append(step)
        if thread_time() >= end:
            return False
    return True
