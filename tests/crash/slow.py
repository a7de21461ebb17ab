"""`./run drill slow [--runs N] [--busy N]`: the whole suite again and again beside processes that never rest.

On a machine that is twice as busy as it can be, every test must still be green: a user's may be so. Prints a line
a run. Exit code 1 unless all runs are green. Other words go to pytest.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 5


@contextmanager
def busy(count: int) -> Iterator[list[int]]:
    """Keep so many processes busy. Each ends with this one, however that ends: it waits for nothing but its parent."""
    script = "import os, sys\nparent = int(sys.argv[1])\nwhile os.getppid() == parent: pass"
    idlers = [subprocess.Popen([sys.executable, "-c", script, str(os.getpid())]) for _ in range(count)]
    try:
        yield [idler.pid for idler in idlers]
    finally:
        for idler in idlers:
            idler.kill()
            idler.wait()


def main() -> int:
    """Run the suite. Returns the exit code."""
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--busy", type=int, default=2 * cores, help="busy processes beside the suite")
    given, words = parser.parse_known_args()
    green = 0
    with busy(given.busy):
        for number in range(1, given.runs + 1):
            began = time.monotonic()
            command = [sys.executable, "-m", "pytest", *words]
            ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            green += ended.returncode == 0
            last = ended.stdout.strip().splitlines()[-1:] or [ended.stderr.strip()[-200:]]
            print(f"run {number} of {given.runs}: {last[0]}, {time.monotonic() - began:.0f} s", flush=True)
            for line in ended.stdout.splitlines():
                if line.startswith(("FAILED", "ERROR")):
                    print(f"  {line}", flush=True)
    print(f"{green} of {given.runs} green beside {given.busy} busy processes on {cores} cores")
    return 0 if green == given.runs else 1


if __name__ == "__main__":
    sys.exit(main())
