"""Backup and restore of a state, and a look through it. A backup is one SQLite file, which holds all of a state.

All of it works beside a running bot, but for `restore`.
"""

from contextlib import closing, suppress
from pathlib import Path

from bot.errors import StoreBroken, StoreBusy, StoreUnwritable
from bot.store import statefile
from bot.store.lock import Lock
from bot.store.shapes import nonsense_in
from bot.store.storage import SQLiteStorage


def back_up(path: Path, file: Path) -> int:
    """Write the state at `path` to a backup file, in place of an older backup. Returns its bytes.

    Raises StoreBroken if there is no state, if it is damaged (then the older backup stays), or if something else stands
    at `file`; and StoreUnwritable.
    """
    if not path.exists():
        raise StoreBroken(f"{path}: nothing is remembered yet, so there is nothing to back up.")
    if file.is_symlink():
        raise StoreBroken(f"{file}: this is a symbolic link. Nothing was changed. Name a file itself for the backup.")
    if file.exists():
        check(file)  # only a backup is overwritten
        if statefile.wal_of(file).exists() or file.samefile(path):
            raise StoreBroken(f"{file}: this is a state in use. Nothing was changed. Name another file for the backup.")
    try:
        with statefile.told(file):
            statefile.put(_copy(path, file), file)
            return file.stat().st_size
    except StoreUnwritable as error:
        raise StoreUnwritable(
            f"{file}: the backup cannot be written ({error.__cause__}). Name another place."
        ) from error


def check(file: Path) -> None:
    """Raise StoreBroken for a file that is obviously no backup, or of a newer version. `restore` looks closer."""
    statefile.reader(file, "backup")[0].close()


def restore(file: Path, path: Path) -> list[Path]:
    """Put a backup in the place of the state at `path`. Returns where the files of before are kept.

    At every instant the state is the old one or the new one. Raises StoreBroken, StoreBusy and StoreUnwritable; then
    the state is as it was.
    """
    file = file.resolve()
    check(file)
    if path.exists() and file.samefile(path):
        raise StoreBroken(f"{file}: this is the state itself. Nothing was changed. Name a backup.")
    lock = Lock(statefile.lock_of(path))
    try:
        new = _copy(file, path, "backup")
        with statefile.told(path):
            _close(path)
            kept = statefile.keep_aside(path)
            statefile.put(new, path)
        return kept
    finally:
        lock.release()


def findings(path: Path) -> list[str]:
    """Look through all of a state, beside a running bot too. Returns what is damaged, or else what makes no sense.

    Raises StoreBroken if it is not a state at all.
    """
    storage = SQLiteStorage(path, read_only=True)
    try:
        return storage.look_through() or nonsense_in(storage)
    finally:
        storage.close()


def _copy(source: Path, target: Path, what: str = "state") -> Path:
    """Make a whole and sound copy that is to take the place of `target`. Raises StoreBroken and StoreUnwritable."""
    storage = SQLiteStorage(source, read_only=True)
    try:
        new = statefile.make(target, storage.copy_to)
    finally:
        storage.close()
    if damaged := findings(new):
        statefile.remove(new)
        raise statefile.broken(source, *damaged, what=what)
    return new


def _close(path: Path) -> None:
    """Bring all commits of the old state into its one file. What is damaged is left as it is."""
    if statefile.wal_of(path).exists():
        with suppress(StoreBroken), statefile.told(path):
            check(path)
            with closing(statefile.connect(path, "mode=rw")) as db:
                ((busy, _, _),) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if busy:
                raise StoreBusy(f"{path}: another program reads the state. Close it there. Nothing was changed.")
