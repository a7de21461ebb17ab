"""A process under the memory limit of the service: in a control group of its own where root allows, else by ulimit.

with Cage() as cage:
    Running(folder, command=cage.around(NEWSVANE))
    cage.peak()          MB at most, with children; None where only a ulimit could be had
"""

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Self

LIMIT = 512 * 2**20
"""Bytes that systemd/newsvane.service allows (MemoryMax)."""
_ROOT = Path("/sys/fs/cgroup")
_VERSIONS = (  # of control groups: where they are made, the file of the limit, and of the peak
    (_ROOT / "memory", "memory.limit_in_bytes", "memory.max_usage_in_bytes"),
    (_ROOT, "memory.max", "memory.peak"),
)


class Cage:
    """A limit on memory, from `with` on until all processes in it have ended."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._group: Path | None = None
        self._peak = ""

    def __enter__(self) -> Self:
        for root, limit, peak in _VERSIONS:
            group = root / f"newsvane-{os.getpid()}"
            with contextlib.suppress(OSError):
                group.mkdir()
                try:
                    (group / limit).write_text(str(self._limit))
                    (group / "cgroup.procs").read_text()
                except OSError:
                    group.rmdir()
                    raise
                self._group, self._peak = group, peak
                break
        return self

    def __exit__(self, *_: object) -> None:
        if self._group is not None:
            for process in (self._group / "cgroup.procs").read_text().split():  # what the bot has left behind
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process), signal.SIGKILL)
            with contextlib.suppress(OSError):  # the last may not be gone yet; an empty group does no harm
                self._group.rmdir()

    @property
    def kind(self) -> str:
        """What limits."""
        return "ulimit" if self._group is None else "control group"

    def around(self, command: Sequence[str | Path]) -> tuple[str | Path, ...]:
        """Return the command that starts another one under the limit."""
        if self._group is None:
            return ("sh", "-c", f'ulimit -v {self._limit // 1024}; exec "$@"', "sh", *command)
        return ("sh", "-c", f'echo $$ > {self._group}/cgroup.procs && exec "$@"', "sh", *command)

    def peak(self) -> float | None:
        """Return the most that all processes in it took at once, in MB, with what the system cached for them."""
        return None if self._group is None else int((self._group / self._peak).read_text()) / 2**20
