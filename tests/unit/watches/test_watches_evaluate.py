"""Hits, tiers, scope and terms are told as they should be."""

from dataclasses import replace

import pytest
from growth import check_growth

from bot.model import Hit, Item, Paragraph, Scope, Tier
from bot.text.paragraphs import body_of
from bot.watches.match.evaluate import MAX_HITS, evaluate
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.parser import parse

ALIASES = {"aircraft": 'aircraft, plane, warplane, jet, "fighter jet"', "air-force": '"air force", @aircraft'}


def item(title: str, summary: str = "", body: str = "") -> Item:
    """Make an item of texts."""
    return Item(keys=("k",), feed="f", source="Test", title=title, summary=summary, body=body)


def hits(query: str, found: Item, scope: Scope = "all") -> tuple[Hit, ...]:
    """Return the hits of a query."""
    result = evaluate(parse(query, ALIASES).node, TokenizedItem(found), scope)
    return result[1] if result else ()


def tier(query: str, found: Item, scope: Scope = "all") -> Tier | None:
    """Return the tier of a query's match."""
    result = evaluate(parse(query, ALIASES).node, TokenizedItem(found), scope)
    return result[0] if result else None


def test_hit_names_term_and_alternative() -> None:
    """A hit says the term as the watch has it, what of it was found, and where."""
    assert hits("Turkish NEAR/3 @aircraft", item("Two Turkish warplanes")) == (
        Hit(term="Turkish", alternative="Turkish", field="title", start=4, end=11),
        Hit(term="@aircraft", alternative="warplane", field="title", start=12, end=21),
    )
    assert [(hit.term, hit.alternative) for hit in hits('=NATO, "fighter jet"~1', item("NATO fighter test jet"))] == [
        ("=NATO", "NATO"),
        ('"fighter jet"~1', "fighter jet"),
    ]


def test_hit_names_the_outer_alias() -> None:
    """Of aliases within aliases the one that the watch has is named."""
    assert [(hit.term, hit.alternative) for hit in hits("@air-force", item("An air force jet"))] == [
        ("@air-force", "air force"),
        ("@air-force", "jet"),
    ]


def test_hits_are_in_reading_order() -> None:
    """Hits come title first, then summary, then body, and in each by place."""
    found = hits("jet, Idlib, source:test", item("Idlib jet", "jet over Idlib", "a jet"))
    assert [(hit.field, hit.start) for hit in found] == [
        ("title", 0),
        ("title", 6),
        ("summary", 0),
        ("summary", 9),
        ("body", 2),
        ("source", 0),
    ]


def test_hit_inside_another_of_its_term_is_left_out() -> None:
    """Of one alias's hits only the outermost is told; different terms keep theirs."""
    assert [hit.alternative for hit in hits("@aircraft", item("a fighter jet"))] == ["fighter jet"]
    assert [hit.alternative for hit in hits('"fighter jet", jet', item("a fighter jet"))] == ["fighter jet", "jet"]


@pytest.mark.parametrize(
    ("query", "found", "expected"),
    [
        ("Idlib", item("Idlib", "", "Idlib"), "about"),
        ("Idlib", item("x", "Idlib", "y"), "about"),
        ("Idlib", item("x", "y", "Idlib"), "mention"),
        ("Idlib AND jet", item("Idlib", "", "jet"), "mention"),
        ("Idlib AND jet", item("Idlib", "jet", "jet"), "about"),
        ("Idlib, jet", item("Idlib", "", "jet"), "about"),
        ("body:Idlib", item("Idlib", "", "Idlib"), "mention"),
        ("source:test AND Idlib", item("x", "", "Idlib"), "mention"),
        ("source:test", item("x", "", "y"), "about"),
    ],
)
def test_tier(query: str, found: Item, expected: Tier) -> None:
    """A match that needs the body is a mention; what title and summary give by themselves is about."""
    assert tier(query, found) == expected
    assert tier(query, found, "about") == ("about" if expected == "about" else None)


CAPTION = "FILE PHOTO: A jet over Idlib"


@pytest.mark.parametrize(
    ("query", "found", "expected"),
    [
        ("Idlib", item("x", CAPTION), "aside"),
        ("Idlib", item("News of Idlib", CAPTION), "about"),
        ("Idlib AND news", item("News", CAPTION), "aside"),
        ("summary:Idlib", item("x", CAPTION), "aside"),
        ("Idlib", item("", CAPTION), "about"),
        ("Idlib", item("x", "A photo of Idlib caused an uproar."), "about"),
    ],
)
def test_what_stands_only_in_the_caption_of_a_picture_is_an_aside(query: str, found: Item, expected: Tier) -> None:
    """Without a title the caption is all that there is."""
    result = evaluate(parse(query).node, TokenizedItem(found))
    assert result
    assert result[0] == expected


