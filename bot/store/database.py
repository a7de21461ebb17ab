"""TinyDB's API on SQLite: one row a document, and an index on what documents are looked up by.

    storage = SQLiteStorage(path, indexes={"outbox": ["state", "chat"]})
    with storage.one_write():             one durable commit of all changes inside; nested, part of the outer one
        table.put({doc_id: document})
        table.remove_where(chat=7)

SQLite keeps a commit whole over a crash or a loss of power (WAL, synchronous=FULL). A document is JSON; a looked-up key
of it is a generated column with an index, so a lookup costs what it finds and not what there is.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tinydb import Storage, TinyDB
from tinydb.table import Document, Table

from bot.errors import StoreBroken, StoreUnwritable

Plain = dict[str, Any]
Indexes = Mapping[str, Sequence[str]]

_AT_ONCE = 500  # values in one statement
_SCHEMA = 1


class SQLiteStorage(Storage):
    """All tables of one SQLite file. `read_only` opens what was last committed, beside a writer too, and changes nothing.

    `indexes` names for each table the keys of its documents that `where` looks up. Not for two threads.
    Raises StoreBroken for a file that is damaged or another program's, and StoreUnwritable.
    """

    def __init__(self, path: Path, *, indexes: Indexes | None = None, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._indexes = dict(indexes or {})
        self._depth = 0
        self._names: set[str] = set()
        self.findings: tuple[str, ...] = ()
        with self.told():
            self._db = self._connect()
            try:
                self._names = {
                    name for (name,) in self._db.execute("SELECT name FROM sqlite_schema WHERE type='table'")
                }
            except BaseException:
                self._db.close()
                raise

    def _connect(self) -> sqlite3.Connection:
        if self.read_only:
            if not self.path.exists():
                return sqlite3.connect(":memory:", isolation_level=None)
            return sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        db = sqlite3.connect(self.path, isolation_level=None, timeout=5.0)
        for setting in ("journal_mode=WAL", "synchronous=FULL"):
            db.execute(f"PRAGMA {setting}")
        return db

    @property
    def tables(self) -> Collection[str]:
        """The names of the tables that there are."""
        return self._names

    @contextmanager
    def told(self) -> Iterator[None]:
        """Raise what SQLite says as StoreError."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreUnwritable(
                f"{self.path}: the state cannot be read or written ({error}). Nothing is lost; it is tried again."
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreBroken(
                f"{self.path}: this is no state of Newsvane, or it is damaged ({error}). Nothing was changed."
            ) from error

    @contextmanager
    def one_write(self) -> Iterator[None]:
        """Make all changes inside one durable commit, or none. Raises StoreUnwritable."""
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        with self.told():
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    def query(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows."""
        with self.told():
            return self._db.execute(sql, tuple(values)).fetchall()

    def query_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row."""
        with self.told():
            self._db.executemany(sql, rows)

    def make(self, name: str) -> None:
        """Make a table with its indexes, if there is none."""
        if name in self._names:
            return
        if not name.isidentifier():
            raise ValueError(f"no name for a table: {name!r}")
        keys = self._indexes.get(name, ())
        columns = "".join(f", {key} GENERATED ALWAYS AS (doc ->> '$.{key}') VIRTUAL" for key in keys)
        self.query(f"CREATE TABLE IF NOT EXISTS {name} (id INTEGER PRIMARY KEY, doc TEXT NOT NULL{columns})")
        for key in keys:
            self.query(f"CREATE INDEX IF NOT EXISTS {name}_{key} ON {name} ({key})")
        self._names.add(name)

    def drop(self, name: str) -> None:
        """Remove a table with all its documents."""
        if name in self._names:
            self.query(f"DROP TABLE {name}")
            self._names.discard(name)

    # --- TinyDB's side --------------------------------------------------------------------------------------

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return all tables as TinyDB's own storages do: document ids are strings."""
        found = {
            name: {
                str(number): json.loads(doc) for number, doc in self.query(f"SELECT id, doc FROM {name} ORDER BY id")
            }
            for name in sorted(self._names)
        }
        return found or None

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Take all tables as `read` returns them."""
        with self.one_write():
            for name in set(self._names) - data.keys():
                self.drop(name)
            for name, documents in data.items():
                self.make(name)
                self.query(f"DELETE FROM {name}")
                self.query_many(
                    f"INSERT INTO {name} VALUES (?, ?)", [(int(k), dumped(v)) for k, v in documents.items()]
                )

    def close(self) -> None:
        """Let another process have the state."""
        with suppress(sqlite3.Error):
            self._db.close()


class SQLiteTable(Table):
    """A table of a `SQLiteStorage`. What is done by document id or by an indexed key costs what it touches."""

    @property
    def storage(self) -> SQLiteStorage:
        """The storage."""
        assert isinstance(self._storage, SQLiteStorage)
        return self._storage

    def put(self, documents: Mapping[int, Mapping[str, Any]]) -> None:
        """Put documents in place of those with their ids, or add them."""
        if documents:
            with self.storage.one_write():
                self.storage.make(self.name)
                rows = [(number, dumped(doc)) for number, doc in documents.items()]
                self.storage.query_many(
                    f"INSERT INTO {self.name} (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc",
                    rows,
                )
            self.clear_cache()

    def get_by_id(self, doc_id: int) -> Plain | None:
        """Return a document, None if there is none of that id."""
        return self.get_many([doc_id]).get(doc_id)

    def get_many(self, doc_ids: Iterable[int]) -> dict[int, Plain]:
        """Return those documents of these ids that there are."""
        return {number: json.loads(doc) for number, doc in self._select("id", doc_ids)}

    def where(self, **keys: Any) -> dict[int, Plain]:  # noqa: ANN401  # JSON
        """Return the documents whose indexed key has this value, or one of these if it is a list, by id.

        A document that is read where the table is not made yet is not there.
        """
        ((key, wanted),) = keys.items()
        values = wanted if isinstance(wanted, list) else [wanted]
        return {number: json.loads(doc) for number, doc in self._select(key, values)}

    def _select(self, key: str, values: Iterable[Any]) -> Iterator[tuple[int, str]]:
        if self.name not in self.storage.tables:
            return
        asked = list(values)
        for start in range(0, len(asked), _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self.storage.query(f"SELECT id, doc FROM {self.name} WHERE {key} IN ({marks})", some)

    def find(self, condition: str, values: Iterable[Any] = ()) -> list[Plain]:
        """Return the documents that meet a condition of SQL on the indexed keys."""
        if self.name not in self.storage.tables:
            return []
        return [
            json.loads(doc) for (doc,) in self.storage.query(f"SELECT doc FROM {self.name} WHERE {condition}", values)
        ]

    def delete(self, condition: str, values: Iterable[Any] = ()) -> None:
        """Remove the documents that meet a condition of SQL on the indexed keys."""
        if self.name in self.storage.tables:
            with self.storage.one_write():
                self.storage.query(f"DELETE FROM {self.name} WHERE {condition}", values)
            self.clear_cache()

    def all_by_id(self) -> dict[int, Plain]:
        """Return all documents by id."""
        if self.name not in self.storage.tables:
            return {}
        return {number: json.loads(doc) for number, doc in self.storage.query(f"SELECT id, doc FROM {self.name}")}

    def remove_ids(self, doc_ids: Collection[int]) -> None:
        """Remove the documents of these ids, as far as there are any."""
        if doc_ids and self.name in self.storage.tables:
            with self.storage.one_write():
                self.storage.query_many(f"DELETE FROM {self.name} WHERE id = ?", [(number,) for number in doc_ids])
            self.clear_cache()

    def count(self, cond: Any = None) -> int:  # type: ignore[override]  # noqa: ANN401  # TinyDB's condition, or all
        """Count what a condition meets, or all."""
        return len(self) if cond is None else super().count(cond)

    def __len__(self) -> int:
        if self.name not in self.storage.tables:
            return 0
        return int(self.storage.query(f"SELECT count(*) FROM {self.name}")[0][0])

    def _read_table(self) -> dict[str, Plain]:  # type: ignore[override]  # a dict is a Mapping
        return {str(number): doc for number, doc in self.all_by_id().items()}

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        before = self.all_by_id()
        written = {number: dumped(doc) for number, doc in before.items()}
        updater(before)  # type: ignore[arg-type]
        with self.storage.one_write():
            self.remove_ids([number for number in written if number not in before])
            self.put({number: doc for number, doc in before.items() if written.get(number) != dumped(doc)})
        self.clear_cache()


class SQLiteDB(TinyDB):
    """A TinyDB on SQLite."""

    default_storage_class = SQLiteStorage  # type: ignore[assignment]  # TinyDB takes any Storage
    table_class = SQLiteTable


def dumped(document: Mapping[str, Any]) -> str:
    """Write a document. Raises TypeError or ValueError for what JSON does not have."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


__all__ = ["Document", "SQLiteDB", "SQLiteStorage", "SQLiteTable"]
