"""An item as the watches read it: for each field the words, their lemmas and their places.

Built field by field, when first asked for.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import chain
from typing import Any, NamedTuple, get_args

from bot.model import FieldName, Item, Scope
from bot.text.captions import is_caption
from bot.text.chunks import chunk_list, chunk_starts
from bot.text.lemmas import lemma
from bot.text.paragraphs import BodyLine, body_lines
from bot.text.sentences import sentence_ends
from bot.text.tokens import (
    Word,
    chunk_words,
    drawn_alike,
    is_cyrillic_text,
    spaced_designation,
)

FIELDS: tuple[FieldName, ...] = get_args(FieldName)
TEXT_FIELDS: tuple[FieldName, ...] = ("title", "summary", "body")
CACHED_CHUNKS = 50_000  # about 20 MB; all but few words of a month's news are met again within it


class FieldScope(NamedTuple):
    """The fields that are looked at: `wanted` by what must be there, `refused` by what must not.

    Of a body what is aside is not wanted either, unless `asides`.
    """

    wanted: tuple[FieldName, ...]
    refused: tuple[FieldName, ...]
    asides: bool = True

    def within(self, field: FieldName) -> "FieldScope":
        """Return the scope narrowed to one field."""
        seen = field not in TEXT_FIELDS or field in self.wanted
        return FieldScope((field,) if seen else (), (field,), self.asides)

    def with_body(self) -> "FieldScope":
        """Return the scope as it will be when the item has a body."""
        wanted, refused = (dict.fromkeys((*fields, "body")) for fields in (self.wanted, self.refused))
        return FieldScope(tuple(wanted), tuple(refused), self.asides)

    def of_refused(self) -> "FieldScope":
        """Return the scope in which a refused part is looked for."""
        return FieldScope(self.refused, self.refused)


class WordRecord(NamedTuple):
    """A word of a chunk with its lemma, `key`. The rest is as `tokens.Word` has it."""

    key: str
    form: str
    start: int
    end: int
    designation: str
    lead: bool


Occurrence = tuple[FieldName, int, int, int, int]
"""Words found: the field, the numbers of the first and the last in it, and their start and end in its text."""


class Designation(NamedTuple):
    """A designation in a text: its name, "s-400", and how many words it takes."""

    name: str
    width: int


_AGAIN = re.compile(r"/[-‐‑‒–−]?|\W+(?:(?:and|or|и|или)\s+)?[-‐‑‒–−]")
"""What stands between a designation and a further number of it: S-300/400, S-300s and -400s."""
_NUMBER = re.compile(r"[0-9]{2,4}")


class FieldWords:
    """The words of one field. Each part is made when first asked for; most items need no more than `chunks`."""

    __slots__ = ("_designations", "_ends", "_numbers", "_starts", "_urls", "_words", "chunks", "text")

    def __init__(self, text: str, *, urls: bool = False) -> None:
        self.text = text
        self._urls = urls
        self.chunks = chunk_list(text, urls=urls)
        self._words: list[WordRecord] | None = None
        self._numbers: dict[str, list[int]] | None = None
        self._starts: list[int] | None = None
        self._ends: list[int] | None = None
        self._designations: dict[int, Designation] | None = None

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
    def designations(self) -> dict[int, Designation]:
        """The designations, by the number of their first word."""
        if self._designations is None:
            self._designations = self._find_designations()
        return self._designations

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return the place in the text of the words from `first` to `last`."""
        starts = self._starts or self._find_starts()
        return starts[first] + self.words[first][2], starts[last] + self.words[last][3]

    def written(self, index: int) -> str:
        """Return a word as it is written in the text, by its number."""
        start, end = self.span(index, index)
        return self.text[start:end]

    def in_one_sentence(self, first: int, last: int) -> bool:
        """Return whether no sentence ends between two words, given by their numbers."""
        if self._ends is None:
            self._ends = list(sentence_ends(self.text))
        start, end = self.span(first, last)
        return bisect_right(self._ends, start) == bisect_left(self._ends, end)

    def _find_starts(self) -> list[int]:
        """Find for each word where its chunk begins in the text. A chunk may hold no word, or several."""
        starts = chunk_starts(self.text, urls=self._urls)
        found = map(records, self.chunks)
        self._starts = [start for start, chunk in zip(starts, found, strict=True) for _ in chunk]
        return self._starts

    def _find_designations(self) -> dict[int, Designation]:
        found: dict[int, Designation] = {}
        cyrillic = is_cyrillic_text(self.text)
        letters, behind = "", -1  # of the last one: its letters, and the number of the word behind it
        for index, word in enumerate(self.words):
            name, width = word.designation or self._spaced(index), 2
            if name and cyrillic and word.form.isascii():
                name = drawn_alike(name)
            if not name and letters and index - behind <= 1 and self._is_again(behind - 1, index):
                name, width = f"{letters}-{word.form}", 1
            if name:
                found[index] = Designation(name, width)
                letters, behind = name.rpartition("-")[0], index + width
        return found

    def _is_again(self, last: int, index: int) -> bool:
        """Return whether a word is a further number of the designation that ends with word `last`: S-300/400."""
        if index <= last or not _NUMBER.fullmatch(self.words[index].form):
            return False
        return _AGAIN.fullmatch(self.text, self.span(last, last)[1], self.span(index, index)[0]) is not None

    def _spaced(self, index: int) -> str:
        """Return the name of a designation that is written with a space and begins with this word; else nothing."""
        word = self.words[index]
        if not word.lead or index + 1 == len(self.words) or not self.words[index + 1].form.isdecimal():
            return ""
        (start, end), (next_start, next_end) = self.span(index, index), self.span(index + 1, index + 1)
        first = Word(form=word.form, start=start, end=end, lead=True)
        number = Word(form=self.words[index + 1].form, start=next_start, end=next_end)
        return spaced_designation(self.text, first, number)


