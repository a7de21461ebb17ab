"""What waits to go out to chats that asked for it: each chat's in order, chats in turn. Pure.

Who asked most of late goes last, counting what waits: so who asks once is not behind hundreds who ask again and again.
"""

from collections import deque
from typing import Generic, TypeVar

from bot.delivery.order import Line, Shares

T = TypeVar("T")


class TurnQueue(Generic[T]):
    """At most `each` for one chat and `most` in all; what is too much is dropped, of whose turn comes last.

    One counts half of what was asked after `halved_after` have gone out.
    """

    def __init__(self, *, each: int, most: int, halved_after: float) -> None:
        self._each, self._most = each, most
        self._shares = Shares(halved_after)
        self._line = Line()
        self._things: dict[int, deque[T]] = {}
        self._since: dict[int, float] = {}  # by chat: when its first one began to be that
        self._count = 0

    def put(self, chat: int, thing: T) -> int | None:
        """Let something wait. Returns the chat of which the newest was dropped in its place, None if none was."""
        things = self._things.setdefault(chat, deque())
        if len(things) >= self._each:
            return chat
        self._shares.add(chat)
        things.append(thing)
        self._count += 1
        self._seat(chat)
        if self._count <= self._most:
            return None
        last = self._line.last()
        self._things[last].pop()
        self._count -= 1
        self._seat(last)
        return last

    def take(self, chat: int) -> T:
        """Give out a chat's first one."""
        thing = self._things[chat].popleft()
        self._count -= 1
        self._shares.pass_on()
        self._since.pop(chat, None)
        self._seat(chat)
        return thing

    def back(self, chat: int, *things: T) -> None:
        """Put something before all else that waits for a chat: it came to nothing, or it is a part of what did."""
        self._things.setdefault(chat, deque()).extendleft(reversed(things))
        self._count += len(things)
        self._seat(chat)

    def of(self, chat: int) -> list[T]:
        """Return what waits for a chat."""
        return list(self._things.get(chat, ()))

    def in_turn(self) -> list[int]:
        """Return the chats that wait, in turn."""
        return list(self._line)

    def __len__(self) -> int:
        """Count what waits, for all chats."""
        return self._count

    def _seat(self, chat: int) -> None:
        if self._things[chat]:
            since = self._since.setdefault(chat, self._shares.now)
            self._line.seat(chat, self._shares.place(chat, since))
        else:
            del self._things[chat]
            self._since.pop(chat, None)
            self._line.leave(chat)
