"""What is kept of a text: so many characters, and in any case the words that met a watch, where they stand then."""

import re
from dataclasses import replace

import pytest
from examples import NOW, a_match, a_matched_item, an_item
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.compose import compose
from bot.delivery.quotes import QUOTE_LIMIT
from bot.model import Feed, FeedState, Hit, Item, KnownName, Match, MatchedItem, Paragraph, PollFacts
from bot.model.bounds import KEPT_BODY, KEPT_SUMMARY, KEPT_TITLE
from bot.poll.kept import kept, reads_alike
from bot.poll.news import edit_of, news_of
from bot.poll.slices import Rest
from bot.text.paragraphs import body_of

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


def an_article(*paragraphs: str, **changes: object) -> Item:
    """An item whose article has these paragraphs."""
    body, what = body_of((paragraph, False) for paragraph in paragraphs)
    return an_item(**{"title": "A long read", "summary": "It is long.", "body": body, "paragraphs": what, **changes})


ARTICLE = an_article(
    "The talks went on. Idlib was named twice. Nobody spoke of Ankara at all.",
    *(f"Paragraph {number} is long. " * 9 for number in range(8)),
    "The S-400 came last. It is in Idlib.",
)


def test_of_an_article_the_sentences_alone_stay_that_show_what_was_found():
    match = a_match(ARTICLE, "w", "Idlib", "S-400", field="body")
    entry = kept(MatchedItem(item=ARTICLE, matches=(match,)))
    assert entry.item.body == "Idlib was named twice.\nThe S-400 came last."
    assert entry.item.paragraphs == (Paragraph(1), Paragraph(10, aside=True))
    assert [entry.item.body[hit.start : hit.end] for hit in entry.matches[0].hits] == ["Idlib", "S-400"]


def test_what_title_or_summary_show_needs_no_sentence():
    item = replace(ARTICLE, title="Idlib at night")
    found = a_match(item, "w", "Idlib")
    below = a_match(item, "w", "Idlib", "S-400", field="body")
    entry = kept(MatchedItem(item=item, matches=(found._replace(hits=(*found.hits, *below.hits)),)))
    assert entry.item.body == "The S-400 came last."
    assert [hit.field for hit in entry.matches[0].hits] == ["title", "body"]


def test_an_article_that_no_watch_met_is_not_kept():
    entry = kept(MatchedItem(item=ARTICLE, matches=()))
    assert (entry.item.body, entry.item.paragraphs) == ("", ())
    assert reads_alike(ARTICLE, entry.item)


def test_of_a_sentence_without_end_the_words_around_what_was_found_stay():
    item = an_article("word " * 90 + "Idlib " + "word " * 90)
    entry = kept(MatchedItem(item=item, matches=(a_match(item, "w", "Idlib", field="body"),)))
    assert len(entry.item.body) <= QUOTE_LIMIT
    assert entry.item.body.startswith("…word ")
    assert entry.item.body.endswith(" word…")
    (hit,) = entry.matches[0].hits
    assert entry.item.body[hit.start : hit.end] == "Idlib"


def test_an_article_that_changes_is_an_edit_and_its_words_are_news():
    before = kept(MatchedItem(item=ARTICLE, matches=(a_match(ARTICLE, "w", "Idlib", field="body"),)))
    assert reads_alike(ARTICLE, before.item)
    changed = replace(ARTICLE, body=f"{ARTICLE.body} And Kyiv.")
    assert not reads_alike(changed, before.item)
    edit = edit_of(changed, before, lambda each: (a_match(each, "kyiv", "Kyiv", field="body"),))
    assert edit
    assert [match.watch for match in edit.newly.matches] == ["kyiv"]


@pytest.mark.parametrize("summary", ["It is long.", FILL[:4_000]])
def test_an_item_with_quotes_of_its_page_reads_as_its_feed_shows_it_without_one(summary):
    shown = an_item(title="A long read", summary=summary)
    first = kept(MatchedItem(item=shown, matches=())).item
    read = replace(first, body=ARTICLE.body, paragraphs=ARTICLE.paragraphs)
    for matches in [(a_match(read, "w", "Idlib", field="body"),), ()]:
        entry = kept(MatchedItem(item=read, matches=matches))
        assert reads_alike(shown, entry.item)
        assert not reads_alike(replace(shown, summary=summary + "!"), entry.item)
        assert reads_alike(shown, kept(entry).item)  # matched anew from what is kept


def test_an_article_that_comes_later_is_no_news():
    before = kept(MatchedItem(item=replace(ARTICLE, body="", paragraphs=()), matches=()))
    assert reads_alike(ARTICLE, before.item)
    assert not reads_alike(replace(ARTICLE, summary="Something else."), before.item)


def test_what_is_carried_on_with_an_item_stays():
    item = replace(ARTICLE, unread="behind a wall", partly=True)
    entry = kept(MatchedItem(item=item, matches=(a_match(item, "w", "Idlib", field="body"),)))
    assert (entry.item.unread, entry.item.partly) == ("behind a wall", True)
    assert kept(entry) == entry


places = st.tuples(st.integers(0, 9_000), st.integers(1, 4), st.sampled_from(["a", "b", "c"]))


@given(
    st.lists(st.integers(1, 700), min_size=1, max_size=60),
    st.lists(st.lists(places, min_size=1, max_size=6), min_size=1, max_size=12),
)
def test_every_watch_keeps_a_place_in_the_article_that_shows_what_it_found(lengths, found):
    """The words are numbered, so that each is one of a kind; some sentences are longer than a quote may be."""
    count, paragraphs = 10_000, []
    for length in lengths:
        paragraphs.append(" ".join(map(str, range(count, count + length))) + ".")
        count += length
    item = an_article(*paragraphs)
    words = [found.span() for found in re.finditer(r"\d+", item.body)]
    matches = []
    for number, each in enumerate(found):
        spans = {
            (words[first % len(words)][0], words[min(first % len(words) + count, len(words)) - 1][1], term)
            for first, count, term in each
        }
        hits = tuple(
            Hit(term, term, "body", start, end)
            for start, end, term in sorted(spans)
            if "\n" not in item.body[start:end]
        )
        matches.append(Match(watch=f"w{number}", title="", hits=hits))
    entry = kept(MatchedItem(item=item, matches=tuple(matches)))
    assert len(entry.item.body) <= KEPT_BODY
    lines = entry.item.body.split("\n") if entry.item.body else []
    assert len(lines) == len(entry.item.paragraphs)
    for line, what in zip(lines, entry.item.paragraphs, strict=True):
        assert len(line) <= QUOTE_LIMIT
        assert line.strip("…") in item.body.split("\n")[what.number - 1]
    for before, after in zip(matches, entry.matches, strict=True):
        assert bool(before.hits) == bool(after.hits)
        texts = {item.body[hit.start : hit.end] for hit in before.hits}
        assert all(entry.item.body[hit.start : hit.end] in texts for hit in after.hits)
    assert reads_alike(item, entry.item)
    again = kept(entry)
    assert [bool(each.hits) for each in again.matches] == [bool(each.hits) for each in matches]


def test_more_watches_than_an_article_has_room_for_keep_it_within_its_bound():
    item = an_article(*(f"Word{number} stands here. " * 8 for number in range(200)))
    words = [found.span() for found in re.finditer(r"Word\d+", item.body)][::8]
    matches = tuple(Match(f"w{n}", "", (Hit("x", "x", "body", *span),)) for n, span in enumerate(words))
    entry = kept(MatchedItem(item=item, matches=matches))
    assert KEPT_BODY * 3 // 4 < len(entry.item.body) <= KEPT_BODY
