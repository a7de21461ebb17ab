"""Flood control lets pass what Telegram lets pass."""

from hypothesis import given
from hypothesis import strategies as st
from standins.botapi.flood import Flood, Limits

T = 1_790_000_000.0


def test_one_chat_may_have_a_short_burst_and_then_one_a_second() -> None:
    """Three at once pass; the fourth must wait for the second to end, and so on."""
    flood = Flood(Limits())
    assert [flood.ask(7, T) for _ in range(4)] == [0, 0, 0, 1]
    assert [flood.ask(7, T + 1), flood.ask(7, T + 1)] == [0, 1]
    assert [flood.ask(7, T + 3) for _ in range(3)] == [0, 0, 1]


def test_a_refused_message_counts_for_nothing() -> None:
    """Asking too often does not put the next message off."""
    flood = Flood(Limits(chat_burst=1))
    assert [flood.ask(7, T) for _ in range(50)] == [0] + [1] * 49
    assert flood.ask(7, T + 1) == 0


def test_thirty_a_second_pass_over_all_chats() -> None:
    """The 31st message of a second is refused, in whichever chat; a second later there is room."""
    flood = Flood(Limits())
    assert [flood.ask(chat, T) for chat in range(1, 32)] == [0] * 30 + [1]
    assert flood.ask(99, T + 0.99) == 1
    assert flood.ask(99, T + 1.0) == 0


def test_a_group_has_twenty_a_minute() -> None:
    """The 21st message in a minute waits until the first is a minute old; a private chat's does not."""
    flood = Flood(Limits())
    assert {flood.ask(chat, T + 2 * n) for n in range(20) for chat in (-5, 5)} == {0}
    assert flood.ask(5, T + 40) == 0
    assert flood.ask(-5, T + 40) == 20
    assert flood.ask(-5, T + 60) == 0


def test_the_rounding_of_clock_readings_refuses_nobody() -> None:
    """Who sends at just the pace that is allowed is never refused, whatever the clock's last digit."""
    flood = Flood(Limits())
    assert [flood.ask(7, 0.1) for _ in range(3)] == [0] * 3
    assert [flood.ask(7, 0.1 + n) for n in range(1, 20)] == [0] * 19


@given(st.lists(st.tuples(st.sampled_from([-5, 5, 6]), st.floats(0, 2)), max_size=200))
def test_the_wait_that_is_told_is_enough(sends: list[tuple[int, float]]) -> None:
    """Who waits as long as flood control says may send."""
    flood, now = Flood(Limits(overall_per_second=5, chat_burst=2, group_per_minute=4)), T
    for chat, pause in sends:
        now += pause
        if wait := flood.ask(chat, now):
            now += wait
            assert flood.ask(chat, now) == 0
