"""What a poll leads to: every rule as a sentence, without I/O."""

import itertools
from dataclasses import replace

import pytest
from examples import NOW, a_match, a_state, an_item
from growth import check_growth

from bot.errors import FeedRefused, FeedUnreachable
from bot.feeds.schedule.habit import Habit, written_habit
from bot.messages.en import NOBODY_ANSWERS as NOBODY
from bot.model import (
    Connection,
    Entry,
    Feed,
    FeedBounds,
    Fetched,
    KnownName,
    Lease,
    MatchedItem,
    NotModified,
    ParsedFeed,
    PollFacts,
    Queue,
    Watch,
)
from bot.model.bounds import NAMES, OWN_ITEMS
from bot.poll.decide import PUSHED_KEPT, Rules, decide, decide_push, state_for
from bot.poll.shown import NAMES_OVER
from bot.poll.slices import Answer
from bot.settings import PollSettings

FEED = Feed(name="moscow-times", title="The Moscow Times", url="https://times.example/rss")
BLOG = Feed(name="blog", title="A blog", url="https://blog.example/rss", added=True, chats=(1,))
POLL = PollSettings(interval=300.0, min_interval=120.0, max_interval=3_600.0)
DAY = 86_400.0
ANNA, BORIS, OWNER = 1, 2, 99
WATCHES = (
    Watch(name="idlib", title="Idlib", query="Idlib"),
    Watch(name="elsewhere", title="Elsewhere", query="Idlib", feeds=("other",)),
)
SUBSCRIBERS = {"idlib": [ANNA], "elsewhere": [BORIS]}


def meets_idlib(item):
    return (a_match(item, "idlib", "Idlib"),) if "Idlib" in item.title else ()


RULES = Rules(match=meets_idlib, could=None, watches=WATCHES, poll=POLL, operator=OWNER)


def facts(feed=FEED, state=None, known=(), **more):
    """What is remembered of a feed that has been polled an hour ago, unless told otherwise."""
    polled = a_state(feed.name, url=feed.url, primed=True, last_poll=NOW - 3_600, last_success=NOW - 3_600)
    names = {name: KnownName(feed.name, name, name, NOW - 3_600) for name in known}
    given = {"subscribers": SUBSCRIBERS, "known": names, "feeds": 2, "connection": Connection(heard=NOW - 5), **more}
    return PollFacts(feed=feed, state=state or polled, **given)


def shows(*items, answer=None, parsed=None, at=NOW):
    """An answer that shows these items."""
    answer = answer or Fetched(body=b"x", etag='"new"')
    entries = tuple(Entry(published=item.published) for item in items)
    return Answer(
        at=at, seconds=0.5, answer=answer, parsed=parsed or ParsedFeed(title="", entries=entries), items=items,
        body_hash="h",
    )  # fmt: skip


def fails(error, at=NOW):
    return Answer(at=at, seconds=1.0, error=error)


DOWN = FeedUnreachable("no answer")


# --- news ---------------------------------------------------------------------------------------------------


def test_a_new_match_is_known_kept_queued_and_told_in_one_change():
    item = an_item("a1", keys=("a1", "link"))
    changes = decide(facts(), shows(item), RULES).changes
    assert [(each.name, each.own) for each in changes.known] == [("a1", "a1"), ("link", "a1")]
    assert [entry.item for entry in changes.items] == [item]
    assert [(row.item, row.feed, row.chat) for row in changes.deliveries] == [("a1", "moscow-times", ANNA)]
    assert changes.told == {"a1": {ANNA}, "link": {ANNA}}
    assert [state.feed for state in changes.states] == ["moscow-times"]


def test_the_first_poll_is_silent_and_the_second_is_not():
    first = decide(facts(state=a_state("moscow-times")), shows(an_item("a1")), RULES)
    assert (first.deliveries, first.state.primed) == ((), True)
    second = decide(facts(state=first.state, known=["a1"]), shows(an_item("a2"), an_item("a1")), RULES)
    assert [row.item for row in second.deliveries] == ["a2"]


def test_nothing_is_decided_of_items_where_nothing_has_changed():
    outcome = decide(facts(known=["a1"]), Answer(at=NOW, answer=NotModified()), RULES)
    assert (outcome.new, outcome.changes.known, outcome.changes.items) == ((), (), ())
    assert outcome.state.health.polls[-1].outcome == "304"


def test_a_feed_that_moved_to_another_address_and_shows_what_is_known_goes_on():
    moved = a_state("moscow-times", url="https://old.example/rss", primed=True, last_new=NOW - 99)
    outcome = decide(facts(state=moved, known=["a1"]), shows(an_item("a2"), an_item("a1")), RULES)
    assert [row.item for row in outcome.deliveries] == ["a2"]


