"""Tells Telegram that pressed buttons were noticed, so that they do not go on turning: a few at once, chats in turn."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.chat.turn_queue import TurnQueue
from bot.model.bounds import PRESSES

AT_ONCE = 2
"""More would only fill the connections: who asks Telegram for something else must get one too."""


class Presses:
    """Notes presses in the background. `noted` tells Telegram of one, by its id."""

    def __init__(self, noted: Callable[[str], Awaitable[None]]) -> None:
        self._noted = noted
        self._waiting: TurnQueue[str] = TurnQueue(each=PRESSES, most=PRESSES, halved_after=PRESSES)
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, chat: int, press: str) -> None:
        """Let a press be noted. Too many are forgotten: Telegram ends their turning itself, later."""
        self._waiting.put(chat, press)
        if len(self._tasks) < AT_ONCE:
            task = asyncio.create_task(self._note(), name="presses")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def forget(self) -> None:
        """Note no more."""
        for task in self._tasks:
            task.cancel()

    async def _note(self) -> None:
        while self._waiting:
            chat, *_ = self._waiting.in_turn()
            await self._noted(self._waiting.take(chat))
