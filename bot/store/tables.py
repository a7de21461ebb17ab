"""The tables of a state on TinyDB, and the commit that all changes to them share."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.store.journal import JournalDB, JournalStorage, JournalTable
from bot.store.migrations import from_json, migrate


class Tables:
    """Documents in tables. Every method of the stores built on it that changes something is one durable commit."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._db = JournalDB(path, storage=JournalStorage, read_only=read_only, legacy=from_json, upgrade=migrate)

    @property
    def findings(self) -> tuple[str, ...]:
        """What was damaged when the state was opened, and what of it is lost."""
        return self._journal.findings

    def close(self) -> None:
        """See `ports.Store`."""
        self._db.close()

    @property
    def _journal(self) -> JournalStorage:
        storage = self._db.storage
        assert isinstance(storage, JournalStorage)
        return storage

    def _table(self, name: str) -> JournalTable:
        table = self._db.table(name)
        assert isinstance(table, JournalTable)
        return table

    def _put(self, table: str, documents: Mapping[int, Mapping[str, Any]]) -> None:
        """Replace or add whole documents."""
        if documents:
            self._table(table).put(documents)

    def _remove(self, table: str, doc_ids: Collection[int]) -> None:
        if doc_ids:
            self._table(table).remove(doc_ids=doc_ids)

    @contextmanager
    def _commit(self) -> Iterator[None]:
        """Make all changes inside one durable write; if it fails, memory follows the documents back."""
        try:
            with self._journal.one_write():
                yield
        except BaseException:
            self._derive()
            raise

    def _derive(self) -> None:
        """Read from the documents what is kept beside them in memory."""
