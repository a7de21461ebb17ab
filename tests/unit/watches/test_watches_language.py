"""Queries are read, printed and refused as the language says."""

from pathlib import Path

import pytest
from growth import TIMES, check_growth
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import QueryError
from bot.watches.operators.alias import Alias
from bot.watches.operators.all_of import And
from bot.watches.operators.any_of import Or
from bot.watches.operators.near import Near
from bot.watches.operators.phrase import Phrase
from bot.watches.operators.within import Within
from bot.watches.parser import check_aliases, parse, pointed
from bot.watches.tree import Query

LONGEST = 500
ALIASES = {
    "aircraft": 'aircraft, plane, jet, "fighter jet"',
    "city": "Idlib, Hama",
    "empty": "  ",
    "loop": "@loop",
    "x": "@x",
    "ping": "@pong",
    "pong": "Idlib, @ping",
    "broken": '"x',
}
PIECES = [
    *(
        "Idlib",
        "Hama",
        "S-400",
        "jet",
        "Turkish army",
        '"fighter jet"',
        "“deal”",
        "«мир»",
        "Навальн*",
        "=NATO",
        "O'Brien",
    ),
    *(
        "AND",
        "OR",
        "NOT",
        "-",
        "NEAR/3",
        "NEAR/99",
        "NEAR",
        "and",
        "or",
        "not",
        "near/2",
        ",",
        ";",
        "\n",
        "(",
        ")",
        '"',
    ),
    *(
        "title:",
        "body:",
        "source:",
        "foo:",
        "@aircraft",
        "~Russia",
        "@city",
        "@loop",
        "@nobody",
        "=",
        "~",
        "~2",
        "*",
        "ab*",
        "S",
        "5",
    ),
    *(
        "/x/",
        "|",
        "&",
        "!",
        "?",
        "–",
        "''",
        "https://x.org/a",
        "\x00",
        "\u202e",
        "\ud800",
        "ﬁ",
        "İ",
        "إدلب",
        "\u200b",
        "^",
    ),
]


PUT = ["", "(", ")", '"', "-", " ", "*", ":", "@", "~", "=", ",", "\n", "é", " OR ", " AND "]


def mistakes() -> list[tuple[str, str, str]]:
    """Read the table of mistakes: query with marks, suggestion, words of the message."""
    text = (Path(__file__).parent / "mistakes.tsv").read_text(encoding="utf-8")
    table = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [
        (query.replace("\\u0000", "\0").replace("\\u202e", "\u202e"), suggestion.strip(), words)
        for _, query, suggestion, words in table
    ]


def answer(query: str) -> Query | QueryError:
    """Read a query, or give the error."""
    try:
        return parse(query, ALIASES)
    except QueryError as error:
        return error


@pytest.mark.parametrize(("marked", "suggestion", "words"), mistakes())
def test_mistake(marked: str, suggestion: str, words: str) -> None:
    """A mistake says what is wrong and where, and its suggestion parses."""
    query = marked.replace("⟦", "").replace("⟧", "")
    with pytest.raises(QueryError) as caught:
        parse(query, ALIASES)
    error = caught.value
    start = marked.index("⟦")
    assert (error.query, error.start, error.end) == (query, start, marked.index("⟧") - 1)
    assert words in error.message
    assert error.suggestion == suggestion
    if suggestion:
        parse(suggestion, ALIASES)


@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("Turkish NEAR/3 @aircraft", "Turkish NEAR/3 @aircraft"),
        ("Idlib, S-400, Turkish NEAR/3 @aircraft", "Idlib, S-400, Turkish NEAR/3 @aircraft"),
        ("title:(Idlib OR Hama) -football", "title:(Idlib, Hama) -football"),
        ('=NATO; "fighter jet"~1 AND source:reuters; Навальн*', '=NATO, "fighter jet"~1 AND source:reuters, Навальн*'),
        ("(Idlib, Hama), jet", "Idlib, Hama, jet"),
        ("((Idlib))", "Idlib"),
        ("Idlib NOT (Hama AND jet)", "Idlib -(Hama AND jet)"),
        ("(jet NEAR/2 sea) NEAR/3 tank", "jet NEAR/2 sea NEAR/3 tank"),
        ("jet NEAR/3 (sea NEAR/2 tank)", "jet NEAR/3 (sea NEAR/2 tank)"),
        ("«and»", '"and"'),
        ("Turkish   army", '"Turkish army"'),
        ("title: source", "title:source"),
    ],
)
def test_printed(query: str, printed: str) -> None:
    """A query is printed plainly, and what is printed means the same."""
    node = parse(query, ALIASES).node
    assert node.render() == printed
    assert parse(printed, ALIASES).node == node


def test_tree() -> None:
    """The tree holds each part where precedence puts it."""
    node = parse('title:Idlib AND jet NEAR/3 sea -@city, ="Fighter Jet"~2', ALIASES).node
    assert isinstance(node, Or)
    first, second = node.alternatives
    assert isinstance(first, And)
    assert [type(part) for part in first.parts] == [Within, Near]
    assert [type(part) for part in first.refused] == [Alias]
    assert isinstance(second, Phrase)
    assert (second.text, second.exact, second.gap) == ("Fighter Jet", True, 2)


def test_caret_is_under_the_mistake() -> None:
    """An error is shown with its line, carets under the place, and the suggestion."""
    with pytest.raises(QueryError) as caught:
        parse("Idlib,\nHama and jet")
    assert pointed(caught.value).split("\n")[1:] == ["  Hama and jet", "       ^^^", "Perhaps: Idlib,", "Hama AND jet"]


