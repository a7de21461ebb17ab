"""A hundred feeds of which one in ten misbehaves, until each good one was polled some times: a part of the drill."""

from printer import Printer
from thousand import least, thousand

OFTEN, FAILURES = 2, 5


async def test_good_feeds_are_polled_again_and_again_whatever_the_others_do(tmp_path):
    """None of them fails, and none waits for one that does. How late they are is the drill's."""
    good = [f"news-{number}" for number in range(100) if number % 10]

    def enough(polls):
        return least(polls, good) >= OFTEN and sum(poll.failed for poll in polls) >= FAILURES

    with Printer.started() as printer:
        out = await thousand(printer, tmp_path, feeds=100, seconds=240, interval=2.0, timeout=20.0, enough=enough)
    assert out.good_failures == 0
    assert out.least >= OFTEN
    assert out.failures >= FAILURES
