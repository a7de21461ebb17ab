"""An item as the watches read it: for each field the words, their lemmas and their places.

Built field by field, when first asked for.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from bot.model import FieldName, Hit, Item
from bot.text.lemmas import lemma
from bot.text.tokens import Word, chunk_list, chunk_starts, chunk_words, spaced_designation, words
from bot.watches.reach import TEXT_FIELDS, Sight
from bot.watches.tree import Phrase, Term

CACHED_CHUNKS = 50_000  # about 20 MB; all but few words of a month's news are met again within it
MAX_HITS = 100  # told of one match; a body can repeat a word without end
_DRAWN_ALIKE = str.maketrans({**dict.fromkeys("’ʼ`´‘‛", "'"), **dict.fromkeys("‐‑‒–−", "-")})
_INVISIBLE = re.compile("[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


class WordRecord(NamedTuple):
    """A word of a chunk with its lemma, `key`. The rest is as `tokens.Word` has it."""

    key: str
    form: str
    start: int
    end: int
    designation: str
    lead: bool


Occurrence = tuple[int, int, int, int]
"""A phrase found: its first and last word, counted in the field, and its start and end in the field's text."""
Place = tuple[FieldName, int, int]
"""Where something stands: the field, and start and end in its text."""


class FieldWords:
    """The words of one field. Each part is made when first asked for; most items need no more than `chunks`."""

    __slots__ = ("_designations", "_numbers", "_starts", "_text", "_urls", "_words", "chunks")

    def __init__(self, text: str, *, urls: bool = False) -> None:
        self._text = text
        self._urls = urls
        self.chunks = chunk_list(text, urls=urls)
        self._words: list[WordRecord] | None = None
        self._numbers: dict[str, list[int]] | None = None
        self._starts: list[int] | None = None
        self._designations: dict[int, str] | None = None

    @property
    def words(self) -> list[WordRecord]:
        """The words in order."""
        if self._words is None:
            self._words = list(chain.from_iterable(map(records, self.chunks)))
        return self._words

    @property
    def numbers(self) -> dict[str, list[int]]:
        """For each lemma the numbers of the words that have it, in order."""
        if self._numbers is None:
            numbers: dict[str, list[int]] = {}
            for number, word in enumerate(self.words):
                key = word[0]
                if key in numbers:
                    numbers[key].append(number)
                else:
                    numbers[key] = [number]
            self._numbers = numbers
        return self._numbers

    @property
    def designations(self) -> dict[int, str]:
        """The designations, by the number of their first word."""
        if self._designations is None:
            self._designations = {}
            for index, word in enumerate(self.words):
                name = word.designation or self._spaced(index)
                if name:
                    self._designations[index] = name
        return self._designations

    def occurrences(self, phrase: Phrase) -> list[Occurrence]:
        """Find a phrase, in the order of the text. Time is linear in the places of its first word."""
        if phrase.word:  # nine of ten
            return [(number, number, *self.span(number, number)) for number in self.numbers.get(phrase.word, ())]
        terms = phrase.terms
        found: list[Occurrence] = []
        for first in self._starting(terms[0]):
            last = first + _width(terms[0]) - 1 if len(terms) == 1 else self._last(terms, first, phrase.gap)
            if last >= 0:
                start, end = self.span(first, last)
                if phrase.exact and not _spelled(self._text[start:end], phrase):
                    continue
                if found and found[-1][1] == last:  # "a b"~1 in "a a b": the shorter is meant
                    found.pop()
                found.append((first, last, start, end))
        return found

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Give the place in the text of the words from `first` to `last`."""
        starts = self._starts or self._find_starts()
        return starts[first] + self.words[first][2], starts[last] + self.words[last][3]

    def _find_starts(self) -> list[int]:
        """Find for each word where its chunk begins in the text. A chunk may hold no word, or several."""
        starts = chunk_starts(self._text, urls=self._urls)
        found = map(records, self.chunks)
        self._starts = [start for start, chunk in zip(starts, found, strict=True) for _ in chunk]
        return self._starts

    def _starting(self, term: Term) -> Sequence[int]:
        """Give the words with which a phrase's first term begins."""
        if term.kind == "word":
            return self.numbers.get(term.key, ())
        if term.kind == "prefix":
            return [index for index, word in enumerate(self.words) if word.form.startswith(term.key)]
        return [index for index, name in self.designations.items() if name == term.key]

    def _last(self, terms: tuple[Term, ...], first: int, gap: int) -> int:
        """Follow a phrase from its first word; give its last, or -1. The nearest places leave most of the gap."""
        index = first + _width(terms[0])
        for term in terms[1:]:
            while not self._stands(term, index):
                if not gap or index >= len(self.words):
                    return -1
                gap -= 1
                index += 1
            index += _width(term)
        return index - 1

    def _stands(self, term: Term, index: int) -> bool:
        if index >= len(self.words):
            return False
        if term.kind == "word":
            return self.words[index].key == term.key
        if term.kind == "prefix":
            return self.words[index].form.startswith(term.key)
        return self.designations.get(index) == term.key

    def _spaced(self, index: int) -> str:
        """Name a designation that is written with a space and begins with this word."""
        word = self.words[index]
        if not word.lead or index + 1 == len(self.words) or not self.words[index + 1].form.isdecimal():
            return ""
        (start, end), (next_start, next_end) = self.span(index, index), self.span(index + 1, index + 1)
        first = Word(form=word.form, start=start, end=end, lead=True)
        return spaced_designation(
            self._text, first, Word(form=self.words[index + 1].form, start=next_start, end=next_end)
        )


