"""The deliveries in memory, beside their documents: all of them by id, and the open ones by chat in their order."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from bot.alerts.turns import faded, lane, recipients, turn
from bot.model import Delivery
from bot.store.documents import pair_id, row_id

OPEN = frozenset({"queued", "sending"})


class Outbox:
    """What is asked at every step of delivering. It follows the documents and never leads them.

    A chat's head is its oldest open delivery, the only one that may be sent. Heads are kept by item and lane, with a
    count of the recipients that an item has left, so that whose turn it is takes a look at the items, not at thousands
    of chats.
    """

    def __init__(self, rows: Iterable[Delivery] = ()) -> None:
        self._rows: dict[int, Delivery] = {}
        self._open: dict[int, dict[int, Delivery]] = {}
        self._heads: dict[tuple[str, int], dict[int, Delivery]] = {}
        self._seat_of: dict[int, tuple[str, int]] = {}
        self._lately: dict[int, tuple[float, float]] = {}  # chat: (deliveries that it got, as of when)
        self._remaining: Counter[str] = Counter()
        for row in sorted(rows, key=lambda row: row.created):
            self.put(row)

    def put(self, row: Delivery) -> None:
        """Add a delivery, or take its new state."""
        number = row_id(row)
        before = self._rows.get(number)
        self._rows[number] = row
        if row.state == "sent" and (before is None or before.state != "sent"):
            self._got(row.chat, row.settled)
        waiting = self._open.setdefault(row.chat, {})
        was_open = number in waiting
        if row.state in OPEN:
            waiting[number] = row
        else:
            waiting.pop(number, None)
        self._count(row, (row.state in OPEN) - was_open)
        self._seat(row.chat)

    def remove(self, row: Delivery) -> None:
        """Forget a delivery."""
        del self._rows[row_id(row)]
        if row.state == "sent" and self._lately.get(row.chat, (0.0, row.settled))[1] <= row.settled:
            self._lately.pop(row.chat, None)  # it was the last one, and long ago
        if self._open.get(row.chat, {}).pop(row_id(row), None) is not None:
            self._count(row, -1)
        self._seat(row.chat)

    def _count(self, row: Delivery, step: int) -> None:
        """Count the recipients that an item has left."""
        self._remaining[row.item] += step
        if not self._remaining[row.item]:
            del self._remaining[row.item]

    def _got(self, chat: int, at: float) -> None:
        """Count a delivery among those that a chat got of late."""
        count, as_of = self._lately.get(chat, (0.0, at))
        self._lately[chat] = (faded(count, at - as_of) + 1.0, max(at, as_of))

    def _seat(self, chat: int) -> None:
        """Put a chat's head in its place, after its deliveries changed."""
        old = self._seat_of.pop(chat, None)
        waiting = self._open.get(chat)
        new: tuple[str, int] | None = None
        if waiting:
            head = next(iter(waiting.values()))
            new = head.item, lane(len(waiting) + self._load(chat, head.created))
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

    def __contains__(self, row: Delivery) -> bool:
        return row_id(row) in self._rows

    def has(self, item: str, chat: int) -> bool:
        """Tell whether there is a delivery of an item to a chat."""
        return pair_id(item, chat) in self._rows

    def __iter__(self) -> Iterator[Delivery]:
        return iter(self._rows.values())

    def of(self, chat: int) -> list[Delivery]:
        """Give a chat's deliveries, settled ones too."""
        return [row for row in self if row.chat == chat]

    def open_of(self, chat: int) -> list[Delivery]:
        """Give a chat's open deliveries, oldest first."""
        return list(self._open.get(chat, {}).values())

    def heads(self, held: Collection[int]) -> list[Delivery]:
        """Give the oldest open delivery of each chat but those that are held, longest waiting chats first."""
        return [next(iter(rows.values())) for chat, rows in self._open.items() if chat not in held]

    def in_turn(self, held: Collection[int], now: float) -> Iterator[Delivery]:
        """Give what `heads` gives in the order of turns, those of one item in the order of waiting."""

        def place(seat: tuple[str, int]) -> float:
            item, lane = seat
            first = next(iter(self._heads[seat].values()))
            return turn(recipients(self._remaining[item], lane), now - first.created)

        for seat in sorted(self._heads, key=place):
            yield from [row for chat, row in self._heads.get(seat, {}).items() if chat not in held]

    def waiting(self) -> Iterator[Delivery]:
        """Give all open deliveries."""
        return (row for rows in self._open.values() for row in rows.values())
