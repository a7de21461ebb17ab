"""The files of a journal, and how a state is read from them.

    PATH             the snapshot of generation g
    PATH.previous    the snapshot of the generation before
    PATH.log.N       the commits since snapshot N was begun; kept while PATH.previous needs them
    PATH.lock        who has it open
    PATH.new         a snapshot that is being written

The state is PATH and every log from g on. Should PATH be damaged, PATH.previous and the logs from its generation on say
the same. Nothing here changes a file.
"""

import errno
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import StoreBroken, StoreError
from bot.store.journal.lines import Damaged
from bot.store.journal.log import Replayed, replay
from bot.store.journal.snapshot import Newer, Snapshot, Tables, read_snapshot

_ADVICE = (
    "Nothing was changed. Put a backup in its place (newsvane restore FILE), or move the files of this state away to "
    "start anew."
)


_OF_THE_MACHINE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EINTR, errno.EAGAIN})
_READS = 20  # beside a writer that changes generations
Legacy = Callable[[Any], Tables | None]
"""Makes tables of a whole JSON file that is older than the journal, None if it is no such file."""


@dataclass(slots=True, kw_only=True)
class Found:
    """A state as its files say it.

    `generation` is that of the snapshot, `newest` the highest number of any file; `log_size` says up to where the log
    `newest` is good. `findings` tell what is damaged and what of it is lost, `damaged` which files. `whole` says that
    the next commit can simply be appended.
    """

    tables: Tables = field(default_factory=dict)
    generation: int = 0
    sequence: int = 0
    newest: int = 0
    log_size: int = 0
    snapshot_size: int = 0
    whole: bool = False
    findings: list[str] = field(default_factory=list)
    damaged: list[Path] = field(default_factory=list)


def beside(path: Path, ending: str) -> Path:
    """Name a file of the journal at `path`."""
    return path.with_name(f"{path.name}.{ending}")


def log_numbers(path: Path) -> list[int]:
    """Give the numbers of the logs that are there, in order. Raises StoreError if the directory cannot be read."""
    try:
        names = [found.name for found in path.parent.iterdir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(path.parent, error) from error
    start = f"{path.name}.log."
    endings = (name.removeprefix(start) for name in names if name.startswith(start))
    return sorted(int(ending) for ending in endings if ending.isdecimal())


def find(path: Path, legacy: Legacy = lambda _: None) -> Found:
    """Read the state at `path`; an empty one if there is none. Raises StoreBroken.

    `legacy` makes tables of a whole JSON file that is older than the journal, None if it is no such file.
    """
    found = Found()
    logs = log_numbers(path)
    found.newest = logs[-1] if logs else 0
    previous = beside(path, "previous")
    for base in (path, previous):
        body = _body(base)
        if body is None:
            continue
        try:
            snapshot = _snapshot_of(body, legacy)
        except Newer as error:
            raise StoreBroken(
                f"{base}: this state is of a newer Newsvane (journal format {error}). Nothing was changed. "
                "Upgrade Newsvane, or put a backup of this version in its place."
            ) from error
        except Damaged as error:
            found.findings.append(f"{base.name} is damaged: {error}")
            found.damaged.append(base)
            continue
        found.snapshot_size = len(body)
        _follow(path, snapshot, logs, found)
        return found
    if len(logs) == 1 and not found.damaged and _never_begun(path, logs[0]):
        return found
    if logs and _begins_empty(path, logs[0]):
        _follow(path, Snapshot(tables={}, generation=logs[0], sequence=0), logs, found)
    elif logs or found.damaged:
        said = "; ".join(found.findings) or "its snapshots are gone"
        raise StoreBroken(f"{path}: this is no state of Newsvane, or it was damaged ({said}). {_ADVICE}")
    return found


def find_beside_a_writer(path: Path, legacy: Legacy) -> Found:
    """Read a state that another process may be writing: again, if its files changed places meanwhile."""
    for _ in range(_READS):
        before = _places(path)
        try:
            found = find(path, legacy)
        except StoreBroken:
            if _places(path) == before:
                raise
            continue
        if _places(path) == before:
            return found
    return find(path, legacy)


def _places(path: Path) -> tuple[object, ...]:
    with suppress(OSError):
        return (path.stat().st_ino, *log_numbers(path))
    return tuple(log_numbers(path))


def _snapshot_of(body: bytes, legacy: Legacy) -> Snapshot:
    if body.startswith(b"{"):  # a snapshot begins with a checksum
        try:
            tables = legacy(json.loads(body))
        except (ValueError, RecursionError) as error:
            raise Damaged(f"it is no JSON ({error})") from error
        if tables is None:
            raise Damaged("it is JSON of another kind")
        return Snapshot(tables=tables, generation=0, sequence=1)
    return read_snapshot(body)


def _follow(path: Path, snapshot: Snapshot, logs: list[int], found: Found) -> None:
    """Apply the logs to a snapshot, as far as they are good."""
    found.tables, found.generation, found.sequence = snapshot.tables, snapshot.generation, snapshot.sequence
    found.newest = max(found.newest, snapshot.generation)
    wanted = [number for number in logs if number >= snapshot.generation]
    for index, number in enumerate(wanted):
        name = beside(path, f"log.{number}")
        done = _replayed(name, found)
        found.sequence, found.log_size = done.sequence, done.size
        if done.fault:
            later = len(wanted) - index - 1
            found.findings.append(
                f"{name.name} is damaged behind commit {done.sequence}: {done.fault}; lost are {done.lost} lines"
                + (f" and {later} later logs" if later else "")
            )
            found.damaged.append(name)
            return
    if snapshot.generation and not wanted:
        found.findings.append(f"{path.name}.log.{snapshot.generation} is gone, and the commits since that snapshot")
    found.whole = bool(wanted) and not found.findings


def _replayed(name: Path, found: Found) -> Replayed:
    body = _body(name)
    return replay(body or b"", found.tables, found.sequence)


def _never_begun(path: Path, number: int) -> bool:
    """Tell whether the very first start was cut off before its log had its first line."""
    return number == 1 and b"\n" not in (_body(beside(path, "log.1")) or b"")


def _begins_empty(path: Path, number: int) -> bool:
    """Tell whether a log is the very first one, which needs no snapshot."""
    done = replay(_body(beside(path, f"log.{number}")) or b"", {}, 0)
    return done.size > 0


def _body(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> StoreError:
    """Say why a file cannot be read; what lies with the machine may be better in a moment."""
    said = f"{path}: cannot be read ({error.strerror}). Nothing was changed."
    if error.errno in _OF_THE_MACHINE:
        return StoreError(f"{said} It may be better in a moment: try again.")
    return StoreBroken(f"{said} Mend its permissions, or the disk.")
