"""The deliveries in memory, beside their documents: all of them by id, and the open ones by chat in their order."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from bot.alerts.turns import turn
from bot.model import Delivery
from bot.store.documents import pair_id, row_id

OPEN = frozenset({"queued", "sending"})


class Outbox:
    """What is asked at every step of delivering. It follows the documents and never leads them.

    A chat's head is its oldest open delivery, the only one that may be sent. Heads are kept by item, with a count of
    the recipients that an item has left, so that whose turn it is takes a look at the items, not at thousands of chats.
    """

    def __init__(self, rows: Iterable[Delivery] = ()) -> None:
        self._rows: dict[int, Delivery] = {}
        self._open: dict[int, dict[int, Delivery]] = {}
        self._heads: dict[str, dict[int, Delivery]] = {}
        self._head_of: dict[int, Delivery] = {}
        self._remaining: Counter[str] = Counter()
        for row in sorted(rows, key=lambda row: row.created):
            self.put(row)

    def put(self, row: Delivery) -> None:
        """Add a delivery, or take its new state."""
        number = row_id(row)
        self._rows[number] = row
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
        if self._open.get(row.chat, {}).pop(row_id(row), None) is not None:
            self._count(row, -1)
        self._seat(row.chat)

    def _count(self, row: Delivery, step: int) -> None:
        """Count the recipients that an item has left."""
        self._remaining[row.item] += step
        if not self._remaining[row.item]:
            del self._remaining[row.item]

    def _seat(self, chat: int) -> None:
        """Put a chat's head in its place, after its deliveries changed."""
        old = self._head_of.pop(chat, None)
        waiting = self._open.get(chat)
        new = next(iter(waiting.values())) if waiting else None
        if old is not None and (new is None or new.item != old.item):
            seats = self._heads[old.item]
            del seats[chat]
            if not seats:
                del self._heads[old.item]
        if new is None:
            self._open.pop(chat, None)
        else:
            self._head_of[chat] = new
            self._heads.setdefault(new.item, {})[chat] = new

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

        def place(item: str) -> float:
            first = next(iter(self._heads[item].values()))
            return turn(self._remaining[item], now - first.created)

        for item in sorted(self._heads, key=place):
            yield from [row for chat, row in self._heads.get(item, {}).items() if chat not in held]

    def waiting(self) -> Iterator[Delivery]:
        """Give all open deliveries."""
        return (row for rows in self._open.values() for row in rows.values())
