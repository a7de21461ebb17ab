"""The caret stands under its place in a terminal, whatever the line is made of."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings.diagnostic import Diagnostic, Location
from bot.settings.report import WIDEST, block, columns, location_of

LINES = st.text(st.characters(blacklist_characters="\n\r", codec="utf-8"), max_size=300)


def excerpt(line: str, location: Location) -> list[str]:
    """Give the line as shown and the line of carets."""
    return block(Diagnostic(file="f", message="m", place=location), f"{line}\n".encode()).split("\n")[1:3]


@pytest.mark.parametrize(
    ("line", "column", "length", "expected"),
    [
        ("abc", 2, 1, ["    1 | abc", "      |  ^"]),
        ("\tabc", 2, 2, ["    1 |     abc", "      |     ^^"]),
        ("日本x", 2, 1, ["    1 | 日本x", "      |   ^^"]),
        ("日本x", 3, 1, ["    1 | 日本x", "      |     ^"]),
        ("ＡＢ", 2, 1, ["    1 | ＡＢ", "      |   ^^"]),
        ("e\u0301x", 3, 1, ["    1 | e\u0301x", "      |  ^"]),
        ("a\x1bx", 3, 1, ["    1 | a\ufffdx", "      |   ^"]),
        ("a\u200bx", 3, 1, ["    1 | a\ufffdx", "      |   ^"]),
        ("ab", 3, 0, ["    1 | ab", "      |   ^"]),
    ],
)
def test_caret_by_example(line, column, length, expected):
    """Tabs, wide, combining and unseen characters move the caret as they move what is shown."""
    assert excerpt(line, Location(line=1, column=column, length=length)) == expected


@given(LINES, st.data())
def test_caret_stands_under_its_place(line, data):
    """As many columns are before the first caret as before the place, and the line fits."""
    column = data.draw(st.integers(1, len(line) + 1))
    length = data.draw(st.integers(0, len(line) + 1 - column))
    shown, carets = (row.partition("| ")[2] for row in excerpt(line, Location(line=1, column=column, length=length)))
    before = len(carets) - len(carets.lstrip())
    place = line[column - 1 : column]

    assert columns(shown) <= WIDEST + 10
    if place and unicodedata.category(place) == "Lo":
        at = next(index for index in range(len(shown)) if columns(shown[:index]) == before)
        under = [letter for letter in shown[at:] if unicodedata.category(letter) not in {"Mn", "Me"}]
        assert unicodedata.normalize("NFC", under[0]) == unicodedata.normalize("NFC", place)
    assert shown.isprintable()


def test_long_line_is_cut_about_the_place():
    """Of a long line that part is shown in which the mistake stands."""
    line = 1000 * "a" + "MISTAKE" + 1000 * "b"

    shown, carets = excerpt(line, Location(line=1, column=1001, length=7))

    at = carets.index("^")
    assert shown[at : at + 7] == "MISTAKE"
    assert carets[at:] == "^^^^^^^"
    assert shown.endswith("b…")
    assert "| …a" in shown
    assert len(shown) <= WIDEST + 20


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.data())
def test_spot_counts_as_editors_do(text, data):
    """Line and column are those of the character at the offset, counted from 1."""
    index = data.draw(st.integers(0, len(text)))
    before = text[:index]

    location = location_of(text.encode(), len(before.encode()), len(text.encode()))

    assert location.line == before.count("\n") + 1
    assert location.column == len(before.rpartition("\n")[2]) + 1
    assert location.length == len(text[index:].partition("\n")[0].removesuffix("\r")) or text[index:].startswith("\r")
