"""One spelling for several: organise as organize, Kiev as Kyiv, Zelenskiy as Zelensky.

The spelling that stands for the others is never shown. It is what words are compared by, so it only has to be the same
for all of them: American where British and American differ, else the first of its row in the data.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from bot.text.tables import rows_of
from bot.text.tokens import words

# British and American endings, for words of which the dictionary has both spellings.
_ENDINGS: Sequence[tuple[str, str]] = (
    ("isational", "izational"),
    ("isation", "ization"),
    ("iser", "izer"),
    ("ised", "ized"),
    ("ising", "izing"),
    ("ise", "ize"),
    ("yser", "yzer"),
    ("yse", "yze"),
    ("ourable", "orable"),
    ("ourably", "orably"),
    ("ourful", "orful"),
    ("ourhood", "orhood"),
    ("ourism", "orism"),
    ("ourist", "orist"),
    ("ourite", "orite"),
    ("ourless", "orless"),
    ("ourer", "orer"),
    ("oured", "ored"),
    ("our", "or"),
    ("bre", "ber"),
    ("tre", "ter"),
    ("ogue", "og"),
)
_SHORTEST_STEM = 2
_DIPHTHONG = re.compile("[ao]e")
# Endings of Slavic names, whatever the paper's table of transliteration, on words that no dictionary has.
_NAME_ENDINGS = (
    (re.compile(r"(?<=\w\w)sk(?:iy|yy|yi|ii|ij|i)\Z"), "sky"),
    (re.compile(r"(?<=\w\w\w)(?:iy|yy|yi|ij)\Z"), "y"),
    (re.compile(r"(?<=\w\w\w)(?:iev|yev)\Z"), "ev"),
    (re.compile(r"(?<=\w\w)(?:ovych|ovitch)\Z"), "ovich"),
    (re.compile(r"(?<=\w\w)(?:evych|evitch|yevich|ievich|iyovych)\Z"), "evich"),
)


def folded_name(form: str) -> str | None:
    """Return the spelling that stands for a name in several; None for what is in no table."""
    return _names().get(form)


def transliterated(form: str) -> str:
    """Return a Latin word that no dictionary has with the ending of a Slavic name in one spelling: Zelenskyi."""
    for ending, one in _NAME_ENDINGS:
        changed, count = ending.subn(one, form)
        if count:
            return changed
    return form


def american(lemma: str, known: Callable[[str], object]) -> str:
    """Return the American spelling of an English lemma. `known` says whether a word is in the dictionary."""
    listed = _british().get(lemma)
    if listed:
        return listed
    for british, ending in _ENDINGS:
        if lemma.endswith(british) and len(lemma) >= len(british) + _SHORTEST_STEM:
            changed = lemma.removesuffix(british) + ending
            return changed if known(changed) else lemma
    if _DIPHTHONG.search(lemma):  # haemorrhage, oestrogen
        changed = _DIPHTHONG.sub("e", lemma, count=1)
        return changed if len(lemma) > 5 and known(changed) else lemma
    return lemma


def families() -> Sequence[Sequence[tuple[str, ...]]]:
    """Return the names that have several words in one spelling at least: all spellings of each, as forms of words."""
    return [row for row in _spellings() if max(map(len, row)) > 1]


@cache
def compounds() -> Sequence[tuple[str, str, bool]]:
    """Return compounds of two words: both as forms, and whether they are one only where no space is between them."""
    return [(row[0], row[1], row[2:] == ["close"]) for row in rows_of("bot.text", "compounds.tsv")]


@cache
def _names() -> Mapping[str, str]:
    """Return the names of one word: a form, and the form that stands for it."""
    single = [[form for (form,) in row] for row in _spellings() if max(map(len, row)) == 1]
    return {form: row[0] for row in single for form in row}


@cache
def _spellings() -> Sequence[Sequence[tuple[str, ...]]]:
    """Read the spellings of each name, as forms of words."""
    return [
        [tuple([word.form for word in words(spelling, urls=True)]) for spelling in row]
        for row in rows_of("bot.text", "name_spellings.tsv")
    ]


@cache
def _british() -> Mapping[str, str]:
    """Read what the rules get wrong or do not reach."""
    return dict(rows_of("bot.text", "british.tsv"))


@cache
def common_names() -> frozenset[str]:
    """Read the names that are words as well: Shell, Gates, May."""
    return frozenset(row[0] for row in rows_of("bot.text", "common_names.tsv"))
