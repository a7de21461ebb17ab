"""Places for the polls of chats' own feeds: a few at once, one for a chat, and chats in turn.

Each poll may hold a body of some megabytes. Whoever has twenty feeds that answer slowly, or much, waits for himself.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Places:
    """Gives places to chats: at most `most` at once."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._held: set[int] = set()  # by chats that have a place
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
            if turn.cancelled() or not turn.done():
                self._forget(chat, turn)
            else:
                self._free += 1
                self._held.discard(chat)
                if turns := self._waiting.pop(chat, None):
                    self._waiting[chat] = turns  # behind the others
            self._give()

    def _give(self) -> None:
        """Give free places to the chats whose turn it is."""
        for chat in [chat for chat in self._waiting if chat not in self._held][: self._free]:
            turns = self._waiting[chat]
            turns.popleft().set_result(None)
            if not turns:
                del self._waiting[chat]
            self._free -= 1
            self._held.add(chat)

    def _forget(self, chat: int, turn: asyncio.Future[None]) -> None:
        turns = self._waiting[chat]
        turns.remove(turn)
        if not turns:
            del self._waiting[chat]