def test_another_publisher_at_a_feeds_new_address_begins_with_a_silent_poll():
    moved = a_state("moscow-times", url="https://old.example/rss", primed=True, last_new=NOW - 99)
    assert decide(facts(state=moved), shows(an_item("a2")), RULES).deliveries == ()


def test_what_belongs_to_an_address_does_not_hold_at_another_but_a_pause_does():
    state = a_state("moscow-times", url="https://old.example/rss", etag='"1"', failures=3, paused=True, last_new=5.0)
    now = state_for(state, FEED)
    assert (now.validators.etag, now.health.failures, now.primed) == ("", 0, False)
    assert (now.paused, now.health.last_new, now.url) == (True, 5.0, FEED.url)


def test_names_that_are_still_shown_are_written_anew_once_a_day():
    ages = {"a": 2 * DAY, "b": 60.0}
    remembered = replace(
        facts(), known={name: KnownName("moscow-times", name, name, NOW - ages[name]) for name in ages}
    )
    changes = decide(remembered, shows(an_item("a"), an_item("b")), RULES).changes
    assert [each.name for each in changes.known] == ["a"]


def test_what_is_written_while_the_clock_is_set_back_bears_the_newest_time_there_is():
    changes = decide(facts(newest=NOW + DAY), shows(an_item("a1")), RULES).changes
    assert {each.seen for each in changes.known} == {changes.at} == {NOW + DAY}


@pytest.mark.parametrize(("known", "dropped"), [(-1, False), (0, False), (1, True)])
def test_the_oldest_names_of_a_feed_are_dropped_when_there_are_a_tenth_too_many(known, dropped):
    """And what the feed still shows is written anew, so that it is not among them."""
    most = round(NAMES * NAMES_OVER)
    remembered = replace(facts(known=["a2"]), names=most - 1 + known)
    changes = decide(remembered, shows(an_item("a1"), an_item("a2")), RULES).changes
    assert changes.bounds == ({"moscow-times": FeedBounds(names=NAMES)} if dropped else {})
    assert [each.name for each in changes.known] == (["a2", "a1"] if dropped else ["a1"])


def test_a_feed_that_shows_more_names_than_are_kept_keeps_those_that_it_shows():
    items = [an_item(f"a{n}") for n in range(NAMES + 1_000)]
    changes = decide(facts(names=NAMES + 2_000), shows(*items), replace(RULES, match=lambda _: ())).changes
    assert changes.bounds == {"moscow-times": FeedBounds(names=NAMES + 1_000)}


def test_without_a_new_name_none_is_dropped():
    assert decide(facts(known=["a1"], names=2 * NAMES), shows(an_item("a1")), RULES).changes.bounds == {}


def test_of_a_chats_own_feed_the_newest_items_are_kept_whole():
    changes = decide(facts(feed=BLOG), shows(an_item("b1", feed="blog")), RULES).changes
    assert changes.bounds == {"blog": FeedBounds(items=OWN_ITEMS)}


def test_an_edit_is_told_to_whom_it_was_not_told_and_adds_no_new_item():
    before = MatchedItem(item=an_item("a1", title="Explosions in the north"), matches=())
    outcome = decide(facts(known=["a1"], kept={"a1": before}), shows(an_item("a1")), RULES)
    assert [row.chat for row in outcome.deliveries] == [ANNA]
    assert (outcome.new, [entry.item.title for entry in outcome.changes.items]) == ((), [an_item().title])


def test_what_a_chats_own_feed_may_let_wait_is_limited():
    items = [an_item(f"a{number}", feed="blog") for number in range(5)]
    outcome = decide(facts(feed=BLOG, waiting={ANNA: Queue(198)}), shows(*items), RULES)
    assert [bool(row.watches) for row in outcome.deliveries] == [True, True, False]
    assert [notice.more for notice in outcome.changes.notices] == [3]
    assert len(outcome.changes.told) == 2, "nobody was told of what was only counted"


def test_what_a_poll_costs_grows_with_its_items_and_with_those_who_are_told_and_no_faster():
    check_growth(
        lambda items: decide(facts(), shows(*items), replace(RULES, match=lambda _: ())),
        lambda size: [an_item(f"a{n}", keys=(f"a{n}", f"link{n}", f"page{n}")) for n in range(size)],
        200,
    )
    check_growth(
        lambda chats: decide(facts(subscribers={"idlib": chats}), shows(an_item("a1", keys=("a1", "link"))), RULES),
        lambda size: list(range(1, size + 1)),
        1_000,
    )


# --- the feed itself ----------------------------------------------------------------------------------------


def broken_long_ago():
    return a_state("moscow-times", url=FEED.url, primed=True, failures=5, failing_since=NOW - 7_200, last_poll=NOW - 60)


