"""Pages that are wanted, one document an item, by whose feed it stands in; and hosts that want to be left alone."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from bot.model import HostHold, Wanted
from bot.store.database import SQLiteTable
from bot.store.documents import doc_id


class Wishes:
    """The pages that are to be read, and the hosts that are not to be asked."""

    def __init__(self, table: SQLiteTable, holds: SQLiteTable) -> None:
        self._table = table
        self._holds = holds

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

    def holds(self) -> list[HostHold]:
        """Return the hosts that want to be left alone."""
        return [HostHold(**doc) for doc in self._holds.all_by_id().values()]

    def hold(self, holds: Iterable[HostHold]) -> None:
        """Keep until when hosts want to be left alone."""
        self._holds.put({_id(each): asdict(each) for each in holds})

    def release(self, holds: Iterable[HostHold]) -> None:
        """Forget that hosts want to be left alone."""
        self._holds.remove_ids([_id(each) for each in holds])


def _id(hold: HostHold) -> int:
    return doc_id(hold.host, "of chats" if hold.of_chats else "")
