"""At system calls of the store, kill -9 and errors: the old state or the new one, and nothing in between."""

import shutil

import pytest
from store import drill, two_writers

needs_strace = pytest.mark.skipif(
    not shutil.which("strace"), reason="strace is not installed (Debian: apt install strace)"
)


@needs_strace
def test_killed_or_refused_at_a_system_call_the_state_is_what_was_acknowledged():
    """Some of the calls that touch the state's files, over commits, checkpoints and a backup; the drill has all."""
    outcome = drill(every=40, start=7)
    assert outcome.points >= 4
    assert outcome.refusals >= 4
    assert outcome.deaths > outcome.points / 2
    assert not outcome.breaches


def test_a_second_writer_is_told_who_is_the_first_and_may_when_that_is_dead(tmp_path):
    assert not two_writers(tmp_path)
