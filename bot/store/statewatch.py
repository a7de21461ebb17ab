"""Whether an open state is kept: the disk takes what is written, and its files still stand where they were opened."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from bot.errors import StoreUnwritable

log = structlog.get_logger()


class Refusals:
    """What the disk said when it refused, until it has taken something again. Said once in the log, whoever asks."""

    def __init__(self) -> None:
        self.reason = ""

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note if what is written here is refused."""
        try:
            yield
        except StoreUnwritable as error:
            first, self.reason = not self.reason, str(error)
            if first:
                with suppress(OSError):  # the log may be on the same disk
                    log.critical("state.refused", reason=str(error))
            raise

    def over(self) -> None:
        """Note that something was written to the disk."""
        refused, self.reason = self.reason, ""
        if refused:
            log.warning("state.taken-again", reason="the disk takes what is written again")


class Standing:
    """Where files stand from now on: each under its name, and no other in its place."""

    def __init__(self, *files: Path) -> None:
        self._files = {path: _identity(path) for path in files}

    def misplaced(self) -> list[str]:
        """Return the names of the files that were removed or replaced."""
        there = self.in_place()
        return [path.name for path in self._files if path not in there]

    def in_place(self) -> list[Path]:
        """Return the files that stand where they stood."""
        return [path for path, file in self._files.items() if _identity(path) == file]


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
