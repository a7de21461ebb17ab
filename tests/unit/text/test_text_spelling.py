"""One spelling stands for several, and no other word is taken for one of them."""

from importlib.resources import files

import pytest

from bot.text.lemmas import lemma


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("organised", "organizes"),
        ("organisations", "organization"),
        ("paralysed", "paralyze"),
        ("colours", "color"),
        ("neighbourhood", "neighborhoods"),
        ("favourites", "favorite"),
        ("centres", "center"),
        ("fibre", "fibers"),
        ("dialogue", "dialogs"),
        ("defence", "defenses"),
        ("programmes", "program"),
        ("haemorrhage", "hemorrhages"),
        ("travellers", "traveler"),
        ("zelenskyi", "zelensky"),
        ("zelenskiy", "zelenskyy"),
        ("kiev", "kyiv"),
        ("navalniy", "navalny"),
    ],
)
def test_two_spellings_are_one_word(one, other):
    assert lemma(one) == lemma(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("four", "for"),
        ("tour", "tor"),
        ("timbre", "timber"),
        ("rogue", "rog"),
        ("prise", "prize"),
        ("pour", "por"),
        ("shelling", "shell"),
        ("sanders", "sander"),
        ("does", "des"),
    ],
)
def test_other_words_stay_other_words(one, other):
    assert lemma(one) != lemma(other)


@pytest.mark.parametrize("name", ["british.tsv", "compounds.tsv", "common_names.tsv"])
def test_no_row_stands_twice(name):
    rows = [row for row in (files("bot.text") / name).read_text(encoding="utf-8").splitlines() if row[0] != "#"]
    keys = [tuple(row.split("\t")[: 2 if name == "compounds.tsv" else 1]) for row in rows]
    assert len(keys) == len(set(keys))
    assert len(rows) > 100
