"""Kills a process at every system call that touches the state: ./run drill store. Needs strace (Debian: strace).

A child opens a journal, commits eight times, changes generations in between, and closes. It is traced once to find its
calls on the state's files, then run again for each of them and killed there. What is found afterwards must be what was
acknowledged last, or the commit that was under way, and take further commits. Prints the points and the breaches.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bot.store.journal import JournalStorage

CALLS = "openat,write,fdatasync,fsync,rename,renameat,renameat2,unlink,unlinkat,ftruncate,close,mkdir,flock,pwrite64"
COMMITS = 8
CHILD = """
import sys
from pathlib import Path
from bot.store.journal import JournalStorage
storage = JournalStorage(Path(sys.argv[1]), snapshot_after=200)
for number in range(1, 9):
    storage.change("t", {number: {"n": number, "text": "x" * 30}, 1: {"n": -number}})
    print(number, flush=True)
    if number % 3 == 0:
        storage.wait()
storage.close()
print("closed", flush=True)
"""
_LINE = re.compile(r"^(?P<pid>\d+) +(?P<call>\w+)\((?P<rest>.*)")


def traced(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the child on a state under strace."""
    command = ["strace", "-f", "-y", "-qq", *words, sys.executable, "-B", "-c", CHILD, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # our own words


def points(folder: Path) -> list[tuple[str, int]]:
    """Find the calls that touch the state: the name of each, and its number among the calls of that name."""
    path = folder / "state" / "db"
    log = folder / "trace"
    traced(path, "-e", f"trace={CALLS}", "-o", str(log))
    counts: dict[tuple[str, str], int] = {}
    found: dict[tuple[str, int], None] = {}
    for line in log.read_text().splitlines():
        if (seen := _LINE.match(line)) and "resumed" not in line[:30]:
            key = seen["pid"], seen["call"]
            counts[key] = counts.get(key, 0) + 1
            if str(path.parent) in seen["rest"]:
                found[seen["call"], counts[key]] = None
    return list(found)


def state_after(number: int) -> dict[str, dict[int, dict[str, object]]]:
    """Tell what the child's commits up to this one make."""
    rows: dict[int, dict[str, object]] = {each: {"n": each, "text": "x" * 30} for each in range(2, number + 1)}
    return {"t": {**rows, 1: {"n": -number}}} if number else {}


def breach(folder: Path, call: str, number: int) -> tuple[bool, str]:
    """Kill the child there. Tells whether it died, and what is wrong afterwards; empty if nothing is."""
    path = folder / "state" / "db"
    done = traced(path, "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}", "-o", "/dev/null")
    told = done.stdout.split()
    return "closed" not in told, _wrong(path, told)


def _wrong(path: Path, told: list[str]) -> str:
    known = COMMITS if "closed" in told else len(told)
    try:
        storage = JournalStorage(path)
        found, findings = {name: dict(rows) for name, rows in storage.tables.items()}, storage.findings
        storage.change("after", {1: {"a": 1}})
        storage.close()
        again = JournalStorage(path, read_only=True).tables
    except Exception as error:  # noqa: BLE001  # any is a breach
        return f"it does not open: {error!r}"
    if found not in (state_after(known), state_after(known + 1)) and (known or found):
        return f"{known} commits were acknowledged, and this was found: {found}"
    if findings:
        return f"damage is reported: {findings}"
    return "" if again == found | {"after": {1: {"a": 1}}} else "a further commit does not hold"


def drill(every: int = 1) -> tuple[int, int, list[str]]:
    """Kill at every n-th point. Gives how many points, how many deaths, and the breaches."""
    if not shutil.which("strace"):
        raise SystemExit("strace is not installed. On Debian: apt install strace")
    breaches: list[str] = []
    deaths = 0
    with tempfile.TemporaryDirectory(prefix="newsvane-drill-") as name:
        (Path(name) / "first").mkdir()
        chosen = points(Path(name) / "first")[::every]
        for index, (call, number) in enumerate(chosen):
            folder = Path(name) / str(index)
            folder.mkdir()
            died, wrong = breach(folder, call, number)
            deaths += died
            if wrong:
                breaches.append(f"{call} {number}: {wrong}")
            shutil.rmtree(folder)
    return len(chosen), deaths, breaches


def main() -> int:
    """Kill at every point."""
    count, deaths, breaches = drill()
    print(f"{count} points, {deaths} deaths, {len(breaches)} breaches")
    for each in breaches:
        print(f"  {each}")
    return int(bool(breaches) or deaths < count / 2)


if __name__ == "__main__":
    sys.exit(main())
