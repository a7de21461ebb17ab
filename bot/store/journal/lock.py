"""Keeps a second process out of a state, and tells it who is in."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from bot.errors import StoreBusy, StoreUnwritable
from bot.store.journal.ownership import open_as_owner


class Lock:
    """Holds a file that carries the holder's process id. The kernel lets go when the holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open_as_owner(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise StoreUnwritable(
                f"{path.parent}: the state directory cannot be written ({error.strerror}). "
                "Make it writable for the user that runs Newsvane, or name another with --state DIR."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise StoreBusy(
                f"{path.parent}: Newsvane already runs on this state, as process {holder}. "
                "Stop it first, or give this one another state directory with --state DIR."
            ) from None
        except OSError as error:
            os.close(self._file)
            raise StoreUnwritable(
                f"{path}: cannot be locked ({error.strerror}). Put the state on a local disk, or try again."
            ) from error
        with suppress(OSError):  # the lock holds without it; the number is for who comes second
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let go. Doing it twice does no harm."""
        if self._file >= 0:
            with suppress(OSError):  # the kernel has let go, whatever it says
                os.close(self._file)
            self._file = -1
