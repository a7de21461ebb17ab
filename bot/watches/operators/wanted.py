"""From the words of a phrase to its terms: which spellings and forms of each are meant.

In order: a name or a compound that has several spellings; a designation; a short word in capitals; a capitalised word,
which is a name; a word of a language of which nothing is known; any other word, in all its forms.
"""

import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from bot.text import russian
from bot.text.lemmas import is_english, is_known, lemma
from bot.text.spelling import common_names, compounds, families, folded_name
from bot.text.tokens import Word, spaced_designation
from bot.watches.operators import SIGNS
from bot.watches.operators.term import (
    MOST_ADDED,
    CapitalsTerm,
    DesignationTerm,
    NameTerm,
    PrefixTerm,
    SpelledTerm,
    Term,
    WordTerm,
)
from bot.watches.operators.written import LONGEST_ABBREVIATION, is_in_capitals, is_titled, is_verbal

SHARED_TERMS = 32_768
LONGEST_NAME = 5  # words
SHORTEST_PART = 4  # letters of the second part of a compound by rule
SHORTEST_STEM = 4  # letters of a word of an unknown language that its other forms share

# Before any word: with a hyphen, in one word, or apart.
_PREFIXES = ("anti", "counter", "cyber", "multi", "non", "semi", "super", "ultra", "mega")
# Apart they are words of their own: over time, set up, every day.
_CLOSE = frozenset(
    """
    after all any away back bad best both by can co down every few for fore good here how in into it less long many may
    mid more most much no not off old on one only out over post pre pro re self set she so some such that the then there
    they this to under up very was well what when where who will with you
    """.split(),  # noqa: SIM905
)
# With these a word ends rather than a compound: citizenship, government, network aside.
_SUFFIXES = frozenset("ship able hood less land ness ment like wise most some full ward king ring ling".split())  # noqa: SIM905
_LATIN = re.compile(r"[a-z]+")
_RUSSIAN = re.compile("[а-яё]+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def terms_of(text: str, found: Sequence[Word], *, gap: bool = False) -> tuple[Term, ...]:
    """Return the terms of the words found in a text. With a gap, words that stand apart are not read as a compound."""
    alone = len(found) == 1
    shouted = any(len(word.form) > LONGEST_ABBREVIATION and text[word.start : word.end].isupper() for word in found)
    terms: list[Term] = []
    index = 0
    while index < len(found):
        term, width = _widest(text, found, index, gap=gap)
        if term is None:
            word = found[index]
            term, width = _single(text[word.start : word.end], word.form, alone=alone, shouted=shouted), 1
        terms.append(term)
        index += width
    return tuple(terms)


def as_spelled(text: str, found: Sequence[Word]) -> tuple[Term, ...]:
    """Return the terms of a phrase of which the very spelling is asked for: one for each word, by lemma."""
    terms: list[Term] = []
    index = 0
    while index < len(found):
        name = _designation(text, found, index)
        terms.append(DesignationTerm(name) if name else _word(found[index].form))
        index += 2 if name else 1
    return tuple(terms)


def _widest(text: str, found: Sequence[Word], index: int, *, gap: bool) -> tuple[Term | None, int]:
    """Return a term for several words from this one on and how many these are; None if each is for itself."""
    for width in range(min(LONGEST_NAME, len(found) - index), 0, -1):
        forms = [word.form for word in found[index : index + width]]
        if family := _families().get(tuple(map(lemma, forms))):
            return family, width
    if name := _designation(text, found, index):
        return DesignationTerm(name), 2
    if index + 1 < len(found):
        first, second = found[index : index + 2]
        hyphen = second.start - first.end == 1 and not text[first.end].isspace()
        if (hyphen or not gap) and (compound := _compound(first.form, second.form, hyphen=hyphen)):
            return compound, 2
    return None, 1


@cache
def _families() -> Mapping[tuple[str, ...], SpelledTerm]:
    """Return the term of each name of several words, by the lemmas of each of its spellings."""
    found: dict[tuple[str, ...], SpelledTerm] = {}
    for family in families():
        spellings = tuple(dict.fromkeys(tuple(map(_key, spelling)) for spelling in family))
        found |= dict.fromkeys(spellings, SpelledTerm(" ".join(spellings[0]), spellings))
    return found


def _designation(text: str, found: Sequence[Word], index: int) -> str:
    if found[index].designation or index + 1 == len(found):
        return found[index].designation
    return spaced_designation(text, found[index], found[index + 1])


def _single(written: str, form: str, *, alone: bool, shouted: bool) -> Term:
    """Return the term of one word."""
    short = 1 < len(form) <= LONGEST_ABBREVIATION and form.isalpha() and form not in SIGNS
    if short and is_in_capitals(written) and not shouted:
        return CapitalsTerm(_key(form), form, titled=is_titled(form))
    if alone and written[0].isupper() and _LATIN.fullmatch(form) and not written.isupper():
        if form in common_names():
            return NameTerm(_key(form), form, common=True)
        if is_english(form) and (is_verbal(form) or lemma(form) == form):
            return _split(form) or NameTerm(_key(form), form, common=False)
    if not unicodedata.normalize("NFKC", written).isascii():
        return _foreign(form)
    return _split(form) or _word(form)


@lru_cache(maxsize=SHARED_TERMS)
def _word(form: str) -> Term:
    """Return the term of a word. Watches share it: a hundred thousand of them ask for far fewer words."""
    return WordTerm(_key(form))


def _key(form: str) -> str:
    return sys.intern(lemma(form))


def _foreign(form: str) -> Term:
    """Return the term of a word with letters that English has not: in Russian by lemma, else by its safe beginning."""
    known = folded_name(form) or _RUSSIAN.fullmatch(form) or is_english(form)
    if known or len(form) < SHORTEST_STEM or _UNSPACED.search(form):
        return _word(form)
    beginning = russian.stem(form) if "\u0400" <= form[0] <= "\u052f" else form.rstrip("aeiouyαεηιου")
    if len(beginning) < SHORTEST_STEM or len(beginning) < len(form) - 2:
        beginning = form
    return PrefixTerm(beginning, MOST_ADDED)


@lru_cache(maxsize=SHARED_TERMS)
def _compound(first: str, second: str, *, hyphen: bool) -> SpelledTerm | None:
    """Return the term of two words that are also written as one; None if they are not."""
    if not (_LATIN.fullmatch(first) and _LATIN.fullmatch(second)):
        return None
    listed = _compounds().get(lemma(first + second))
    if listed and (_key(first), _key(second)) == listed.spellings[1]:
        return listed if hyphen or not listed.close else None
    if first in _PREFIXES:
        return _spelled(first, second, close=False) if len(second) >= SHORTEST_PART else None
    if not is_english(first + second):
        return None
    apart = min(len(first), len(second)) >= SHORTEST_PART - 1 and first not in _CLOSE and second not in _CLOSE
    return _spelled(first, second, close=not apart) if hyphen or apart else None


@lru_cache(maxsize=SHARED_TERMS)
def _split(form: str) -> SpelledTerm | None:
    """Return the term of a word that is also written as two; None if it is not."""
    if not _LATIN.fullmatch(form):
        return None
    listed = _compounds().get(lemma(form))
    if listed:
        return listed
    for first in _PREFIXES:
        second = form.removeprefix(first)
        if second != form and len(second) >= SHORTEST_PART and (is_known(second) or not is_english(form)):
            return _spelled(first, second, close=False)
    for at in range(SHORTEST_PART, len(form) - SHORTEST_PART + 1):
        first, second = form[:at], form[at:]
        if {lemma(first), lemma(second)} <= _parts() and is_english(form):
            return _spelled(first, second, close=first in _CLOSE or second in _CLOSE)
    return None


@cache
def _parts() -> frozenset[str]:
    """Return the lemmas of which compounds are made."""
    return frozenset(lemma(part) for first, second, _ in compounds() for part in (first, second)) - _SUFFIXES


@cache
def _compounds() -> Mapping[str, SpelledTerm]:
    """Return the term of each compound that is listed, by its lemma in one word."""
    found = [_spelled(first, second, close=close) for first, second, close in compounds()]
    return {term.key: term for term in found}


def _spelled(first: str, second: str, *, close: bool) -> SpelledTerm:
    joined, apart = (_key(first + second),), (_key(first), _key(second))
    return SpelledTerm(joined[0], (joined, apart), close)