def test_a_broken_feed_is_told_once_to_the_operator_and_to_who_watches_it():
    outcome = decide(facts(state=broken_long_ago()), fails(DOWN), RULES)
    assert [row.chat for row in outcome.deliveries] == [OWNER, ANNA], "Boris watches another feed alone"
    again = decide(facts(state=outcome.state), fails(DOWN, NOW + 300), RULES)
    assert again.deliveries == ()


def test_how_a_chats_own_feed_is_doing_is_told_to_that_chat_alone():
    state = replace(broken_long_ago(), feed="blog", url=BLOG.url)
    outcome = decide(facts(feed=BLOG, state=state), fails(DOWN), RULES)
    assert [row.chat for row in outcome.deliveries] == [ANNA]


@pytest.mark.parametrize("feed", [FEED, BLOG])
def test_who_has_nothing_but_a_watch_of_their_own_hears_how_a_feed_is_doing(feed):
    state = replace(broken_long_ago(), feed=feed.name, url=feed.url)
    outcome = decide(facts(feed=feed, state=state, subscribers={"planes@1": [ANNA]}), fails(DOWN), RULES)
    assert ANNA in [row.chat for row in outcome.deliveries]


def test_who_has_unsubscribed_from_everything_hears_nothing_of_a_feed_of_his_own():
    state = replace(broken_long_ago(), feed="blog", url=BLOG.url)
    assert decide(facts(feed=BLOG, state=state, subscribers={}), fails(DOWN), RULES).deliveries == ()


def test_while_no_publisher_answers_the_first_broken_feed_says_so_and_the_others_wait():
    alone = Connection(heard=NOW - 9_000)
    first = decide(facts(state=broken_long_ago(), connection=alone), fails(DOWN), RULES)
    assert first.changes.notices[0].text.endswith(NOBODY)
    second = decide(facts(state=broken_long_ago(), connection=first.connection), fails(DOWN), RULES)
    assert (second.deliveries, second.state.health.told) == ((), "")


def test_a_refusal_proves_that_the_connection_works():
    refused = FeedRefused("503", status=503)
    assert decide(facts(connection=Connection(said=True)), fails(refused), RULES).connection == Connection(heard=NOW)


def test_a_failure_keeps_validators_and_what_is_known_and_says_why():
    outcome = decide(facts(state=a_state("moscow-times", url=FEED.url, primed=True, etag='"1"')), fails(DOWN), RULES)
    assert outcome.failure is DOWN
    assert (outcome.state.validators.etag, outcome.state.primed) == ('"1"', True)
    assert (outcome.state.health.error, outcome.state.health.failures) == ("no answer", 1)
    assert outcome.changes.known == ()


def test_an_answer_ends_a_failure_and_takes_the_validators_that_came():
    outcome = decide(facts(state=broken_long_ago()), shows(an_item("a1")), RULES)
    assert (outcome.state.health.failures, outcome.state.validators.etag) == (0, '"new"')
    assert outcome.state.validators.body_hash == "h"


# --- when it is asked next, and hubs -------------------------------------------------------------------------


def test_a_feed_without_a_habit_is_asked_at_its_interval():
    outcome = decide(facts(), shows(an_item("a1")), RULES)
    wait = outcome.state.schedule.next_poll - NOW
    assert 120.0 <= wait <= 330.0
    assert outcome.changes.habits["moscow-times"]


def test_no_habit_is_learnt_of_a_feed_that_is_asked_every_few_seconds():
    hurried = replace(RULES, poll=PollSettings(interval=5.0, min_interval=5.0, max_interval=60.0))
    outcome = decide(facts(feed=replace(FEED, interval=5.0)), shows(an_item("a1")), hurried)
    assert (outcome.changes.habits, outcome.state.schedule.next_poll) == ({}, NOW + 5.0)


def test_at_another_address_the_habit_begins_anew():
    moved = a_state("moscow-times", url="https://old.example/rss", primed=True, last_poll=NOW - 60)
    known = written_habit(Habit(last=NOW - 60))
    fresh = decide(facts(state=moved), shows(an_item("a1")), RULES).changes.habits
    assert decide(facts(state=moved, habit=known), shows(an_item("a1")), RULES).changes.habits == fresh


LEASE = Lease(
    feed="moscow-times", hub="https://hub.example/", topic=FEED.url, callback="https://me.example/websub/t", secret="s",
    state="verified", verified_at=NOW - 60, expires_at=NOW + DAY, pushed_at=NOW - 30,
)  # fmt: skip


@pytest.mark.parametrize(("leases", "rare"), [(True, True), (False, False)])
def test_a_feed_that_its_hub_pushes_is_polled_seldom_where_hubs_are_asked_at_all(leases, rare):
    outcome = decide(facts(lease=LEASE), shows(an_item("a1")), replace(RULES, leases=leases))
    assert (outcome.state.schedule.next_poll - NOW > 1_000.0) is rare


