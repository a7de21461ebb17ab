"""Whose turn it is: few recipients before many, and nobody waits for ever."""

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.order import HALVED_AFTER, turn


def test_one_persons_alert_goes_before_a_broadcast_that_came_three_minutes_earlier():
    assert turn(1, 0) < turn(5_000, 170)
    assert turn(1, 0) < turn(30, 170)


def test_a_broadcast_that_waited_an_hour_and_a_quarter_goes_before_any_new_alert():
    assert turn(5_000, 4_500) < turn(1, 0)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(-1e9, 1e12), st.floats(-1e9, 1e12))
def test_fewer_recipients_and_longer_waiting_never_go_later(few, more, short, long):
    """Whatever the clock says, the place is a number and the order is that."""
    few, more = sorted((few, more))
    short, long = sorted((short, long))
    assert 0 <= turn(few, long) <= turn(more, short) <= more
    assert turn(more, HALVED_AFTER) == turn(more, 0) / 2
