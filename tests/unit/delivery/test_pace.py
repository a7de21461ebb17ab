"""When a message may go out."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.pace import GROUP_LIMIT, GROUP_WINDOW, Pace


def send_all(pace: Pace, chats: list[int], start: float = 0.0) -> list[tuple[float, int]]:
    """Send to these chats in order, each as soon as the pace allows."""
    sends, now = [], start
    for chat in chats:
        now = pace.ready(chat, now)
        pace.sent(chat, now)
        sends.append((now, chat))
    return sends


def most_within(times: list[float], window: float) -> int:
    return max(sum(start <= time < start + window for time in times) for start in times)


def test_thousand_chats_are_told_in_under_34_and_a_half_seconds_and_never_more_than_30_in_one():
    times = [time for time, _ in send_all(Pace(), list(range(1, 1001)))]
    assert times[-1] <= 34.5
    assert most_within(times, 1.0) <= 30


def test_one_chat_gets_a_short_burst_and_then_one_a_second():
    times = [time for time, _ in send_all(Pace(), [7] * 12)]
    assert times[1] - times[0] < 0.1
    assert most_within(times, 1.0) <= 2
    assert times[-1] >= 10 - 0.1


def test_a_long_queue_of_one_chat_stays_clear_of_four_messages_in_four_seconds():
    """A burst of two and then one a second would be five."""
    times = [time for time, _ in send_all(Pace(), [7] * 40)]
    assert most_within(times, 4.0) <= 4
    assert times[-1] <= 40 * 1.06


def test_a_second_chat_that_met_its_own_limit_holds_nobody_else():
    """Two chats that each got several messages in a row say nothing of the limit over all."""
    pace = Pace()
    for chat in (7, 8):
        send_all(pace, [chat] * 4)
        pace.hold(chat, 30, 3.0)
    assert pace.ready(9, 4.5) == 4.5


def test_a_group_gets_at_most_20_in_a_minute():
    times = [time for time, _ in send_all(Pace(), [-7] * 50)]
    assert most_within(times, GROUP_WINDOW) <= GROUP_LIMIT


def test_a_429_holds_its_chat_and_no_other():
    pace = Pace()
    pace.hold(7, 35, 100.0)
    assert pace.ready(7, 100.0) == 135.0
    assert pace.ready(8, 100.0) == 100.0


def test_a_second_chats_429_within_the_first_ones_hold_holds_all():
    pace = Pace()
    pace.hold(7, 30, 100.0)
    pace.hold(8, 5, 101.0)
    assert pace.ready(9, 101.0) == 106.0


def test_a_second_chats_429_holds_nobody_else_if_anything_has_passed_since_the_first():
    """A group in slow mode answers 429 to whoever writes, at any pace: two such groups say nothing of all others."""
    pace = Pace()
    pace.sent(-7, 100.0)
    pace.hold(-7, 3600, 100.1)
    pace.answered(pace.sent(9, 101.0), 101.1)
    pace.sent(-8, 102.0)
    pace.hold(-8, 3600, 102.1)
    assert pace.ready(10, 102.2) == 102.2


def test_what_left_after_the_first_429_and_passes_ends_the_hold_of_all():
    pace = Pace()
    pace.hold(7, 3600, 100.0)
    meanwhile = pace.sent(9, 100.01)
    pace.hold(8, 3600, 100.02)
    assert pace.ready(10, 100.03) > 130
    pace.answered(meanwhile, 100.1)
    assert pace.ready(10, 100.1) == 100.1


def test_what_left_before_a_429_and_passed_says_nothing_of_it():
    pace = Pace()
    early = pace.sent(9, 99.9)
    pace.hold(7, 30, 100.0)
    pace.answered(early, 100.1)
    pace.answered(pace.sent(11, 100.2), 100.3, passed=False)
    pace.hold(8, 5, 101.0)
    assert pace.ready(10, 101.0) == 106.0


@pytest.mark.parametrize(("within_a_minute", "all_are_held"), [(10, True), (11, False)])
def test_a_group_that_got_many_in_its_minute_may_have_met_its_own_limit(within_a_minute, all_are_held):
    pace = Pace()
    for group in (-7, -8):
        for number in range(within_a_minute):
            pace.sent(group, 5.0 * number)
    for group in (-7, -8):
        pace.hold(group, 20, 51.0)
    assert (pace.ready(9, 51.0) > 51.0) == all_are_held


def test_a_chat_that_rested_long_is_forgotten_and_may_send_at_once():
    pace = Pace()
    send_all(pace, [-7] * 20)
    assert pace.ready(-7, 1000.0) == 1000.0
    pace.sent(1, 1000.0)
    assert pace.ready(-7, 1000.2) == 1000.2


@settings(max_examples=50)
@given(st.lists(st.sampled_from([1, 2, 3, -4, -5]), max_size=80))
def test_no_order_of_chats_breaks_a_limit(chats):
    sends = send_all(Pace(), chats)
    for chat in set(chats):
        times = [time for time, to in sends if to == chat]
        assert most_within(times, 1.0) <= 3
        if chat < 0:
            assert most_within(times, GROUP_WINDOW) <= GROUP_LIMIT


def test_a_message_that_may_have_arrived_late_keeps_back_the_thirtieth_after_it():
    pace = Pace()
    for number in range(60):  # answers that take 10 ms each
        now = pace.ready(number + 1, 0.0)
        pace.answered(pace.sent(number + 1, now), now + 0.01)
    late = pace.ready(100, 0.0)
    pace.answered(pace.sent(100, late), late + 0.11)  # so it may have arrived a tenth of a second after it was sent
    for number in range(29):
        now = pace.ready(200 + number, late + 0.02)
        pace.answered(pace.sent(200 + number, now), now + 0.01)
    assert pace.ready_overall(late + 0.02) >= late + 0.1 + 1.0


def test_until_an_answer_came_nothing_is_known_of_how_quick_one_is():
    pace = Pace()
    pace.answered(pace.sent(1, 100.0), 100.05)
    for number in range(29):
        pace.sent(2 + number, 100.0)
    assert pace.ready_overall(100.0) >= 101.05


def test_a_network_that_became_slower_is_learned_and_does_not_slow_the_broadcast():
    pace, now = Pace(), 0.0
    for number in range(2_000):
        now = pace.ready(number + 1, now)
        pace.answered(pace.sent(number + 1, now), now + (0.01 if number < 500 else 0.1))
    start = now
    for number in range(1_000):
        now = pace.ready(5_000 + number, now)
        pace.answered(pace.sent(5_000 + number, now), now + 0.1)
    assert now - start <= 34.5


def test_a_network_of_uneven_answers_costs_a_broadcast_a_tenth_at_most():
    pace, now, dice = Pace(), 0.0, random.Random(1)  # noqa: S311  # the same answers every time
    for number in range(1_000):
        now = pace.ready(number + 1, now)
        pace.answered(pace.sent(number + 1, now), now + dice.uniform(0.05, 2.0))
    assert now <= 37.5


def test_who_claims_the_next_message_is_waited_for_but_not_long():
    pace = Pace()
    pace.sent(1, 100.0)
    pace.claim(100.0)
    mine = pace.ready_overall(100.0, claimed=True)
    assert mine < pace.ready_overall(100.0) <= mine + 0.05
    pace.sent(2, mine)
    assert pace.ready_overall(mine) == pace.ready_overall(mine, claimed=True)
