"""Which articles are wanted, and what follows once one was read, or could not be: every rule as a sentence."""

from dataclasses import replace

import pytest
from examples import NOW, a_match, a_state, an_item

from bot.model import (
    Article,
    Delivery,
    Feed,
    Fetched,
    Hit,
    KnownName,
    Match,
    MatchedItem,
    Pages,
    Paragraph,
    PollFacts,
    Unread,
    Wanted,
)
from bot.model.bounds import WANTED
from bot.poll.decide import Rules, decide, decide_read
from bot.poll.slices import Answer, ReadPage, Rest, Room
from bot.settings import PollSettings

FEED = Feed(name="paper", title="A paper", url="https://paper.example/rss")
OWN = Feed(name="own@1", title="A blog", url="https://blog.example/rss", added=True, chats=(1,))
ANNA, BORIS, CLARA = 1, 2, 3
SUBSCRIBERS = {"idlib": [ANNA, BORIS], "s-400": [ANNA, CLARA]}
ALONE = {"idlib": [ANNA, BORIS], "s-400": [ANNA]}
LINK = "https://paper.example/1"
ARTICLE = Article(
    body="Moscow spoke.\nThe S-400 was named.", paragraphs=(Paragraph(1), Paragraph(2)), author="A. Writer", lang="en"
)


def match(item):
    """Meet Idlib in the headline, and the S-400 in the article."""
    found = [a_match(item, "idlib", "Idlib")] if "Idlib" in item.title else []
    if (at := item.body.find("S-400")) >= 0:
        found.append(Match("s-400", "S-400", (Hit("S-400", "S-400", "body", at, at + 5),), "mention"))
    return tuple(found)


RULES = Rules(
    match=match, could=lambda _, names: (name for name in names if name != "deaf"), watches=(), poll=PollSettings()
)


def facts(feed=FEED, **more):
    """What is remembered of a feed that has been polled before."""
    state = a_state(feed.name, url=feed.url, primed=True, last_poll=NOW - 60, last_success=NOW - 60)
    return PollFacts(feed=feed, **{"state": state, "subscribers": SUBSCRIBERS, **more})


def wanted(*items, feed=FEED, rules=RULES, **more):
    """Return the items whose pages a poll wants."""
    answer = Answer(at=NOW, answer=Fetched(body=b"x"), items=items)
    return [page.item for page in decide(facts(feed, **more), answer, rules).changes.wanted]


def item(key="a1", title="Idlib", **more):
    return an_item(key, title=title, link=LINK, **more)


# --- which pages are wanted ---------------------------------------------------------------------------------


def test_the_page_of_a_new_item_is_wanted_in_the_commit_of_the_item():
    changes = decide(facts(), Answer(at=NOW, answer=Fetched(body=b"x"), items=(item(),)), RULES).changes
    assert changes.wanted == (Wanted(feed="paper", item="a1", link=LINK, since=NOW),)
    assert [entry.item.key for entry in changes.items] == ["a1"]
    assert [row.chat for row in changes.deliveries] == [ANNA, BORIS], "what the headline met is told at once"


@pytest.mark.parametrize(
    ("case", "given"),
    [
        ("its feed carries the article", {"body": "All of it. " * 100}),
        ("it leads nowhere", {"link": ""}),
        ("its link is no page", {"link": "tg://resolve"}),
    ],
)
def test_no_page_is_wanted_of_an_item_if(case, given):
    assert wanted(replace(item(), **given)) == [], case


def test_the_page_is_wanted_of_an_item_whose_feed_carries_no_more_than_may_be_the_beginning():
    assert wanted(replace(item(), body="How it begins. " * 20)) == ["a1"]


def test_no_page_is_wanted_once_every_watch_that_somebody_has_was_met():
    assert wanted(item(), subscribers={"idlib": [ANNA]}) == []
    assert wanted(item(), subscribers={"idlib": [ANNA], "s-400": []}) == []


def test_no_page_is_wanted_for_watches_that_no_article_can_meet():
    assert wanted(item(), subscribers={"deaf": [ANNA]}) == []


