"""TinyDB's API on SQLite: one row a document, and an index on what documents are looked up by.

    db = SQLiteDB(path, indexes={"outbox": ["state", "chat"]})
    table = db.table("outbox")
    with db.storage.one_write():          one durable commit of all changes inside; nested, part of the outer one
        table.put({doc_id: document})
        table.remove_where(chat=7)

SQLite keeps a commit whole over a crash or a loss of power (WAL, synchronous=FULL). A document is JSON; the index of a
key is on an expression of it, so a lookup costs what it finds and not what there is.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping
from math import isfinite
from typing import Any

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.table import Document, Table

from bot.store.storage import Plain, SQLiteStorage, dumped

_AMONG = "(SELECT value FROM json_each(?))"


class SQLiteTable(Table):
    """A table of a `SQLiteStorage`. What is done by document id or by an indexed key costs what it touches.

    Documents come in the order in which they were added. Those that are returned are the caller's own.
    Every method raises StoreError; what writes raises TypeError and ValueError for what JSON does not have.
    """

    @property
    def storage(self) -> SQLiteStorage:
        """The storage."""
        assert isinstance(self._storage, SQLiteStorage)
        return self._storage

    def put(self, documents: Mapping[int, Mapping[str, Any]]) -> None:
        """Put documents in place of those with their ids, or add them."""
        if documents:
            self.storage.put(self.name, [(number, dumped(doc)) for number, doc in documents.items()])

    def get_by_id(self, doc_id: int) -> Plain | None:
        """Return a document, None if there is none of that id."""
        return self.get_many([doc_id]).get(doc_id)

    def get_many(self, doc_ids: Iterable[int]) -> dict[int, Plain]:
        """Return those documents of these ids that there are."""
        wanted = [each for each in doc_ids if isfinite(each)]  # not a number, or beyond all, is the id of none
        return self._read(f"id IN {_AMONG}", [json.dumps(wanted)]) if wanted else {}

    def present(self, doc_ids: Iterable[int]) -> set[int]:
        """Return which of these ids have a document, without reading any."""
        return set(self.storage.ids(self.name, f"id IN {_AMONG}", [json.dumps(list(doc_ids))]))

    def places(self, doc_ids: Iterable[int]) -> dict[int, int]:
        """Return the places of those of these ids that have a document. One that is removed and added has another."""
        sql = f'SELECT id, place FROM "{self.name}" WHERE id IN {_AMONG}'
        return dict(self.storage.rows(self.name, sql, [json.dumps(list(doc_ids))]))

    def where(self, **keys: Any) -> dict[int, Plain]:  # noqa: ANN401  # JSON
        """Return the documents whose keys have these values, or one of these if it is a list, by id.

        1, 1.0 and True are equal, as in Python. None finds nothing.
        """
        return self._read(*self._where(keys))

    def all_by_id(self) -> dict[int, Plain]:
        """Return all documents by id."""
        return self._read()

    def find(self, condition: str, values: Iterable[Any] = (), *, limit: int = -1) -> list[Plain]:
        """Return the documents that meet a condition of SQL on the indexed keys."""
        return list(self._read(condition, values, limit=limit).values())

    def delete(self, condition: str, values: Iterable[Any] = ()) -> int:
        """Remove the documents that meet a condition of SQL on the indexed keys. Returns how many."""
        return self.storage.remove(self.name, condition, values)

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Return what a statement on this table finds."""
        return self.storage.rows(self.name, sql, values)

    def whole(self, sql: str, values: Iterable[Any] = ()) -> dict[int, Plain]:
        """Return the documents of a statement on this table that gives id, sum and doc."""
        return {number: json.loads(doc) for number, doc in self.storage.whole(self.name, sql, values)}

    def _read(self, condition: str = "true", values: Iterable[Any] = (), *, limit: int = -1) -> dict[int, Plain]:
        found = self.storage.texts(self.name, condition, values, limit=limit)
        return {number: json.loads(doc) for number, doc in found}

    def _where(self, keys: Mapping[str, Any]) -> tuple[str, list[str]]:
        """Return a condition of SQL, and the values in it."""
        wanted = [each if isinstance(each, list) else [each] for each in keys.values()]
        return " AND ".join(f"{self.storage.key(self.name, key)} IN {_AMONG}" for key in keys), list(
            map(json.dumps, wanted)
        )

    def remove_ids(self, doc_ids: Collection[int]) -> int:
        """Remove the documents of these ids, as far as there are any. Returns how many there were."""
        if not doc_ids:
            return 0
        return self.storage.remove(self.name, f"id IN {_AMONG}", [json.dumps(list(doc_ids))])

    def remove_where(self, **keys: Any) -> None:  # noqa: ANN401  # JSON
        """Remove the documents that `where` finds."""
        self.storage.remove(self.name, *self._where(keys))

    # --- TinyDB's own operations, which run unchanged on what is read one by one ------------------------------

    def get(  # type: ignore[override]  # TinyDB has an overload for each
        self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: Iterable[int] | None = None
    ) -> Document | list[Document] | None:
        """See TinyDB."""
        if doc_id is None and doc_ids is None:
            return super().get(cond)  # type: ignore[arg-type]  # without any of the three it raises
        found = self.get_many([doc_id] if doc_id is not None else doc_ids or ())
        documents = [self.document_class(doc, number) for number, doc in found.items()]
        return documents if doc_id is None else next(iter(documents), None)

    def search(self, cond: QueryLike) -> list[Document]:
        """See TinyDB. No answer is remembered: another table, a writer or a change taken back would make it wrong."""
        return [doc for doc in self if cond(doc)]

    def count(self, cond: QueryLike | None = None) -> int:
        """Count what a condition meets, or all."""
        return len(self) if cond is None else super().count(cond)

    def __len__(self) -> int:
        return self.storage.count(self.name)

    def _get_next_id(self) -> int:
        number = self._next_id or self.storage.last_id(self.name) + 1
        self._next_id = number + 1  # type: ignore[assignment]  # TinyDB says that it is None
        return number

    def _read_table(self) -> dict[str, Plain]:  # type: ignore[override]  # a dict is a Mapping
        return {str(number): doc for number, doc in self.all_by_id().items()}

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        draft = _Draft(self)
        updater(draft)  # type: ignore[arg-type]  # it is used as a dict is
        removed, changed = draft.changes()
        with self.storage.one_write():
            if removed is None:
                self.storage.remove(self.name)
            else:
                self.remove_ids(removed)
            self.storage.put(self.name, changed)


