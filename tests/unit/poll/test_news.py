"""What a poll leads to."""

import pytest
from examples import NOW, a_match, a_matched_item, an_item
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Feed, FeedState, KnownName, MatchedItem, PollFacts
from bot.poll.news import news_of, oldest_first, short_id
from bot.poll.slices import Rest

FEED = Feed(name="moscow-times", title="The Moscow Times", url="https://times.example/rss")


def planned(*arrivals, known=(), audience=None, primed=True, kept=None, told=None, feed=FEED):
    """What these items lead to; `known` are names in this feed, `told` the chats by name."""
    matches = {arrival.item: arrival.matches for arrival in arrivals}
    facts = PollFacts(
        feed=feed,
        state=FeedState(feed=feed.name),
        known={name: KnownName(feed.name, name, name, NOW) for name in known},
        subscribers=audience or {},
        kept=kept or {},
        told=lambda names, chats: frozenset(chats) & {chat for name in names for chat in (told or {}).get(name, ())},
    )
    rest = Rest(items=oldest_first([arrival.item for arrival in arrivals], NOW))
    return news_of(rest, facts, matches.__getitem__, primed=primed, now=NOW)


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
    assert set(result.names) == {"a1", "a2"}
    assert {entry.item.key for entry in result.new} == {"a1", "a2"}
    assert {skip.reason for skip in result.skipped} == {"first poll"}


def test_a_known_item_is_not_told_again():
    result = planned(a_matched_item("a1", "idlib"), known={"a1"}, audience={"idlib": [1]})
    assert (result.deliveries, result.new) == ((), ())
    assert [skip.reason for skip in result.skipped] == ["known"]


def test_an_item_known_under_any_of_its_names_is_known_and_its_new_name_is_remembered():
    item = an_item("new-guid", keys=("new-guid", "same-link"))
    arrival = MatchedItem(item=item, matches=(a_match(item, "idlib", "Idlib"),))
    result = planned(arrival, known={"same-link"}, audience={"idlib": [1]})
    assert result.deliveries == ()
    assert set(result.names) == {"new-guid", "same-link"}


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


CHATS_OWN = Feed(name="blog", title="A blog", url="https://blog.example/rss", added=True, chats=(1,))


def test_what_a_chats_own_feed_shows_is_told_to_that_chat_alone():
    result = planned(a_matched_item("a1", "idlib", feed="blog"), audience={"idlib": [1, 2]}, feed=CHATS_OWN)
    assert [(row.feed, row.item, row.chat) for row in result.deliveries] == [("blog", "a1", 1)]


def test_what_everybodys_feeds_have_told_a_chat_is_no_news_in_its_own_and_what_they_have_not_is():
    """A feed's first poll makes much known and tells nobody; that must not silence who follows it on his own."""
    arrival = a_matched_item("a1", "idlib", feed="blog")
    heard = planned(arrival, audience={"idlib": [1]}, feed=CHATS_OWN, told={"a1": [1]})
    assert heard.deliveries == ()
    fresh = planned(arrival, audience={"idlib": [1]}, feed=CHATS_OWN)
    assert [(row.item, row.chat) for row in fresh.deliveries] == [("a1", 1)]


def test_an_item_told_under_any_of_its_names_is_told():
    item = an_item("new-guid", keys=("new-guid", "same-link"))
    arrival = MatchedItem(item=item, matches=(a_match(item, "idlib", "Idlib"),))
    result = planned(arrival, audience={"idlib": [1, 2]}, told={"same-link": [1]})
    assert [row.chat for row in result.deliveries] == [2]


def test_who_was_told_by_a_feed_of_his_own_is_not_told_again():
    result = planned(a_matched_item("a1", "idlib"), audience={"idlib": [1, 2]}, told={"a1": [1]})
    assert [row.chat for row in result.deliveries] == [2]


def test_where_everybody_was_told_by_another_feed_the_reason_says_so():
    result = planned(a_matched_item("a1", "idlib"), audience={"idlib": [1]}, told={"a1": [1]})
    assert [skip.reason for skip in result.skipped] == ["told by another feed"]


def test_every_name_of_an_item_leads_to_its_own_name():
    item = an_item("id-1", keys=("id-1", "link"))
    result = planned(MatchedItem(item=item, matches=()))
    assert dict(result.names) == {"id-1": "id-1", "link": "id-1"}


def test_a_known_item_with_other_words_is_told_to_those_whose_watch_meets_only_these():
    before = a_matched_item("a1", "s-400", title="Idlib as it was")
    now = a_matched_item("a1", "s-400", "idlib", title="Idlib as it is")
    audience = {"idlib": [1, 2], "s-400": [3]}
    result = planned(now, known={"a1"}, audience=audience, kept={"a1": before}, told={"a1": [2]})
    assert [(row.chat, row.item, row.watches) for row in result.deliveries] == [(1, "a1", ("idlib",))]
    assert result.new == ()
    assert [entry.item.title for entry in result.edited] == ["Idlib as it is"]


def test_what_an_item_was_met_by_stays_met_when_its_words_change():
    before = a_matched_item("a1", "idlib", title="Idlib falls")
    result = planned(a_matched_item("a1", title="A town falls"), known={"a1"}, kept={"a1": before})
    (edited,) = result.edited
    assert [(match.watch, match.hits) for match in edited.matches] == [("idlib", ())]
    assert result.deliveries == ()


def test_what_no_watch_meets_is_not_written_anew_at_each_change_of_its_words():
    before = a_matched_item("a1", title="A quiet day, 3 comments")
    result = planned(a_matched_item("a1", title="A quiet day, 4 comments"), known={"a1"}, kept={"a1": before})
    assert (result.edited, [skip.reason for skip in result.skipped]) == ((), ["known"])