def test_no_page_is_wanted_for_chats_that_do_not_see_the_feed():
    assert wanted(item(), feed=OWN, subscribers={"s-400": [BORIS]}) == []
    assert wanted(item(), feed=OWN, subscribers={"s-400": [ANNA]}) == ["a1"]


def test_a_feed_may_say_that_its_pages_are_read_always_or_never():
    assert wanted(item(), feed=replace(FEED, article="always"), subscribers={}) == ["a1"]
    assert wanted(item(), feed=replace(FEED, article="never")) == []


def test_no_page_is_wanted_of_what_the_first_poll_finds():
    assert wanted(item(), state=a_state("paper")) == []


def test_no_page_is_wanted_of_a_known_item_that_has_another_headline():
    known = {"a1": KnownName("paper", "a1", "a1", NOW - 60)}
    before = MatchedItem(item=item(title="Aleppo"), matches=())
    assert wanted(item(), known=known, kept={"a1": before}) == []


def test_no_page_is_wanted_where_none_can_be_read():
    assert wanted(item(), rules=replace(RULES, could=None)) == []


def test_pages_beyond_those_that_may_wait_are_dropped_and_counted():
    answer = Answer(at=NOW, answer=Fetched(body=b"x"), items=(item("a2"), item()))
    outcome = decide(facts(wanted=WANTED - 1), answer, RULES)
    assert [page.item for page in outcome.changes.wanted] == ["a1"]
    assert outcome.state.pages == Pages(dropped=1)


# --- what follows from one ----------------------------------------------------------------------------------

PAGE = Wanted(feed="paper", item="a1", link=LINK, since=NOW - 5)
KNOWN = {"a1": KnownName("paper", "a1", "a1", NOW - 60)}


def kept(title="Idlib"):
    found = an_item("a1", title=title, link=LINK, author="")
    return {"a1": MatchedItem(item=found, matches=match(found))}


def read(came=ARTICLE, room=None, rest=None, **more):
    """Return what follows from a page that was read."""
    given = {"known": KNOWN, "kept": kept(), "has_message": told(ANNA, BORIS), **more}
    answer = Answer(at=NOW, items=(an_item("a1"),), reading=ReadPage(PAGE, came))
    return decide_read(facts(**given), answer, RULES, rest or Rest(items=answer.items), room or Room(weight=1e9))


def told(*chats):
    return lambda _, asked: frozenset(chats) & frozenset(asked)


def test_who_was_not_told_is_told_without_a_sound():
    changes = read(told=told(ANNA, BORIS)).changes
    (row,) = [row for row in changes.deliveries if not row.edits]
    assert (row.chat, row.watches, row.silent) == (CLARA, ("s-400",), True)
    assert changes.told == {"a1": {CLARA}}


def test_who_was_told_has_the_alert_edited_with_all_that_the_item_meets():
    (row,) = [row for row in read(told=told(ANNA, BORIS)).changes.deliveries if row.edits]
    assert (row.chat, row.watches, row.silent) == (ANNA, ("idlib", "s-400"), True)


def test_an_alert_that_still_waits_is_sent_with_all_of_it_and_not_edited():
    waits = Delivery(id="x", item="a1", feed="paper", chat=ANNA, watches=("idlib",), created=NOW - 1)
    changes = read(told=told(ANNA, BORIS), subscribers=ALONE, open_rows=lambda *_: {ANNA: waits}).changes
    assert changes.deliveries == (replace(waits, watches=("idlib", "s-400")),)


def test_an_alert_on_its_way_is_edited_behind_it():
    sending = Delivery(id="x", item="a1", feed="paper", chat=ANNA, watches=("idlib",), created=NOW - 1, state="sending")
    changes = read(told=told(ANNA, BORIS), subscribers=ALONE, open_rows=lambda *_: {ANNA: sending}).changes
    assert [(row.chat, row.edits) for row in changes.deliveries] == [(ANNA, True)]