def test_the_hubs_of_the_headers_outrank_those_of_the_body_and_a_304_says_nothing_of_hubs():
    body = ParsedFeed(title="", entries=(), hubs=("https://body.example/",), topic="https://times.example/self")
    came = Fetched(body=b"x", hubs=("https://header.example/",), topic="https://times.example/topic")
    outcome = decide(facts(), shows(answer=came, parsed=body), RULES)
    assert (outcome.hubs, outcome.state.topic) == (("https://header.example/",), "https://times.example/topic")
    outcome = decide(facts(), shows(parsed=body), RULES)
    assert (outcome.hubs, outcome.state.topic) == (("https://body.example/",), "https://times.example/self")
    unchanged = decide(facts(state=outcome.state), Answer(at=NOW, answer=NotModified()), RULES)
    assert (unchanged.hubs, unchanged.state.hubs) == (None, ("https://body.example/",))


# --- pushes -------------------------------------------------------------------------------------------------


def test_a_push_tells_at_once_keeps_the_validators_and_teaches_the_next_poll():
    state = a_state("moscow-times", url=FEED.url, primed=True, etag='"1"', last_new=NOW - 60)
    outcome = decide_push(facts(state=state), shows(an_item("a1")), RULES)
    assert outcome
    assert (outcome.pushed, [row.chat for row in outcome.deliveries]) == (True, [ANNA])
    assert (outcome.state.validators.etag, outcome.state.health.last_new) == ('"1"', NOW)
    assert outcome.state.pushed == (NOW - 240,)
    polled = decide(facts(state=outcome.state, known=["a1"]), Answer(at=NOW + 60, answer=NotModified()), RULES)
    assert polled.state.pushed == ()


def test_no_more_pushed_items_than_a_bound_wait_to_be_learnt_from():
    state = a_state("moscow-times", url=FEED.url, primed=True, pushed=(1.0,) * PUSHED_KEPT)
    outcome = decide_push(facts(state=state), shows(an_item("a1")), RULES)
    assert outcome
    assert (len(outcome.state.pushed), outcome.state.pushed[-1]) == (PUSHED_KEPT, NOW - 240)


@pytest.mark.parametrize("changes", [{"primed": False}, {"paused": True}])
def test_a_push_for_a_feed_that_is_paused_or_had_no_first_poll_is_of_no_use(changes):
    state = a_state("moscow-times", **{"url": FEED.url, "primed": True, **changes})
    assert decide_push(facts(state=state), shows(an_item("a1")), RULES) is None


def test_a_push_without_entries_is_of_no_use():
    assert decide_push(facts(), shows(), RULES) is None


def test_a_chats_own_feed_is_asked_at_times_that_hang_on_nothing_but_its_address():
    """Not on its habit, on when it was added, or on how many feeds others have."""
    item = an_item("a1", feed=BLOG.name)
    young = a_state(BLOG.name, url=BLOG.url, primed=True, last_poll=NOW - 300, last_success=NOW - 300)
    old = a_state("blog@2", url=BLOG.url, primed=True, last_poll=NOW - 310, last_success=NOW - 310)
    habit = written_habit(Habit())
    plans = {
        decide(
            facts(replace(BLOG, name=state.feed), state, habit=given, feeds=many), shows(item), RULES
        ).state.schedule.next_poll
        for state, given, many in ((young, "", 2), (old, habit, 900))
    }
    assert len(plans) == 1
    assert NOW + POLL.interval / 2 - 5 <= plans.pop() <= NOW + POLL.interval * 3 / 2


def test_a_name_that_is_known_from_before_the_feed_was_renamed_is_written_anew_under_its_present_name():
    blog = replace(BLOG, name="blog@1", formerly=("blog",))
    before = {"a1": KnownName("blog", "a1", "a1", NOW - 60)}
    outcome = decide(replace(facts(blog), known=before), shows(an_item("a1", feed=blog.name)), RULES)
    assert outcome.new == ()
    assert [(each.feed, each.name) for each in outcome.changes.known] == [("blog@1", "a1")]


@pytest.mark.parametrize("offset", range(0, 3_600, 200))
def test_a_chats_own_feed_waits_no_longer_than_max_interval_and_comes_to_its_steps_however_it_was_asked(offset):
    rules = replace(RULES, poll=replace(POLL, interval=3_600.0))
    state, times = a_state(BLOG.name, url=BLOG.url, primed=True, last_poll=NOW - 300), [NOW + offset]
    for _ in range(5):
        item = an_item(f"a{times[-1]}", feed=BLOG.name)
        state = decide(facts(BLOG, state), shows(item, at=times[-1]), rules).state
        times.append(state.schedule.next_poll)
    waits = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert all(POLL.min_interval <= each <= POLL.max_interval for each in waits)
    assert waits[-2:] == pytest.approx([3_600.0] * 2)
