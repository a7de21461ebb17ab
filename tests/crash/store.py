"""Kills and hinders a process at every system call that touches the state: ./run drill store [--seeds N].

Needs strace (Debian: strace). A child opens a journal, commits eight times, changes generations in between, and closes.
It is traced once to find its calls on the state's files, then run again for each of them.

Killed there: what is found afterwards must be what was acknowledged last, or the commit that was under way.
Refused there, once, by a full disk, a failing disk or a lack of files: what the child was doing fails with a StoreError
or succeeds, memory and disk are what was acknowledged, and a later commit of the same process succeeds.
Two processes: the second is told which is the first, and may as soon as that is dead.
Prints points and breaches; exit 1 if there is any.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
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
STUBBORN = """
import json, sys
from pathlib import Path
from bot.errors import StoreError
from bot.store.journal import JournalStorage
def opened():
    for _ in range(3):
        try:
            return JournalStorage(Path(sys.argv[1]), snapshot_after=200)
        except StoreError as error:
            print("refused", error, file=sys.stderr)
storage, done = opened(), []
for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 9):
    if number in done:
        continue
    try:
        storage.change("t", {number: {"n": number, "text": "x" * 30}, 1: {"n": -number}})
        done.append(number)
    except StoreError as error:
        print("refused", error, file=sys.stderr)
    if number % 3 == 0:
        storage.wait()
memory = {name: dict(rows) for name, rows in storage.tables.items()}
storage.close()
print(json.dumps({"done": done, "memory": memory}))
"""
WRITER = """
import sys
from pathlib import Path
from bot.errors import StoreBusy
from bot.store.journal import JournalStorage
try:
    storage = JournalStorage(Path(sys.argv[1]))
except StoreBusy as error:
    print("busy", error, flush=True)
    raise SystemExit(75)
print("open", flush=True)
for line in sys.stdin:
    storage.change("t", {int(line): {"n": int(line)}})
    print(line, end="", flush=True)
"""
ERRORS = {
    "openat": ("EMFILE", "ENOSPC"),
    "write": ("ENOSPC", "EIO"),
    "pwrite64": ("ENOSPC",),
    "fdatasync": ("EIO",),
    "fsync": ("EIO",),
    "rename": ("EIO",),
    "unlink": ("EIO",),
    "ftruncate": ("EIO",),
    "flock": ("ENOLCK",),
    "mkdir": ("ENOSPC",),
    "close": ("EIO",),
}
"""What each call may be answered with."""
ENDINGS = ("", ".lock", ".new", ".previous", *(f".log.{number}" for number in range(1, 12)))
_LINE = re.compile(r"^(?P<pid>\d+) +(?P<call>\w+)\((?P<rest>.*)")


def traced(path: Path, *words: str, child: str = CHILD) -> subprocess.CompletedProcess[str]:
    """Run a child on a state under strace."""
    command = ["strace", "-f", "-y", "-qq", *words, sys.executable, "-B", "-c", child, str(path)]
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


def places(folder: Path) -> list[tuple[str, int]]:
    """Find the calls of the stubborn child on the state's files alone: the name, and its number among those."""
    log = folder / "trace"
    path = folder / "state" / "db"
    traced(path, *_only(path), "-e", f"trace={','.join(ERRORS)}", "-o", str(log), child=STUBBORN)
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, int], None] = {}
    for line in log.read_text().splitlines():
        if (seen := _LINE.match(line)) and "resumed" not in line[:30]:
            counts[seen["pid"], seen["call"]] += 1
            found[seen["call"], counts[seen["pid"], seen["call"]]] = None
    return list(found)


def _only(path: Path) -> list[str]:
    """Give the words by which strace looks at the state's files and folder only."""
    files = [path.parent, *(path.with_name(path.name + ending) for ending in ENDINGS)]
    return [word for file in files for word in ("-P", str(file))]


