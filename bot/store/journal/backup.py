"""A backup of a journal is one snapshot file; restoring puts it in the place of the state, which is kept aside."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bot.errors import StoreBroken, StoreUnwritable
from bot.store.journal.files import beside, find, log_numbers
from bot.store.journal.lines import Damaged
from bot.store.journal.lock import Lock
from bot.store.journal.log import Log, sync_folder
from bot.store.journal.snapshot import Newer, Snapshot, Tables, read_snapshot, write_snapshot


def back_up(tables: Tables, file: Path) -> int:
    """Write tables to a backup file, in place of an older backup. Returns its bytes.

    Raises StoreBroken if something else stands there, and StoreUnwritable.
    """
    if file.exists():
        read_backup(file)  # what is no backup is not overwritten
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = beside(file, "new")
        size = write_snapshot(new, tables, generation=0, sequence=1)
        new.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise StoreUnwritable(
            f"{file}: the backup cannot be written ({error.strerror}). Name another place."
        ) from error
    return size


def read_backup(file: Path, upgrade: Callable[[Tables, Path], bool] = lambda *_: False) -> Snapshot:
    """Read a backup whole. Raises StoreBroken for what is none, is damaged, or is of a newer version."""
    try:
        snapshot = read_snapshot(file.read_bytes())
    except OSError as error:
        raise StoreBroken(f"{file}: cannot be read ({error.strerror}). Nothing was changed.") from error
    except Damaged as error:
        raise StoreBroken(
            f"{file}: this is no backup of Newsvane, or it is damaged ({error}). Nothing was changed."
        ) from error
    except Newer as error:
        raise StoreBroken(
            f"{file}: this backup is of a newer Newsvane (journal format {error}). Nothing was changed. "
            "Upgrade Newsvane first."
        ) from error
    upgrade(snapshot.tables, file)
    return snapshot


def restore(snapshot: Snapshot, path: Path) -> list[Path]:
    """Put a backup in the place of the state at `path`. Returns where the files of before are kept.

    At every instant the state is the old one or the new one. Raises StoreBusy and StoreUnwritable.
    """
    lock = Lock(beside(path, "lock"))
    try:
        return _exchange(snapshot, path)
    except OSError as error:
        raise StoreUnwritable(f"{path}: cannot be written ({error.strerror}). The state is as it was.") from error
    finally:
        lock.release()


def _exchange(snapshot: Snapshot, path: Path) -> list[Path]:
    old_logs = log_numbers(path)
    number = max([*old_logs, _generation(path)]) + 1
    when = time.strftime("%Y%m%d-%H%M%S")
    new = beside(path, "new")
    write_snapshot(new, snapshot.tables, generation=number, sequence=snapshot.sequence)
    Log(beside(path, f"log.{number}"), number, sequence=snapshot.sequence).close()
    kept: list[Path] = []
    for old in (path, beside(path, "previous"), *(beside(path, f"log.{log}") for log in old_logs)):
        aside = old.with_name(f"{old.name}.replaced-{when}")
        if old == path:
            with suppress(FileNotFoundError):
                aside.hardlink_to(old)
                kept.append(aside)
            new.rename(path)
            sync_folder(path.parent)
        elif old.exists():
            kept.append(old.rename(aside))
    sync_folder(path.parent)
    return kept


def _generation(path: Path) -> int:
    """Give the number of a state's newest file, as far as it can be read."""
    with suppress(StoreBroken):
        return find(path).newest
    return 0
