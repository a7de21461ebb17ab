"""Words in order: the only leaf of a watch. A word by its lemma, =NATO, "fighter jet"~1, Навальн*, S-400."""

import re
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from bot.model import FieldName, Hit
from bot.text.lemmas import lemma
from bot.text.stopwords import is_everywhere
from bot.text.tokens import Word, spaced_designation, words
from bot.watches.explain import Evidence, Reason
from bot.watches.match.keys import UNCOMMON, IndexKeys, word_cost
from bot.watches.match.tokenized import TEXT_FIELDS, FieldScope, FieldWords, Occurrence, TokenizedItem
from bot.watches.operators import SIGNS
from bot.watches.tree import WIDE_DISTANCE, Node, Span, Widening

SHARED_TERMS = 32_768

_BARE = re.compile(r"\w[\w’'.-]*\*?")
_DRAWN_ALIKE = str.maketrans({**dict.fromkeys("’ʼ`´‘‛", "'"), **dict.fromkeys("‐‑‒–−", "-")})
_INVISIBLE = re.compile("[\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")

_new = tuple.__new__  # makes a named tuple in half the time; hundreds are made of one item

TermKind = Literal["word", "prefix", "designation"]


@dataclass(frozen=True, slots=True)
class Term:
    """What a phrase asks for: a word by its lemma or its beginning, or a designation by its name ("s-400")."""

    kind: TermKind
    key: str

    @property
    def width(self) -> int:
        """How many words of the text it takes."""
        return 2 if self.kind == "designation" else 1

    def starts(self, text: FieldWords) -> Sequence[int]:
        """Return the numbers of the words with which it begins."""
        if self.kind == "word":
            return text.numbers.get(self.key, ())
        if self.kind == "prefix":
            return [index for index, word in enumerate(text.words) if word.form.startswith(self.key)]
        return [index for index, name in text.designations.items() if name == self.key]

    def is_at(self, text: FieldWords, index: int) -> bool:
        """Return whether it begins with a word of the text, by its number."""
        if index >= len(text.words):
            return False
        if self.kind == "word":
            return text.words[index].key == self.key
        if self.kind == "prefix":
            return text.words[index].form.startswith(self.key)
        return text.designations.get(index) == self.key

    def index_keys(self, prefix: str) -> IndexKeys:
        """Return its keys. The number of a designation may be written behind a space."""
        if self.kind == "designation":
            number = self.key.rpartition("-")[2]
            return IndexKeys(UNCOMMON / 2, (prefix + self.key, f"{prefix}{number} "))
        if self.kind == "prefix":
            return IndexKeys(UNCOMMON * 20 / len(self.key), (f"{prefix}{self.key}*",))
        return IndexKeys(word_cost(self.key), (prefix + self.key,))


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Words in order, with up to `gap` other words between them in all. `text` is what was written, spaces folded.

    `exact` asks for that spelling and case. `shown` is the phrase as a person would type it: S-400, =NATO,
    "fighter jet"~1. No two phrases are shown alike. `word` is the lemma that is all it asks for; empty if it asks more.
    """

    text: str
    terms: tuple[Term, ...]
    exact: bool = False
    gap: int = 0
    shown: str = field(init=False, repr=False, compare=False)
    word: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out once what is asked of the phrase at every item."""
        first = self.terms[0]
        alone = len(self.terms) == 1 and first.kind == "word" and not self.exact
        object.__setattr__(self, "shown", self._as_typed())
        object.__setattr__(self, "word", first.key if alone else "")

    def _as_typed(self) -> str:
        text = self.text
        bare = (text.isalpha() or _BARE.fullmatch(text)) and not self.gap and text.casefold() not in SIGNS
        if not bare or (not self.exact and is_everywhere(text)):
            text = f'"{text}"'
        return ("=" if self.exact else "") + text + (f"~{self.gap}" if self.gap else "")

    def find(self, item: TokenizedItem, scope: FieldScope, alias: str = "") -> Sequence[Span]:
        """Find the phrase, in the order of the text. What is found in the text is remembered with the item."""
        everywhere = item.anywhere
        if scope is not everywhere and scope.wanted and scope.wanted[0] not in everywhere.wanted:
            return self._spans(item, scope.wanted, alias)
        asked = f"@{alias} {self.shown}" if alias else self.shown
        spans: tuple[Span, ...] | None = item.remembered.get(asked)
        if spans is None:
            spans = item.remembered[asked] = self._spans(item, everywhere.wanted, alias)
        if not spans or scope is everywhere:
            return spans
        return [span for span in spans if span.field in scope.wanted]

    def _spans(self, item: TokenizedItem, fields: tuple[FieldName, ...], alias: str) -> tuple[Span, ...]:
        term, text = f"@{alias}" if alias else self.shown, self.text
        if self.word and fields is item.anywhere.wanted:  # nine of ten
            found = item.occurrences(self.word)
        else:
            found = [each for name in fields for each in self._occurrences(name, item.words(name))]
        return tuple(
            [
                _new(Span, (name, first, last, (_new(Hit, (term, text, name, start, end)),)))
                for name, first, last, start, end in found
            ]
        )

    def _occurrences(self, name: FieldName, text: FieldWords) -> list[Occurrence]:
        """Find the phrase in one field. Time is linear in the places of its first word."""
        found: list[Occurrence] = []
        for first in self.terms[0].starts(text):
            last = self._last(text, first)
            if last < 0:
                continue
            start, end = text.span(first, last)
            if self.exact and not self._is_spelled(text.text[start:end]):
                continue
            if found and found[-1][2] == last:  # "a b"~1 in "a a b": the shorter is meant
                found.pop()
            found.append((name, first, last, start, end))
        return found

    def _last(self, text: FieldWords, first: int) -> int:
        """Follow the phrase from its first word; return its last, or -1. The nearest places leave most of the gap."""
        index, gap = first + self.terms[0].width, self.gap
        for term in self.terms[1:]:
            while not term.is_at(text, index):
                if not gap or index >= len(text.words):
                    return -1
                gap -= 1
                index += 1
            index += term.width
        return index - 1

    def _is_spelled(self, found: str) -> bool:
        """Return whether a text has the very spelling of an exact phrase."""
        wanted, spelling = _exact_core(self.text), _as_spelled(found)
        return spelling.startswith(wanted) if self.terms[-1].kind == "prefix" else spelling == wanted

    def index_keys(self, prefix: str = "") -> IndexKeys:
        """Return the keys of the rarest term."""
        return min([term.index_keys(prefix) for term in self.terms])

    def required_words(self) -> Iterator[str]:
        """Yield the lemmas of its words."""
        return (term.key for term in self.terms if term.kind == "word")

    def fields(self, allowed: frozenset[FieldName]) -> frozenset[FieldName]:
        """Return the fields of the text, or the one field that is allowed."""
        return allowed & set(TEXT_FIELDS) if len(allowed) > 1 else allowed

    def render(self) -> str:
        """Return the phrase as typed."""
        return self.shown

    def explain(self, evidence: Evidence) -> Reason:
        """Name the places of the phrase, or what of it is in the item."""
        places = evidence.places(self)
        return Reason(part=self.shown, met=bool(places), note=places or self._missing(evidence))

    def _missing(self, evidence: Evidence) -> str:
        """Say what of the phrase is in the item: elsewhere, in another spelling, or single words of it."""
        anywhere = evidence.within(evidence.item.anywhere)
        if elsewhere := anywhere.places(self):
            return f"only in the {elsewhere}"
        if self.exact and (other := anywhere.places(replace(self, exact=False))):
            return f"only in another spelling: {other}"
        if len(self.terms) == 1:
            return "stands nowhere"
        found = [term.key for term in self.terms if anywhere.find(Phrase(term.key, (term,)))]
        if len(found) == len(self.terms):
            return "its words stand there, but not side by side in this order"
        return f"of its words only {', '.join(found)} stands there" if found else "stands nowhere"

    def describe(self) -> str:
        """Name the words and how they are compared."""
        kinds = {term.kind for term in self.terms}
        said = f"“{self.text.removesuffix('*')}”"
        if "prefix" in kinds:
            said = f"words that begin with {said}" if len(self.terms) == 1 else f"{said} and any ending"
        if self.exact:
            return f"{said} in just this spelling"
        if self.gap:
            return f"{said} in this order with up to {self.gap} words in between"
        if kinds == {"designation"}:
            return f"{said} in any spelling"
        return said if "prefix" in kinds else f"{said} in any form"

    def widened(self, step: Widening) -> Node:
        """Allow any spelling; allow more words in between."""
        if step == "spelling":
            return replace(self, exact=False)
        if step == "distance" and len(self.terms) > 1:
            return replace(self, gap=max(self.gap, WIDE_DISTANCE))
        return self


def terms_of(text: str, found: list[Word]) -> tuple[Term, ...]:
    """Return the terms of the words found in a text, with designations in one piece."""
    terms: list[Term] = []
    index = 0
    while index < len(found):
        name = found[index].designation
        if not name and index + 1 < len(found):
            name = spaced_designation(text, found[index], found[index + 1])
        terms.append(Term("designation", name) if name else _word(found[index].form))
        index += 2 if name else 1
    return tuple(terms)


@lru_cache(maxsize=SHARED_TERMS)
def _word(form: str) -> Term:
    """Return the term of a word. Watches share it: a hundred thousand of them ask for far fewer words."""
    return Term("word", sys.intern(lemma(form)))


@lru_cache(maxsize=1024)
def _exact_core(text: str) -> str:
    """Return the spelling of a phrase from its first word to its last, without the punctuation around it."""
    found = list(words(text, urls=True))
    return _as_spelled(text[found[0].start : found[-1].end])


def _as_spelled(text: str) -> str:
    """Unify what only looks different: compatibility characters, apostrophes, hyphens, white space."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_DRAWN_ALIKE)
    return " ".join(plain.split())
