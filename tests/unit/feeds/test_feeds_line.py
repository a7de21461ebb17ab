"""When no publisher answers, that is said once, and not once for each feed."""

from dataclasses import replace

from bot.errors import FeedRefused, FeedUnreachable
from bot.model import Delivery, FeedState, Notice
from bot.poll.news import Plan
from bot.poll.outage import NOBODY, Line

DOWN = FeedUnreachable("no answer")
SAID = Plan(
    notices=(Notice(key="notice:a", feed="a", text="A cannot be read."),),
    deliveries=(Delivery(id="x", item="notice:a", chat=1, watches=()),),
)
BEFORE = FeedState(feed="a", failures=5, failing_since=1_000.0)
BROKEN = replace(BEFORE, told="broken")


def test_of_many_feeds_that_fall_silent_together_one_is_told_and_says_so():
    line = Line()
    line.heard(900.0)
    planned, state = line.told(SAID, BEFORE, BROKEN, DOWN, feeds=30)
    assert planned.notices[0].text == f"A cannot be read. {NOBODY}"
    assert (len(planned.deliveries), state.told) == (1, "broken")
    planned, state = line.told(SAID, BEFORE, BROKEN, DOWN, feeds=30)
    assert (planned, state) == (Plan(), BEFORE), "it is told once it alone is still broken"


def test_a_feed_that_is_broken_while_others_answer_is_told():
    line = Line()
    line.heard(1_500.0)
    assert line.told(SAID, BEFORE, BROKEN, DOWN, feeds=30) == (SAID, BROKEN)


def test_an_only_feed_and_one_that_refuses_are_told():
    assert Line().told(SAID, BEFORE, BROKEN, DOWN, feeds=1) == (SAID, BROKEN)
    refused = FeedRefused("404", status=404)
    assert Line().told(SAID, BEFORE, BROKEN, refused, feeds=30) == (SAID, BROKEN)


def test_after_an_answer_the_next_outage_is_told_again():
    line = Line()
    line.told(SAID, BEFORE, BROKEN, DOWN, feeds=2)
    line.heard(1_200.0)
    later = replace(BROKEN, failing_since=2_000.0)
    assert NOBODY in line.told(SAID, BEFORE, later, DOWN, feeds=2)[0].notices[0].text
