"""A TinyDB storage whose commits are appended to a log and synced: each costs what it changes, not what there is.

    operations -> memory, noted so that they can be undone -> one line in the log, synced -> committed

When the log has outgrown the snapshot, a new one is begun in a thread, from the tables as they are then; commits go on
into the next log meanwhile. What is in memory is what was written, read back: a restart finds exactly that.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tinydb import Storage

from bot.errors import StoreError, StoreUnwritable
from bot.store.journal.files import Found, Legacy, beside, find, find_beside_a_writer, log_numbers
from bot.store.journal.lines import dumped
from bot.store.journal.lock import Lock
from bot.store.journal.log import Log, commit_line, sync_folder
from bot.store.journal.snapshot import Document, Made, Tables, alike, write_snapshot

SNAPSHOT_AFTER = 1 << 20
"""Bytes of log before a new snapshot is thought of; it also has to be longer than the last snapshot."""


class JournalStorage(Storage):
    """All tables in memory, and their journal. With `read_only` it takes no lock and keeps changes to itself.

    `legacy` makes tables of a JSON file that is older than the journal; `upgrade` brings tables of an older version up
    to date, tells whether it changed any, and raises StoreBroken for what it does not know.
    `findings` tell what was damaged when it was opened. `version` goes up with each change. Not for two threads.
    Raises StoreBusy, StoreBroken and StoreUnwritable.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        legacy: Legacy = lambda _: None,
        upgrade: Callable[[Tables, Path], bool] = lambda *_: False,
        snapshot_after: int = SNAPSHOT_AFTER,
    ) -> None:
        self.path = Path(path)
        self.version = 0
        self._read_only = read_only
        self._snapshot_after = snapshot_after
        self._undo: list[Callable[[], object]] = []
        self._changes: dict[str, dict[int, str | None]] = {}
        self._dropped: list[str] = []
        self._depth = 0
        self._log: Log | None = None
        self._generation = 0  # of the snapshot on the disk
        self._writing: threading.Thread | None = None
        self._failed_at = 0  # bytes of the log when a snapshot could not be written
        self._lock = None if read_only else Lock(beside(self.path, "lock"))
        try:
            found = find_beside_a_writer(self.path, legacy) if read_only else find(self.path, legacy)
            self.tables: Tables = found.tables
            if found.tables and upgrade(found.tables, self.path):
                found.whole = False  # so that it is written whole, as a new generation
            self.findings = tuple(found.findings)
            self._sequence, self._newest, self._generation = found.sequence, found.newest, found.generation
            self._snapshot_size = found.snapshot_size
            if not read_only:
                with self._disk():
                    self._begin(found)
        except BaseException:
            self.close()
            raise

    # --- TinyDB's side --------------------------------------------------------------------------------------

    def read(self) -> dict[str, Any] | None:
        """Give all tables as TinyDB's own storages do: document ids are strings. For `tables()` and `drop_table()`."""
        if not self.tables:
            return None
        return {name: _Whole(documents) for name, documents in self.tables.items()}

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Take all tables as `read` gives them. What is still as it was read costs nothing."""
        with self.one_write():
            for name in [name for name in self.tables if name not in data]:
                self.drop(name)
            for name, documents in data.items():
                if isinstance(documents, _Whole):
                    continue
                self.drop(name)
                self.change(name, {int(doc_id): dict(document) for doc_id, document in documents.items()})

    def close(self) -> None:
        """Finish a snapshot that is being written, and let another process have the state."""
        if self._writing is not None:
            self._writing.join()
        if self._log is not None:
            self._log.close()
        if self._lock is not None:
            self._lock.release()

    # --- changing -------------------------------------------------------------------------------------------

    @contextmanager
    def one_write(self) -> Iterator[None]:
        """Make all changes inside one durable commit; inside another one, part of that.

        If it fails, or anything inside does, the state is what it was before. Raises StoreUnwritable.
        """
        self._depth += 1
        try:
            yield
            if self._depth == 1:
                self._commit()
        except BaseException:
            if self._depth == 1:
                self._take_back()
            raise
        finally:
            self._depth -= 1

    def change(self, table: str, documents: Mapping[int, Mapping[str, Any] | None]) -> None:
        """Put documents into a table in place of those with their ids, or remove those that are None.

        Raises TypeError and ValueError for what JSON does not know; then nothing is changed.
        """
        texts = {doc_id: None if doc is None else dumped(doc) for doc_id, doc in documents.items()}
        with self.one_write():
            if table not in self.tables:
                self.tables[table] = {}
                self._undo.append(lambda: self.tables.pop(table))
            self.version += 1
            rows, noted = self.tables[table], self._changes.setdefault(table, {})
            made: Made = {}
            for doc_id, text in texts.items():
                self._note(rows, doc_id)
                noted[doc_id] = text
                if text is None:
                    rows.pop(doc_id, None)
                else:
                    rows[doc_id] = alike(json.loads(text), made)

    def drop(self, table: str) -> None:
        """Remove a table with all that is in it."""
        with self.one_write():
            documents = self.tables.pop(table, None)
            if documents is not None:
                self.version += 1
                self._undo.append(lambda: self.tables.__setitem__(table, documents))
                self._changes.pop(table, None)
                self._dropped.append(table)

    def _note(self, rows: dict[int, Document], doc_id: int) -> None:
        """Note how to bring a document back as it is now."""
        before = rows.get(doc_id)
        if before is None:
            self._undo.append(lambda: rows.pop(doc_id, None))
        else:
            self._undo.append(lambda: rows.__setitem__(doc_id, before))

    def _take_back(self) -> None:
        for step in reversed(self._undo):
            step()
        self.version += 1
        self._forget_changes()

    def _forget_changes(self) -> None:
        self._undo, self._changes, self._dropped = [], {}, []

    # --- committing -----------------------------------------------------------------------------------------

    def _commit(self) -> None:
        """Make what has changed durable."""
        if self._log is not None and (self._changes or self._dropped):
            with self._disk():
                if not self._log.trusted:
                    self._start_generation(skip=2)
                else:
                    self._log.append(commit_line(self._sequence + 1, self._changes, tuple(self._dropped)))
                    self._sequence += 1
            self._forget_changes()
            self._consider_snapshot()
        else:
            self._forget_changes()

    def _consider_snapshot(self) -> None:
        """Begin a new snapshot if the log has outgrown the last one."""
        assert self._log is not None
        if self._writing is not None and self._writing.is_alive():
            return
        if self._log.size - self._failed_at < max(self._snapshot_after, self._snapshot_size):
            return
        try:
            log = Log(beside(self.path, f"log.{self._newest + 1}"), self._newest + 1, sequence=self._sequence)
        except OSError:
            self._failed_at = self._log.size  # the old one serves on
            return
        self._log.close()
        self._log, self._newest, self._failed_at = log, log.number, 0
        tables = {name: dict(documents) for name, documents in self.tables.items()}  # documents are never changed
        self._writing = threading.Thread(
            target=self._write_generation, args=(tables, log.number, self._sequence), name="snapshot"
        )
        self._writing.start()

    def _write_generation(self, tables: Tables, generation: int, sequence: int) -> None:
        """Write a snapshot in a thread of its own. If that fails the logs say all, and it is tried again later."""
        with suppress(OSError):
            self._snapshot_size = self._put_snapshot(tables, generation, sequence)

    def _put_snapshot(self, tables: Tables, generation: int, sequence: int, *, aside: bool = False) -> int:
        """Write a snapshot and put it in its place; the one of before becomes the previous, or is set aside."""
        new = beside(self.path, "new")
        size = write_snapshot(new, tables, generation=generation, sequence=sequence)
        if self.path.exists():
            self.path.rename(_aside(self.path) if aside else beside(self.path, "previous"))
        new.rename(self.path)
        before, self._generation = self._generation, generation
        sync_folder(self.path.parent)
        with suppress(OSError, StoreError):  # what is left over is removed next time
            for number in log_numbers(self.path):
                if number < before:  # the previous snapshot does not need it
                    beside(self.path, f"log.{number}").unlink()
        return size

    def wait(self) -> None:
        """Wait for the snapshot that is being written, if there is one."""
        if self._writing is not None:
            self._writing.join()

    # --- generations ----------------------------------------------------------------------------------------

    def _begin(self, found: Found) -> None:
        """Make a state that was read ready for commits."""
        if found.whole:
            name = beside(self.path, f"log.{found.newest}")
            self._log = Log(name, found.newest, sequence=found.sequence, size=found.log_size)
            return
        self._start_generation(skip=2 if found.findings else 0, aside=self.path in found.damaged)
        for damaged in found.damaged:
            if damaged != self.path and damaged.exists():
                damaged.rename(_aside(damaged))

    def _start_generation(self, *, skip: int, aside: bool = False) -> None:
        """Write the state as it is in memory as a new generation, and begin its log.

        `skip` leaves numbers of commits out, so that a log whose end is not trusted cannot be followed into this one.
        """
        self.wait()
        number, sequence = self._newest + 1, self._sequence + skip
        log = Log(beside(self.path, f"log.{number}"), number, sequence=sequence)
        try:
            self._snapshot_size = self._put_snapshot(self.tables, number, sequence, aside=aside)
        except BaseException:
            log.close()
            if self._generation != number:  # else the snapshot is in its place and needs its log
                with suppress(OSError):
                    log.path.unlink()
            raise
        if self._log is not None:
            self._log.close()
        self._log, self._newest, self._sequence = log, number, sequence

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Say what it means that the disk refuses."""
        try:
            yield
        except OSError as error:
            raise StoreUnwritable(
                f"{self.path}: cannot be written ({error.strerror}). Nothing is lost; free space or mend the "
                "permissions of the state directory, and it goes on by itself."
            ) from error


class _Whole(Mapping[str, Document]):
    """A table as TinyDB's storages give it: document ids are strings."""

    def __init__(self, documents: dict[int, Document]) -> None:
        self._documents = documents

    def __getitem__(self, doc_id: str) -> Document:
        return self._documents[int(doc_id)]

    def __iter__(self) -> Iterator[str]:
        return map(str, self._documents)

    def __len__(self) -> int:
        return len(self._documents)


def _aside(path: Path) -> Path:
    """Name the place where a damaged file is kept."""
    return path.with_name(f"{path.name}.damaged-{time.time_ns() // 1_000_000}")
