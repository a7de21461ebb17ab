"""TinyDB's API on SQLite: one row a document, and an index on what documents are looked up by.

    db = SQLiteDB(path, indexes={"outbox": ["state", "chat"]})
    table = db.table("outbox")
    with db.storage.one_write():          one durable commit of all changes inside; nested, part of the outer one
        table.put({doc_id: document})
        table.remove_where(chat=7)

SQLite keeps a commit whole over a crash or a loss of power (WAL, synchronous=FULL). A document is JSON; the index of a
key is on an expression of it, so a lookup costs what it finds and not what there is. Nothing is remembered in between:
what is read is what the file says.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from tinydb import Storage, TinyDB
from tinydb.queries import QueryLike
from tinydb.table import Document, Table

from bot.errors import StoreUnwritable
from bot.store import statefile
from bot.store.lock import Lock
from bot.store.statefile import checksum

Plain = dict[str, Any]
Indexes = Mapping[str, Sequence[str]]

_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY", "journal_size_limit=16777216")
_NAME = re.compile(r"(?!sqlite_)[a-z_][a-z0-9_]*")  # SQLite does not tell Table from table


class SQLiteStorage(Storage):
    """All tables of one SQLite file. `read_only` sees what was last committed, beside a writer too, and changes nothing.

    `indexes` names for each table the keys of its documents that `where` looks up. Not for two threads.
    Raises StoreBusy, StoreUnwritable, and StoreBroken for a file that is damaged, another program's or a newer version's.
    """

    def __init__(self, path: Path, *, indexes: Indexes | None = None, read_only: bool = False) -> None:
        self.path = Path(path)
        self.read_only = read_only
        self._indexes = dict(indexes or {})
        self._depth = 0
        self._places: dict[str, Iterator[int]] = {}
        self._seen: statefile.Sight | None = None
        self._db: sqlite3.Connection | None = None
        self._lock = None if read_only else Lock(self.path.with_name(f"{self.path.name}.lock"))
        try:
            if not read_only and not self.path.exists():
                statefile.begin(self.path)
            self._open_for_reading()
            if not read_only:
                self._open_for_writing()
        except BaseException:
            self.close()
            raise

    def _open_for_reading(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db, self._seen = statefile.reader(self.path)

    def _open_for_writing(self) -> None:
        """Go on from reading once the file is known to be ours and whole: what is damaged is left as it is."""
        with statefile.told(self.path):
            if found := statefile.findings(self._connection, deep=False):
                raise statefile.broken(self.path, *found)
            self._connection.close()
            self._db, self._seen = statefile.connect(self.path, "mode=rw"), None
            for setting in _SETTINGS:
                self._db.execute(f"PRAGMA {setting}")

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        return self._db

    @property
    def tables(self) -> Collection[str]:
        """The names of the tables that there are."""
        return [name for (name,) in self.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")]

    def has(self, name: str) -> bool:
        """Return whether there is a table of this name."""
        return bool(self.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", [name]))

    @contextmanager
    def one_write(self) -> Iterator[None]:
        """Make all changes inside one durable commit; inside another one, part of that.

        If it fails, or anything inside does, the state is what it was before. Raises StoreUnwritable and StoreBusy.
        """
        if self.read_only:
            raise StoreUnwritable(f"{self.path}: was opened to be read, not to be written.")
        if self._depth:
            yield
            return
        self.query("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            self.query("COMMIT")
        except BaseException:
            self._take_back()
            raise
        finally:
            self._depth = 0

    def _take_back(self) -> None:
        db = self._connection
        with suppress(sqlite3.Error):  # SQLite may have done so itself
            db.execute("ROLLBACK")
        with suppress(sqlite3.Error):  # a commit that could not be synced would be found there after a crash
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def query(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows. Raises StoreError."""
        given = tuple(values)
        return self._run(lambda db: db.execute(sql, given).fetchall())

    def query_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row. Raises StoreError."""
        self._run(lambda db: db.executemany(sql, rows))

    def _run(self, step: Callable[[sqlite3.Connection], Any]) -> Any:  # noqa: ANN401  # what the step returns
        with statefile.told(self.path):
            while True:
                db = self._connection
                if self._depth and not db.in_transaction:
                    raise StoreUnwritable(
                        f"{self.path}: the disk refused a part of this change; nothing of it is kept."
                    )
                try:
                    result = step(db)
                except sqlite3.Error:
                    if self._is_as_seen():
                        raise
                else:
                    if self._is_as_seen():
                        return result
                self._open_for_reading()

    def _is_as_seen(self) -> bool:
        """Return whether a file that nobody was writing still stands as it was when it was opened."""
        return self._seen is None or statefile.sight(self.path) == self._seen

    def make(self, name: str) -> None:
        """Make a table with its indexes, as far as there is none; inside a write. Raises ValueError for a bad name."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a table: write small letters, digits and _")
        there = {found for (found,) in self.query("SELECT name FROM sqlite_schema WHERE tbl_name = ?", [name])}
        if name not in there:
            self.query(statefile.table_sql(name))
        for key in self._indexes.get(name, ()):
            if f"{name}.{key}" not in there:
                self.query(statefile.index_sql(name, key))

    def drop(self, name: str) -> None:
        """Remove a table with all its documents."""
        with self.one_write():
            if self.has(name):
                self.query(f'DROP TABLE "{name}"')
                self._places.pop(name, None)

    def place(self, name: str) -> int:
        """Return the place of the next document that is added to a table."""
        if name not in self._places:
            ((last,),) = self.query(f'SELECT max(place) FROM "{name}"')
            self._places[name] = count((last or 0) + 1)
        return next(self._places[name])

    # --- TinyDB's side --------------------------------------------------------------------------------------

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return all tables as TinyDB's own storages do: document ids are strings."""
        return {name: SQLiteTable(self, name)._read_table() for name in self.tables} or None

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Take all tables as `read` returns them."""
        with self.one_write():
            for name in self.tables:
                self.drop(name)
            for name, documents in data.items():
                self.make(name)
                SQLiteTable(self, name).put({int(number): doc for number, doc in documents.items()})

    def close(self) -> None:
        """Let another process have the state. Doing it twice does no harm."""
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
        self._db = None
        if self._lock is not None:
            self._lock.release()


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
        texts = [(number, dumped(doc)) for number, doc in documents.items()]
        if texts:
            with self.storage.one_write():
                self.storage.make(self.name)
                self.storage.query_many(
                    f'INSERT INTO "{self.name}" VALUES (?, ?, ?, ?)'
                    " ON CONFLICT (id) DO UPDATE SET sum = excluded.sum, doc = excluded.doc",
                    [(number, self.storage.place(self.name), checksum(number, doc), doc) for number, doc in texts],
                )

    def get_by_id(self, doc_id: int) -> Plain | None:
        """Return a document, None if there is none of that id."""
        return self.get_many([doc_id]).get(doc_id)

    def get_many(self, doc_ids: Iterable[int]) -> dict[int, Plain]:
        """Return those documents of these ids that there are."""
        return self._read(f"WHERE id IN {_AMONG} ORDER BY place", json.dumps(list(doc_ids)))

    def where(self, **keys: Any) -> dict[int, Plain]:  # noqa: ANN401  # JSON
        """Return the documents whose keys have these values, or one of these if it is a list, by id.

        1, 1.0 and True are equal, as in Python. None finds nothing.
        """
        return self._read(f"WHERE {_keys(keys)} ORDER BY place", *map(_values, keys.values()))

    def all_by_id(self) -> dict[int, Plain]:
        """Return all documents by id."""
        return self._read("ORDER BY place")

    def texts(self, condition: str, *values: Any) -> list[tuple[int, str]]:  # noqa: ANN401  # SQLite's
        """Return ids and JSON of documents, by the end of a SELECT statement."""
        if not self.storage.has(self.name):
            return []
        found = self.storage.query(f'SELECT id, sum, doc FROM "{self.name}" {condition}', values)
        if damaged := [number for number, written, doc in found if written != checksum(number, doc)]:
            raise statefile.broken(self.storage.path, f"document {damaged[0]} of {self.name} is damaged")
        return [(number, doc) for number, _, doc in found]

    def _read(self, condition: str, *values: Any) -> dict[int, Plain]:  # noqa: ANN401  # SQLite's
        return {number: json.loads(doc) for number, doc in self.texts(condition, *values)}

    def remove_ids(self, doc_ids: Collection[int]) -> None:
        """Remove the documents of these ids, as far as there are any."""
        self._delete(f"WHERE id IN {_AMONG}", json.dumps(list(doc_ids)))

    def remove_where(self, **keys: Any) -> None:  # noqa: ANN401  # JSON
        """Remove the documents that `where` finds."""
        self._delete(f"WHERE {_keys(keys)}", *map(_values, keys.values()))

    def _delete(self, condition: str, *values: Any) -> None:  # noqa: ANN401  # SQLite's
        with self.storage.one_write():
            if self.storage.has(self.name):
                self.storage.query(f'DELETE FROM "{self.name}" {condition}', values)

    # --- TinyDB's own operations, which run unchanged on what is read one by one ------------------------------

    def get(  # type: ignore[override]  # TinyDB has an overload for each
        self, cond: QueryLike | None = None, doc_id: int | None = None, doc_ids: Iterable[int] | None = None
    ) -> Document | list[Document] | None:
        """See TinyDB."""
        if doc_id is None and doc_ids is None:
            return super().get(cond)  # type: ignore[no-any-return,call-overload]
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
        if not self.storage.has(self.name):
            return 0
        return int(self.storage.query(f'SELECT count(*) FROM "{self.name}"')[0][0])

    def _get_next_id(self) -> int:
        if self._next_id is None and self.storage.has(self.name):
            self._next_id = (self.storage.query(f'SELECT max(id) FROM "{self.name}"')[0][0] or 0) + 1
        return super()._get_next_id()

    def _read_table(self) -> dict[str, Plain]:  # type: ignore[override]  # a dict is a Mapping
        return {str(number): doc for number, doc in self.all_by_id().items()}

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        draft = _Draft(self)
        updater(draft)  # type: ignore[arg-type]  # it is used as a dict is
        removed, changed = draft.changes()
        with self.storage.one_write():
            self.storage.make(self.name)
            self._delete("") if removed is None else self.remove_ids(removed)
            self.put(changed)


class SQLiteDB(TinyDB):
    """A TinyDB on SQLite."""

    default_storage_class = SQLiteStorage  # type: ignore[assignment]  # TinyDB takes any Storage
    table_class = SQLiteTable
    storage: SQLiteStorage

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

    def _take(self, condition: str, *values: Any) -> None:  # noqa: ANN401  # SQLite's
        for number, text in self._table.texts(condition, *values):
            if number not in self._was:
                self._was[number], self._now[number] = text, json.loads(text)

    def __getitem__(self, doc_id: int) -> Plain:
        if doc_id not in self._was and not self._complete:
            self._take("WHERE id = ?", doc_id)
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
            self._take("ORDER BY place")
            self._complete = True
        return iter(self._now)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove all."""
        self._was, self._now = {}, {}
        self._complete = self._emptied = True

    def changes(self) -> tuple[list[int] | None, dict[int, Plain]]:
        """Return the ids of those to remove, None for all, and those to put."""
        removed = [number for number, text in self._was.items() if text is not None and number not in self._now]
        changed = {number: doc for number, doc in self._now.items() if self._was.get(number) != dumped(doc)}
        return None if self._emptied else removed, changed


_AMONG = "(SELECT value FROM json_each(?))"


def _keys(keys: Iterable[str]) -> str:
    return " AND ".join(f"{statefile.key_sql(key)} IN {_AMONG}" for key in keys)


def _values(wanted: Any) -> str:  # noqa: ANN401  # JSON
    return json.dumps(wanted if isinstance(wanted, list) else [wanted])


def dumped(document: Mapping[str, Any]) -> str:
    """Write a document. Raises TypeError or ValueError for what JSON does not have."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a character, as some feeds have it
        return json.dumps(document, allow_nan=False, separators=(",", ":"))
    return text


__all__ = ["Document", "SQLiteDB", "SQLiteStorage", "SQLiteTable"]
