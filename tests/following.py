"""An outbox that is led as a store leads it, from rows that are simply put and removed."""

from bot.delivery.outbox import Outbox
from bot.model import OPEN, Delivery

Key = tuple[str, str, int]


class Following(Outbox):
    """What waits is kept here, oldest first, in the place of a store, which is asked for heads and counts."""

    def clear(self) -> None:
        super().clear()
        self.open_rows: dict[Key, Delivery] = {}

    def take(self, row: Delivery) -> None:
        """A delivery is put into the outbox, or its new state."""
        known = _key(row) in self.open_rows
        if row.state in OPEN:
            self.open_rows[_key(row)] = row
        else:
            self.open_rows.pop(_key(row), None)
        if known or row.state in OPEN:
            self.put(row, new=not known)
        self._answer()

    def drop(self, row: Delivery) -> None:
        """A delivery leaves it."""
        if self.open_rows.pop(_key(row), None) is not None:
            self.remove(row)
        self._answer()

    def _answer(self) -> None:
        for chat in list(self.headless()):
            self.head(next(row for row in self.open_rows.values() if row.chat == chat))
        rows = self.open_rows.values()
        self.recipients({about: sum((row.feed, row.item) == about for row in rows) for about in self.uncounted()})


def _key(row: Delivery) -> Key:
    return row.feed, row.item, row.chat
