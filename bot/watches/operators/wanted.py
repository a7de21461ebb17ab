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
from bot.text.spelling import common_names, families, folded_name
from bot.text.stopwords import is_everywhere
from bot.text.tokens import Word, spaced_designation
from bot.watches.match.keys import UNCOMMON, word_cost
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
    is_in_capitals,
    is_verbal,
)

SHARED_TERMS = 32_768
LONGEST_ABBREVIATION = 4  # letters; what is longer is no other word in small letters
LONGEST_NAME = 5  # words
SHORTEST_PART, SHORTEST_COMPOUND = 3, 7  # letters
SHORTEST_STEM = 4  # letters of a word of an unknown language that its other forms share

# Before any word, with a hyphen, in one word, or apart.
_PREFIXES = frozenset("anti counter cyber multi non semi super ultra mega micro mini pan neo".split())  # noqa: SIM905
# With a hyphen or in one word; apart they are words of their own.
_CLOSE = frozenset(
    """
    re pre post pro co de un mid sub inter over under out off up down in on back by after fore self ex
    """.split(),  # noqa: SIM905
)
_CLOSE_LAST = frozenset("out off up down in on back by over away through around".split())  # noqa: SIM905
# Of many compounds, more than a dictionary has: airbase, warzone, seaport.
_OFTEN_FIRST = frozenset(
    "air war sea land fire gun oil gas peace water wind flood home health work news police prison border".split()  # noqa: SIM905
)
_WITH_A_LETTER = frozenset(
    """
    email ecommerce ebook ebike escooter esport ecigarette evoting elearning tshirt xray uturn
    """.split(),  # noqa: SIM905
)
# Two words that are one compound by chance, or mean something else apart.
_NO_FIRST = frozenset(
    [
        "every",
        "any",
        "some",
        "may",
        "all",
        "no",
        "not",
        "be",
        "for",
        "there",
        "here",
        "where",
        "what",
        "who",
        "how",
        "with",
        "to",
        "an",
        "the",
        "her",
        "his",
    ]
)
# What a word often ends with is no second word of it: message, government, reporter.
_SUFFIXES = frozenset(
    """
    able age ally ance ant ary ate dom ence ent ern ess est ette ether ful hood ian ible ice ier ies ion ish ism ist ite
    ity ive ize less ling man men ment ness ors ory ous ring sion ster ther ties ting tion tive ton ual ure ward wise
    """.split(),  # noqa: SIM905
)
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
        return CapitalsTerm(_key(form), form, titled=len(form) == LONGEST_ABBREVIATION and not is_english(form))
    if alone and written[0].isupper() and _LATIN.fullmatch(form) and not written.isupper():
        if form in common_names():
            return NameTerm(_key(form), form, common=True)
        if is_english(form) and (is_verbal(form) or lemma(form) == form):
            return _split(form, name=True) or NameTerm(_key(form), form, common=False)
    if not unicodedata.normalize("NFKC", written).isascii():
        return _foreign(form)
    return _split(form, name=written[0].isupper()) or _word(form)


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
def _compound(first: str, second: str, *, hyphen: bool) -> Term | None:
    """Return the term of two words that are also written as one; None if they are not."""
    if not (_LATIN.fullmatch(first) and _LATIN.fullmatch(second)):
        return None
    joined = first + second
    apart = not (first in _CLOSE or second in _CLOSE_LAST or first in _NO_FIRST)
    if len(first) == 1:
        if lemma(joined) not in _WITH_A_LETTER:
            return None
    elif not hyphen and not (apart and _is_compound(first, second, name=True)):
        return None
    return _spelled(first, second, close=hyphen and not apart)


@lru_cache(maxsize=SHARED_TERMS)
def _split(form: str, *, name: bool) -> Term | None:
    """Return the term of a word that is also written as two; None if it is not. A `name` is no chance compound."""
    if not _LATIN.fullmatch(form):
        return None
    if lemma(form) in _WITH_A_LETTER:
        return _spelled(form[0], form[1:], close=True)
    best: tuple[float, str, str] | None = None
    for at in range(2, len(form) - SHORTEST_PART + 1):
        first, second = form[:at], form[at:]
        if not _is_compound(first, second, name=name):
            continue
        common = _weight(first) * _weight(second) * (100 if first in _PREFIXES else 1)
        if best is None or common > best[0]:
            best = (common, first, second)
    if best is None:
        return None
    _, first, second = best
    return _spelled(first, second, close=first in _CLOSE or second in _CLOSE_LAST)


def _weight(part: str) -> float:
    """Return how much a part speaks for a split: common words are meant rather than rare ones, and long ones."""
    return max(word_cost(lemma(part)), UNCOMMON) * len(part)


def _is_compound(first: str, second: str, *, name: bool) -> bool:
    """Return whether two words together are a compound: one that the dictionary has, or a prefix and a word.

    What may be a name is none by the chance that both its parts are words: Goldman.
    """
    joined = first + second
    if first in _PREFIXES:
        return len(second) > SHORTEST_PART and (is_known(second) or first == "anti" or not is_english(joined))
    if len(joined) < SHORTEST_COMPOUND or not is_english(second) or not is_english(first):
        return False
    if first in _CLOSE:
        return len(second) > SHORTEST_PART and second not in _SUFFIXES
    if len(first) < SHORTEST_PART or (len(second) < SHORTEST_PART and second not in _CLOSE_LAST):
        return False
    if is_everywhere(first) or is_everywhere(second) or first in _NO_FIRST or second in _SUFFIXES:
        return False
    return is_english(joined) or first in _OFTEN_FIRST or not name


def _spelled(first: str, second: str, *, close: bool) -> Term:
    joined, apart = (_key(first + second),), (_key(first), _key(second))
    return SpelledTerm(joined[0], (joined, apart), close)