def hindered(folder: Path, call: str, number: int, error: str) -> str:
    """Refuse one call of the stubborn child with an error. Tells what is wrong afterwards; empty if nothing is."""
    path = folder / "state" / "db"
    inject = f"inject={call}:error={error}:when={number}"
    ran = traced(path, *_only(path), "-e", f"trace={call}", "-e", inject, "-o", "/dev/null", child=STUBBORN)
    if ran.returncode:
        return f"it ended with {ran.returncode}: {ran.stderr[-300:]}"
    said = json.loads(ran.stdout)
    done = said["done"]
    rows = {each: {"n": each, "text": "x" * 30} for each in done if each > 1} | {1: {"n": -done[-1]}}
    memory = {name: {int(row): doc for row, doc in found.items()} for name, found in said["memory"].items()}
    if done[-1] != 9 or len(done) < 7:  # one call may be refused in the main thread and in that of the snapshot
        return f"of nine commits these were done: {done}"
    if memory != {"t": rows}:
        return f"in memory is {memory}, acknowledged were {done}"
    storage = JournalStorage(path)
    found, findings = {name: dict(each) for name, each in storage.tables.items()}, storage.findings
    storage.close()
    if findings:
        return f"damage is reported: {findings}"
    return "" if found == memory else f"on the disk is {found}, acknowledged were {done}"


def two_writers(folder: Path) -> str:
    """Let a second process come to a state that a first one holds. Tells what is wrong; empty if nothing is."""
    command = [sys.executable, "-B", "-c", WRITER, str(folder / "state" / "db")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as first:  # type: ignore[call-overload]  # our own words
        assert first.stdin
        assert first.stdout
        said = [first.stdout.readline()]
        for number in range(1, 6):
            second = subprocess.run(command, input="99\n", capture_output=True, text=True, check=False, timeout=60)
            if second.returncode != 75 or f"process {first.pid}" not in second.stdout:
                return f"the second was told: {second.stdout} {second.stderr[-300:]}"
            first.stdin.write(f"{number}\n")
            first.stdin.flush()
            said.append(first.stdout.readline())
        first.kill()
    after = subprocess.run(command, input="6\n", capture_output=True, text=True, check=False, timeout=60)
    if after.stdout.split() != ["open", "6"]:
        return f"after the first was dead the second was told: {after.stdout} {after.stderr[-300:]}"
    rows = JournalStorage(folder / "state" / "db", read_only=True).tables["t"]
    return "" if sorted(rows) == [1, 2, 3, 4, 5, 6] else f"of the commits of both these are there: {sorted(rows)}"


@dataclass(slots=True)
class Outcome:
    """What a drill came to."""

    points: int = 0
    deaths: int = 0
    refusals: int = 0
    breaches: list[str] = field(default_factory=list)


def drill(every: int = 1, *, start: int = 0) -> Outcome:
    """Kill and hinder at every n-th point from `start` on."""
    if not shutil.which("strace"):
        raise SystemExit("strace is not installed. On Debian: apt install strace")
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="newsvane-drill-") as name:
        folder = Path(name)

        def fresh() -> Path:
            outcome.points += 1
            made = folder / str(outcome.points)
            made.mkdir()
            return made

        for call, number in points(fresh())[start::every]:
            died, wrong = breach(fresh(), call, number)
            outcome.deaths += died
            outcome.breaches += [f"killed at {call} {number}: {wrong}"] * bool(wrong)
        for call, number in places(fresh())[start::every]:
            for error in ERRORS[call]:
                outcome.refusals += 1
                wrong = hindered(fresh(), call, number, error)
                outcome.breaches += [f"{error} at {call} {number}: {wrong}"] * bool(wrong)
        wrong = two_writers(fresh())
        outcome.breaches += [f"two writers: {wrong}"] * bool(wrong)
        outcome.points -= 3 + outcome.refusals
    return outcome


def main() -> int:
    """Kill and hinder at every point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how often; nothing in it is left to chance")
    given = parser.parse_args()
    good = True
    for _ in range(given.seeds):
        outcome = drill()
        good &= not outcome.breaches and outcome.deaths >= outcome.points / 2
        print(
            f"killed at {outcome.points} calls: {outcome.deaths} deaths; refused {outcome.refusals} calls; "
            f"two writers; {len(outcome.breaches)} breaches"
        )
        for each in outcome.breaches:
            print(f"  {each}")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