class SQLiteDB(TinyDB):
    """A TinyDB on SQLite."""

    default_storage_class = SQLiteStorage  # type: ignore[assignment]  # TinyDB takes any Storage
    table_class = SQLiteTable
    storage: SQLiteStorage

    def table(self, name: str, **kwargs: Any) -> SQLiteTable:  # noqa: ANN401  # TinyDB's
        """See TinyDB."""
        table = super().table(name, **kwargs)
        assert isinstance(table, SQLiteTable)
        return table

    def tables(self) -> set[str]:
        """See TinyDB."""
        return set(self.storage.tables)

    def drop_table(self, name: str) -> None:
        """See TinyDB."""
        self._tables.pop(name, None)
        self.storage.drop(name)

    def drop_tables(self) -> None:
        """See TinyDB."""
        with self.storage.one_write():
            for name in self.tables():
                self.drop_table(name)


class _Draft(MutableMapping[int, Plain]):
    """A table that may be changed: what was touched is read first, and compared with what it is afterwards."""

    def __init__(self, table: SQLiteTable) -> None:
        self._table = table
        self._was: dict[int, str | None] = {}
        self._now: dict[int, Plain] = {}
        self._complete = self._emptied = False

    def _take(self, condition: str = "true", *values: int) -> None:
        for number, text in self._table.storage.texts(self._table.name, condition, values):
            if number not in self._was:
                self._was[number], self._now[number] = text, json.loads(text)

    def __getitem__(self, doc_id: int) -> Plain:
        if doc_id not in self._was and not self._complete:
            self._take("id = ?", doc_id)
            self._was.setdefault(doc_id, None)
        return self._now[doc_id]

    def __setitem__(self, doc_id: int, document: Plain) -> None:
        doc_id in self  # noqa: B015  # so that it is known what is replaced
        self._now[doc_id] = document

    def __delitem__(self, doc_id: int) -> None:
        self[doc_id]  # so that it is known what is removed
        del self._now[doc_id]

    def __iter__(self) -> Iterator[int]:
        if not self._complete:
            self._take()
            self._complete = True
        return iter(self._now)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove all."""
        self._was, self._now = {}, {}
        self._complete = self._emptied = True

    def changes(self) -> tuple[list[int] | None, list[tuple[int, str]]]:
        """Return the ids of those to remove, None for all, and the JSON of those to put."""
        removed = [number for number, text in self._was.items() if text is not None and number not in self._now]
        texts = [(number, dumped(doc)) for number, doc in self._now.items()]
        return None if self._emptied else removed, [each for each in texts if self._was.get(each[0]) != each[1]]


__all__ = ["Document", "SQLiteDB", "SQLiteStorage", "SQLiteTable"]
