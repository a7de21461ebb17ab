"""The score card can fail: made-up logs, each with one breach of one rule, and one without any."""

from dataclasses import replace

import pytest
import scorecard
from scorecard import Exchange, Parsed, Settled, Trial
from waits import DAY, Says, Terms

NOON = 1_583_496_000.0
"""6 March 2020, 12:00 GMT, a Friday."""
URL = "http://a.example/feed"
TERMS = Terms(feed="a", url=URL, since=NOON)
POLITE = {"user-agent": "Newsvane/1 (+https://x.example)"}
TAGGED = {**POLITE, "if-none-match": 'W/"1"'}
BODY = {"etag": 'W/"1"'}


def asked(after: float, status: int = 304, **facts) -> Exchange:
    """A request so many seconds after noon, by default a conditional one that is answered with 304."""
    given = {"feed": "a", "host": "a.example", "url": URL, "asked": TAGGED, "ended": NOON + after, **facts}
    return Exchange(at=NOON + after, status=status, **given)


def first(**facts) -> list:
    """The first poll of a feed."""
    return [
        asked(0, 200, **{"asked": POLITE, "sent": BODY, "good": True, "body": "one", **facts}),
        Parsed(feed="a", body="one"),
        Settled(feed="a", at=NOON, new=30),
    ]


def quiet(after: float, **facts) -> list:
    """A poll that brings nothing new."""
    return [asked(after, **facts), Settled(feed="a", at=NOON + after)]


def failed(after: float, status: int = 500, *notices: str, **facts) -> list:
    """A poll that fails."""
    return [asked(after, status, **facts), Settled(feed="a", at=NOON + after, failed=True, notices=notices)]


def judged(log: list, terms: Terms = TERMS, lives: tuple = (), **more) -> list[str]:
    """The rules that a log breaks, each once."""
    last = max(each.at for each in log if not isinstance(each, Parsed))
    trial = Trial(log=log, terms={"a": terms}, lives=lives or ((NOON, last + 60),), **more)
    return sorted({each.rule for each in scorecard.score(trial)})


GOOD = [*first(), *quiet(300), *failed(600), *failed(720), *quiet(1_020), *quiet(1_320)]


def test_a_polite_bot_breaks_no_rule():
    assert judged(GOOD) == []
    assert scorecard.unconditional(scorecard.polls_of(GOOD)["a"]) == 1


BREACHES = {
    "a validator that was changed on the way": (
        "E1", [*first(), *quiet(300, asked={**POLITE, "if-none-match": '"1"'})]),
    "a whole feed is asked for again": ("E1", [*first(), *quiet(300), *quiet(600), *[
        asked(900, 200, asked=POLITE, sent=BODY, good=True, body="one"), Settled(feed="a", at=NOON + 900)]]),
    "a validator that a 304 has replaced": ("E2", [*first(), *quiet(300, sent={"etag": '"2"'}), *quiet(600)]),
    "a validator that the last 200 no longer had": ("E2", [
        *first(), asked(300, 200, good=True, body="two"), Settled(feed="a", at=NOON + 300), *quiet(600)]),
    "the validator of a feed that was cut": ("E3", [
        *first(), *failed(300, 200, sent={"etag": '"cut"'}),
        *quiet(600, asked={**POLITE, "if-none-match": '"cut"'})]),
    "a cut feed that counts as read": ("E3", [*first(), *quiet(300, status=200, sent=BODY)]),
    "a poll that comes too soon": ("E4", [*first(), *quiet(60)]),
    "a poll that comes too soon after a restart": ("E4", [*first(), *quiet(60, life=1)]),
    "polls without end while nothing can be remembered": ("E4", [*first(), asked(300), *quiet(302)]),
    "Retry-After that is not kept": ("E5", [*first(), *failed(300, 429, sent={"retry-after": "3600"}), *quiet(900)]),
    "overload that does not say how long": ("E5", [*first(), *failed(300, 503), *quiet(900)]),
    "a copy that is still fresh": ("E6", [*first(sent={**BODY, "cache-control": "max-age=3000"}), *quiet(900)]),
    "an hour to be left alone in": ("E6", [*first(says=Says(skip_hours=(13,))), *quiet(3_700)]),
    "a day to be left alone on": ("E6", [*first(says=Says(skip_days=(5,))), *[
        each for hour in range(1, 13) for each in quiet(3_600 * hour + 1)]]),
    "more polls than the publisher wants": ("E6", [*first(says=Says(wish=3_600.0)), *[
        each for number in range(1, 60) for each in quiet(900 * number)]]),
    "a cookie": ("E7", [*first(), *quiet(300, asked={**TAGGED, "cookie": "a=1"})]),
    "a Referer": ("E7", [*first(), *quiet(300, asked={**TAGGED, "referer": URL})]),
    "a User-Agent without a link": ("E7", [*first(), *quiet(300, asked={**TAGGED, "user-agent": "Newsvane/1"})]),
    "an address that nothing permanent led to": ("E8", [*first(), *quiet(300, url="http://a.example/new")]),
    "too many hops": ("E8", [*first(), *[
        asked(300 + 2 * hop, 302, url=f"{URL}{hop or ''}", sent={"location": f"{URL}{hop + 1}"}) for hop in range(7)],
        Settled(feed="a", at=NOON + 320, failed=True)]),
    "a machine that it must not be led to": ("E8", [*first(), asked(300, 301, sent={"location": "http://10.0.0.1/"}),
        *failed(302, 200, url="http://10.0.0.1/", host="10.0.0.1")]),
    "from https to http": ("E8", [*first(url="https://a.example/feed"), asked(
        300, 302, url="https://a.example/feed", sent={"location": URL}), *quiet(302)]),
    "after 410": ("E9", [*first(), *failed(300, 410, "gone"), *failed(4_000, 410)]),
    "no patience with one that fails": ("E9", [*first(), *failed(300), *failed(420), *failed(600)]),
    "broken is told twice": ("E9", [*first(), *failed(300, 500, "broken"), *failed(420, 500, "broken")]),
    "broken is not told": ("E9", [*first(), *failed(300), *failed(420), *failed(3_900)]),
    "well is told of one that was well": ("E9", [*first(), asked(300), Settled(
        feed="a", at=NOON + 300, notices=("well",))]),
    "two at a time": ("E10", [*first(ended=NOON + 301), *quiet(300)]),
    "one host's feeds without a pause": ("E10", [*first(), asked(
        1, 500, asked=POLITE, feed="b"), Settled(feed="b", at=NOON + 1, failed=True)]),
    "the same body is read again": ("E11", [*first(), asked(300, 200, good=True, body="one", sent=BODY),
        Parsed(feed="a", body="one"), Settled(feed="a", at=NOON + 300)]),
    "a 304 that nothing asked for counts": ("E12", [asked(0, asked=POLITE), Settled(feed="a", at=NOON)]),
    "stale is told of one that is not": ("E13", [*first(), asked(300), Settled(
        feed="a", at=NOON + 300, notices=("stale",))]),
    "a good feed counts as failed": ("read", [*first(), *failed(300, 200, good=True, body="two")]),
    "a feed that is forgotten": ("late", [*first(), *quiet(9_000)]),
    "the first poll is told": ("once", [*first()[:2], Settled(feed="a", at=NOON, new=1, alerts=((1, "x"),))]),
    "an alert comes twice": ("once", [*first(), *[
        each for after in (300, 600) for each in (
            asked(after), Settled(feed="a", at=NOON + after, alerts=((1, "x"),)))]]),
}  # fmt: skip


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_found(name):
    rule, log = BREACHES[name]
    terms = replace(TERMS, forbidden=frozenset({"10.0.0.1"}))
    if name == "from https to http":
        terms = replace(TERMS, url="https://a.example/feed")
    more = {"b": replace(TERMS, feed="b")} if any(each.feed == "b" for each in log) else {}
    last = max(each.at for each in log if not isinstance(each, Parsed))
    trial = Trial(log=log, terms={"a": terms, **more}, lives=((NOON, last + 60),))
    assert {each.rule for each in scorecard.score(trial)} == {rule}