class Document:
    """An item's fields as words.

    `anywhere` looks at the fields of the text that are not empty, `about` at those without the body. In `known_hits`
    `evaluate` remembers what it found, by alias and phrase as shown.
    """

    __slots__ = ("_fields", "_item", "_keys", "_places", "about", "anywhere", "known_hits")

    def __init__(self, item: Item) -> None:
        self._item = item
        self._fields: dict[FieldName, FieldWords] = {}
        self._keys: set[str] | None = None
        self._places: dict[str, list[Place]] = {}
        fields = tuple([field for field in TEXT_FIELDS if getattr(item, field)])
        self.anywhere = Sight(fields, fields)
        self.about = Sight(tuple(field for field in fields if field != "body"), fields) if item.body else self.anywhere
        self.known_hits: dict[str, tuple[Hit, ...]] = {}

    def words(self, field: FieldName) -> FieldWords:
        """Give the words of one field."""
        known = self._fields.get(field)
        if known is None:
            known = self._fields[field] = FieldWords(field_text(self._item, field), urls=field == "url")
        return known

    def keys(self) -> set[str]:
        """Give the lemmas that stand in the title, the summary or the body."""
        if self._keys is None:
            self._keys = set().union(*[self.words(field).numbers for field in self.anywhere.wanted])
        return self._keys

    def places(self, word: str) -> list[Place]:
        """Tell where a lemma stands in the text. Many phrases ask for the same: plane, planes, Planes."""
        found = self._places.get(word)
        if found is None:
            found = self._places[word] = []
            for field in self.anywhere.wanted:
                words = self.words(field)
                for number in words.numbers.get(word, ())[:MAX_HITS]:
                    found.append((field, *words.span(number, number)))
        return found


def field_text(item: Item, field: FieldName) -> str:
    """Give the text of an item that a field's name stands for."""
    return item.link if field == "url" else str(getattr(item, field))


class _Records(dict[str, tuple[WordRecord, ...]]):
    """The words of chunks, remembered for the next item that has them. A plain dict is asked faster than any cache."""

    def __missing__(self, chunk: str) -> tuple[WordRecord, ...]:
        if len(self) >= CACHED_CHUNKS:
            self.clear()
        made = self[chunk] = tuple(
            [
                WordRecord(lemma(word.form), word.form, word.start, word.end, word.designation, word.lead)
                for word in chunk_words(chunk)
            ]
        )
        return made


records: Callable[[str], tuple[WordRecord, ...]] = _Records().__getitem__
"""Gives the words of a chunk with their lemmas."""


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
