"""Markup becomes the paragraphs of an article, and each is told from what stands beside it."""

import pytest
from growth import check_growth
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Paragraph
from bot.text.paragraphs import ALWAYS_FIRST, MAX_BODY, MAX_LINES, body_of, is_beside, paragraphs_of, placed


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (
            "<p>Shells fall on <b>Idlib</b>.</p><p>A convoy waits.</p>",
            [("Shells fall on Idlib.", 0), ("A convoy waits.", 0)],
        ),
        ("<div><div>Two</div> parts<h2>and a head</h2></div>", [("Two", 0), ("parts", 0), ("and a head", 0)]),
        ("One line<br>and its end<br/><br />Another", [("One line and its end", 0), ("Another", 0)]),
        (
            "Plain text\nthat is wrapped\n\nand goes on\r\n \r\nto its end",
            [("Plain text that is wrapped", 0), ("and goes on", 0), ("to its end", 0)],
        ),
        ("&lt;p&gt;Escaped&lt;/p&gt;&lt;p&gt;once too often&lt;/p&gt;", [("Escaped", 0), ("once too often", 0)]),
        (
            "<figure><img src=x><figcaption>A jet in Izmir</figcaption></figure><p>Text</p>",
            [("A jet in Izmir", 1), ("Text", 0)],
        ),
        (
            "<p>Text</p><aside><p>An aside</p><p>of two</p></aside><p>More text</p>",
            [("Text", 0), ("An aside", 1), ("of two", 1), ("More text", 0)],
        ),
        ("<ul><li><a href='/1'>A headline</a></li><li>A fact</li></ul>", [("A headline", 1), ("A fact", 0)]),
        ("<p><a href='/1'>One</a> | <a href='/2'>Two</a></p>", [("One | Two", 1)]),
        ("<p>The <a href='/1'>S-400</a> arrived.</p>", [("The S-400 arrived.", 0)]),
        ("<p><a name=top>Never closed<p>and text again", [("Never closed", 1), ("and text again", 0)]),
        ("<p>Text</p><script>var a = '<p>no</p>';</script><style>p { }</style><p>End</p>", [("Text", 0), ("End", 0)]),
        (
            "<table><tr><td>S-400</td><td>Triumf</td></tr><tr><td>S-300</td></tr></table>",
            [("S-400 Triumf", 0), ("S-300", 0)],
        ),
        ("<p>A picture <img src=x> amid words</p>", [("A picture amid words", 0)]),
        ("</figcaption></aside><p>Text</p>", [("Text", 0)]),
        ("<p> </p>\n<p>&nbsp;</p>", []),
        ("a \ufdd0 sign\ufdd2 of our own", [("a sign of our own", 0)]),
        ("", []),
    ],
)
def test_paragraphs(markup: str, expected: list[tuple[str, int]]) -> None:
    """Block tags, two breaks and blank lines part paragraphs; captions, asides and links alone stand beside them."""
    assert list(paragraphs_of(markup)) == [(text, bool(aside)) for text, aside in expected]


def test_a_long_text_is_parted_at_single_breaks() -> None:
    """Some publishers have no other; in a short text a break is but the end of a line."""
    lines = [
        f"Line {number} says what happened there, and goes on to say who was near it and why." * 3
        for number in range(6)
    ]
    for sign in ("<br>", "<br/>\n", "\n"):
        assert [text for text, _ in paragraphs_of(sign.join(lines))] == lines
        assert len(list(paragraphs_of(sign.join(lines[:2])))) == 1
    wrapped = "\n".join(line[at : at + 70] for line in lines for at in range(0, len(line), 70))
    assert len(list(paragraphs_of(wrapped))) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("Read more: Ceasefire in Idlib holds", "READ ALSO | Turkey sends more jets", "Related", "Related articles:"),
        *("Lire aussi : le prix du pain", "Lesen Sie auch: Der Preis des Brotes", "Follow Jane Doe on Twitter."),
        *("Jane Doe in Kyiv and John Roe contributed to this report.", "Share on Facebook"),
        *("Читайте также: В Идлибе начался обстрел", "По теме", "(Reporting by Jane Doe; Editing by John Roe)"),
        *(
            "A general view of the harbour of Latakia.",
            "Photo: Jane Doe / TASS",
            "© 2021 The Daily",
            "More on this story",
        ),
        *("Sign up for our newsletter", "Tags: Syria, Turkey", "Copyright 2021 The Daily", "Подробнее: на сайте"),
    ],
)
def test_beside(text: str) -> None:
    """Captions, credits and pointers to other articles are no part of the text."""
    assert is_beside(text)


