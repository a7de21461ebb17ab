"""The open deliveries in memory, in the order of turns: what is asked at every step of delivering.

It follows a store (`ports.OutboxMirror`) and never leads it. A chat's head is its oldest open delivery, the only one
that may be sent. Heads are kept by item and lane, with a count of the recipients that an item has left, so that whose
turn it is takes a look at the items, not at thousands of chats.
"""

from collections import Counter
from collections.abc import Iterator

from bot.delivery.order import faded, lane, recipients, turn
from bot.model import OPEN, Chat, Delivery

_Key = tuple[str, str, int]
_Seat = tuple[str, str, int]


class Outbox:
    """Open deliveries by chat, oldest first; those of suspended chats are held."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all."""
        self._open: dict[int, dict[_Key, Delivery]] = {}
        self._heads: dict[_Seat, dict[int, Delivery]] = {}
        self._seat_of: dict[int, _Seat] = {}
        self._lately: dict[int, tuple[float, float]] = {}  # chat: (deliveries that it got, as of when)
        self._remaining: Counter[tuple[str, str]] = Counter()
        self._held: set[int] = set()

    def put(self, row: Delivery) -> None:
        """Take a delivery, or its new state."""
        if row.state == "sent":
            self._got(row.chat, row.settled)
        waiting = self._open.setdefault(row.chat, {})
        key = _key(row)
        was_open = key in waiting
        if row.state in OPEN:
            waiting[key] = row
        else:
            waiting.pop(key, None)
        self._count(row, (row.state in OPEN) - was_open)
        self._seat(row.chat)

    def remove(self, row: Delivery) -> None:
        """Forget a delivery."""
        if row.state == "sent" and self._lately.get(row.chat, (0.0, row.settled))[1] <= row.settled:
            self._lately.pop(row.chat, None)  # it was the last one, and long ago
        if self._open.get(row.chat, {}).pop(_key(row), None) is not None:
            self._count(row, -1)
        self._seat(row.chat)

    def chat(self, chat: Chat) -> None:
        """Hold what waits for a chat while it is suspended."""
        (self._held.add if chat.suspended else self._held.discard)(chat.id)

    def __contains__(self, row: Delivery) -> bool:
        return _key(row) in self._open.get(row.chat, {})

    def open_of(self, chat: int) -> list[Delivery]:
        """Return a chat's open deliveries, oldest first."""
        return list(self._open.get(chat, {}).values())

    def open(self) -> Iterator[Delivery]:
        """Return all open deliveries."""
        return (row for rows in self._open.values() for row in rows.values())

    def held(self) -> Iterator[Delivery]:
        """Return what waits for suspended chats."""
        return (row for chat in self._held for row in self._open.get(chat, {}).values())

    def heads(self) -> list[Delivery]:
        """Return the oldest open delivery of each chat that is not suspended, longest waiting chats first."""
        return [next(iter(rows.values())) for chat, rows in self._open.items() if chat not in self._held]

    def in_turn(self, now: float) -> Iterator[Delivery]:
        """Return what `heads` returns in the order of turns, those of one item in the order of waiting.

        Cheap if only the first few are taken.
        """

        def place(seat: _Seat) -> float:
            feed, item, lane = seat
            first = next(iter(self._heads[seat].values()))
            return turn(recipients(self._remaining[feed, item], lane), now - first.created)

        for seat in sorted(self._heads, key=place):
            yield from [row for chat, row in self._heads.get(seat, {}).items() if chat not in self._held]

    def _count(self, row: Delivery, step: int) -> None:
        """Count the recipients that an item has left."""
        about = row.feed, row.item
        self._remaining[about] += step
        if not self._remaining[about]:
            del self._remaining[about]

    def _got(self, chat: int, at: float) -> None:
        """Count a delivery among those that a chat got of late."""
        count, as_of = self._lately.get(chat, (0.0, at))
        self._lately[chat] = (faded(count, at - as_of) + 1.0, max(at, as_of))

    def _seat(self, chat: int) -> None:
        """Put a chat's head in its place, after its deliveries changed."""
        old = self._seat_of.pop(chat, None)
        waiting = self._open.get(chat)
        new: _Seat | None = None
        if waiting:
            head = next(iter(waiting.values()))
            new = head.feed, head.item, lane(len(waiting) + self._load(chat, head.created))
            self._seat_of[chat] = new
            self._heads.setdefault(new, {})[chat] = head
        else:
            self._open.pop(chat, None)
        if old is not None and old != new:
            seats = self._heads[old]
            del seats[chat]
            if not seats:
                del self._heads[old]

    def _load(self, chat: int, now: float) -> float:
        """Count what a chat got of late; `now` may be anything that is not later than now."""
        count, as_of = self._lately.get(chat, (0.0, now))
        return faded(count, now - as_of)


def _key(row: Delivery) -> _Key:
    return row.feed, row.item, row.chat
