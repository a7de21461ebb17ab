"""An item as the watches read it: for each field the words, their lemmas and their places.

Built field by field, when first asked for.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.model import FieldName, Item
from bot.text.lemmas import lemma
from bot.text.tokens import CACHED_CHUNKS, Word, chunk_words, chunks, spaced_designation, words
from bot.watches.tree import Phrase, Term

_DRAWN_ALIKE = str.maketrans({**dict.fromkeys("’ʼ`´‘‛", "'"), **dict.fromkeys("‐‑‒", "-")})
_INVISIBLE = re.compile("[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A phrase found: the words from `first` to `last` of a field, and their place in its text."""

    first: int
    last: int
    start: int
    end: int


class FieldWords:
    """The words of one field."""

    __slots__ = ("_designations", "_ends", "_forms", "_keys", "_places", "_starts", "_text")

    def __init__(self, text: str, *, urls: bool = False) -> None:
        self._text = text
        self._forms: list[str] = []
        self._keys: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._designations: dict[int, str] = {}
        self._places: dict[str, list[int]] = {}
        before: Word | None = None
        for offset, chunk in chunks(text, urls=urls):
            for word, key in _lemmas(chunk):
                index = len(self._keys)
                start = offset + word.start
                if word.designation:
                    self._name(word.designation, index)
                elif before is not None and before.lead and not word.start and word.form.isdecimal():
                    self._name(self._spaced(before, index - 1, word, start, offset), index - 1)
                self._forms.append(word.form)
                self._keys.append(key)
                self._starts.append(start)
                self._ends.append(offset + word.end)
                self._places.setdefault(key, []).append(index)
                before = word

    def _spaced(self, before: Word, index: int, word: Word, start: int, offset: int) -> str:
        """Name a designation written with a space, if these two words are one."""
        first = Word(form=before.form, start=self._starts[index], end=self._ends[index], lead=True)
        return spaced_designation(self._text, first, Word(form=word.form, start=start, end=offset + word.end))

    def _name(self, designation: str, index: int) -> None:
        if designation:
            self._designations[index] = designation
            self._places.setdefault(designation, []).append(index)

    def occurrences(self, phrase: Phrase) -> list[Occurrence]:
        """Find a phrase, in the order of the text. Time is linear in the places of its first word."""
        terms = [(term, lemma(term.key) if term.kind == "word" else term.key) for term in phrase.terms]
        found: list[Occurrence] = []
        for first in self._starting(*terms[0]):
            last = self._last(terms, first, phrase.gap)
            if last >= 0:
                start, end = self._starts[first], self._ends[last]
                if not phrase.exact or _spelled(self._text[start:end], phrase):
                    found.append(Occurrence(first, last, start, end))
        return found

    def _starting(self, term: Term, key: str) -> list[int]:
        """Give the places where a phrase's first term stands."""
        if term.kind == "prefix":
            return [index for index, form in enumerate(self._forms) if form.startswith(key)]
        return self._places.get(key, [])

    def _last(self, terms: list[tuple[Term, str]], first: int, gap: int) -> int:
        """Follow a phrase from its first word; give its last, or -1. The nearest places leave most of the gap."""
        index = first + _width(terms[0][0])
        for term, key in terms[1:]:
            while not self._stands(term, key, index):
                if not gap or index >= len(self._keys):
                    return -1
                gap -= 1
                index += 1
            index += _width(term)
        return index - 1

    def _stands(self, term: Term, key: str, index: int) -> bool:
        if index >= len(self._keys):
            return False
        if term.kind == "word":
            return self._keys[index] == key
        if term.kind == "prefix":
            return self._forms[index].startswith(key)
        return self._designations.get(index) == key


class Document:
    """An item's fields as words."""

    __slots__ = ("_fields", "_item")

    def __init__(self, item: Item) -> None:
        self._item = item
        self._fields: dict[FieldName, FieldWords] = {}

    def words(self, field: FieldName) -> FieldWords:
        """Give the words of one field."""
        known = self._fields.get(field)
        if known is None:
            known = self._fields[field] = FieldWords(field_text(self._item, field), urls=field == "url")
        return known


def field_text(item: Item, field: FieldName) -> str:
    """Give the text of an item that a field's name stands for."""
    return item.link if field == "url" else str(getattr(item, field))


@lru_cache(maxsize=CACHED_CHUNKS)
def _lemmas(chunk: str) -> tuple[tuple[Word, str], ...]:
    """Give the words of a chunk with their lemmas."""
    return tuple((word, lemma(word.form)) for word in chunk_words(chunk))


def _width(term: Term) -> int:
    """Tell how many words of the text a term takes."""
    return 2 if term.kind == "designation" else 1


def _spelled(found: str, phrase: Phrase) -> bool:
    """Tell whether a text has the very spelling of an exact phrase."""
    wanted = _exact_core(phrase.text)
    spelling = _as_spelled(found)
    return spelling.startswith(wanted) if phrase.terms[-1].kind == "prefix" else spelling == wanted


@lru_cache(maxsize=1024)
def _exact_core(text: str) -> str:
    """Give the spelling of a phrase from its first word to its last, without the punctuation around it."""
    found = list(words(text, urls=True))
    return _as_spelled(text[found[0].start : found[-1].end])


def _as_spelled(text: str) -> str:
    """Unify what only looks different: compatibility characters, apostrophes, hyphens, white space."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_DRAWN_ALIKE)
    return " ".join(plain.split())
