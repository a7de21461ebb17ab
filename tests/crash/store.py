"""Kills and hinders a process at every system call that touches the state: ./run drill store [--seeds N].

Needs strace (Debian: strace). A child opens a state, commits eight times, with a backup in between, and closes.
It is traced once to find its calls on the state's files, then run again for each of them.

Killed there: what is found afterwards must be what was acknowledged last, or the commit that was under way.
Refused there, once, by a full disk, a failing disk or a lack of files: what the child was doing fails with a StoreError
or succeeds, what it reads and what the disk has are what was acknowledged, and a later commit of the same process
succeeds. Also if the child is killed as soon as it was refused, so that a commit which failed does not come back.
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
from typing import Any

from bot.store.database import SQLiteDB

CALLS = (
    "openat,write,pwrite64,fdatasync,fsync,rename,renameat,renameat2,unlink,unlinkat,ftruncate,close,mkdir,flock,fchmod,"
    "fchown,link,linkat"
)
COMMITS = 8
CHILD = """
import sys
from pathlib import Path
from bot.store.backup import back_up
from bot.store.database import SQLiteDB
path = Path(sys.argv[1])
db = SQLiteDB(path)
for number in range(1, 9):
    db.table("t").put({number: {"n": number, "text": "x" * 30}, 1: {"n": -number}})
    print(number, flush=True)
    if number % 3 == 0:
        db.storage.query("PRAGMA wal_checkpoint")
    if number == 5:
        back_up(path, path.with_name("kept"))
db.close()
print("closed", flush=True)
"""
STUBBORN = """
import json, os, signal, sys
from pathlib import Path
from bot.errors import StoreError
from bot.store.database import SQLiteDB
done = []
def refused(error):
    print("refused", error, file=sys.stderr)
    if "die" in sys.argv and done:
        print(json.dumps({"done": done}), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
def opened():
    for _ in range(3):
        try:
            return SQLiteDB(Path(sys.argv[1]))
        except StoreError as error:
            refused(error)
db = opened()
table = db.table("t")
for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 9):
    if number in done:
        continue
    try:
        table.put({number: {"n": number, "text": "x" * 30}, 1: {"n": -number}})
        done.append(number)
    except StoreError as error:
        refused(error)
    if number % 3 == 0:
        try:
            db.storage.query("PRAGMA wal_checkpoint")
        except StoreError as error:
            refused(error)
read = table.all_by_id()
db.close()
print(json.dumps({"done": done, "read": read}))
"""
WRITER = """
import sys
from pathlib import Path
from bot.errors import StoreBusy
from bot.store.database import SQLiteDB
try:
    db = SQLiteDB(Path(sys.argv[1]))
except StoreBusy as error:
    print("busy", error, flush=True)
    raise SystemExit(75)
print("open", flush=True)
for line in sys.stdin:
    db.table("t").put({int(line): {"n": int(line)}})
    print(line, end="", flush=True)
"""
ERRORS = {
    "openat": ("EMFILE", "ENOSPC"),
    "write": ("ENOSPC", "EIO"),
    "pwrite64": ("ENOSPC", "EIO"),
    "pread64": ("EIO",),
    "fdatasync": ("EIO",),
    "fsync": ("EIO",),
    "rename": ("EIO",),
    "unlink": ("EIO",),
    "ftruncate": ("EIO",),
    "fcntl": ("ENOLCK",),
    "flock": ("ENOLCK",),
    "mmap": ("ENOMEM",),
    "mkdir": ("ENOSPC",),
    "close": ("EIO",),
}
"""What each call may be answered with."""
ENDINGS = ("", "-wal", "-shm", ".lock", ".new", ".new-wal", ".new-shm", ".new-journal")
_LINE = re.compile(r"^(?P<pid>\d+) +(?P<call>\w+)\((?P<rest>.*)")


def traced(path: Path, *words: str, child: str = CHILD, how: str = "") -> subprocess.CompletedProcess[str]:
    """Run a child on a state under strace."""
    command = ["strace", "-f", "-y", "-qq", *words, sys.executable, "-B", "-c", child, str(path), how]
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


def state_after(number: int) -> dict[int, dict[str, object]]:
    """Return what the child's commits up to this one make."""
    rows: dict[int, dict[str, object]] = {each: {"n": each, "text": "x" * 30} for each in range(2, number + 1)}
    return {**rows, 1: {"n": -number}} if number else {}


