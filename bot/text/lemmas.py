"""The lemma of a word's form: plane for planes, Идлиб for Идлибе. What decides is the word's script, not its feed.

English (and whatever else is written in Latin letters) by simplemma's dictionary, with a small plural rule for what it
does not know; Cyrillic by `russian`; other scripts stay as they are. Tables are loaded with the first word that needs
them: simplemma's takes 20 MB and 0.12 s. Several spellings of a word or name have one lemma, see `spelling`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache

from bot.text import russian
from bot.text.spelling import american, folded_name, transliterated
from bot.text.tables import rows_of

CACHED_WORDS = 16_384
LONGEST = 40  # what is longer is no word of a dictionary

SCRIPTS: Sequence[tuple[re.Pattern[str], Callable[[str], str]]] = ((re.compile(r"[а-яёѐ-џґ]+"), russian.lemma),)
"""The letters of a script, and what returns the lemma of a form in it. ASCII is English; others stay as they are."""

# Endings that are no plural: class, virus, Paris, Hamas (which must not become Hama), Laos.
_NO_PLURAL = ("ss", "us", "is", "as", "os")


@lru_cache(maxsize=CACHED_WORDS)
def lemma(form: str) -> str:
    """Return the lemma of a form as `tokens` makes it (case folded). Never empty for a word; never raises."""
    if len(form) > LONGEST:
        return form
    known = _exceptions().get(form) or folded_name(form)
    if known is not None and known.isascii():
        return known
    form = known or form
    if form.isascii():
        return _english(form) if form.isalpha() else form
    return next((lemma_of(form) for letters, lemma_of in SCRIPTS if letters.fullmatch(form)), form)


def russian_note() -> str:
    """Return what Russian lemmas lack on this installation, in one sentence; empty if nothing."""
    return "" if russian.has_dictionary() else russian.WITHOUT_DICTIONARY


def is_english(form: str) -> bool:
    """Return whether the dictionary has a form in small letters, as a word that is no name only."""
    return form.isascii() and _dictionary()(form) is not None


def is_known(form: str) -> bool:
    """Return whether the dictionary has a form, in small letters or as a name."""
    return is_english(form) or (form.isascii() and _dictionary()(form.capitalize()) is not None)


def _english(form: str) -> str:
    """Look the form up; take a plural ending off what the dictionary does not know or does not resolve."""
    if len(form) < 3:
        return form
    found = _dictionary()(form)
    if found is None:
        # Names are in it with their capital only: Muslims, Kurds.
        named = _dictionary()(form.capitalize())
        return named.casefold() if named else _unknown(_singular(form))
    if found == form and form.endswith("s"):
        # Many peoples stand there twice: "russians" as it is, and "Russians" with its singular.
        named = _dictionary()(form.capitalize())
        return form[:-1] if named and named.casefold() == form[:-1] else form
    if len(found) > 5 and found.endswith("ll") and _dictionary()(found[:-1]):
        return found[:-1]  # one spelling for both sides of the Atlantic: cancelled and canceled, fulfil and fulfill
    return american(found.casefold() if found.isalpha() else form, _dictionary())  # not wi-fi for wifi


def _unknown(form: str) -> str:
    """Return one spelling of a word that no dictionary knows: a name, or an adjective of one: Zelenskyi."""
    return folded_name(form) or american(transliterated(form), _dictionary())


def _singular(form: str) -> str:
    """Take the plural ending off a word that no dictionary knows: Uighurs, headteachers."""
    if len(form) < 5 or not form.endswith("s") or form.endswith(_NO_PLURAL):
        return form
    if form.endswith("ies") and len(form) > 5:
        return form[:-3] + "y"
    if form.endswith(("ches", "shes", "xes", "sses")):
        return form[:-2]
    return form[:-1]


@cache
def _dictionary() -> Callable[[str], str | None]:
    """Load simplemma's English table. The function gives None for what is not in it with that capital."""
    from simplemma.strategies.dictionaries import DefaultDictionaryFactory  # noqa: PLC0415  # when first needed

    return DefaultDictionaryFactory(cache_max_size=1).get_dictionary("en").get


@cache
def _exceptions() -> Mapping[str, str]:
    """Read the words whose lemma the dictionary gets wrong for news: form, lemma, reason."""
    return {form: lemma_of for form, lemma_of, _ in rows_of("bot.text", "lemma_exceptions.tsv")}
