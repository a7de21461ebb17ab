"""Who was told of what: one small document a chat and name, found by the name without an index of its own."""

import json
from collections.abc import Collection, Iterable, Mapping

from bot.model import Delivery
from bot.store.database import SQLiteTable
from bot.store.documents import doc_id, told_document, told_id, told_ids, told_of
from bot.store.tally import Tallies

_OF_NAMES = (
    "SELECT told.id, told.sum, told.doc FROM json_each(?) AS wanted CROSS JOIN told"
    " ON told.id BETWEEN wanted.value ->> 0 AND wanted.value ->> 1"
)


class ToldTable:
    """The record of alerts that are settled as well: each with its time and the id of its message."""

    def __init__(self, table: SQLiteTable, tallies: Tallies) -> None:
        self._table = table
        self._tallies = tallies

    def chats(self, names: Collection[str]) -> dict[str, set[int]]:
        """Return the chats that were told of these names, as they were called then; nothing for a name without any."""
        ids = {doc_id(name): name for name in names}
        found: dict[str, set[int]] = {}
        if ids:
            ranges = json.dumps([told_ids(number) for number in ids])
            for number, doc in self._table.whole(_OF_NAMES, [ranges]).items():
                if name := ids.get(told_of(number, doc)):
                    found.setdefault(name, set()).add(doc["chat"])
        return found

    def tell(self, told: Mapping[str, Iterable[int]], at: float) -> None:
        """Remember who is being told."""
        by_name = {doc_id(name): chats for name, chats in told.items()}
        self._table.put(
            {told_id(name, chat): told_document(name, chat, at) for name, chats in by_name.items() for chat in chats}
        )

    def sent(self, rows: Iterable[Delivery]) -> None:
        """Remember alerts that have arrived. When each was first told stays, if that is known."""
        names = {told_id(doc_id(row.item), row.chat): row for row in rows if row.watches}
        before = self._table.get_many(names)
        self._table.put(
            {
                number: told_document(
                    doc_id(row.item), row.chat, before.get(number, {"seen": row.settled})["seen"], row.message_id
                )
                for number, row in names.items()
            }
        )

    def forget(self, before: float, most: int) -> int:
        """Forget at most so many of those who were told before a time. Returns how many."""
        return self._table.delete("id IN (SELECT id FROM told WHERE seen < ? LIMIT ?)", [before, most])

    def forget_names(self, names: Iterable[int], chats: Collection[int]) -> None:
        """Forget that chats were told of names, given by their ids."""
        self._table.remove_ids([told_id(name, chat) for name in names for chat in chats])
