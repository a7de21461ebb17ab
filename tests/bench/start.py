"""Measures what a new user feels first: set-up, start, the demo's first alert, idle memory, weight of the install.

    ./run bench start [--runs N]

Prints one line a figure: what, median, worst, limit. Exit 1 if a median is over its limit.
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from running import Running
from standins.publisher import Publisher

from bot.demo.story import HISTORY
from bot.settings import load

ROOT = Path(__file__).resolve().parents[2]
MB = 1024 * 1024
IDLE = 8.0  # seconds after the first poll


def main() -> int:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured (set-up: once)")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="newsvane-bench-") as folder:
        checkout = Path(folder, "checkout")
        setup = fresh_setup(checkout)
        packages, weight = install_size(checkout)
        newsvane = checkout / ".venv/bin/newsvane"
        starts = [asyncio.run(first_poll(newsvane, Path(folder, f"start{n}"))) for n in range(runs)]
        alerts = [demo_alert(newsvane, checkout) for _ in range(runs)]
        memory = [asyncio.run(idle_memory(newsvane, Path(folder, f"idle{n}"))) for n in range(min(runs, 3))]
    rows: list[tuple[str, Sequence[float], float, str]] = [
        ("fresh set-up", [setup], 60, "s"),
        ("process start to first getUpdates", starts, 1.5, "s"),
        ("demo's first alert", alerts, 3, "s"),
        ("loading the shipped config, CPU", [config_load() for _ in range(runs)], 50, "ms"),
        ("idle memory, main process (PSS)", [main for main, _ in memory], 90, "MB"),
        ("idle memory with children (PSS)", [whole for _, whole in memory], 125, "MB"),
        ("packages in the default install", [packages], 60, ""),
        ("weight of the default install", [weight], 110, "MB"),
    ]
    print(f"{'figure':36} {'median':>9} {'worst':>9} {'limit':>9}")
    for name, values, limit, unit in rows:
        print(f"{name:36} {median(values):9.2f} {max(values):9.2f} {limit:9.1f} {unit}")
    return int(any(median(values) > limit for _, values, limit, _ in rows))


def fresh_setup(checkout: Path) -> float:
    """Copy what git tracks into an empty place and time `./run --version` there, in seconds."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in files.decode().split("\0"):
        if name and (ROOT / name).is_file():
            target = checkout / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    began = time.perf_counter()
    subprocess.run([checkout / "run", "--version"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def install_size(checkout: Path) -> tuple[int, float]:
    """Count the packages besides pip and setuptools, and weigh them in MB."""
    (site,) = (checkout / ".venv/lib").glob("python3*/site-packages")
    ours = [
        path
        for path in site.iterdir()
        if not path.name.startswith(("pip", "setuptools", "_distutils", "pkg_resources"))
    ]
    packages = sum(path.suffix == ".dist-info" for path in ours)
    weight = sum(
        file.stat().st_size
        for path in ours
        for file in (path.rglob("*") if path.is_dir() else [path])
        if file.is_file()
    )
    return packages, weight / MB


def config_load() -> float:
    """CPU time of reading and checking the shipped config, in milliseconds; everything is imported by then."""
    began = time.process_time()
    load(ROOT / "config", Path("unused"), environ={})
    return (time.process_time() - began) * 1_000


async def first_poll(newsvane: Path, folder: Path) -> float:
    """Time from the start of the process to its first getUpdates, in seconds."""
    async with Running(folder, command=[newsvane, "run"], poll="") as bot:
        began = time.time()
        await bot.start()
        await bot.api.wait_until(lambda: bot.api.first_poll_at is not None, timeout=30)
        assert bot.api.first_poll_at is not None
        return bot.api.first_poll_at - began


async def idle_memory(newsvane: Path, folder: Path) -> tuple[float, float]:
    """Return the PSS of the main process, and of it with its children, in MB, when the first poll is long done."""
    async with Running(folder, publisher=Publisher(HISTORY), command=[newsvane, "run"], poll="") as bot:
        pid = (await bot.start()).pid
        await bot.publisher.wait_for_request(1)
        await asyncio.sleep(IDLE)
        sizes = {member: pss(member) for member in family(pid)}
        return sizes[pid], sum(sizes.values())


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


def pss(pid: int) -> float:
    """Return a process's proportional set size in MB (proc(5), smaps_rollup)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} tells no Pss")


def demo_alert(newsvane: Path, checkout: Path) -> float:
    """Time from the start of `newsvane demo --once` to its end, which is just after the first alert, in seconds."""
    began = time.perf_counter()
    subprocess.run([newsvane, "demo", "--once"], cwd=checkout, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