class TokenizedItem:
    """An item's fields as words.

    `anywhere` looks at the fields of the text that are not empty. `remembered` is for phrases, which keep there what
    they found: of many watches a lot ask for the same.
    """

    __slots__ = (
        *("_about", "_fields", "_item", "_keys", "_lines", "_mention", "_occurrences", "_starts", "anywhere"),
        "remembered",
    )

    def __init__(self, item: Item) -> None:
        self._item = item
        self._fields: dict[FieldName, FieldWords] = {}
        self._keys: set[str] | None = None
        self._occurrences: dict[str, list[Occurrence]] = {}
        fields = tuple([field for field in TEXT_FIELDS if getattr(item, field)])
        self.anywhere = FieldScope(fields, fields)
        self._about: FieldScope | None = None
        self._mention: FieldScope | None = None
        self._lines: list[BodyLine] | None = None
        self._starts: list[int] = []
        self.remembered: dict[str, tuple[Any, ...]] = {}

    @property
    def about(self) -> FieldScope:
        """The fields that say what the item is about: title and summary, but no caption of a picture beside a title."""
        if self._about is None:
            item, fields = self._item, self.anywhere.wanted
            aside = {"body", "summary"} if item.title and is_caption(item.summary) else {"body"}
            wanted = tuple([field for field in fields if field not in aside])
            self._about = FieldScope(wanted, fields) if wanted != fields else self.anywhere
        return self._about

    @property
    def mention(self) -> FieldScope:
        """What says what the item is about, and of its body what is not aside."""
        if self._mention is None:
            about, fields = self.about, self.anywhere.wanted
            if "body" not in fields or all(line.aside for line in self.lines):
                self._mention = about
            else:
                asides = not any(line.aside for line in self.lines)
                whole = asides and len(about.wanted) + 1 == len(fields)
                self._mention = self.anywhere if whole else FieldScope((*about.wanted, "body"), fields, asides)
        return self._mention

    def looked_at(self, scope: Scope) -> FieldScope:
        """Return the fields that a watch of that scope looks at."""
        if scope == "all":
            return self.anywhere
        return self.about if scope == "about" else self.mention

    @property
    def lines(self) -> list[BodyLine]:
        """The lines of the body."""
        if self._lines is None:
            self._lines = body_lines(self._item.body, self._item.paragraphs)
            self._starts = [line.start for line in self._lines]
        return self._lines

    def line_at(self, offset: int) -> BodyLine:
        """Return the line of the body that holds an offset."""
        lines = self.lines
        return lines[bisect_right(self._starts, offset) - 1]

    def words(self, field: FieldName) -> FieldWords:
        """Return the words of one field."""
        known = self._fields.get(field)
        if known is None:
            known = self._fields[field] = FieldWords(field_text(self._item, field), urls=field == "url")
        return known

    def keys(self) -> set[str]:
        """Return the lemmas that stand in the title, the summary or the body."""
        if self._keys is None:
            self._keys = set().union(*[self.words(field).numbers for field in self.anywhere.wanted])
        return self._keys

    def occurrences(self, word: str) -> list[Occurrence]:
        """Return where a lemma stands in the text. Many phrases ask for the same: plane, planes, Planes."""
        found = self._occurrences.get(word)
        if found is None:
            found = self._occurrences[word] = []
            for field in self.anywhere.wanted:
                words = self.words(field)
                for number in words.numbers.get(word, ()):
                    found.append((field, number, number, *words.span(number, number)))
        return found


def field_text(item: Item, field: FieldName) -> str:
    """Return the text of an item that a field's name stands for."""
    return item.link if field == "url" else str(getattr(item, field))


class _Records(dict[str, tuple[WordRecord, ...]]):
    """The words of chunks, remembered for the next item that has them. A plain dict is faster than any cache."""

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
"""Returns the words of a chunk with their lemmas."""
