"""Keeps a second process out of a state, and tells it who is in.

The files of a state are its folder's owner's, also where root makes them: a service has its state in a folder that only
its own user can read, and what root restores there must be that user's, or the service cannot start.
"""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from bot.errors import StoreBusy, StoreUnwritable


class Lock:
    """Holds a file that carries the holder's process id. The kernel lets go when the holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open_as_owner(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise StoreUnwritable(
                f"{path.parent}: the state directory cannot be written ({path.name}: {error.strerror}). "
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

    def is_in_place(self) -> bool:
        """Return whether the file that is held still is the one that others would look at."""
        try:
            return os.path.samestat(os.fstat(self._file), self.path.lstat())
        except OSError:
            return False

    def renew(self) -> None:
        """Hold the file that stands in the place of the held one, if that was removed. Raises as at the beginning."""
        if not self.is_in_place():
            there = Lock(self.path)
            self.release()
            self._file, there._file = there._file, -1

    def release(self) -> None:
        """Let go. Doing it twice does no harm."""
        if self._file >= 0:
            with suppress(OSError):  # the kernel has let go, whatever it says
                os.close(self._file)
            self._file = -1


def open_as_owner(path: Path, flags: int) -> int:
    """Open a file that only its owner may read and write; root gives what it makes to the owner of the folder.

    A symbolic link is not followed: who made it would have another file written over. Returns the file descriptor.
    Raises OSError.
    """
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a symbolic link; remove it", str(path))
    file = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if os.geteuid() == 0:
            folder = path.parent.stat()
            os.fchown(file, folder.st_uid, folder.st_gid)
    except OSError:
        os.close(file)
        raise
    return file
