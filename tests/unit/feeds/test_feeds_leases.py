"""What is decided about a feed's hub, as sentences."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.websub import leases
from bot.feeds.websub.leases import (
    CallRefused,
    Confirmed,
    Denied,
    Leave,
    Nothing,
    Renew,
    Subscribe,
    Wait,
    asked,
    granted,
    judged,
    next_step,
    polled,
    pushed,
    relaxed,
    usable,
)
from bot.model import Lease

NOW = 1_780_000_000.0
DAY = 86_400.0
HUB, OTHER_HUB = "https://hub.example/", "https://other.example/"
TOPIC = "https://news.example/rss"
FRESH = Lease(feed="times", hub=HUB, topic=TOPIC, callback="https://me.example/websub/t1", secret="s1")
ASKED = replace(FRESH, asked_at=NOW, asks=1)
LIVE = replace(FRESH, state="verified", asked_at=NOW, verified_at=NOW, expires_at=NOW + 8 * DAY)


def step(lease: Lease | None, at: float = 0.0, hubs=(HUB,), topic: str = TOPIC):
    return next_step(lease, hubs, topic, NOW + at)


def ask(lease: Lease | None, wish, at: float = 0.0) -> Lease:
    return asked(lease, wish, feed="times", callback="https://me.example/websub/t2", secret="s2", now=NOW + at)


def call(lease: Lease, at: float = 0.0, *, leaving: bool = False, **query: str):
    said = {"mode": "subscribe", "topic": TOPIC, "challenge": "c", "lease_seconds": "864000"} | query
    return judged(lease, {f"hub.{key}": value for key, value in said.items()}, NOW + at, leaving=leaving)


def test_a_feed_without_hubs_leads_to_nothing():
    assert isinstance(step(None, hubs=()), Nothing)
    assert isinstance(step(None, topic=""), Nothing)


def test_a_feed_that_names_a_hub_is_subscribed_to():
    assert step(None) == Subscribe(hub=HUB, topic=TOPIC, reason="the feed names a hub")


def test_an_encrypted_hub_goes_first_else_the_publishers_order_holds():
    assert usable(["http://a.example/", OTHER_HUB, HUB, OTHER_HUB]) == [OTHER_HUB, HUB, "http://a.example/"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://hub.example/",
        "javascript:alert(1)",
        "/hub",
        "https:///",
        "https://me:pw@hub.example/",
        "https://hub.example/ x",
        "https://hub.example/\n",
        "https://[::1/",
        "https://hub.example/" + "x" * 2_000,
    ],
)
def test_what_is_no_proper_address_is_no_hub_and_no_topic(address):
    assert usable([address]) == []
    assert isinstance(step(None, topic=address), Nothing)


def test_a_hub_that_was_asked_has_five_minutes_to_verify_then_twice_as_long_up_to_a_day():
    lease, at, waits = ask(None, step(None)), 0.0, []
    for _ in range(12):
        wait = step(lease, at)
        assert isinstance(wait, Wait)
        waits.append(wait.until - (NOW + at))
        at = wait.until - NOW
        lease = ask(lease, step(lease, at), at)
    assert waits[:4] == [300.0, 600.0, 1_200.0, 2_400.0]
    assert max(waits) == waits[-1] == DAY


def test_asking_the_same_hub_again_keeps_callback_and_secret():
    again = ask(ASKED, step(ASKED, 301.0), 301.0)
    assert (again.callback, again.secret, again.asks) == (ASKED.callback, ASKED.secret, 2)


def test_after_three_questions_in_vain_the_next_hub_has_its_turn_with_a_callback_of_its_own():
    lease = replace(ASKED, asks=3)
    wish = step(lease, DAY, hubs=(HUB, OTHER_HUB))
    assert isinstance(wish, Subscribe)
    assert wish.hub == OTHER_HUB
    turned = ask(lease, wish, DAY)
    assert (turned.secret, turned.token, turned.asks) == ("s2", "t2", 4)
    assert step(replace(turned, asks=6), 3 * DAY, hubs=(HUB, OTHER_HUB)).hub == HUB


def test_a_verified_lease_is_renewed_at_three_quarters_of_its_time_and_stays_live_meanwhile():
    assert step(LIVE, 1.0) == Wait(until=NOW + 6 * DAY, reason="the lease will end")
    assert isinstance(step(LIVE, 6 * DAY), Renew)
    renewing = ask(LIVE, step(LIVE, 6 * DAY), 6 * DAY)
    assert (renewing.state, renewing.expires_at) == ("verified", LIVE.expires_at)
    assert isinstance(step(renewing, 6 * DAY + 1), Wait)
    assert isinstance(step(renewing, 6 * DAY + 301), Renew)


def test_a_lease_that_ended_is_asked_for_again():
    assert step(LIVE, 9 * DAY) == Subscribe(hub=HUB, topic=TOPIC, reason="the lease ended")
    again = ask(LIVE, step(LIVE, 9 * DAY), 9 * DAY)
    assert (again.state, again.token) == ("asked", "t1")


def test_a_hub_that_denied_is_asked_again_in_a_day_or_another_is():
    denied = replace(ASKED, state="denied", reason="no")
    assert step(denied, 3_600.0) == Wait(until=NOW + DAY, reason="the hub denied: no")
    assert step(denied, DAY).hub == HUB
    assert step(denied, DAY, hubs=(HUB, OTHER_HUB)).hub == OTHER_HUB


def test_another_topic_or_hub_is_subscribed_to_but_not_more_often_than_every_five_minutes():
    for changes, reason in (
        ({"hubs": (OTHER_HUB,)}, "the feed names another hub"),
        ({"topic": TOPIC + "2"}, "the feed has another topic"),
    ):
        assert step(LIVE, 299.0, **changes) == Wait(until=NOW + 300.0, reason=reason)
        assert step(LIVE, 300.0, **changes).reason == reason


def test_a_hub_named_besides_the_one_that_works_changes_nothing():
    assert isinstance(step(LIVE, 301.0, hubs=(OTHER_HUB, HUB)), Wait)


def test_a_feed_that_names_no_hub_any_longer_gives_its_lease_up():
    assert step(LIVE, hubs=()) == Leave(reason="the feed names no hub any longer")


def test_a_clock_that_was_put_back_makes_nothing_wait_for_it():
    assert isinstance(step(ASKED, -7_200.0), Subscribe)
    assert isinstance(step(LIVE, -7_200.0), Renew)


def test_a_question_that_was_asked_is_confirmed_with_the_lease_that_the_hub_grants():
    verdict = call(ASKED, 5.0, lease_seconds="600000")
    assert isinstance(verdict, Confirmed)
    assert verdict.challenge == "c"
    assert verdict.lease.state == "verified"
    assert (verdict.lease.asks, verdict.lease.expires_at) == (0, NOW + 5 + 600_000)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1", 300.0),
        ("0", 300.0),
        ("864000", 864_000.0),
        ("315360000", 30 * DAY),
        ("9" * 15, 30 * DAY),
        ("9" * 16, DAY),
        ("", DAY),
        ("-5", DAY),
        ("1e9", DAY),
        ("٣٠٠", DAY),
    ],
)
def test_the_seconds_that_a_hub_grants_are_kept_within_bounds(said, seconds):
    assert granted(said) == seconds


@pytest.mark.parametrize(
    "query",
    [
        {"topic": TOPIC + "/other"},
        {"mode": "unsubscribe"},
        {"mode": ""},
        {"mode": "publish"},
        {"challenge": ""},
        {"challenge": "c" * 2_001},
        {"challenge": "c\ud800"},
        {"challenge": "c\r\nX: y"},
    ],
)
def test_what_was_not_asked_is_refused(query):
    assert isinstance(call(ASKED, **query), CallRefused)
    assert isinstance(call(LIVE, **query), CallRefused)


def test_a_hub_that_asks_by_itself_is_told_the_truth_but_cannot_stretch_the_lease():
    assert call(LIVE, DAY) == Confirmed(challenge="c", lease=LIVE)
    assert isinstance(call(LIVE, 9 * DAY), CallRefused)


def test_a_lease_that_is_given_up_is_confirmed_as_such_and_not_as_wished():
    assert call(LIVE, leaving=True, mode="unsubscribe") == Confirmed(challenge="c", lease=None)
    assert isinstance(call(LIVE, leaving=True), CallRefused)
    assert isinstance(call(LIVE, leaving=True, mode="denied"), CallRefused)


def test_a_hub_may_deny_at_any_time_and_its_words_are_cleaned():
    for lease in (ASKED, LIVE):
        verdict = call(lease, mode="denied", reason="<b>not</b> \u202eyou\n" + "x" * 500)
        assert isinstance(verdict, Denied)
        assert verdict.lease.state == "denied"
        assert verdict.lease.reason.startswith("not you x")
        assert len(verdict.lease.reason) <= 200
        assert isinstance(call(verdict.lease), CallRefused)


def test_a_denial_of_another_topic_is_refused():
    assert isinstance(call(ASKED, mode="denied", topic="x"), CallRefused)


def test_a_feed_is_polled_as_usual_until_its_hub_has_pushed():
    usual = {"usual": 300.0, "longest": 3_600.0}
    assert relaxed(None, **usual, now=NOW).seconds == 300.0
    assert relaxed(LIVE, **usual, now=NOW).reason == "its hub has not pushed yet"
    works = pushed(LIVE, NOW)
    assert relaxed(works, **usual, now=NOW + 1).seconds == 3_600.0
    assert relaxed(works, **usual, now=NOW + 9 * DAY).reason == "no hub pushes it"
    assert relaxed(works, usual=7_200.0, longest=3_600.0, now=NOW).seconds == 7_200.0


def test_a_hub_is_relied_on_until_a_poll_finds_what_it_did_not_push_and_again_when_it_pushes():
    works = pushed(LIVE, NOW)
    slower = polled(works, news=3, now=NOW + 1)
    assert relaxed(slower, usual=300.0, longest=3_600.0, now=NOW + 1).reason == "its hub has not pushed all"
    assert relaxed(pushed(slower, NOW + 3), usual=300.0, longest=3_600.0, now=NOW + 3).seconds == 3_600.0
    assert polled(slower, news=1, now=NOW + 2).missed == polled(polled(slower, news=1, now=NOW), news=1, now=NOW).missed
    assert polled(works, news=0, now=NOW) == works
    assert polled(ASKED, news=1, now=NOW) == ASKED


@given(
    state=st.sampled_from(["asked", "verified", "denied"]),
    times=st.tuples(*[st.floats(0, NOW * 2) for _ in range(3)]),
    asks=st.integers(0, 2_000),
    hubs=st.lists(st.sampled_from([HUB, OTHER_HUB, "x"]), max_size=3),
    now=st.floats(NOW / 2, NOW * 2),
)
def test_whatever_is_remembered_no_hub_is_asked_twice_within_five_minutes(state, times, asks, hubs, now):
    asked_at, verified_at, expires_at = times
    lease = replace(FRESH, state=state, asked_at=asked_at, verified_at=verified_at, expires_at=expires_at, asks=asks)
    first = next_step(lease, hubs, TOPIC, now)
    if isinstance(first, Subscribe | Renew):
        second = next_step(ask(lease, first, now - NOW), hubs, TOPIC, now + 299.0)
        assert isinstance(second, Wait)
        assert second.until >= now + leases.SPACING
    if isinstance(first, Wait):
        assert now < first.until <= max(now, expires_at) + 2 * DAY