def test_an_alert_that_never_came_is_found():
    assert judged(GOOD, wanted=frozenset({(1, "x")})) == ["once"]


def test_a_feed_that_fell_silent_and_was_not_spoken_of_is_found():
    log = [*first(), *[each for number in range(1, 60) for each in quiet(3_600.0 * number)]]
    assert judged(log, terms=replace(TERMS, silence=DAY)) == ["E13"]


def test_a_start_at_which_all_are_asked_at_once_is_found():
    log = [
        replace(each, feed=f"f{number}", **({"host": f"h{number}"} if isinstance(each, Exchange) else {}))
        for number in range(30)
        for each in first()
        if isinstance(each, Exchange)
    ]
    terms = {each.feed: replace(TERMS, feed=each.feed) for each in log}
    trial = Trial(log=log, terms=terms, lives=((NOON, NOON + 60),))
    assert {each.rule for each in scorecard.score(trial)} == {"E10"}


def test_a_restart_excuses_what_came_late_but_no_more_than_five_minutes_of_it():
    down = [*first(), *quiet(9_000, life=1)]
    assert judged(down, lives=((NOON, NOON + 60), (NOON + 8_900, NOON + 9_100))) == []
    assert judged(down, lives=((NOON, NOON + 60), (NOON + 7_000, NOON + 9_100))) == ["late"]


def test_a_permanent_redirect_is_followed_for_good_from_the_fourth_poll_on():
    new = "http://a.example/new"

    def through(after: float) -> list:
        return [
            asked(after, 301, sent={"location": new}),
            asked(after + 2, url=new),
            Settled(feed="a", at=NOON + after),
        ]

    three = [*first(), *through(300), *through(600), *through(900)]
    assert judged([*three, *quiet(1_200, url=new)]) == []
    assert judged([*three, *through(1_200)]) == ["E8"]
    assert judged([*three[:-3], *quiet(1_200, url=new)]) == ["E8"]


def test_what_was_under_way_at_a_crash_may_be_remembered_or_not():
    under_way = [*first(), asked(300, 200, sent={"etag": '"2"'}, good=True, body="two")]
    for tag in ('W/"1"', '"2"'):
        assert judged([*under_way, *quiet(600, life=1, asked={**POLITE, "if-none-match": tag})]) == []
    assert "E1" in judged([*under_way, *quiet(600, life=1, asked=POLITE)])
