"""When no publisher answers, that is said once, and not once for each feed."""

from dataclasses import replace

from bot.errors import FeedRefused, FeedUnreachable
from bot.messages.en import NOBODY_ANSWERS as NOBODY
from bot.model import Connection, Feed, Health
from bot.poll.health import FeedNews
from bot.poll.outage import Connections, after, told_once

DOWN = FeedUnreachable("no answer")
SAID = (FeedNews(kind="broken", text="A cannot be read.", for_operator=False),)
BEFORE = Health(failures=5, failing_since=1_000.0)
BROKEN = replace(BEFORE, told="broken")


def test_of_many_feeds_that_fall_silent_together_one_is_told_and_says_so():
    connection, health, said = told_once(Connection(heard=900.0), BEFORE, BROKEN, SAID, DOWN, feeds=30)
    assert [each.text for each in said] == [f"A cannot be read. {NOBODY}"]
    assert health.told == "broken"
    _, health, said = told_once(connection, BEFORE, BROKEN, SAID, DOWN, feeds=30)
    assert (said, health) == ((), BEFORE), "it is told once it alone is still broken"


def test_a_feed_that_is_broken_while_others_answer_is_told():
    connection = Connection(heard=1_500.0)
    assert told_once(connection, BEFORE, BROKEN, SAID, DOWN, feeds=30) == (connection, BROKEN, SAID)


def test_an_only_feed_and_one_that_refuses_are_told():
    assert told_once(Connection(), BEFORE, BROKEN, SAID, DOWN, feeds=1)[1:] == (BROKEN, SAID)
    refused = FeedRefused("404", status=404)
    assert told_once(Connection(), BEFORE, BROKEN, SAID, refused, feeds=30)[1:] == (BROKEN, SAID)


def test_after_an_answer_the_next_outage_is_told_again():
    connection, _, _ = told_once(Connection(), BEFORE, BROKEN, SAID, DOWN, feeds=2)
    connection = after(connection, None, 1_200.0)
    later = replace(BROKEN, failing_since=2_000.0)
    _, _, said = told_once(connection, BEFORE, later, SAID, DOWN, feeds=2)
    assert NOBODY in said[0].text


def test_a_refusal_is_an_answer_and_silence_is_none():
    assert after(Connection(), FeedRefused("404", status=404), 5.0) == Connection(heard=5.0)
    assert after(Connection(heard=1.0, said=True), DOWN, 5.0) == Connection(heard=1.0, said=True)


SHARED, ANNAS, BORIS = (
    Feed(name=name, title="", url=f"https://{number}.example/", chats=chats)
    for number, (name, chats) in enumerate([("all", ()), ("own@7", (7,)), ("own@8", (8,))])
)


def test_what_others_own_feeds_hear_says_nothing_to_a_chat():
    known = Connections()
    known.note(BORIS, Connection(heard=2_000.0))
    assert (known.of(ANNAS).heard, known.of(SHARED).heard) == (0.0, 0.0)
    known.note(SHARED, Connection(heard=1_000.0))
    assert (known.of(ANNAS).heard, known.of(BORIS).heard) == (1_000.0, 2_000.0)


def test_that_nobody_answers_is_said_to_each_anew_once_somebody_was_heard():
    known = Connections()
    known.note(BORIS, Connection(heard=900.0, said=True))
    assert (known.of(BORIS).said, known.of(ANNAS).said) == (True, False)
    known.note(SHARED, Connection(heard=1_000.0))
    assert not known.of(BORIS).said
