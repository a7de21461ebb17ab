"""The deliveries in memory, beside their documents: all of them by id, and the open ones by chat in their order."""

from collections.abc import Collection, Iterable, Iterator

from bot.model import Delivery
from bot.store.documents import row_id

OPEN = frozenset({"queued", "sending"})


class Outbox:
    """What is asked at every step of delivering. It follows the documents and never leads them."""

    def __init__(self, rows: Iterable[Delivery] = ()) -> None:
        self._rows: dict[int, Delivery] = {}
        self._open: dict[int, dict[int, Delivery]] = {}
        for row in sorted(rows, key=lambda row: row.created):
            self.put(row)

    def put(self, row: Delivery) -> None:
        """Add a delivery, or take its new state."""
        self._rows[row_id(row)] = row
        waiting = self._open.setdefault(row.chat, {})
        if row.state in OPEN:
            waiting[row_id(row)] = row
        else:
            waiting.pop(row_id(row), None)
        if not waiting:
            del self._open[row.chat]

    def remove(self, row: Delivery) -> None:
        """Forget a delivery."""
        del self._rows[row_id(row)]
        waiting = self._open.get(row.chat, {})
        waiting.pop(row_id(row), None)
        if not waiting:
            self._open.pop(row.chat, None)

    def __contains__(self, row: Delivery) -> bool:
        return row_id(row) in self._rows

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

    def waiting(self) -> Iterator[Delivery]:
        """Give all open deliveries."""
        return (row for rows in self._open.values() for row in rows.values())
