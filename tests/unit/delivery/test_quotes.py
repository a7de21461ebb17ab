"""An alert quotes of the article the sentences that show what was found, and nothing else of it."""

from dataclasses import replace
from html import unescape
from re import sub

import pytest
from examples import NOW, a_match, an_item
from growth import check_growth
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.compose import WATCHES_SHOWN, compose
from bot.delivery.quotes import QUOTE_LIMIT, QUOTES, Body
from bot.model import Hit, Item, Match, MatchedItem, Watch
from bot.poll.kept import kept
from bot.text.harmless import settled
from bot.text.paragraphs import body_of
from bot.watches.match.index import Index


def an_article(*paragraphs: str, **changes: object) -> Item:
    """An item whose article has these paragraphs."""
    body, what = body_of((paragraph, False) for paragraph in paragraphs)
    return an_item(**{"body": body, "paragraphs": what, **changes})


def quoted(item: Item, *words: str) -> list[str]:
    """Return what is quoted of an item for these words."""
    hits = a_match(item, "w", *words, field="body").hits
    return [quote.text(item.body) for quote in Body(item).quotes(hits, words)]


ARTICLE = an_article(
    "The talks went on in Ankara. Idlib was named. Moscow and Ankara do not agree on Idlib, said Mr. Smith.",
    "Nothing was said. A convoy waits near Idlib.",
    "Its soldiers have the S-400. They came from Hatay.",
    *(f"Paragraph {number} of what else was said." for number in range(9)),
    "The S-400 was seen in Idlib.",
)


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        (["Idlib"], ["Idlib was named."]),
        (["Idlib", "S-400"], ["Idlib was named.", "Its soldiers have the S-400."]),
        (["convoy", "S-400", "Hatay"], ["A convoy waits near Idlib.", "Its soldiers have the S-400."]),
        (["Smith", "Moscow"], ["Moscow and Ankara do not agree on Idlib, said Mr. Smith."]),
        ([], []),
    ],
)
def test_sentences(words: list[str], sentences: list[str]) -> None:
    """As few as hold all terms, and at most two; the earliest of those that hold as many."""
    assert quoted(ARTICLE, *words) == sentences


@pytest.mark.parametrize("more", ["", " and come back to this town on a day that nobody has named yet" * 3])
def test_what_the_summary_says_is_not_quoted_again(more: str) -> None:
    """Feeds break off the first sentence; what hit behind that is quoted from a few words before it."""
    said = "The ministers of both countries met on Monday in the town of Hatay to speak"
    item = an_article(f"{said} of the rockets near Idlib{more}.", "Nothing else.", summary=f"{said} of the…")
    [quote] = quoted(item, "Idlib")
    assert quote.startswith("…")
    assert "of the rockets near Idlib" in quote
    assert "ministers" not in quote
    assert len(quote) <= QUOTE_LIMIT
    assert "both countries" in quoted(replace(item, summary="Ministers met."), "Idlib")[0]


def test_one_sentence_of_both_before_two_of_one_each() -> None:
    """The sentence that holds most comes first."""
    item = an_article("Idlib is quiet. The S-400 is away. The S-400 came to Idlib.")
    hits = [
        Hit(word, word, "body", at, at + len(word))
        for word in ("Idlib", "S-400")
        for at in range(len(item.body))
        if item.body.startswith(word, at)
    ]
    assert [quote.text(item.body) for quote in Body(item).quotes(hits, {"Idlib", "S-400"})] == [
        "The S-400 came to Idlib."
    ]


def test_the_article_goes_before_a_caption() -> None:
    """A caption is quoted only for what the article does not say."""
    item = an_article("Photo: Idlib in May / TASS", "Shells fell. The shells fell on Idlib.")
    hits = [Hit("Idlib", "Idlib", "body", at, at + 5) for at in (7, item.body.rindex("Idlib"))]
    assert [quote.text(item.body) for quote in Body(item).quotes(hits, {"Idlib"})] == ["The shells fell on Idlib."]


@pytest.mark.parametrize("place", [0, 30, 150])
def test_a_long_sentence_is_cut_at_words(place: int) -> None:
    """What was found stands inside."""
    item = an_article(" ".join([*["word"] * place, "Idlib", *["word"] * (160 - place)]))
    (quote,) = quoted(item, "Idlib")
    assert QUOTE_LIMIT - 30 < len(quote) <= QUOTE_LIMIT
    assert set(quote.strip("…").split()) == {"word", "Idlib"}
    assert (quote.startswith("…"), quote.endswith("…")) == (place > 20, place < 140)