def test_an_alert_that_another_feed_sent_or_that_shares_its_message_stays_as_it_is():
    assert read(told=told(ANNA, BORIS), subscribers=ALONE, has_message=told()).changes.deliveries == ()


def test_nobody_is_told_again_of_what_met_the_item_before():
    changes = read(replace(ARTICLE, body="Idlib, Idlib."), told=told(ANNA, BORIS)).changes
    assert changes.deliveries == ()


def test_the_item_is_kept_with_the_words_that_hit_and_its_feed_counts_the_page():
    outcome = read()
    (entry,) = outcome.changes.items
    assert "S-400" in entry.item.body
    assert (entry.item.author, entry.item.lang) == ("A. Writer", "en")
    assert [each.watch for each in entry.matches] == ["idlib", "s-400"]
    assert outcome.state.pages == Pages(read=1)
    assert outcome.changes.unwanted == (PAGE,)


@pytest.mark.parametrize(
    ("reason", "pages"),
    [
        ("wall", Pages(walled=1, last="why")),
        ("refused", Pages(failed=1, last="why")),
        ("robots", Pages(failed=1, last="why")),
        ("unreachable", Pages(failed=1, last="why")),
        ("waited too long", Pages(dropped=1)),
    ],
)
def test_a_page_that_was_not_read_is_counted_and_its_item_says_why(reason, pages):
    outcome = read(Unread(reason=reason, detail="why"))
    assert outcome.state.pages == pages
    assert [entry.item.unread for entry in outcome.changes.items] == ["why"]
    assert (outcome.changes.deliveries, outcome.changes.unwanted) == ((), (PAGE,))
    assert outcome.changes.items[0].matches == kept()["a1"].matches


def test_an_article_of_which_only_the_beginning_is_there_tells_what_it_has_and_counts_as_walled():
    outcome = read(replace(ARTICLE, wall="the rest is for subscribers"))
    assert outcome.state.pages == Pages(walled=1, last="the rest is for subscribers")
    assert outcome.changes.items[0].item.unread == "the rest is for subscribers"
    assert [row.chat for row in outcome.changes.deliveries if not row.edits] == [ANNA, CLARA]


def test_the_page_of_an_item_that_is_kept_no_longer_is_wanted_no_longer():
    changes = read(kept={}).changes
    assert (changes.deliveries, changes.items, changes.unwanted) == ((), (), (PAGE,))


def test_many_chats_are_told_in_slices_and_the_page_stays_wanted_until_the_last():
    chats = list(range(10, 400))
    subscribers = {"idlib": [], "s-400": chats}
    served, rest, remembered, slices = [], None, {"kept": kept("Aleppo"), "subscribers": subscribers}, 0
    while slices == 0 or rest is not None:
        outcome = read(room=Room(weight=1, chats=100), rest=rest, **remembered)
        served += [row.chat for row in outcome.changes.deliveries]
        rest, slices = outcome.rest, slices + 1
        remembered["kept"] = {"a1": outcome.changes.items[-1]}
        assert outcome.changes.unwanted == ((PAGE,) if rest is None else ())
    assert (served, slices) == (chats, 4)
    assert not remembered["kept"]["a1"].item.partly
    assert outcome.state.pages == Pages(read=1)


def test_after_the_page_an_unchanged_feed_changes_nothing_and_a_new_headline_keeps_the_words():
    (entry,) = read().changes.items
    known = {"known": KNOWN, "kept": {"a1": entry}}
    same = replace(entry.item, body="", paragraphs=(), digest="")
    again = decide(facts(**known), Answer(at=NOW, answer=Fetched(body=b"x"), items=(same,)), RULES).changes
    assert (again.items, again.deliveries, again.wanted) == ((), (), ())
    other = replace(same, title="Idlib again")
    edited = decide(facts(**known), Answer(at=NOW, answer=Fetched(body=b"x"), items=(other,)), RULES).changes
    assert [each.watch for each in edited.items[0].matches] == ["idlib", "s-400"]
    assert edited.deliveries == ()
