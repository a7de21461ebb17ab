"""How far a wall clock is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.runtime.clocks import HELD, TOLERANCE, Clocks, DoubtingClock

NOON = 1_800_000_000.0
YEAR = 365 * 86_400.0


class Machine:
    """A machine whose wall clock can be set, and that can sleep."""

    def __init__(self) -> None:
        self.up, self.set_by = 1_000.0, 0.0
        self.clock = DoubtingClock(Clocks(wall=lambda: NOON + self.up + self.set_by, steady=lambda: self.up))

    @property
    def true(self) -> float:
        return NOON + self.up

    def runs(self, seconds: float, every: float = 0.5) -> list[float]:
        """Let time pass; returns by how much the clock was wrong at each tick."""
        wrong, ends = [], self.up + seconds
        while self.up < ends:
            self.up = min(self.up + every, ends)
            wrong.append(self.clock() - self.true)
        return wrong


@pytest.fixture
def machine():
    return Machine()


@pytest.mark.parametrize("by", [-20 * YEAR, 400 * 86_400.0, -7_200.0, TOLERANCE + 1])
def test_a_clock_that_is_wrong_for_some_minutes_is_never_followed(machine, by):
    machine.runs(5)
    machine.set_by = by
    wrong = machine.runs(HELD - 1)
    machine.set_by = 0.0
    assert max(map(abs, wrong + machine.runs(2 * HELD))) < 1e-3


@pytest.mark.parametrize("by", [-20 * YEAR, 400 * 86_400.0, TOLERANCE + 1])
def test_a_clock_that_stays_where_it_was_set_is_believed_after_ten_minutes(machine, by):
    machine.set_by = by
    machine.runs(1)
    assert max(map(abs, machine.runs(HELD - 1))) < 1e-3
    assert machine.runs(2)[-1] == pytest.approx(by)


@pytest.mark.parametrize("by", [1.0, -1.0, TOLERANCE - 0.1, 0.1 - TOLERANCE])
def test_a_leap_second_and_what_a_time_server_puts_right_is_followed_at_once(machine, by):
    machine.set_by = by
    assert machine.runs(1)[-1] == pytest.approx(by)


def test_a_clock_that_drifts_is_followed(machine):
    """500 parts in a million, for ten days."""
    for _ in range(240):
        machine.set_by += 3_600 * 5e-4
        machine.runs(60, every=60)
    assert machine.runs(60)[-1] == pytest.approx(machine.set_by)


def test_a_machine_that_slept_knows_the_time_at_once(machine):
    machine.up += 60 * 86_400
    with capture_logs() as told:
        assert machine.runs(1)[-1] == pytest.approx(0.0, abs=1e-3)
    assert told == []


def test_a_jump_is_said_once_and_so_is_its_end(machine):
    with capture_logs() as told:
        machine.set_by = -20 * YEAR
        machine.runs(300)
        machine.set_by = 0.0
        machine.runs(2 * HELD)
        machine.set_by = 400 * 86_400.0
        machine.runs(2 * HELD)
    assert [each["event"] for each in told] == ["clock.doubted", "clock.right-again", "clock.doubted", "clock.believed"]


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.floats(1, HELD - 1)), unique_by=lambda jump: jump[0]))
def test_no_series_of_jumps_is_followed_of_which_none_stands(jumps):
    machine = Machine()
    for by, seconds in jumps:
        machine.set_by = by * 1_000.0
        assert max(map(abs, machine.runs(seconds, every=20))) < 1e-3
