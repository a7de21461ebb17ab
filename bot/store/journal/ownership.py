"""Whose the files of a state are: its folder's owner's, also where root makes them.

A service has its state in a folder that only its own user can read. What root restores there must be that user's, or
the service cannot start.
"""

import os
from pathlib import Path


def open_as_owner(path: Path, flags: int) -> int:
    """Open a file that only its owner may read and write; root gives what it makes to the owner of the folder.

    Returns the file descriptor. Raises OSError.
    """
    file = os.open(path, flags | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.fchown(file, folder.st_uid, folder.st_gid)
    return file
