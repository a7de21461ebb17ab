"""Answers share what Telegram lets through: who asks little is answered soon, whoever else asks how much."""

import asyncio

import leaping
from hypothesis import given, settings
from hypothesis import strategies as st
from strict import Strict

from bot.chat.commands.command import Reply
from bot.chat.replies import SPACING, Replies
from bot.delivery.pace import CHAT_RATE, OVERALL_SPACING, Pace


class Answering:
    """Replies at work."""

    def __init__(self, time, **how) -> None:
        self.telegram = Strict(time.clocks.steady, **how)
        self.pace = Pace()
        self.replies = Replies(messenger=self.telegram, pace=self.pace, steady=time.clocks.steady)

    def ask(self, chat: int, *words: str) -> None:
        for word in words:
            self.replies.put(chat, Reply(paragraphs=(word,)))


def test_while_500_people_give_10_commands_each_somebody_elses_is_answered_within_3_seconds():
    async def trial(time):
        it = Answering(time)
        for number in range(10):
            for chat in range(1_000, 1_500):
                it.ask(chat, str(number))
        took = []
        for moment in range(20):
            await asyncio.sleep(7.3)
            start = time.now
            it.ask(moment, "status")
            while not it.telegram.to(moment):  # noqa: ASYNC110  # in virtual time
                await asyncio.sleep(0.01)
            took.append(time.now - start)
        await it.replies.drain(1_000)
        assert len(it.telegram.told) == 5_000 + 20
        assert not it.telegram.refused
        return max(took)

    assert leaping.run(trial) <= 3


def test_beside_as_many_alerts_as_may_go_answers_go_at_their_rate():
    """Alerts take every moment that Telegram allows; an answer still has its turn."""

    async def trial(time):
        it = Answering(time)

        async def alerts():
            chat = 10_000
            while True:
                await asyncio.sleep(max(it.pace.ready_overall(time.now) - time.now, 0.001))
                if it.pace.ready_overall(time.now) <= time.now:
                    chat += 1
                    it.pace.answered(it.pace.sent(chat, time.now), time.now)

        flood = asyncio.create_task(alerts())
        await asyncio.sleep(5.0)
        for chat in range(100):
            it.ask(chat, "hello")
        start = time.now
        while len(it.telegram.told) < 100:  # noqa: ASYNC110  # in virtual time
            await asyncio.sleep(0.05)
        flood.cancel()
        return time.now - start

    assert leaping.run(trial) <= 100 * (SPACING + 2 * OVERALL_SPACING)


def test_a_question_is_answered_when_its_turn_comes_and_before_what_changes_the_answer():
    async def trial(time):
        it, state = Answering(time), ["before"]

        def read() -> Reply:
            return Reply(paragraphs=(state[0],))

        for _ in range(3):
            it.replies.ask(7, read)
        it.replies.write(7)
        state[0] = "after"
        it.replies.ask(7, read)
        state[0] = "later"
        await it.replies.drain(60)
        return [each.text for each in it.telegram.to(7)]

    assert leaping.run(trial) == ["before", "before", "before", "later"]


def test_a_question_that_cannot_be_answered_stops_nobody():
    async def trial(time):
        it = Answering(time)
        it.replies.ask(7, lambda: 1 / 0)
        it.ask(7, "next")
        it.ask(8, "another")
        await it.replies.drain(60)
        return [each.text for each in it.telegram.told]

    assert sorted(leaping.run(trial)) == ["another", "next"]


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.integers(1, 6), st.integers(1, 12)),
            st.tuples(st.just("slow"), st.integers(1, 6), st.floats(0.5, 20.0)),
            st.floats(0.0, 10.0),
        ),
        max_size=15,
    ),
    st.sampled_from([0.01, 0.2, 1.0]),
)
def test_each_chat_is_answered_in_order_and_within_what_the_load_allows(steps, latency):
    """Floods, pauses and chats that refuse for a while: what is not refused for good arrives, in order, in time."""

    async def trial(time):
        it, asked = Answering(time, latency=latency), {}
        for number, step in enumerate(steps):
            match step:
                case "slow", chat, seconds:
                    it.telegram.slow[chat] = time.now + seconds
                case chat, count:
                    words = [f"{number}-{each}" for each in range(count)]
                    room = 30 - len(asked.get(chat, ())) + len(it.telegram.to(chat))
                    it.ask(chat, *words[: max(room - 1, 0)])
                    asked.setdefault(chat, []).extend(words[: max(room - 1, 0)])
                case seconds:
                    await asyncio.sleep(seconds)
        slow = max(0.0, *it.telegram.slow.values(), 0.0)
        count = sum(map(len, asked.values()))
        await asyncio.sleep(max(slow - time.now, 0.0) + 2 + count * (max(1 / CHAT_RATE, latency) + SPACING))
        for chat, words in asked.items():
            assert [each.text for each in it.telegram.to(chat)] == words

    leaping.run(trial)
