"""Marks: keys of how a word is written, for what a lemma alone does not tell. A term asks for its mark by itself."""

from collections.abc import Iterator, Mapping
from functools import cache

from bot.text.lemmas import lemma
from bot.text.spelling import common_names
from bot.watches.match.tokenized import WordRecord
from bot.watches.operators.term import CAPITALS, NAME, VERBAL, CapitalsTerm, NameTerm
from bot.watches.operators.written import LONGEST_ABBREVIATION, is_in_capitals, is_titled, is_verbal


def marks(word: WordRecord, written: str) -> Iterator[str]:
    """Yield the marks of a word. `written` is the word as it stands in its text."""
    form, key = word.form, word.key
    if (
        len(form) <= LONGEST_ABBREVIATION
        and (written[0].isupper() or is_in_capitals(written))  # most are not
        and CapitalsTerm(key, form, is_titled(form)).is_meant(word, written)
    ):
        yield CAPITALS + form
    for name in _common().get(key, ()):
        if name.is_meant(word, written):
            yield NAME + name.form
    if is_verbal(form):
        yield VERBAL + key


@cache
def _common() -> Mapping[str, list[NameTerm]]:
    """Return the terms of common names, by lemma."""
    found: dict[str, list[NameTerm]] = {}
    for name in sorted(common_names()):
        found.setdefault(lemma(name), []).append(NameTerm(lemma(name), name, common=True))
    return found
