"""Words of one meaning have one lemma, and others do not."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import russian
from bot.text.lemmas import lemma, russian_note
from bot.text.tokens import words

SEEN, FRESH = "lemma_pairs.tsv", "lemma_pairs_fresh.tsv"


def pairs(language: str, kind: str, file: str = SEEN) -> list[tuple[str, str]]:
    """Read the pairs of a language that should merge ("same") or not ("apart")."""
    text = (Path(__file__).parent / file).read_text(encoding="utf-8")
    table = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return [(one, other) for found, one, other, told in table if (found, told) == (language, kind)]


def merged(language: str, kind: str, file: str = SEEN) -> tuple[list[tuple[str, str]], int]:
    """Return the pairs whose lemmas are the same, and how many pairs there are."""
    all_pairs = pairs(language, kind, file)
    return [pair for pair in all_pairs if lemmas(pair[0]) == lemmas(pair[1])], len(all_pairs)


def lemmas(text: str) -> list[str]:
    """Return the lemmas of a text's words."""
    return [lemma(word.form) for word in words(text)]


@pytest.mark.parametrize("file", [SEEN, FRESH])
@pytest.mark.parametrize(("language", "least"), [("en", 100), ("ru", 60)])
def test_pairs_merge(language: str, least: int, file: str) -> None:
    """At least 95 of 100 pairs merge that should, at most 5 of 100 that should not."""
    if language == "ru" and not russian.has_dictionary():
        pytest.skip(russian_note())
    same, count = merged(language, "same", file)
    assert count >= least
    assert len(same) >= 0.95 * count
    wrong, count = merged(language, "apart", file)
    assert count >= least
    assert len(wrong) <= 0.05 * count, wrong


def test_russian_endings_merge_cases() -> None:
    """Without a dictionary the cases of a noun still merge: nine of ten pairs."""
    found = [pair for pair in pairs("ru", "same") if stems(pair[0]) == stems(pair[1])]
    assert len(found) >= 0.9 * len(pairs("ru", "same"))


def test_russian_endings_keep_words_apart() -> None:
    """Without a dictionary words that only begin alike stay apart: 95 of 100 pairs that were not seen before."""
    wrong = [pair for pair in pairs("ru", "apart", FRESH) if stems(pair[0]) == stems(pair[1])]
    assert len(wrong) <= 0.05 * len(pairs("ru", "apart", FRESH)), wrong


def stems(text: str) -> list[str]:
    """Return the stems of a text's words."""
    return [russian.stem(word.form) for word in words(text)]


def test_russian_note_is_said_without_a_dictionary() -> None:
    """What Russian lacks is told exactly where the dictionary is missing."""
    assert bool(russian_note()) != russian.has_dictionary()


def test_exceptions_have_reasons() -> None:
    """Every exception names its lemma and says why."""
    text = (Path(russian.__file__).parent / "lemma_exceptions.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    assert all(len(row) == 3 and all(row) for row in rows)
    assert all(lemma(form) == expected for form, expected, _ in rows)
    assert len({row[0] for row in rows}) == len(rows)


@given(st.text(min_size=1, max_size=60))
def test_any_word_has_a_lemma(form: str) -> None:
    """Any text, word or not, has a lemma."""
    assert lemma(form)


def test_tables_are_loaded_when_first_needed() -> None:
    """Importing the matcher and reading its modules loads no dictionary; the first lemma does."""
    code = (
        "import sys, bot.watches.match.index, bot.text.lemmas as lemmas\n"
        "print('simplemma' in sys.modules, 'pymorphy3' in sys.modules)\n"
        "lemmas.lemma('planes')\n"
        "print('simplemma' in sys.modules, 'pymorphy3' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )  # our own interpreter and code
    assert done.stdout.split() == ["False", "False", "True", "False"]
