"""What waits for chats goes out chats in turn, each chat's in order, and has its bounds."""

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.turn_queue import TurnQueue


def waiting(each=30, most=5_000):
    return TurnQueue(each=each, most=most, halved_after=1_000)


def taken(things: TurnQueue) -> list[int]:
    """Take all out in turn; the chats."""
    order = []
    while things:
        order.append(things.in_turn()[0])
        things.take(order[-1])
    return order


def test_who_asks_once_goes_before_all_who_asked_ten_times():
    things = waiting()
    for number in range(10):
        for chat in range(500):
            things.put(chat, number)
    things.put(1_000, 0)
    assert taken(things)[0] == 1_000


def test_who_was_answered_often_goes_behind_who_was_not_though_nothing_waits_for_him_any_more():
    things = waiting()
    for number in range(10):
        things.put(1, number)
        things.take(1)
    things.put(1, "again")
    things.put(2, "first")
    assert taken(things) == [2, 1]


def test_a_chat_may_have_so_many_and_no_more():
    things = waiting(each=3)
    assert [things.put(7, number) for number in range(4)] == [None, None, None, 7]
    assert things.of(7) == [0, 1, 2]


def test_all_may_have_so_many_and_the_newest_of_who_asked_most_is_dropped():
    things = waiting(each=3, most=4)
    dropped = [things.put(chat, number) for number, chat in enumerate((1, 1, 1, 2, 3))]
    assert dropped == [None, None, None, None, 1]
    assert (things.of(1), things.of(2), things.of(3), len(things)) == ([0, 1], [3], [4], 4)


def test_what_is_put_back_stands_before_all_else_of_its_chat():
    things = waiting()
    for number in (1, 2):
        things.put(7, number)
    things.back(7, things.take(7), 1.5)
    assert things.of(7) == [1, 1.5, 2]


@given(st.lists(st.one_of(st.integers(1, 6), st.none()), max_size=150), st.integers(1, 4), st.integers(1, 12))
def test_each_chats_things_go_out_in_order_and_nothing_that_was_not_dropped_is_lost(steps, each, most):
    things, put, out = waiting(each, most), {}, {}
    for number, chat in enumerate(steps):
        if chat is None:
            for first in things.in_turn()[:1]:
                out.setdefault(first, []).append(things.take(first))
        else:
            put.setdefault(chat, []).append(number)
            if (dropped := things.put(chat, number)) is not None:
                put[dropped].pop()
        assert len(things) <= most
        for chat_, wanted in put.items():
            assert out.get(chat_, []) + things.of(chat_) == wanted
            assert len(things.of(chat_)) <= each


@given(st.lists(st.lists(st.integers(10, 40), max_size=3), min_size=1, max_size=200))
def test_whoever_waits_is_passed_only_by_as_many_as_the_load_allows(newcomers):
    """Others ask in any number before every answer: who waits since before them goes within a bound all the same."""
    things = TurnQueue(each=30, most=5_000, halved_after=10)
    for number in range(5):
        things.put(1, number)
    answers = 0
    for chats in newcomers:
        for chat in chats:
            things.put(chat, None)
        things.take(things.in_turn()[0])
        answers += 1
        if len(things.of(1)) < 5:
            break
    assert answers <= 5 + 26 + 5  # halved_after times log2(1 + 5), those who came meanwhile, and himself
