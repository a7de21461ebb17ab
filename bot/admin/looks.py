"""Who looks at an address now: one at a time for each chat, so many in all. A page that drips holds its own chat's."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import RequestRefused
from bot.model.bounds import LOOKS


class Looks:
    """The chats that look at an address."""

    def __init__(self) -> None:
        self._looking: set[int] = set()

    def refusal(self, chat: int) -> str:
        """Return why a chat cannot look now, as a key of `en.REFUSALS`; empty if it can."""
        if chat in self._looking:
            return "busy"
        return "crowded" if len(self._looking) >= LOOKS else ""

    @contextmanager
    def of(self, chat: int) -> Iterator[None]:
        """Look for a chat meanwhile. Raises RequestRefused if it cannot."""
        if refused := self.refusal(chat):
            raise RequestRefused(refused)
        self._looking.add(chat)
        try:
            yield
        finally:
            self._looking.discard(chat)
