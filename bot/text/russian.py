"""Lemmas of words in Cyrillic letters: by pymorphy3 (the extra `ru`, about 25 MB) or, without it, by their endings.

The endings are those of nouns and adjectives. They bring Идлиб, Идлибе and Идлибом together, but neither verbs nor
words whose stem changes (турок and турки).
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec

WITHOUT_DICTIONARY = "Russian words are compared by their endings only; install newsvane[ru] for a dictionary."

# Longest first within a length, so that the first that fits is the longest.
_ENDINGS = tuple(
    sorted(
        """
        иями ием ями ами ого его ому ему ыми ими ией иям иях ый ий ой ая яя ое ее ые ие ым им ых их ую юю ью ия ии ию ов
        ев ей ам ям ах ях ом ем а я о е ы и у ю ь й
        """.split(),  # noqa: SIM905  # endings without quotes and commas are easier to read
        key=len,
        reverse=True,
    ),
)
_SHORTEST_STEM = 3


def has_dictionary() -> bool:
    """Return whether pymorphy3 is installed."""
    return find_spec("pymorphy3") is not None


def lemma(form: str) -> str:
    """Return the lemma, or without a dictionary the stem, of a case-folded word in Cyrillic letters."""
    return _normal_form()(form)


def stem(form: str) -> str:
    """Take the longest ending of a noun or adjective off that leaves at least three letters."""
    for ending in _ENDINGS:
        if form.endswith(ending) and len(form) - len(ending) >= _SHORTEST_STEM:
            return form[: -len(ending)]
    return form


@cache
def _normal_form() -> Callable[[str], str]:
    """Load the dictionary, if there is one."""
    if not has_dictionary():
        return stem
    analyzer = import_module("pymorphy3").MorphAnalyzer()
    return lambda form: str(analyzer.parse(form)[0].normal_form).replace("ё", "е")
