"""A snapshot: all tables at one commit, as lines with checksums.

    header    {"journal": 1, "generation": 7, "sequence": 1234}
    batches   ["known", {"81726354": {…}, …}]
    footer    {"tables": ["known", "feeds"], "documents": 51234}

It is written beside its place, synced and renamed, so that the place never holds half of one.
"""

import gc
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from sys import intern
from typing import Any

from bot.store.journal.lines import Damaged, dumped, line, read, split
from bot.store.journal.ownership import open_as_owner

FORMAT = 1
"""The version of the files' shape, of snapshots and logs."""
BATCH = 200
"""Documents a line: writing one holds the interpreter for about a millisecond, so a thread may do it."""

Document = dict[str, Any]
Tables = dict[str, dict[int, Document]]


Made = dict[tuple[str, int], Document]
"""Small documents by what they say."""


class Newer(Exception):
    """A file is of a later version of the format. It never leaves the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What a snapshot file says. `sequence` is the number of the last commit in it."""

    tables: Tables
    generation: int
    sequence: int


def write_snapshot(path: Path, tables: Mapping[str, Mapping[int, Document]], *, generation: int, sequence: int) -> int:
    """Write a snapshot to a new file and sync it. Returns its bytes. Raises OSError, with the file removed."""
    size = 0
    try:
        with os.fdopen(open_as_owner(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
            for made in _lines(tables, generation, sequence):
                size += file.write(made)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
    return size


def _lines(tables: Mapping[str, Mapping[int, Document]], generation: int, sequence: int) -> Iterator[bytes]:
    yield line(dumped({"journal": FORMAT, "generation": generation, "sequence": sequence}))
    for name, documents in tables.items():
        rows = iter(documents.items())
        while batch := dict(islice(rows, BATCH)):
            yield line(dumped([name, batch]))
    yield line(dumped({"tables": list(tables), "documents": sum(map(len, tables.values()))}))


def read_snapshot(body: bytes) -> Snapshot:
    """Read a snapshot whole. Raises Damaged for anything else, and Newer."""
    collected = gc.isenabled()
    gc.disable()  # nothing made here is garbage, and a million documents would be looked through again and again
    try:
        return _snapshot(body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged(f"a line says what no snapshot says ({error!r})") from error
    finally:
        if collected:
            gc.enable()


def _snapshot(body: bytes) -> Snapshot:
    parts = split(body)
    end, first = next(parts, (0, b""))
    header = check_header(first)
    tables: Tables = {}
    made: Made = {}
    count = 0
    for end, part in parts:
        said = read(part)
        if isinstance(said, dict):
            if said["documents"] != count or end != len(body):
                raise Damaged("its end does not fit")
            return Snapshot(
                tables={name: tables.get(name, {}) for name in said["tables"]},
                generation=header["generation"],
                sequence=header["sequence"],
            )
        name, documents = said
        tables.setdefault(name, {}).update(
            {int(doc_id): alike(document, made) for doc_id, document in documents.items()}
        )
        count += len(documents)
    raise Damaged("its end is missing")


def alike(document: Document, made: Made) -> Document:
    """Give the document that was made before and says the same, if this is one of a single number, else this one.

    A million names are known by such documents, hundreds of them by the same; one object in the place of hundreds
    takes a third of the memory. It is safe, for no document is ever changed in its place.
    """
    if len(document) == 1:
        ((name, value),) = document.items()
        if type(value) is int:  # 1, 1.0 and True are equal, and written differently
            return made.setdefault((name, value), document)
    return {intern(name): value for name, value in document.items()}  # the names of fields are the same everywhere


def check_header(body: bytes) -> Any:  # noqa: ANN401  # JSON
    """Read the first line of a snapshot or a log. Raises Damaged and Newer."""
    header = read(body)
    if not isinstance(header, dict) or "journal" not in header:
        raise Damaged("it does not begin as a state begins")
    if header["journal"] > FORMAT:
        raise Newer(header["journal"])
    return header
