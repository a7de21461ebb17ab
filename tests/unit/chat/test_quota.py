"""How much one chat may ask: twenty a minute, and at one too many a word on when it goes on."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.chat.quota import Quiet, Quota
from bot.model.bounds import COMMANDS, COMMANDS_WITHIN


def asked(times: list[float]) -> list[Quiet | None]:
    quota = Quota()
    return [quota.ask(7, time) for time in times]


def test_twenty_commands_a_minute_are_answered_and_the_next_is_told_when_it_goes_on():
    times = [float(number) for number in range(COMMANDS + 1)]
    assert asked(times[:-2]) == [None] * (COMMANDS - 1)
    assert asked(times[:-1]) == [None] * COMMANDS
    assert asked(times) == [None] * COMMANDS + [Quiet(COMMANDS_WITHIN - 1, told=True)]


def test_whatever_else_is_asked_till_then_is_not_answered_at_all():
    quota = Quota()
    for number in range(COMMANDS):
        quota.ask(7, float(number))
    said = quota.ask(7, 30.0)
    assert said is not None
    assert [quota.ask(7, 30.0 + part * said.seconds).told for part in (0.01, 0.5, 0.999)] == [False] * 3
    assert [quota.ask(7, 30.0 + said.seconds + second) for second in range(COMMANDS)] == [None] * COMMANDS


def test_what_one_chat_asks_counts_for_no_other():
    quota = Quota()
    for _ in range(COMMANDS + 1):
        quota.ask(7, 1.0)
    assert quota.ask(8, 1.0) is None


def test_of_chats_that_ask_nothing_more_nothing_is_remembered():
    quota = Quota()
    for chat in range(1_000):
        quota.ask(chat, chat * COMMANDS_WITHIN)
    assert len(quota) <= 2


@given(st.lists(st.floats(0.0, 20.0), max_size=120))
def test_no_minute_has_more_answers_than_may_be_nor_two_words_on_it(pauses):
    times = [sum(pauses[:number]) for number in range(1, len(pauses) + 1)]
    said = dict(enumerate(asked(times)))
    answered = [times[number] for number, quiet in said.items() if quiet is None]
    told = [times[number] for number, quiet in said.items() if quiet is not None and quiet.told]
    assert all(
        later - first >= COMMANDS_WITHIN - 1e-6 for first, later in zip(answered, answered[COMMANDS:], strict=False)
    )
    assert all(later - first >= COMMANDS_WITHIN - 20.0 for first, later in pairwise(told))
    for number, quiet in said.items():
        if quiet is not None:
            until = times[number] + quiet.seconds
            after = next((other for other in range(number, len(times)) if times[other] >= until + 1e-6), None)
            assert after is None or said[after] is None
