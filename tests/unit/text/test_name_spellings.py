"""The names with several spellings are data that the comparison of words can rely on."""

from collections import Counter
from importlib.resources import files

import pytest

from bot.text.stopwords import STOP_WORDS
from bot.text.tokens import words


def rows() -> list[list[str]]:
    """The names, each with its spellings."""
    text = (files("bot.text") / "name_spellings.tsv").read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


def forms(spelling: str) -> tuple[str, ...]:
    """The words of a spelling as they are compared."""
    return tuple(word.form for word in words(spelling))


def test_there_are_more_than_three_hundred_names_each_in_two_spellings_or_more():
    assert len(rows()) > 300
    assert [row for row in rows() if len(row) < 2] == []


def test_a_spelling_is_clean_text():
    for spelling in [spelling for row in rows() for spelling in row]:
        assert spelling == " ".join(spelling.split()), spelling
        assert spelling, "an empty spelling"


def test_no_spelling_stands_twice_nor_differs_from_another_only_in_what_is_never_compared():
    counted = Counter(forms(spelling) for row in rows() for spelling in row)
    assert [spelling for spelling, count in counted.items() if count > 1] == []


def test_every_spelling_has_words_that_are_letters_and_say_something():
    for spelling in [spelling for row in rows() for spelling in row]:
        found = forms(spelling)
        assert found, spelling
        assert not any(word.designation for word in words(spelling)), spelling
        assert len(found) > 1 or (len(found[0]) > 2 and found[0] not in STOP_WORDS), spelling


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zelensky", "Zelenskyy"),
        ("Kyiv", "Kiev"),
        ("Hezbollah", "Hizbollah"),
        ("Türkiye", "Turkey"),
        ("Deir ez-Zor", "Dayr az-Zawr"),
        ("Côte d'Ivoire", "Ivory Coast"),
        ("Беларусь", "Белоруссия"),
    ],
)
def test_two_spellings_are_one_name(one, other):
    assert any({forms(one), forms(other)} <= {forms(spelling) for spelling in row} for row in rows())


@pytest.mark.parametrize(
    ("one", "other"), [("Kherson", "Henderson"), ("Artsakh", "Karabakh"), ("Asad", "Assad"), ("Iran", "Iraq")]
)
def test_other_names_are_not_one(one, other):
    assert not any({forms(one), forms(other)} <= {forms(spelling) for spelling in row} for row in rows())
