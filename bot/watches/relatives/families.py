"""Families of words, as data: a country with its people and adjectives, a deed with who does it and that it is done.

A word is found in any form and spelling in which a watch would find it. `~Russia` in a query asks for all `words` of
its family; those `offered` are named to people and never taken without being asked for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.text.lemmas import lemma
from bot.text.tables import rows_of
from bot.text.tokens import words

FamilyKey = tuple[str, ...]
"""The keys of a term's words, by which a watch compares them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Words that say the same of the news, each as a watch would have it: Poland, =Poles, Saudi Arabia.

    `words` may stand for each other; `offered` often mean another thing, too. `named` is true for countries, places
    and bodies, whose words are names; other families are of common words.
    """

    words: tuple[str, ...]
    offered: tuple[str, ...] = ()
    named: bool = True


def family_of(text: str) -> Family | None:
    """Return the family of a word or of words in order, None if it has none. Signs such as = do not count."""
    return _families().get(family_key(text))


@lru_cache(maxsize=4_096)
def family_key(text: str) -> FamilyKey:
    """Return what a watch compares the words of a term by."""
    return tuple(lemma(word.form) for word in words(text))


def names_from(letter: str) -> Sequence[str]:
    """Return the words that have a family and begin with a letter, as the data spells them."""
    return _names().get(letter, ())


def bare(word: str) -> str:
    """Return a term of the data without its signs."""
    return word.strip('="')


@cache
def _families() -> Mapping[FamilyKey, Family]:
    """Read the data, when first needed: some 2,500 words, a megabyte."""
    found: dict[FamilyKey, Family] = {}
    for family in _read():
        for word in family.words:
            found.setdefault(family_key(word), family)
    return found


@cache
def _names() -> Mapping[str, Sequence[str]]:
    """File the words by their first letters."""
    found: dict[str, list[str]] = {}
    for word in dict.fromkeys(bare(word) for family in _families().values() for word in family.words):
        found.setdefault(word[0], []).append(word)
    return found


def _read() -> Iterator[Family]:
    for name in ("families.tsv", "word_families.tsv"):
        for columns in rows_of("bot.watches.relatives", name):
            members = [word for column in columns for word in column.split(", ")]
            yield Family(
                words=tuple(word for word in members if not word.startswith("?")),
                offered=tuple(word[1:] for word in members if word.startswith("?")),
                named=name == "families.tsv",
            )
