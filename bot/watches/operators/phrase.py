"""Words in order: the only leaf of a watch. A word by its lemma, =NATO, "fighter jet"~1, Навальн*, S-400."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bot.model import FieldName, Hit
from bot.text.chunks import APOSTROPHES, HYPHENS, INVISIBLE
from bot.text.stopwords import is_everywhere
from bot.text.tokens import words
from bot.watches.explain import Evidence, Reason
from bot.watches.match.keys import IndexKeys, Spellings
from bot.watches.match.narrowing import Close, Every, Having, Maybe, Narrowing
from bot.watches.match.tokenized import TEXT_FIELDS, FieldScope, FieldWords, Occurrence, TokenizedItem
from bot.watches.operators import SIGNS
from bot.watches.operators.term import PrefixTerm, SpelledTerm, Term, WordTerm
from bot.watches.operators.wanted import terms_of
from bot.watches.tree import WIDE_DISTANCE, Anchors, Node, Span, Widening

_BARE = re.compile(r"\w[\w’'.-]*\*?")
_DRAWN_ALIKE = str.maketrans(dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(HYPHENS, "-"))
_INVISIBLE = re.compile(f"[{INVISIBLE}]")

_new = tuple.__new__  # makes a named tuple in half the time; hundreds are made of one item


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
        alone = len(self.terms) == 1 and type(first) is WordTerm and not self.exact
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
        if scope.asides:
            return [span for span in spans if span.field in scope.wanted]
        return [
            span
            for span in spans
            if span.field in scope.wanted and not (span.field == "body" and item.line_at(span.hits[0].start).aside)
        ]

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
        index, gap = first + self.terms[0].taken(text, first), self.gap
        end = len(text.words)
        for term in self.terms[1:]:
            while not (width := term.taken(text, index) if index < end else 0):
                if not gap or index >= end:
                    return -1
                gap -= 1
                index += 1
            index += width
        return index - 1

    def _is_spelled(self, found: str) -> bool:
        """Return whether a text has the very spelling of an exact phrase."""
        wanted, spelling = _exact_core(self.text), _as_spelled(found)
        return spelling.startswith(wanted) if isinstance(self.terms[-1], PrefixTerm) else spelling == wanted

    def index_keys(self, prefix: str = "") -> IndexKeys:
        """Return the keys of the rarest term."""
        return min([term.index_keys(prefix) for term in self.terms])

    def required_words(self) -> Iterator[Spellings]:
        """Yield the spellings of its words."""
        return (term.required for term in self.terms if term.required)

    def narrowing(self, prefix: str = "") -> Narrowing:
        """Ask for every term, and for words of each that are close to the rarest."""
        if len(self.terms) == 1:
            alone = self.terms[0].narrowing(prefix)
            return Maybe(alone) if self.exact or prefix else alone
        rarest = self.anchors(prefix)
        others = [keys for term in self.terms if (keys := term.index_keys(prefix).keys) != rarest.keys]
        having = [Having(keys) for keys in (rarest.keys, *others)]
        return Every((*having, *(Close(rarest.keys, keys, rarest.longest - 1) for keys in others)))

    def anchors(self, prefix: str = "") -> Anchors:
        """Return the keys of the rarest term, in spans of all terms and the gap."""
        return Anchors(self.index_keys(prefix).keys, sum(term.longest for term in self.terms) + self.gap)

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
        last = self.terms[-1]
        prefix = isinstance(last, PrefixTerm) and not last.added
        said = f"“{self.text.removesuffix('*') if prefix else self.text}”"
        if prefix:
            said = f"words that begin with {said}" if len(self.terms) == 1 else f"{said} and any ending"
        if self.exact:
            return f"{said} in just this spelling"
        if self.gap:
            return f"{said} in this order with up to {self.gap} words in between"
        if prefix:
            return said
        notes = [term.note for term in self.terms if term.note]
        if len(self.terms) > 1 or not notes or isinstance(last, SpelledTerm):
            notes.insert(0, "in any form")
        return f"{said} {', '.join(dict.fromkeys(notes))}"

    def widened(self, step: Widening) -> Node:
        """Allow any spelling; allow more words in between."""
        if step == "spelling" and self.exact:
            stem = self.text.removesuffix("*")
            terms = terms_of(stem, list(words(stem, urls=True)), gap=self.gap > 0)
            prefix = isinstance(self.terms[-1], PrefixTerm)
            return replace(self, exact=False, terms=(*terms[:-1], self.terms[-1]) if prefix else terms)
        if step == "distance" and len(self.terms) > 1:
            return replace(self, gap=max(self.gap, WIDE_DISTANCE))
        return self


@lru_cache(maxsize=1024)
def _exact_core(text: str) -> str:
    """Return the spelling of a phrase from its first word to its last, without the punctuation around it."""
    found = list(words(text, urls=True))
    return _as_spelled(text[found[0].start : found[-1].end])


def _as_spelled(text: str) -> str:
    """Unify what only looks different: compatibility characters, apostrophes, hyphens, white space."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_DRAWN_ALIKE)
    return " ".join(plain.split())
