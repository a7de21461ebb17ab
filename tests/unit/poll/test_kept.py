"""What is kept of a text: so many characters, and in any case the words that met a watch, where they stand then."""

from dataclasses import replace

import pytest
from examples import NOW, a_match, a_matched_item, an_item
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.compose import compose
from bot.model import Feed, FeedState, Hit, KnownName, Match, MatchedItem, PollFacts
from bot.model.bounds import KEPT_SUMMARY, KEPT_TITLE
from bot.poll.kept import kept, reads_alike
from bot.poll.news import edit_of, news_of
from bot.poll.slices import Rest

FILL = "Nothing to see here. " * 300


@pytest.mark.parametrize(("field", "limit"), [("title", KEPT_TITLE), ("summary", KEPT_SUMMARY)])
@pytest.mark.parametrize("over", [-1, 0, 1])
def test_a_text_is_whole_up_to_its_bound_and_cut_to_it_above(field, limit, over):
    whole = an_item(**{field: FILL[: limit + over]})
    cut = kept(MatchedItem(item=whole, matches=())).item
    assert (getattr(cut, field) == getattr(whole, field), bool(cut.digest)) == (over <= 0, over > 0)
    assert len(getattr(cut, field)) <= limit


def test_the_word_that_fired_an_alert_is_shown_though_it_stands_behind_the_cut():
    item = an_item(title="A long read", summary=FILL[:4_000] + "Idlib falls" + FILL[:900])
    entry = kept(MatchedItem(item=item, matches=(a_match(item, "idlib", "Idlib", field="summary"),)))
    assert len(entry.item.summary) <= KEPT_SUMMARY
    assert "Idlib: <b>Idlib</b>" in compose(entry, ["idlib"], delivery="abc", silent=False, now=NOW).html


spans = st.lists(st.tuples(st.integers(0, 4_900), st.integers(1, 90)), min_size=1, max_size=4)


@given(length=st.integers(KEPT_SUMMARY - 5, 5_000), found=st.lists(spans, min_size=1, max_size=8))
def test_of_each_watch_something_that_it_found_stays_at_its_place(length, found):
    """The text is numbered, so that each place in it is one of a kind."""
    text = " ".join(str(number) for number in range(10_000, 12_000))[:length]
    hits = [
        tuple(
            Hit("x", "x", "summary", start, min(start + size, length)) for start, size in sorted(each) if start < length
        )
        for each in found
    ]
    matches = tuple(Match(watch=f"w{number}", title="", hits=each) for number, each in enumerate(hits))
    entry = kept(MatchedItem(item=an_item(summary=text), matches=matches))
    assert len(entry.item.summary) <= KEPT_SUMMARY
    for before, after in zip(matches, entry.matches, strict=True):
        assert bool(before.hits) == bool(after.hits)
        words = {text[hit.start : hit.end] for hit in before.hits}
        for hit in after.hits:
            shown = entry.item.summary[hit.start : hit.end]
            assert any(word.startswith(shown) for word in words if shown)


def test_more_watches_than_there_is_room_for_keep_the_text_within_its_bound():
    item = an_item(summary=FILL[:5_000])
    matches = tuple(Match(f"w{n}", "", (Hit("x", "x", "summary", 2_000 + n * 7, 2_060 + n * 7),)) for n in range(400))
    assert len(kept(MatchedItem(item=item, matches=matches)).item.summary) <= KEPT_SUMMARY


def test_an_unchanged_long_text_is_no_edit_and_a_change_behind_the_cut_is_one():
    item = an_item(title="A long read", summary=FILL[:4_000])
    before = kept(MatchedItem(item=item, matches=()))
    assert reads_alike(item, before.item)
    assert edit_of(item, before, lambda _: ()) is None
    longer = replace(item, summary=item.summary + "Idlib")
    edit = edit_of(longer, before, lambda each: (a_match(each, "idlib", "Idlib", field="summary"),))
    assert edit
    assert [match.watch for match in edit.newly.matches] == ["idlib"]


def test_what_an_older_version_kept_whole_is_no_edit_either():
    item = an_item(summary=FILL[:4_000])
    assert reads_alike(item, item)


def test_a_watch_reads_the_whole_text_and_what_is_kept_of_it_is_cut():
    item = an_item("a1", title="A long read", summary=FILL[:4_000] + "Idlib")
    feed = Feed(name="moscow-times", title="", url="https://times.example/rss")
    facts = PollFacts(feed=feed, state=FeedState(feed=feed.name), subscribers={"idlib": [1]})
    read = []

    def match(each):
        read.append(len(each.summary))
        return (a_match(each, "idlib", "Idlib", field="summary"),)

    news = news_of(Rest(items=[item]), facts, match, primed=True, now=NOW)
    assert read == [4_005]
    assert [len(entry.item.summary) <= KEPT_SUMMARY for entry in news.kept] == [True]
    assert len(news.deliveries) == 1


def test_an_edit_that_was_told_to_some_before_the_process_ended_is_told_to_the_others():
    """It was written for those who were told; that it is not news for all yet stands beside it."""
    feed = Feed(name="moscow-times", title="", url="https://times.example/rss")
    half_told = a_matched_item("a1", "idlib")
    half_told = replace(half_told, item=replace(half_told.item, partly=True))
    facts = PollFacts(
        feed=feed,
        state=FeedState(feed=feed.name),
        known={"a1": KnownName(feed.name, "a1", "a1", NOW)},
        kept={"a1": half_told},
        subscribers={"idlib": [1, 2, 3]},
        told=lambda _, chats: frozenset(chats) & {1, 2},
    )
    news = news_of(Rest(items=[an_item("a1")]), facts, lambda _: half_told.matches, primed=True, now=NOW)
    assert [row.chat for row in news.deliveries] == [3]
    assert [entry.item.partly for entry in news.kept] == [False]
