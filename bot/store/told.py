"""Who was told of what: one small document a chat and name, found by the name without an index of its own."""

from collections.abc import Collection, Iterable, Mapping

from bot.model import Delivery
from bot.store.database import SQLiteTable
from bot.store.documents import doc_id, feed_mark, told_document, told_id, told_of
from bot.store.tally import Tallies


class ToldTable:
    """The record of alerts that are settled as well: each with its time and the id of its message."""

    def __init__(self, table: SQLiteTable, tallies: Tallies) -> None:
        self._table = table
        self._tallies = tallies

    def among(self, names: Collection[str], chats: Collection[int]) -> set[int]:
        """Return which of these chats, as they were called then, were told of what has any of these names."""
        ids = {told_id(number, chat): number for number in map(doc_id, names) for chat in chats}
        found = self._table.get_many(ids)
        return {doc["chat"] for number, doc in found.items() if told_of(number, doc) == ids[number]}

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
                    doc_id(row.item),
                    row.chat,
                    before.get(number, {"seen": row.settled})["seen"],
                    row.message_id,
                    by=feed_mark(row.feed),
                    shared=row.shared,
                )
                for number, row in names.items()
            }
        )

    def messages(self, feed: str, name: str, chats: Collection[int]) -> dict[int, int]:
        """Return the messages by which a feed has told of what has this name, by chat; those with other alerts not."""
        number, by = doc_id(name), feed_mark(feed)
        found = self._table.get_many([told_id(number, chat) for chat in chats])
        return {
            doc["chat"]: doc["message"]
            for place, doc in found.items()
            if doc.get("by") == by and doc.get("message") and not doc.get("shared") and told_of(place, doc) == number
        }

    def forget(self, before: float, most: int) -> int:
        """Forget at most so many of those who were told before a time. Returns how many."""
        return self._table.delete("id IN (SELECT id FROM told WHERE seen < ? LIMIT ?)", [before, most])

    def forget_names(self, names: Iterable[int], chats: Collection[int]) -> None:
        """Forget that chats were told of names, given by their ids."""
        self._table.remove_ids([told_id(name, chat) for name in names for chat in chats])
