"""The SQLite file of a state: made, opened, checked.

    PATH                 the documents
    PATH-wal, PATH-shm   SQLite's own, while it is open or after a crash: the commits that are not in PATH yet
    PATH.lock            who has it open
    PATH.new             a file that is being made; it takes the place of PATH once it is whole and on the disk

A document's row has a checksum of its own, for SQLite's checks see the structure of a page and not the text in it.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from zlib import crc32

from bot.errors import StoreBroken, StoreBusy, StoreError, StoreUnwritable
from bot.store.lock import open_as_owner

FORMAT = 2
"""The version of the documents' shape. A state that says a higher one is of a newer Newsvane."""

Sight = tuple[int | None, ...]

_APPLICATION = 0x4E565354  # "NVST": tells a state from other programs' databases
_ADVICE = {
    "state": " Put a backup in its place (newsvane restore FILE), or move the files of this state away to start anew.",
    "backup": "",
}
_COLUMNS = "id INTEGER PRIMARY KEY, place INTEGER NOT NULL, sum INTEGER NOT NULL, doc TEXT NOT NULL"
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
DAMAGED = frozenset({
    sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
})  # fmt: skip


@contextmanager
def told(path: Path, what: str = "state") -> Iterator[None]:
    """Raise what SQLite or the system says of a state or a backup as StoreError."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        if code_of(error) in _BUSY:
            raise StoreBusy(f"{path}: another program works on the state ({error}). Close it there.") from error
        if code_of(error) in DAMAGED:
            raise broken(path, str(error), what=what) from error
        raise _refused(path, str(error)) from error
    except OSError as error:
        raise _refused(path, str(error.strerror)) from error


def code_of(error: Exception) -> int:
    """Return SQLite's code of an error, without its details."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _refused(path: Path, said: str) -> StoreUnwritable:
    return StoreUnwritable(
        f"{path}: cannot be read or written ({said}). Nothing is lost; free space or mend the permissions of the state "
        "directory, and it goes on by itself."
    )


def broken(path: Path, *findings: str, what: str = "state") -> StoreBroken:
    """Make the error of a file that is damaged or another program's."""
    return StoreBroken(
        f"{path}: this is no {what} of Newsvane, or it is damaged ({'; '.join(findings)}). "
        f"Nothing was changed.{_ADVICE[what]}"
    )


def wal_of(path: Path) -> Path:
    """Name the file of the commits that are not in the file of the state yet."""
    return path.with_name(f"{path.name}-wal")


def lock_of(path: Path) -> Path:
    """Name the file that says who has a state open."""
    return path.with_name(f"{path.name}.lock")


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file that is there. `mode` are parameters of SQLite's URI. Raises sqlite3.Error."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None)


def reader(path: Path, what: str = "state") -> tuple[sqlite3.Connection, Sight | None]:
    """Open a state that another process may be writing, and check whose it is; an empty one if there is none.

    Returns also the sight of a file that nobody is writing: it is read as it stands, no file is made beside it, and
    what is read is only good if its sight is still the same then. Raises StoreBroken and StoreUnwritable.
    """
    if what == "state":
        _check_no_link(path)
    with told(path, what):
        for last in (False, False, True):  # a writer may come or go meanwhile
            before = sight(path)
            if not before:
                check_gone(path)
                return sqlite3.connect(":memory:", isolation_level=None), before
            resting = before[0] is None
            db = connect(path, "mode=ro&immutable=1" if resting else "mode=ro")
            try:
                _check_kind(path, db, what)
            except (sqlite3.Error, StoreError):
                db.close()
                if last or sight(path) == before:
                    raise
            else:
                return db, before if resting else None
    raise AssertionError


def sight(path: Path) -> Sight:
    """Return the size of the WAL, None without one, and facts of the file itself; nothing without a file.

    Whoever writes has a WAL for as long as it is open, and the file itself changes only then. Raises OSError.
    """
    wal = None
    with suppress(FileNotFoundError):
        wal = wal_of(path).stat().st_size
    with suppress(FileNotFoundError):
        facts = path.stat()
        return wal, facts.st_ino, facts.st_size, facts.st_mtime_ns
    return ()


def _check_no_link(path: Path) -> None:
    if path.is_symlink():
        raise broken(path, "it is a symbolic link, and SQLite keeps its log elsewhere; name its directory with --state")


