"""Whose turn it is: few recipients before many, those who got least before others, and nobody waits for ever."""

from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.order import HALVED_AFTER, Line, Shares, turn


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
    assert -100 <= turn(few, long) <= turn(more, short) <= log2(more)
    assert turn(more, HALVED_AFTER) == turn(more, 0) - 1


@given(st.lists(st.integers(1, 5), max_size=60))
def test_who_got_less_stands_before_who_got_more(served):
    """As long as nothing has faded, places are in the order of counts."""
    shares = Shares(1e9)
    for chat in served:
        shares.add(chat)
        shares.pass_on()
    chats = sorted(range(1, 7), key=shares.place)
    counts = [served.count(chat) for chat in chats]
    assert counts == sorted(counts)


@given(st.lists(st.integers(1, 5), max_size=200), st.integers(1, 50))
def test_a_share_counts_half_after_so_many_were_given_to_others(served, halved):
    shares, exact = Shares(halved), dict.fromkeys(range(6), 0.0)
    for chat in served:
        exact[chat] += 1
        exact = {each: share * 0.5 ** (1 / halved) for each, share in exact.items()}
        shares.add(chat)
        shares.pass_on()
    for chat, share in exact.items():
        assert shares.place(chat) - shares.place(0) == pytest.approx(log2(1 + share), abs=0.05)


def test_who_got_much_stands_like_others_once_others_got_as_much():
    shares = Shares(100)
    for chat in [1] * 200 + list(range(100, 1_500)):
        shares.add(chat)
        shares.pass_on()
    assert shares.place(1) == shares.place(2)


def test_who_got_much_gets_its_turn_though_newcomers_never_cease():
    shares, line, passed = Shares(100), Line(), 0
    for chat in [1] * 200:
        shares.add(chat)
        shares.pass_on()
    line.seat(1, shares.place(1))
    while True:
        line.seat(1_000 + passed, shares.place(1_000 + passed))
        first = next(iter(line))
        if first == 1:
            break
        line.leave(first)
        shares.add(first)
        shares.pass_on()
        passed += 1
    assert passed <= 100 * log2(201)


def test_of_chats_that_got_nothing_of_late_nothing_is_remembered():
    shares = Shares(100)
    for chat in range(100_000):
        shares.add(chat)
        shares.pass_on()
    assert len(shares) <= 600


@given(st.lists(st.tuples(st.integers(1, 8), st.one_of(st.none(), st.floats(0, 3))), max_size=60))
def test_a_line_is_in_the_order_of_places_and_in_one_place_of_coming(moves):
    line, seats = Line(), {}
    for number, (chat, place) in enumerate(moves):
        if place is None:
            line.leave(chat)
            seats.pop(chat, None)
        else:
            line.seat(chat, place)
            seats[chat] = (place, number)
        assert list(line) == sorted(seats, key=seats.__getitem__)
        assert len(line) == len(seats)
        assert all((chat in line) == (chat in seats) for chat in range(1, 9))
