"""Texts are cut into words whose places are those of the text as given."""

import itertools
import unicodedata

import pytest
from growth import check_growth
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.chunks import chunk_list, chunk_starts, chunks
from bot.text.tokens import designation_name, spaced_designation, words

TRICKY = st.sampled_from(
    [*list("aZ9S4é́ёйЙ'’-‐/_ .\xad\u200bﬁİß½Ｓ４иСу🙂\n"), "'s", "S-400", "С-400", "http://x.y/z", "www."]
)


def forms(text: str) -> list[str]:
    """Return the forms of a text's words."""
    return [word.form for word in words(text)]


def seen(text: str) -> list[str]:
    """Return the very words of a text."""
    return [text[word.start : word.end] for word in words(text)]


def designations(text: str) -> list[str]:
    """Return the designations of a text, those with a space among them."""
    found = list(words(text))
    named = [word.designation for word in found if word.designation]
    spaced = [spaced_designation(text, *pair) for pair in itertools.pairwise(found)]
    return named + [name for name in spaced if name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two Words, 3 numbers.", ["two", "words", "3", "numbers"]),
        ("Turkey's TURKEY’S boss' it's", ["turkey", "turkey", "boss", "it"]),
        ("O’Brien O'Brien rock'n'roll", ["obrien", "obrien", "rocknroll"]),
        ("'quoted' ‘quoted’", ["quoted", "quoted"]),
        ("air-strike air/strike snake_case", ["air", "strike", "air", "strike", "snake", "case"]),
        ("Çelik İstanbul Diyarbakır Łódź Øre café", ["celik", "istanbul", "diyarbakir", "lodz", "ore", "cafe"]),
        ("ёлка йод Ёж Йошкар", ["елка", "йод", "еж", "йошкар"]),
        ("ﬁghter Ｉｄｌｉｂ so\u00adft ze\u200bro Straße", ["fighter", "idlib", "soft", "zero", "strasse"]),
        ("see https://x.org/turkish-planes, www.x.org/a and/or x.org/b c", ["see", "and", "or", "c"]),
        ("हिन्दी ಕನ್ನಡ عربي 中文", ["हिन्दी", "ಕನ್ನಡ", "عربي", "中文"]),
        ("5G B2B H1N1 10:30", ["5g", "b2b", "h1n1", "10", "30"]),
        ("F-16C Su-24M A320neo T-72B3", ["f", "16", "c", "su", "24", "m", "a", "320", "neo", "t", "72", "b3"]),
        ("... -- ’ ' - _", []),
    ],
)
def test_forms(text: str, expected: list[str]) -> None:
    """Words are compared by their form."""
    assert forms(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Turkey's planes", ["Turkey", "planes"]),
        ("so\u00adft İs ﬁn cafe\u0301!", ["so\u00adft", "İs", "ﬁn", "cafe\u0301"]),
        ("S-400s", ["S", "400s"]),
        ("“Idlib”…", ["Idlib"]),
    ],
)
def test_places(text: str, expected: list[str]) -> None:
    """A word's place is in the text as given, however its form differs in length."""
    assert seen(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("S-400 S400 S-400s s400", ["s-400"] * 4),
        ("buys S 400 and “S 400”", ["s-400", "s-400"]),
        ("С-400 Су-35 МиГ-29 Х-101 ковид-19", ["s-400", "su-35", "mig-29", "kh-101", "ковид-19"]),
        ("Japan's 400, s 400, U.S. 400, S. 400, anti-S 400, S  400", []),
        ("COVID-19 G20 F-16C", ["covid-19", "g-20", "f-16"]),
        ("Windows10 B2B H1N1 5G 400-S", []),
    ],
)
def test_designations(text: str, expected: list[str]) -> None:
    """Letters with a number are a designation, however they are joined; a possessive is none."""
    assert designations(text) == expected


def test_designation_is_transliterated_not_matched_by_looks() -> None:
    """A Cyrillic prefix is read by its sound."""
    assert designation_name("с", "400") == designation_name("s", "400") != designation_name("c", "400")


@given(st.lists(TRICKY, max_size=20).map("".join))
@settings(max_examples=1_000)
def test_places_are_in_order_and_inside(text: str) -> None:
    """Places lie in the text, in order, none empty; forms are folded, and shared places only where one sign is two."""
    last = 0
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert (
            word.start >= last
            or unicodedata.normalize("NFKC", text[word.start : word.end]) != text[word.start : word.end]
        )
        assert word.form
        assert word.form == word.form.casefold()
        last = word.end


@given(st.lists(TRICKY, max_size=20).map("".join), st.booleans())
@settings(max_examples=500)
def test_chunks_agree(text: str, urls: bool) -> None:
    """The list of chunks, their offsets, and the pairs of both are the same."""
    pairs = list(chunks(text, urls=urls))
    assert chunk_list(text, urls=urls) == [chunk for _, chunk in pairs]
    assert chunk_starts(text, urls=urls) == [start for start, _ in pairs]
    assert all(text.startswith(chunk, start) for start, chunk in pairs)


@pytest.mark.parametrize("piece", ["a", "a-", "é", "'", "S-4", "www.", "http://", "a.b/", "a.", "\u0301", "x.yy/ "])
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """The time is in line with the length of the text, whatever is repeated."""
    check_growth(lambda text: list(words(text)), lambda length: piece * (length // len(piece)), 6_000)
