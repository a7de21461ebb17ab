"""What processes take of the memory (proc(5), Pss: what is shared counts by its part)."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


def memory_of(pid: int, *, without: Collection[int] = ()) -> tuple[float, float]:
    """Return what a process takes, and what its children do but for those left out, in MB."""
    children = [
        int(child)
        for thread in Path(f"/proc/{pid}/task").iterdir()
        for child in (thread / "children").read_text().split()
    ]
    return _pss(pid), sum(_pss(child) for child in children if child not in without)


def _pss(pid: int) -> float:
    with suppress(OSError):  # it has ended
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0) / 1024
    return 0.0
