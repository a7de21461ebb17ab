"""The wall clock is set and the machine sleeps, in virtual time: a short part of the drill."""

import pytest
from clock import KINDS, moved
from outage import in_virtual_time


@pytest.mark.parametrize("name", [name for name in KINDS if name != "a leap second"])
def test_whatever_becomes_of_the_clock_polls_keep_their_pace_and_each_alert_comes_once(name):
    """Nor does a date stay anywhere that was never the time."""
    came = in_virtual_time(moved, kind=KINDS[name], tick=5.0)
    assert came.wrong == []
    assert (came.tally.lost, came.tally.extra, came.tally.out_of_order) == (0, 0, 0)
    assert came.good
