"""Places for the polls of chats' own feeds: a few at once, fewer for one chat, and chats in turn.

Each poll may hold a body of some megabytes. Whoever has twenty feeds that answer slowly, or much, waits for himself.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """Gives places to chats: at most `most` at once, at most `each` to one chat."""

    def __init__(self, most: int, each: int) -> None:
        self._free = most
        self._each = each
        self._held: Counter[int] = Counter()  # by chat
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}  # by chat; whose turn is next stands first

    @asynccontextmanager
    async def place(self, chat: int) -> AsyncIterator[None]:
        """Wait for a place and hold it."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(chat, deque()).append(turn)
        self._give()
        try:
            await turn
            yield
        finally:
            if not turn.cancelled():
                self._release(chat)

    def _give(self) -> None:
        """Give free places to the chats whose turn it is."""
        if not self._free:
            return  # or a thousand who come at once would each look at all who wait
        for chat, turns in list(self._waiting.items()):
            while turns and self._free and self._held[chat] < self._each:
                if not (turn := turns.popleft()).done():  # nobody waits any longer for one that was cancelled
                    turn.set_result(None)
                    self._free -= 1
                    self._held[chat] += 1
            if not turns:
                del self._waiting[chat]

    def _release(self, chat: int) -> None:
        self._free += 1
        self._held[chat] -= 1
        if not self._held[chat]:
            del self._held[chat]
        if turns := self._waiting.pop(chat, None):
            self._waiting[chat] = turns  # behind the others
        self._give()
