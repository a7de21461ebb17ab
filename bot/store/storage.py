"""All tables of a state in one SQLite file, as TinyDB sees a storage: the statements, and the commits they are part of.

Nothing is remembered in between: what is read is what the file says. Long because all statements stand here.
"""

import json
import re
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from tinydb import Storage

from bot.errors import StoreUnwritable
from bot.store import statefile
from bot.store.lock import Lock
from bot.store.soundness import findings
from bot.store.statefile import checksum
from bot.store.statewatch import Refusals, Standing

Plain = dict[str, Any]
T = TypeVar("T")
Indexes = Mapping[str, Sequence[str]]
"""For each table the keys that its documents are looked up by; `a+b` is an index on both."""
Upgrade = Callable[["SQLiteStorage"], None]
"""Brings a state of an older format over, inside a write."""

_WRITTEN = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY", "journal_size_limit=16777216")
_NAME = re.compile(r"(?!sqlite_)[a-z_][a-z0-9_]*")  # SQLite does not tell Table from table


class SQLiteStorage(Storage):
    """Tables of documents. `read_only` sees what was last committed, beside a writer too, and changes nothing.

    Documents of `unordered` tables are never asked for in the order of adding, so a look at all of them for the last
    place is spared: places begin with the time in nanoseconds, and tell a document from one that had its id before.
    `upgrade` brings a state of an older format over, in the first commit; for who only reads, a copy in memory.
    Without it such a state is taken as it is. Not for two threads.
    Raises StoreBusy, StoreUnwritable, and StoreBroken for a file that is damaged, another program's, or newer.
    """

    def __init__(
        self,
        path: Path,
        *,
        indexes: Indexes | None = None,
        unordered: Collection[str] = (),
        read_only: bool = False,
        upgrade: Upgrade | None = None,
    ) -> None:
        self.path = Path(path)
        self.read_only = read_only
        self._indexes = dict(indexes or {})
        self._unordered = frozenset(unordered)
        self._upgrade = upgrade
        self._depth = 0
        self._places: dict[str, Iterator[int]] = {}
        self._reserved: dict[str, int] = {}
        self._made: set[str] = set()  # tables that are there for sure, as nobody else writes
        self._seen: statefile.Sight | None = None
        self._db: sqlite3.Connection | None = None
        self.refusals, self._standing = Refusals(), Standing()
        self._lock = None if read_only else Lock(statefile.lock_of(self.path))
        try:
            if not read_only and not self.path.exists():
                statefile.begin(self.path)
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        try:
            self._open_for_reading()
            if not self.read_only:
                self._open_for_writing()
            elif self._is_older():
                self._copy_to_memory()
        except BaseException:
            self._close_file()
            raise

    def _open_for_reading(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db, self._seen = statefile.reader(self.path)

    def _open_for_writing(self) -> None:
        """Go on from reading once the file is known to be ours and whole: what is damaged is left as it is."""
        with statefile.told(self.path):
            if found := findings(self._connection, deep=False):
                raise statefile.broken(self.path, *found)
            self._connection.close()
            self._db, self._seen = statefile.connect(self.path, "mode=rw"), None
            for setting in _SETTINGS:
                self._db.execute(f"PRAGMA {setting}")
            self._check_writable()
            with self.one_write():
                self._bring_over()
                for name in self.tables:
                    self.make(name)  # what an older version did not look up by
            self._standing = Standing(self.path, *statefile.beside(self.path)[:2])

    def _is_older(self) -> bool:
        return self._upgrade is not None and bool(self.tables) and self.format < statefile.FORMAT

    def _bring_over(self) -> None:
        if self._upgrade is not None and self._is_older():
            self._upgrade(self)
            self.query(f"PRAGMA user_version={statefile.FORMAT}")

    def _copy_to_memory(self) -> None:
        """Read a state of an older format from a copy that is brought over, which may be written."""
        copy = sqlite3.connect(":memory:", isolation_level=None)
        self.copy_to(copy)
        self._connection.close()
        self._db, self._seen, self.read_only = copy, None, False
        try:
            with self.one_write():
                self._bring_over()
        finally:
            self.read_only = True

    def _check_writable(self) -> None:
        """Raise sqlite3.Error if SQLite has opened the file for reading only, as it does where it may not write."""
        for statement in ("BEGIN IMMEDIATE", f"PRAGMA user_version={statefile.FORMAT}", "ROLLBACK"):
            self._connection.execute(statement)

    def try_disk(self) -> None:
        """Write a page, durably and without any change. Raises StoreUnwritable."""
        with self.one_write():
            self.query(f"PRAGMA user_version={self.format}")
        self.refusals.over()

    def misplaced(self) -> list[str]:
        """Return the names of the files of this state that were removed or replaced while it is open."""
        lock = [] if self._lock is None or self._lock.is_in_place() else [self._lock.path.name]
        return [*self._standing.misplaced(), *lock]

    def put_back(self) -> list[Path]:
        """Write the state anew, in its place, from what is still open. Returns where what stood there is kept.

        Raises StoreUnwritable, and StoreBusy if another process has it; then nothing has changed.
        """
        assert self._lock is not None
        kept = []
        with self.refusals.noted():
            if self._db is not None:
                self._lock.renew()
                new = statefile.make(self.path, self.copy_to)
                with statefile.told(self.path):
                    if self.path.name in self.misplaced():  # what stands there is another's, but a log of ours is not
                        statefile.remove(*self._standing.in_place())
                    kept = statefile.keep_aside(self.path)
                    statefile.put(new, self.path)
                self._close_file()  # before the new one is open: SQLite removes the log of what it closes by its name
            self._open()
        return kept

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._db is None and self.misplaced():
            raise StoreUnwritable(f"{self.path}: was written anew, and cannot be opened yet; nothing is lost.")
        if self._db is None:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        return self._db

    @property
    def format(self) -> int:
        """The version of the documents' shape."""
        return int(self.query("PRAGMA user_version")[0][0])

    @property
    def tables(self) -> Collection[str]:
        """The names of the tables that there are."""
        return [name for (name,) in self.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")]

    def has(self, name: str) -> bool:
        """Return whether there is a table of this name."""
        return name in self._made or bool(
            self.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", [name])
        )

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
        with self.refusals.noted():
            self.query("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self._commit()
            except BaseException:
                self._made.clear()
                self._try("ROLLBACK")  # SQLite may have done so itself
                raise
            finally:
                self._depth = 0

    def _commit(self) -> None:
        try:
            self.query("COMMIT")
        except BaseException:
            self._try("ROLLBACK")
            self._try("PRAGMA wal_checkpoint(TRUNCATE)")  # else what could not be synced might be there after a crash
            raise

    def _try(self, sql: str) -> None:
        with suppress(sqlite3.Error):
            self._connection.execute(sql).fetchall()

    def query(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows. Raises StoreError."""
        given = tuple(values)
        return self._run(lambda db: db.execute(sql, given).fetchall())

    def query_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row. Raises StoreError."""
        self._run(lambda db: db.executemany(sql, rows))

    def _run(self, step: Callable[[sqlite3.Connection], T]) -> T:
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
        """Make a table with its columns and indexes, as far as there are none; inside a write.

        Raises ValueError for a bad name.
        """
        if name in self._made:
            return
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a table name: write small letters, digits and _")
        there = {found for (found,) in self.query("SELECT name FROM sqlite_schema WHERE tbl_name = ?", [name])}
        keys = self._indexes.get(name, ())
        if name not in there:
            self.query(statefile.table_sql(name, keys))
        elif missing := [key for key in keys if f"{name}.{key}" not in there]:
            columns = {column for (column,) in self.query("SELECT name FROM pragma_table_xinfo(?)", [name])}
            for column in statefile.columns_of(missing):
                if column not in columns:
                    self.query(f'ALTER TABLE "{name}" ADD COLUMN {statefile.column_sql(column)}')
        for key in keys:
            if f"{name}.{key}" not in there:
                self.query(statefile.index_sql(name, key))
        self._made.add(name)

    def key(self, name: str, key: str) -> str:
        """Return SQL for a key of a table's documents."""
        return key if key in statefile.columns_of(self._indexes.get(name, ())) else statefile.key_sql(key)

    def drop(self, name: str) -> None:
        """Remove a table with all its documents."""
        with self.one_write():
            if self.has(name):
                self.query(f'DROP TABLE "{name}"')
                self._made.discard(name)
                self._places.pop(name, None)

    # --- documents as JSON, by id -----------------------------------------------------------------------------

    def texts(
        self, name: str, condition: str = "true", values: Iterable[Any] = (), *, limit: int = -1
    ) -> list[tuple[int, str]]:
        """Return ids and documents that meet a condition of SQL, in the order in which they were added."""
        sql = f'SELECT id, sum, doc FROM "{name}" WHERE {condition} ORDER BY place LIMIT ?'
        return self.whole(name, sql, [*values, limit])

    def whole(self, name: str, sql: str, values: Iterable[Any] = ()) -> list[tuple[int, str]]:
        """Return ids and documents of a table, of a statement that gives id, sum and doc. Raises StoreBroken."""
        found = self.rows(name, sql, values)
        if damaged := [number for number, written, doc in found if written != checksum(number, doc)]:
            raise statefile.broken(self.path, f"document {damaged[0]} of {name} is damaged")
        return [(number, doc) for number, _, doc in found]

    def rows(self, name: str, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """Return what a statement finds in a table; nothing where there is no such table."""
        return self.query(sql, values) if self.has(name) else []

    def ids(self, name: str, condition: str = "true", values: Iterable[Any] = ()) -> list[int]:
        """Return the ids of documents that meet a condition of SQL."""
        if not self.has(name):
            return []
        return [number for (number,) in self.query(f'SELECT id FROM "{name}" WHERE {condition}', values)]

    def put(self, name: str, texts: Iterable[tuple[int, str]]) -> None:
        """Put documents in place of those with their ids, or add them. Makes the table."""
        with self.one_write():
            self.make(name)
            if name not in self._places:
                last = time.time_ns() if name in self._unordered else self.last_place(name)
                self._places[name] = count(max(last, self._reserved.get(name, 0)) + 1)
            self.query_many(
                f'INSERT INTO "{name}" (id, place, sum, doc) VALUES (?, ?, ?, ?)'
                " ON CONFLICT (id) DO UPDATE SET sum = excluded.sum, doc = excluded.doc",
                ((number, next(self._places[name]), checksum(number, doc), doc) for number, doc in texts),
            )

    def reserve(self, name: str, place: int) -> None:
        """Give documents that are added to a table from now on places behind this one, and behind all that it has."""
        self._reserved[name] = place
        self._places.pop(name, None)

    def last_place(self, name: str) -> int:
        """Return the highest place of a table's documents, 0 if there is none. Looks through all of it."""
        return int(self.query(f'SELECT max(place) FROM "{name}"')[0][0] or 0)

    def remove(self, name: str, condition: str = "true", values: Iterable[Any] = ()) -> int:
        """Remove the documents that meet a condition of SQL. Returns how many."""
        with self.one_write():
            if not self.has(name):
                return 0
            self.query(f'DELETE FROM "{name}" WHERE {condition}', values)
            return int(self.query("SELECT changes()")[0][0])

    def count(self, name: str) -> int:
        """Count the documents of a table."""
        return int(self.query(f'SELECT count(*) FROM "{name}"')[0][0]) if self.has(name) else 0

    def last_id(self, name: str) -> int:
        """Return the highest id in a table, 0 if it is empty."""
        return int(self.query(f'SELECT max(id) FROM "{name}"')[0][0] or 0) if self.has(name) else 0

    def look_through(self) -> list[str]:
        """Check all pages, indexes and documents. Returns what is damaged."""
        return self._run(partial(findings, deep=True))

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Copy all that is committed into another database, also while this one is written."""
        self._run(lambda db: db.backup(target))

    # --- TinyDB's side --------------------------------------------------------------------------------------

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return all tables as TinyDB's own storages do: document ids are strings."""
        return {
            name: {str(number): json.loads(text) for number, text in self.texts(name)} for name in self.tables
        } or None

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Take all tables as `read` returns them."""
        with self.one_write():
            for name in self.tables:
                self.drop(name)
            for name, documents in data.items():
                self.put(name, [(int(number), dumped(doc)) for number, doc in documents.items()])

    def close(self) -> None:
        """Let another process have the state. Doing it twice does no harm."""
        self._close_file()
        self._standing = Standing()
        if self._lock is not None:
            self._lock.release()

    def _close_file(self) -> None:
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
        self._db = None
        self._made.clear()


def dumped(document: Mapping[str, Any]) -> str:
    """Write a document. Raises TypeError or ValueError for what JSON does not have."""
    text = _WRITTEN.encode(document)
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a character, as some feeds have it
        return json.dumps(document, allow_nan=False, separators=(",", ":"))
    return text
