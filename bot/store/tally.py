"""Counts that would take a look at very many documents: kept beside them, in the same commit."""

from collections.abc import Iterable

from bot.store.database import SQLiteTable
from bot.store.documents import KEPT, day_id


class Tallies:
    """Counts of known names, items, items of own feeds (`own`), and of what was sent on each day."""

    def __init__(self, table: SQLiteTable) -> None:
        self._table = table

    def kept(self, what: str) -> int:
        """Return how many `known`, `items` or `own` there are."""
        return int((self._table.get_by_id(KEPT) or {}).get(what, 0))

    def add(self, what: str, more: int) -> None:
        """Count more of `known`, `items` or `own`, or fewer."""
        if more:
            doc = self._table.get_by_id(KEPT) or {}
            self._table.put({KEPT: {**doc, what: doc.get(what, 0) + more}})

    def sent(self) -> int:
        """Return how many alerts were sent on the days that are counted."""
        return sum(doc["sent"] for number, doc in self._table.all_by_id().items() if number != KEPT)

    def add_sent(self, times: Iterable[float]) -> None:
        """Count alerts that were sent at these times."""
        by_day: dict[int, int] = {}
        for at in times:
            day = day_id(at)
            by_day[day] = by_day.get(day, 0) + 1
        before = self._table.get_many(by_day)
        self._table.put({day: {"sent": before.get(day, {"sent": 0})["sent"] + more} for day, more in by_day.items()})

    def forget_sent(self, before: float) -> int:
        """Count no longer what was sent on days that were over before a time. Returns how many days."""
        return self._table.delete("id > ? AND id < ?", [KEPT, day_id(before)])