@pytest.mark.parametrize(
    "text",
    [
        *("More news of shelling came on Monday.", "Copyright law changes.", "Related talks went on in Ankara.", ""),
        *("Read in full, the letter says more.", "Reporting by the ministry shows losses.", "Watchers saw two jets."),
        *("Tags were found on the wreck.", "You may also need a visa.", "Источник сообщил об этом агентству."),
        "Read more: " + "a text that goes on and on " * 20,
    ],
)
def test_not_beside(text: str) -> None:
    """Sentences that begin like a pointer are text."""
    assert not is_beside(text)


def test_body() -> None:
    """A body has a paragraph a line, none empty, and what is said twice once."""
    body, paragraphs = body_of(
        [("One  line", False), ("", False), ("Aside", True), ("One line", True), ("Aside", True)]
    )
    assert body == "One line\nAside"
    assert paragraphs == (Paragraph(1), Paragraph(2, aside=True))
    assert body_of([]) == ("", ())


def test_first_third() -> None:
    """What begins in the first third belongs to the article; behind it all is aside."""
    lines = [f"{number:02d}" + "x" * 98 for number in range(12)]
    assert [each.aside for each in placed(lines)] == [False] * 4 + [True] * 8


def test_short_report() -> None:
    """The first three paragraphs are never behind the first third, however short the report."""
    assert [each.aside for each in placed(["a", "b", "c", "d"])] == [False] * ALWAYS_FIRST + [True]


def test_captions_do_not_count() -> None:
    """What is beside the matter moves no paragraph behind the first third, and takes no place among the first three."""
    text = [f"{number:02d}" + "x" * 98 for number in range(4)]
    lines = ["Photo: Jane Doe / TASS", "A caption of the publisher's", *text]
    assert [each.aside for each in placed(lines, [False, True])] == [True, True, False, False, False, True]
    assert [each.number for each in placed(lines)] == [1, 2, 3, 4, 5, 6]


def test_matter_wins() -> None:
    """A paragraph that stands beside the matter and in the text is text."""
    _, paragraphs = body_of([("A quote", True), ("Text", False), ("A quote", False)])
    assert paragraphs == (Paragraph(1), Paragraph(2))


@pytest.mark.parametrize("letter", ["a", "я", "😀", "\ud800"])
def test_bounds(letter: str) -> None:
    """A body has at most 64 kB and 1,000 lines, whatever comes, and is cut at a word."""
    body, paragraphs = body_of([(f"{letter * 7} {number} " * 400, False) for number in range(100)])
    assert MAX_BODY - 100 < len(body.encode("utf-8", "replace")) <= MAX_BODY
    assert body.count("\n") + 1 == len(paragraphs)
    assert body.endswith("…")
    assert body[-2:-1].isdecimal() or body[-2:-1] == letter
    body, paragraphs = body_of([(f"{letter}{number}", False) for number in range(MAX_LINES * 2)])
    assert len(paragraphs) == MAX_LINES
    body, paragraphs = body_of([(letter * 100_000, False)])
    assert len(body) > MAX_BODY / 8
    assert len(paragraphs) == 1


MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<br>", "<a href=x>", "</a>", "<figcaption>", "</figcaption>", "<script>", "&lt;p&gt;", "\n\n",
         "word ", "Idlib", "\ufdd0", "\u2028", "\x1e", "&#xFDD2;", "<", ">", "&amp;"],
    ),
)  # fmt: skip


@given(MARKUP.map("".join) | st.text())
@settings(max_examples=300)
def test_any_markup(markup: str) -> None:
    """Any markup gives a body with one whole line for each paragraph."""
    body, paragraphs = body_of(paragraphs_of(markup))
    lines = body.split("\n") if body else []
    assert len(lines) == len(paragraphs)
    assert all(line == " ".join(line.split()) and line for line in lines)
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(
    "piece",
    [
        *("<p>", "<br>", "<br> ", "</a>", "<a>x", "\n", "\n ", "<p>word ", "&lt;br&gt;", "<figcaption>x", "("),
        *("Photo by A/", "<li>Read more"),
    ],
)
def test_time(piece: str) -> None:
    """Time is linear in the markup, whatever it is."""
    check_growth(lambda markup: body_of(paragraphs_of(markup)), lambda size: piece * size, 500)
