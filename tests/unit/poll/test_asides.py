"""Watches that are met beside the matter too often: the operator is told once, with the change that ends it."""

from dataclasses import replace

import pytest
from examples import NOW, a_match, a_state, an_item

from bot.model import Asides, Feed, Fetched, PollFacts
from bot.poll.asides import DAILY
from bot.poll.decide import Rules, decide
from bot.poll.slices import Answer
from bot.settings import PollSettings

FEED = Feed(name="paper", title="A paper", url="https://paper.example/rss")
OPERATOR, ANNA, DAY = 99, 1, int(NOW // 86_400)


def match(item):
    return (a_match(item, "idlib", "Idlib")._replace(tier="aside"),)


RULES = Rules(match=match, could=None, watches=(), poll=PollSettings(), operator=OPERATOR)


def polled(count, before=None, *, rules=RULES, feed=FEED, **more):
    """What a poll changes that brings so many items with Idlib beside the matter."""
    state = a_state(feed.name, url=feed.url, primed=True, last_poll=NOW - 60, last_success=NOW - 60)
    known = {before.watch: before} if before else {}
    given = {"state": state, "subscribers": {"idlib": [ANNA]}, "asides": lambda _: known, **more}
    items = tuple(an_item(f"a{number}", title=f"Idlib {number}") for number in range(count))
    answer = Answer(at=NOW, answer=Fetched(body=b"x"), items=items)
    return decide(PollFacts(feed=feed, **given), answer, rules).changes


def told(changes):
    return [row.chat for row in changes.deliveries if not row.watches]


def test_what_is_told_beside_the_matter_is_counted_by_watch_and_day():
    assert polled(3).asides == (Asides(watch="idlib", day=DAY, count=3),)
    assert polled(3, Asides(watch="idlib", day=DAY, count=4)).asides[0].count == 7
    assert polled(3, Asides(watch="idlib", day=DAY - 1, count=9)).asides[0].count == 3


def test_more_than_so_many_a_day_are_said_to_the_operator_with_the_change_that_ends_it():
    assert told(polled(DAILY)) == []
    changes = polled(DAILY + 1)
    assert told(changes) == [OPERATOR]
    (notice,) = changes.notices
    assert f"{DAILY + 1} items today" in notice.text
    assert 'scope = "mention"' in notice.text
    assert 'name = "idlib"' in notice.text
    assert changes.asides[0].said


def test_it_is_said_once_for_ever():
    assert told(polled(1, Asides(watch="idlib", day=DAY, count=DAILY, said=True))) == []
    again = polled(DAILY + 5, Asides(watch="idlib", day=DAY - 9, count=3, said=True))
    assert (told(again), again.asides[0].said) == ([], True)


@pytest.mark.parametrize(
    ("case", "given"),
    [
        ("nobody subscribes", {"subscribers": {}}),
        ("it is the first poll", {"state": a_state("paper")}),
        ("the feed is a chat's own", {"feed": replace(FEED, name="own@1", chats=(ANNA,), added=True)}),
        ("nobody is known to run the bot", {"rules": replace(RULES, operator=0)}),
    ],
)
def test_nothing_is_counted_where(case, given):
    assert polled(DAILY + 1, **given).asides == (), case


def test_the_operator_is_told_nothing_of_what_a_chat_looks_for_in_words_of_its_own():
    def own(item):
        return (a_match(item, "my-secret@7", "Idlib")._replace(tier="aside"),)

    changes = polled(DAILY + 1, subscribers={"my-secret@7": [7]}, rules=replace(RULES, match=own))
    assert (changes.asides, changes.notices) == ((), ())
    assert [row.chat for row in changes.deliveries] == [7] * (DAILY + 1)