def test_captions_are_no_matter_of_scope_about_but_of_not() -> None:
    """What is beside the matter is not told, and refuses all the same."""
    assert evaluate(parse("Idlib").node, TokenizedItem(item("x", CAPTION)), "about") is None
    assert evaluate(parse("news -Idlib").node, TokenizedItem(item("News", CAPTION)), "about") is None


LONG = "The talks went on through the night without a word on how they would end. " * 3
ARTICLE = "\n".join(
    [
        *("Photo: Jane Doe / TASS of Latakia", f"Jets flew over Idlib. {LONG}", f"A convoy waits. {LONG}!", f"{LONG}?"),
        *(f"The S-400 came later. {LONG}", f"Tanks are at the border with Hatay. {LONG}", "Read more: Kyiv under fire"),
    ]
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("talks", "mention"),
        ("Idlib", "mention"),
        ("Idlib NEAR/5 jets", "mention"),
        ("convoy AND Idlib", "mention"),
        ("body:Idlib", "mention"),
        ("Idlib, S-400", "mention"),
        ("news AND convoy", "mention"),
        ("S-400", "aside"),
        ("body:S-400", "aside"),
        ("news AND S-400", "aside"),
        ("Idlib AND S-400", "aside"),
        ("tanks NEAR/5 border", "aside"),
        ("Latakia", "aside"),
        ("Kyiv", "aside"),
        ("title:news AND body:(Idlib -Ankara)", "mention"),
        ("Idlib -Kyiv", None),
        ("title:news -Kyiv", None),
        ("body:(Idlib -Kyiv)", None),
        ("Idlib NEAR/5 convoy", None),
        ("S-400 NEAR/9 border", None),
        ("news", "about"),
        ("news, S-400", "about"),
    ],
)
def test_place_in_the_body(query: str, expected: Tier | None) -> None:
    """A mention needs the first third of the body, an aside the rest, a caption or a pointer; NOT looks at it all."""
    found = item("News", "", ARTICLE)
    known = replace(found, paragraphs=body_of((line, False) for line in ARTICLE.split("\n"))[1])
    assert tier(query, found) == tier(query, known) == expected
    assert tier(query, found, "mention") == (None if expected == "aside" else expected)
    assert tier(query, found, "about") == (expected if expected == "about" else None)


def test_what_is_known_of_lines_counts() -> None:
    """What a publisher marks up as a caption is aside wherever it stands."""
    found = replace(item("x", "", "Idlib\nA jet"), paragraphs=(Paragraph(1, aside=True), Paragraph(2)))
    assert (tier("Idlib", found), tier("jet", found), tier("Idlib AND jet", found)) == ("aside", "mention", "aside")
    assert tier("Idlib", replace(found, body="Idlib")) == "mention"  # nothing is known of these lines


def test_hits_are_those_of_all_that_the_scope_looks_at() -> None:
    """A match by the title marks the words in the body as well, for scope mention in its first third only."""
    found = item("Idlib", "", "Idlib\n" + "\n".join(f"{number} {LONG}" for number in range(5)) + "\nIdlib at last")
    assert [(hit.field, hit.start) for hit in hits("Idlib", found)][:2] == [("title", 0), ("body", 0)]
    assert len(hits("Idlib", found)) == 3
    assert len(hits("Idlib", found, "mention")) == 2
    assert len(hits("Idlib", found, "about")) == 1


def test_of_many_hits_each_term_keeps_its_first() -> None:
    """A term that stands once, behind a hundred hits of another, is told all the same."""
    found = hits("Idlib AND S-400 AND jets", item("x", "", f"{'Idlib. ' * 300}The S-400 came. {'Jets. ' * 300}"))
    assert len(found) == MAX_HITS
    assert {hit.term for hit in found} == {"Idlib", "S-400", "jets"}
    assert list(found) == sorted(found, key=lambda hit: hit.start)


def test_scope_about_tells_no_hits_of_the_body() -> None:
    """With scope about the hits are those of title and summary."""
    found = item("Idlib", "jet", "Idlib jet")
    assert {hit.field for hit in hits("Idlib", found, "about")} == {"title"}
    assert {hit.field for hit in hits("Idlib AND jet", found, "about")} == {"title", "summary"}


def test_not_looks_at_the_body_whatever_the_scope() -> None:
    """NOT sees the whole item, also where the watch looks at title and summary only."""
    assert tier("Idlib -football", item("Idlib", "", "football"), "about") is None


@pytest.mark.parametrize(
    "query",
    [
        "jet",
        "jet NEAR/20 jet",
        "jet NEAR/20 jet NEAR/20 jet",
        '"jet jet"~20',
        "jet AND jet -plane",
        "(jet, jets) NEAR/9 jet",
    ],
)
def test_bodies_without_end_take_linear_time(query: str) -> None:
    """A body that repeats a word is matched in a time in line with its length, with a bounded number of hits."""

    def matched(found: Item) -> None:
        assert 0 < len(hits(query, found)) <= MAX_HITS

    check_growth(matched, lambda count: item("x", "", "jet " * count), 2_000)