def check_gone(path: Path) -> None:
    """Raise StoreBroken if there are commits of a state that is not there itself."""
    wal = wal_of(path)
    if wal.exists() and wal.stat().st_size:
        raise broken(path, f"it is gone, and {wal.name} has commits of it")


def _check_kind(path: Path, db: sqlite3.Connection, what: str) -> None:
    """Raise StoreBroken for another program's file, and for one of a newer version."""
    ((program, found),) = db.execute("SELECT * FROM pragma_application_id, pragma_user_version").fetchall()
    if program != _APPLICATION or found < 1:
        raise broken(path, "it is another program's, or empty", what=what)
    if found > FORMAT:
        raise StoreBroken(
            f"{path}: this {what} is of a newer Newsvane (format {found}, this one reads {FORMAT}). "
            "Nothing was changed. Upgrade Newsvane, or take a backup of this version."
        )


def table_sql(name: str, keys: Iterable[str]) -> str:
    """Return the statement that makes a table. `place` is the order in which documents were added."""
    columns = "".join(f", {column_sql(key)}" for key in columns_of(keys))
    return f'CREATE TABLE "{name}" ({_COLUMNS}{columns})'


def columns_of(keys: Iterable[str]) -> list[str]:
    """Return the columns of a table whose documents are looked up by these keys. `place` is one of every table's."""
    return [column for column in dict.fromkeys(each for key in keys for each in key.split("+")) if column != "place"]


def column_sql(key: str) -> str:
    """Return the definition of a column that is a key of the document."""
    return f"{key} AS ({key_sql(key)})"


def index_sql(name: str, key: str) -> str:
    """Return the statement that makes the index of a key, which may be several columns: `waits+place`."""
    return f'CREATE INDEX "{name}.{key}" ON "{name}" ({key.replace("+", ", ")})'


def key_sql(key: str) -> str:
    """Return the expression of a key of the document."""
    return f"json_extract(doc, '$.{key}')"


def checksum(number: int, doc: str) -> int:
    """Return the checksum of a document's row."""
    return crc32(b"%d %b" % (number, doc.encode()))


def make(path: Path, fill: Callable[[sqlite3.Connection], object]) -> Path:
    """Make the file that is to take the place of PATH, whole and on the disk. Raises StoreUnwritable."""
    new = path.with_name(f"{path.name}.new")
    with told(new):
        if not new.is_symlink():
            remove(new, *beside(new))
        file = open_as_owner(new, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        try:
            with closing(connect(new, "mode=rw")) as db:
                db.execute("PRAGMA synchronous=OFF")
                fill(db)
            if any(each.exists() for each in beside(new)):  # SQLite's close says nothing of what it could not do
                raise _refused(new, "some of it is still in a file beside it")
            os.fsync(file)
        finally:
            os.close(file)
    return new


def begin(path: Path) -> None:
    """Make an empty state. Raises StoreBroken where commits of one are that is gone, and StoreUnwritable."""
    _check_no_link(path)
    with told(path):
        check_gone(path)
        remove(*beside(path))
        put(make(path, _empty), path)


def _empty(db: sqlite3.Connection) -> None:
    for setting in (f"application_id={_APPLICATION}", f"user_version={FORMAT}", "journal_mode=WAL"):
        db.execute(f"PRAGMA {setting}")


def put(new: Path, path: Path) -> None:
    """Put a file in its place, durably. Raises OSError."""
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def keep_aside(path: Path) -> list[Path]:
    """Keep the files of a state under other names, and leave only the one that is replaced. Raises OSError."""
    aside = path.with_name(f"{path.name}.replaced-{time.strftime('%Y%m%d-%H%M%S')}")
    kept = []
    if path.exists():
        aside.hardlink_to(path)
        kept.append(aside)
    wal = wal_of(path)
    if wal.exists() and wal.stat().st_size:
        kept.append(wal.rename(wal_of(aside)))
    remove(*beside(path))
    return kept


def beside(path: Path) -> list[Path]:
    """Name SQLite's own files beside one."""
    return [path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal")]


def remove(*paths: Path) -> None:
    """Remove files, as far as they are there. Raises OSError."""
    for path in paths:
        path.unlink(missing_ok=True)
