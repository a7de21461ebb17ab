"""Pages that are wanted: one document an item, by whose feed it stands in."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from bot.model import Wanted
from bot.store.database import SQLiteTable
from bot.store.documents import doc_id


class Wishes:
    """The pages that are to be read."""

    def __init__(self, table: SQLiteTable) -> None:
        self._table = table

    def all(self) -> list[Wanted]:
        """Return all, those that were first wanted earliest first."""
        found = (Wanted(**doc) for doc in self._table.all_by_id().values())
        return sorted(found, key=lambda page: page.since)

    def count(self, chats: Sequence[int]) -> int:
        """Count those of the feeds that belong to these chats, or of everybody's for no chat."""
        found = self._table.rows(
            f"SELECT count(*) FROM wanted WHERE chat IN ({', '.join('?' * max(len(chats), 1))})", list(chats) or [0]
        )
        return int(found[0][0]) if found else 0

    def put(self, pages: Iterable[Wanted]) -> None:
        """Keep pages that are wanted, in place of those of the same items."""
        self._table.put({doc_id(page.feed, page.item): asdict(page) for page in pages})

    def remove(self, pages: Iterable[Wanted]) -> None:
        """Forget pages that are wanted no longer."""
        self._table.remove_ids([doc_id(page.feed, page.item) for page in pages])
