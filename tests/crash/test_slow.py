"""The drill of a busy machine: what it prints and ends with, and that nothing stays busy after it."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DRILL = Path(__file__).with_name("slow.py")
HOLDER = """
import slow
with slow.busy(2) as pids:
    print(*pids, flush=True)
    input()
"""


@pytest.mark.parametrize(("body", "code", "green"), [("pass", 0, "1 of 1 green"), ("assert False", 1, "0 of 1 green")])
def test_it_ends_well_only_if_every_run_is_green(tmp_path, body, code, green):
    (tmp_path / "test_one.py").write_text(f"def test_one():\n    {body}\n")
    words = ["--runs", "1", "--busy", "1", "-n", "0", "-p", "no:cacheprovider", str(tmp_path)]
    ended = subprocess.run([sys.executable, DRILL, *words], capture_output=True, text=True, check=False)
    assert ended.returncode == code
    assert green in ended.stdout
    assert ended.stdout.count("run ") == 1
    assert ("FAILED" in ended.stdout) == bool(code)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nobody_stays_busy_once_the_drill_has_ended_however_it_ended(how):
    environ = {**os.environ, "PYTHONPATH": str(DRILL.parent)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        ends = [os.pidfd_open(int(word)) for word in holder.stdout.readline().split()]
        holder.send_signal(how)
    for end in ends:
        assert select.select([end], [], [], 60)[0]  # readable once the process has ended
        os.close(end)
    assert len(ends) == 2