def test_alert() -> None:
    """Headline, the publisher's sentence, the article's with their paragraphs, and where each watchlist begins."""
    index = Index()
    for name, query in [("turkish", "Turkish"), ("s-400", "S-400"), ("idlib", "convoy AND Idlib")]:
        index.add(Watch(name=name, title=name.title(), query=query))
    item = an_article(*ARTICLE.body.split("\n"), title="Turkish jets over the border", summary="Moscow is not amused.")
    entry = kept(MatchedItem(item=item, matches=index.match(item)))
    html = compose(entry, ["turkish", "s-400", "idlib"], delivery="abc234", silent=False, now=NOW).html
    assert html.split("\n\n")[1:3] == [
        "Moscow is not amused.",
        "¶2 A <b>convoy</b> waits near <b>Idlib</b>.\n¶3 Its soldiers have the <b>S-400</b>.",
    ]
    assert "\nTurkish: <b>Turkish</b>\nS-400 (mentioned, ¶3): <b>S-400</b>\nIdlib (mentioned, ¶2): <b>" in html


def test_a_chat_sees_the_sentences_of_its_own_watchlists() -> None:
    """What others look for is not quoted."""
    matches = (a_match(ARTICLE, "a", "Hatay", field="body"), a_match(ARTICLE, "b", "convoy", field="body"))
    matched = MatchedItem(item=ARTICLE, matches=matches)
    html = compose(matched, ["a"], delivery="abc234", silent=False, now=NOW).html
    assert "<b>Hatay</b>" in html
    assert "convoy" not in html


def test_what_is_shown_above_is_not_quoted() -> None:
    """A term in the headline or the publisher's sentence needs no quote; one behind what is shown of it does."""
    item = an_article("Idlib is far.", title="Idlib", summary="x " * 500 + "Hatay")
    hits = [*a_match(item, "w", "Idlib").hits, *a_match(item, "w", "Idlib", field="body").hits]
    matched = MatchedItem(item=item, matches=(Match("w", "W", tuple(hits)),))
    assert "¶" not in compose(matched, ["w"], delivery="abc234", silent=False, now=NOW).html


WORDS = [
    "Idlib",
    "S-400",
    "convoy",
    "Turkish",
    "jets",
    "NATO",
    "U.S.",
    "said",
    "Mr.",
    "С-400",
    "Идлиб",
    "<b>",
    "&amp;",
    "/stop",
    "@you",
]
SENTENCES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(lambda words: f"X {' '.join(words)}.")
PARAGRAPHS = st.lists(st.lists(SENTENCES, min_size=1, max_size=5).map(" ".join), max_size=12)
QUERIES = {
    "one": "Idlib, S-400",
    "two": "Turkish NEAR/3 jets",
    "three": "NATO AND convoy",
    "four": '"U.S." -title:Idlib',
    "five": "body:convoy",
    "six": "jets AND (S-400, Idlib)",
}
INDEX = Index()
for _name, _query in QUERIES.items():
    INDEX.add(Watch(name=_name, title=_name.title(), query=_query))


def shown(html: str) -> str:
    """Return what people read of a message, without the joiners that keep it harmless."""
    return unescape(sub(r"<[^>]*>", "", html)).replace("\u2060", "")


@given(SENTENCES, SENTENCES | st.just(""), PARAGRAPHS, st.sets(st.sampled_from(sorted(QUERIES)), min_size=1))
@settings(max_examples=300)
def test_every_alert_shows_the_words_that_fired_it(
    title: str, summary: str, paragraphs: list[str], watches: set[str]
) -> None:
    """Of each watchlist what it found stands in its line; quotes are few, short and the article's own words."""
    item = an_article(*paragraphs, title=title[:400], summary=summary)
    matches = [match for match in INDEX.match(item) if match.watch in watches]
    entry = kept(MatchedItem(item=item, matches=tuple(matches)))
    if not matches:
        return
    html = compose(entry, watches, delivery="abc234", silent=False, now=NOW).html
    lines = shown(html).split("\n")
    quotes = [line.partition(" ")[2] for line in lines if line.startswith("¶")]
    assert len(quotes) <= QUOTES
    for quote in quotes:
        assert len(quote) <= QUOTE_LIMIT
        assert quote.strip("…") in settled(item.body).replace("\u2060", "")
    for match in matches[:WATCHES_SHOWN]:
        (why,) = (line for line in lines if line.startswith((f"{match.title}: ", f"{match.title} (mentioned")))
        texts = {getattr(item, hit.field)[hit.start : hit.end] for hit in match.hits}
        assert any(text in why for text in texts)
        assert ("mentioned" in why) == (match.tier != "about")
        above = {hit.term for hit in match.hits if hit.field != "body"}
        terms = {hit.term for hit in match.hits} - above
        if len(watches) == 1 and len(terms) <= QUOTES:
            for term in terms:
                assert any(
                    getattr(item, hit.field)[hit.start : hit.end] in " ".join(quotes)
                    for hit in match.hits
                    if hit.term == term
                )


def test_time() -> None:
    """Time is linear in the article, however many places were found in it."""

    def choose(size: int) -> object:
        item = an_article("Idlib. " * size)
        hits = [Hit(f"t{at % 5}", "a", "body", at * 7, at * 7 + 5) for at in range(0, size, max(1, size // 100))]
        return Body(item).quotes(hits, {hit.term for hit in hits})

    check_growth(choose, lambda size: size, 200)
