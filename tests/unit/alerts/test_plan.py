"""What a poll leads to."""

import pytest
from examples import NOW, a_match, a_matched_item, an_item
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.plan import plan, short_id
from bot.model import MatchedItem


def planned(*arrivals, known=(), audience=None, primed=True):
    return plan(arrivals, known=frozenset(known), audience=audience or {}, primed=primed, now=NOW)


def test_a_new_match_is_queued_for_everyone_who_subscribes():
    result = planned(a_matched_item("a1", "idlib"), audience={"idlib": [1, 2], "s-400": [3]})
    assert [(row.chat, row.item, row.watches, row.state) for row in result.deliveries] == [
        (1, "a1", ("idlib",), "queued"),
        (2, "a1", ("idlib",), "queued"),
    ]


def test_a_person_gets_one_message_however_many_watches_an_item_meets():
    result = planned(a_matched_item("a1", "idlib", "s-400"), audience={"idlib": [1], "s-400": [1]})
    assert [row.watches for row in result.deliveries] == [("idlib", "s-400")]


def test_the_first_poll_of_a_feed_tells_nobody_and_remembers_all():
    result = planned(a_matched_item("a1", "idlib"), a_matched_item("a2"), audience={"idlib": [1]}, primed=False)
    assert result.deliveries == ()
    assert set(result.known) == {"a1", "a2"}
    assert {entry.item.key for entry in result.items} == {"a1", "a2"}
    assert {skip.reason for skip in result.skipped} == {"first poll"}


def test_a_known_item_is_not_told_again():
    result = planned(a_matched_item("a1", "idlib"), known={"a1"}, audience={"idlib": [1]})
    assert (result.deliveries, result.items) == ((), ())
    assert [skip.reason for skip in result.skipped] == ["known"]


def test_an_item_known_under_any_of_its_names_is_known_and_its_new_name_is_remembered():
    item = an_item("new-guid", keys=("new-guid", "same-link"))
    arrival = MatchedItem(item=item, matches=(a_match(item, "idlib", "Idlib"),))
    result = planned(arrival, known={"same-link"}, audience={"idlib": [1]})
    assert result.deliveries == ()
    assert set(result.known) == {"new-guid", "same-link"}


def test_an_item_that_stands_twice_in_one_feed_is_told_once():
    result = planned(a_matched_item("a1", "idlib"), a_matched_item("a1", "idlib"), audience={"idlib": [1]})
    assert len(result.deliveries) == 1


def test_older_news_goes_out_before_newer():
    newest_first = [
        a_matched_item("late", "idlib", published=NOW - 10),
        a_matched_item("undated", "idlib", published=None),
        a_matched_item("early", "idlib", published=NOW - 900),
    ]
    rows = planned(*newest_first, audience={"idlib": [1]}).deliveries
    assert [row.item for row in rows] == ["early", "late", "undated"]


def test_undated_news_keeps_the_publishers_order_oldest_first():
    newest_first = [a_matched_item(key, "idlib", published=None) for key in ("third", "second", "first")]
    assert [row.item for row in planned(*newest_first, audience={"idlib": [1]}).deliveries] == [
        "first",
        "second",
        "third",
    ]


@pytest.mark.parametrize(("quiet", "rings"), [((True, True), False), ((True, False), True), ((False, False), True)])
def test_an_alert_rings_unless_all_its_watchlists_are_silent(quiet, rings):
    item = an_item()
    matches = tuple(a_match(item, name, "Idlib", silent=silent) for name, silent in zip(("a", "b"), quiet, strict=True))
    result = planned(MatchedItem(item=item, matches=matches), audience={"a": [1], "b": [1]})
    assert result.deliveries[0].silent is not rings


def test_an_item_that_alerts_nobody_says_why():
    result = planned(a_matched_item("a1"), a_matched_item("a2", "idlib"))
    assert {skip.item.key: skip.reason for skip in result.skipped} == {"a1": "no match", "a2": "nobody subscribes"}


def test_copies_of_an_alert_have_the_same_id_and_other_alerts_another():
    assert short_id("a1", 7) == short_id("a1", 7)
    assert len({short_id(f"a{n}", chat) for n in range(40) for chat in range(40)}) == 1600


@given(
    keys=st.lists(st.sampled_from("abcdef"), max_size=12),
    known=st.frozensets(st.sampled_from("abcdef")),
    chats=st.lists(st.integers(1, 4), unique=True),
)
def test_nobody_is_told_of_an_item_twice_and_every_unknown_match_is_told(keys, known, chats):
    result = planned(*(a_matched_item(key, "idlib") for key in keys), known=known, audience={"idlib": chats})
    told = [(row.chat, row.item) for row in result.deliveries]
    assert len(told) == len(set(told))
    assert set(told) == {(chat, key) for chat in chats for key in set(keys) - known}
