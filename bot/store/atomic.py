"""A TinyDB storage whose file is always whole: each commit writes a file beside it, syncs it and renames it.

The parsed content stays in memory, so that reading costs nothing. What several operations change inside
`one_write()` reaches the disk together or not at all. A second process is kept out by a lock.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tinydb import Storage

from bot.errors import StoreBroken, StoreBusy, StoreUnwritable

Tables = dict[str, dict[str, Any]]


class AtomicStorage(Storage):
    """A JSON file that is replaced whole. With `read_only` it takes no lock and keeps changes to itself."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._read_only = read_only
        self._depth = 0
        self._changed = False
        self._lock = None if read_only else Lock(path.with_name(path.name + ".lock"))
        try:
            self._tables = _load(path)
        except BaseException:
            self.close()
            raise

    def read(self) -> Tables | None:
        """Give all tables. TinyDB asks before each operation; the answer is memory, not a file."""
        return self._tables

    def write(self, data: Tables) -> None:
        """Take all tables. Outside `one_write()` this is a commit of its own."""
        self._tables = data
        self._changed = True
        if not self._depth:
            self._commit()

    @contextmanager
    def one_write(self) -> Iterator[None]:
        """Make all operations inside one durable commit. If it fails, the state is what it was before.

        Raises StoreUnwritable. It relies on TinyDB replacing a table that it changes: documents are removed and
        inserted here, never updated in place.
        """
        before = dict(self._tables)
        self._depth += 1
        try:
            yield
            self._depth -= 1
            if self._changed and not self._depth:
                self._commit()
        except BaseException:
            self._depth = 0
            self._changed = False
            self._tables = before
            raise

    def close(self) -> None:
        """Let another process have the file."""
        if self._lock is not None:
            self._lock.release()

    def _commit(self) -> None:
        self._changed = False
        if self._read_only:
            return
        try:
            _replace(self._path, json.dumps(self._tables, ensure_ascii=True, separators=(",", ":")).encode())
        except OSError as error:
            raise StoreUnwritable(
                f"{self._path}: cannot be written ({error.strerror}). Nothing is lost; free space or mend the "
                "permissions of the state directory, and it goes on by itself."
            ) from error


class Lock:
    """Keeps a second process out, and tells it who is in. The kernel lets go when the holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnwritable(
                f"{path.parent}: the state directory cannot be written ({error.strerror}). "
                "Make it writable for the user that runs Newsvane, or name another with --state DIR."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise StoreBusy(
                f"{path.parent}: Newsvane already runs on this state, as process {holder}. "
                "Stop it first, or give this one another state directory with --state DIR."
            ) from None
        with suppress(OSError):  # the lock holds without it; the number is for who comes second
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let go. Doing it twice does no harm."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _load(path: Path) -> Tables:
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreBroken(f"{path}: cannot be read ({error.strerror}). Mend its permissions.") from error
    advice = "Nothing was changed. Put a backup in its place, or move it away to start with an empty memory."
    try:
        tables = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise StoreBroken(f"{path}: this is no state of Newsvane, or it was damaged ({error}). {advice}") from error
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise StoreBroken(f"{path}: this is JSON, but no state of Newsvane. {advice}")
    return tables


def _replace(path: Path, body: bytes) -> None:
    """Put a whole file in the place of another: at every instant the path holds the old bytes or the new."""
    beside = path.with_name(path.name + ".tmp")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
