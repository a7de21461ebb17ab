"""kill -9 at system calls of the store: the old state or the new one, and nothing in between."""

import shutil

import pytest
from store import drill


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed (Debian: apt install strace)")
def test_killed_at_a_system_call_the_state_is_the_old_or_the_new_one() -> None:
    """Each fifth call that touches the state's files, over commits and a change of generations."""
    points, deaths, breaches = drill(every=5)
    assert points > 10
    assert deaths > points / 2
    assert not breaches