def read(path: Path) -> dict[int, dict[str, object]]:
    """Return what is found by one who reads beside the writers, after it has looked through all."""
    db = SQLiteDB(path, read_only=True)
    found = db.table("t").all_by_id()
    damaged = db.storage.look_through()
    db.close()
    assert not damaged, damaged
    return found


def breach(folder: Path, call: str, number: int) -> tuple[bool, str]:
    """Kill the child there. Returns whether it died, and what is wrong afterwards; empty if nothing is."""
    path = folder / "state" / "db"
    done = traced(path, "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}", "-o", "/dev/null")
    told = done.stdout.split()
    return "closed" not in told, _wrong(path, told)


def _wrong(path: Path, told: list[str]) -> str:
    known = COMMITS if "closed" in told else len(told)
    try:
        found = read(path)
        db = SQLiteDB(path)
        opened = db.table("t").all_by_id()
        db.table("t").put({99: {"a": 1}})
        db.close()
        again = read(path)
        kept = path.with_name("kept")
        if kept.exists() and read(kept) != state_after(5):
            return f"the backup has {read(kept)}"
    except Exception as error:  # noqa: BLE001  # any is a breach
        return f"it does not open: {error!r}"
    if found not in (state_after(known), state_after(known + 1)):
        return f"{known} commits were acknowledged, and this was found: {found}"
    if opened != found:
        return f"a reader found {found}, a writer {opened}"
    return "" if again == found | {99: {"a": 1}} else "a further commit does not hold"


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
    """Return the words by which strace looks at the state's files and folder only."""
    files = [path.parent, *(path.with_name(path.name + ending) for ending in ENDINGS)]
    return [word for file in files for word in ("-P", str(file))]


def hindered(folder: Path, call: str, number: int, error: str, how: str = "") -> str:
    """Refuse one call of the stubborn child with an error. Returns what is wrong afterwards; empty if nothing is."""
    path = folder / "state" / "db"
    inject = f"inject={call}:error={error}:when={number}"
    words = (*_only(path), "-e", f"trace={call}", "-e", inject, "-o", "/dev/null")
    ran = traced(path, *words, child=STUBBORN, how=how)
    if not ran.stdout or (ran.returncode and not how):
        return f"it ended with {ran.returncode}: {ran.stderr[-300:]}"
    if "it is damaged" in ran.stderr and call != "pread64":  # a sector that cannot be read is damage to SQLite, too
        return f"what was refused is taken for damage: {ran.stderr[-300:]}"
    said = json.loads(ran.stdout.splitlines()[-1])  # the log goes before
    # where a lock could not be let go of, SQLite refuses once more
    if not ran.returncode and (said["done"][-1:] != [9] or len(said["done"]) < 7):
        return f"of nine commits these were done: {said['done']}: {ran.stderr[-300:]}"
    return _not_kept(path, said)


def _not_kept(path: Path, said: dict[str, Any]) -> str:
    done = said["done"]
    rows = {each: {"n": each, "text": "x" * 30} for each in done if each > 1} | {1: {"n": -done[-1]}}
    if "read" in said and {int(row): doc for row, doc in said["read"].items()} != rows:
        return f"it read {said['read']}, acknowledged were {done}"
    try:
        found = read(path)
    except Exception as raised:  # noqa: BLE001  # any is a breach
        return f"it does not open: {raised!r}"
    return "" if found == rows else f"on the disk is {found}, acknowledged were {done}"


def two_writers(folder: Path) -> str:
    """Let a second process come to a state that a first one holds. Returns what is wrong; empty if nothing is."""
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
    rows = read(folder / "state" / "db")
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
                for how in ("", "die"):
                    outcome.refusals += 1
                    wrong = hindered(fresh(), call, number, error, how)
                    outcome.breaches += [f"{error} at {call} {number} {how}: {wrong}"] * bool(wrong)
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
