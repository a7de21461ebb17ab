"""The log: each commit appended as one line, on the disk before it counts.

    header    {"journal": 1, "log": 7, "sequence": 1234}
    commits   {"n": 1235, "put": {"known": {"81726354": {…}, "11223344": null}}, "drop": ["old"]}

`null` removes a document; a table is dropped before anything is put into it. Numbers go up by one, so that a line of
another time cannot pass for a commit.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.store.journal.lines import Damaged, dumped, line, read, split
from bot.store.journal.ownership import open_as_owner
from bot.store.journal.snapshot import FORMAT, Made, Tables, alike, check_header

Changes = Mapping[str, Mapping[int, str | None]]
"""For each table what becomes of documents: JSON text, or None for one that is removed."""


class Log:
    """A log that is open for appending. `size` counts the bytes that are known to be good.

    It is `trusted` until an append failed in a way that leaves open what the disk has.
    """

    def __init__(self, path: Path, number: int, *, sequence: int, size: int = 0) -> None:
        self.number = number
        self.path = path
        self.size = size
        self.trusted = True
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = open_as_owner(path, flags if size else flags | os.O_TRUNC)
        try:
            if size:
                os.ftruncate(self._file, size)  # what a crash left half written
            else:
                self.append(line(dumped({"journal": FORMAT, "log": number, "sequence": sequence})))
                sync_folder(path.parent)
        except BaseException:
            self.close()
            if not size:  # with its first line it would stand where the next commit of the log before does not lead
                with suppress(OSError):
                    path.unlink()
            raise

    def append(self, body: bytes) -> None:
        """Write a line and sync it. Raises OSError; what it left is cut off again.

        After a sync that failed the system may take bytes for written that are not: then only another file will do.
        """
        trusted, self.trusted = self.trusted, False
        try:
            rest = memoryview(body)
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            with suppress(OSError):
                self._cut()
                self.trusted = trusted
            raise
        try:
            os.fdatasync(self._file)
        except OSError:
            with suppress(OSError):
                self._cut()
            raise
        self.size += len(body)
        self.trusted = trusted

    def _cut(self) -> None:
        os.ftruncate(self._file, self.size)
        os.fdatasync(self._file)

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            with suppress(OSError):
                os.close(self._file)
            self._file = -1


def commit_line(sequence: int, changes: Changes, dropped: tuple[str, ...] = ()) -> bytes:
    """Make the line of a commit."""
    put = ",".join(f"{dumped(table)}:{{{_rows(rows)}}}" for table, rows in changes.items())
    drop = f',"drop":{dumped(dropped)}' if dropped else ""
    return line(f'{{"n":{sequence},"put":{{{put}}}{drop}}}')


def _rows(rows: Mapping[int, str | None]) -> str:
    return ",".join([f'"{doc_id}":{text or "null"}' for doc_id, text in rows.items()])


@dataclass(slots=True)
class Replayed:
    """How far a log was followed. `size` is up to where it is good; `fault` is empty if it simply ends there.

    `lost` counts whole lines behind the fault, which cannot be followed.
    """

    sequence: int
    size: int = 0
    fault: str = ""
    torn: bool = False
    lost: int = field(default=0)


def replay(body: bytes, tables: Tables, sequence: int) -> Replayed:
    """Follow a log from the commit `sequence` on, changing `tables`. Stops at the first line that is not good."""
    done = Replayed(sequence)
    lines = list(split(body))
    for index, (end, part) in enumerate(lines):
        try:
            said = read(part)
            if not index:
                _check_first(part, sequence)
            else:
                _apply(said, tables, done.sequence + 1)
                done.sequence += 1
        except (Damaged, KeyError, TypeError, ValueError, AttributeError) as error:
            done.fault = str(error)
            done.lost = len(lines) - index
            return done
        done.size = end
    done.torn = done.size < len(body)
    return done


def _check_first(part: bytes, sequence: int) -> None:
    header = check_header(part)
    if header["sequence"] != sequence:
        raise Damaged(f"it goes on from commit {header['sequence']}, not from {sequence}")


def _apply(said: Any, tables: Tables, number: int) -> None:  # noqa: ANN401  # JSON
    if said["n"] != number:
        raise Damaged(f"commit {said['n']} stands where commit {number} should")
    for table in said.get("drop", ()):
        tables.pop(table, None)
    for table, rows in said["put"].items():
        documents, made = tables.setdefault(table, {}), Made()
        for doc_id, document in rows.items():
            if document is None:
                documents.pop(int(doc_id), None)
            else:
                documents[int(doc_id)] = alike(document, made)


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed and removed in a directory durable. Raises OSError."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