@pytest.mark.parametrize(
    "query",
    [
        "x" * 500_000,
        '"' * 500_000,
        "(" * 10_000 + "Idlib" + ")" * 10_000,
        "Idlib, " * 70_000,
        "(" * 250,
        "-" * 499,
        "@loop " * 80,
        "title:" * 80,
        "a*" * 249,
        '"' * 499,
        "not " * 120,
        "\u202e" * 500,
        "=" * 500,
        "NEAR/3 " * 70,
        "\u0627\u0644" * 240,
    ],
)
def test_bad_input_is_refused(query: str) -> None:
    """Whatever the text, there is an answer."""
    found = answer(query)
    assert isinstance(found, Query) or (found.query == query and pointed(found))


@pytest.mark.parametrize(
    "piece",
    ["x", '"', "(", "Idlib, ", "-", "@loop ", "title:", "a*", "not ", "\u202e", "=", "NEAR/3 ", "\u0627\u0644"],
)
def test_a_hostile_query_takes_no_long_time(piece: str) -> None:
    """As long as it may be read, at most the square of its length, for what may be meant is tried; beyond, linear."""

    def repeated(length: int) -> str:
        return piece * (length // len(piece))

    check_growth(answer, repeated, LONGEST // TIMES, power=2)
    check_growth(answer, repeated, 1_000 * LONGEST // TIMES)


def test_right_to_left_words_are_words() -> None:
    """Arabic and Hebrew words are terms like any other."""
    assert parse("إدلب, חיפה").node.render() == "إدلب, חיפה"


def test_bounds() -> None:
    """60 terms, 10 deep and 500 characters are read; one more is refused, with what still fits as suggestion."""
    sixty = ",".join(f"w{number:02}" for number in range(60))
    assert parse(sixty)
    with pytest.raises(QueryError, match="at most 60 terms") as caught:
        parse(sixty + ",more")
    assert caught.value.suggestion == sixty
    assert parse("(" * 10 + "Idlib" + ")" * 10)
    with pytest.raises(QueryError, match="10 deep") as caught:
        parse("(" * 11 + "Idlib" + ")" * 11)
    assert caught.value.suggestion == "Idlib"
    assert parse("x" * 500)
    with pytest.raises(QueryError, match="at most 500 characters"):
        parse("x" * 501)


def test_aliases_within_aliases_are_bounded() -> None:
    """Aliases may stand for one another ten deep; further down, or too many terms in all, is refused."""
    chain = {"a0": "Idlib"} | {f"a{number}": f"@a{number - 1}" for number in range(1, 14)}
    assert parse("@a9", chain)
    with pytest.raises(QueryError, match="10 deep"):
        parse("@a13", chain)
    assert [name for name, _ in check_aliases(chain)] == ["a10", "a11", "a12", "a13"]
    flood = {"b0": ",".join(f"w{number:02}" for number in range(60))} | {
        f"b{number}": ",".join([f"@b{number - 1}"] * 60) for number in range(1, 9)
    }
    with pytest.raises(QueryError, match="600 terms"):  # unbounded, it would be sixty to the ninth, and never end
        parse("@b8", flood)


def test_alias_table_is_checked() -> None:
    """Each alias that cannot be used is told, with a place in its own query and a suggestion that parses."""
    found = dict(check_aliases({**ALIASES, "two words": "Idlib", "lost": "Idlib, @nobody"}))
    assert sorted(found) == ["broken", "empty", "loop", "lost", "ping", "pong", "two words", "x"]
    assert (found["lost"].start, found["lost"].end, found["lost"].suggestion) == (7, 14, "Idlib, nobody")
    assert found["empty"].suggestion == "empty"
    assert found["loop"].suggestion == "loop"
    assert check_aliases({"aircraft": ALIASES["aircraft"], "all": "@aircraft, tank"}) == ()


def check_answer(query: str) -> None:
    """Require a tree that survives printing, or an error with a place in the query and a suggestion that parses."""
    found = answer(query)
    if isinstance(found, Query):
        assert parse(found.node.render(), ALIASES).node == found.node
    else:
        assert 0 <= found.start <= found.end <= len(query)
        assert pointed(found)
        assert not found.suggestion or parse(found.suggestion, ALIASES)


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
@settings(max_examples=1_000)
def test_pieces_in_any_order(pieces: list[str], spaces: list[bool]) -> None:
    """Pieces of the language in any order give a tree that survives printing, or a QueryError."""
    check_answer("".join(piece + " " * space for piece, space in zip(pieces, spaces, strict=False)))


@given(st.text(max_size=60))
@settings(max_examples=500)
def test_any_text(text: str) -> None:
    """Any text gives a tree that survives printing, or a QueryError."""
    check_answer(text)


@given(
    st.sampled_from([row[0] for row in mistakes()] + ["Idlib, S-400, Turkish NEAR/3 @aircraft -title:(x OR yy)"]),
    st.data(),
)
@settings(max_examples=500)
def test_mutated_queries(query: str, data: st.DataObject) -> None:
    """A query with a character put in, taken out or doubled gives a tree or a QueryError."""
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(query)))
        put = data.draw(st.sampled_from(PUT))
        query = query[:place] + put + query[place + data.draw(st.integers(0, 1)) :]
    check_answer(query)
