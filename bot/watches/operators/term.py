"""What a phrase asks for, word by word: by lemma, in capitals, as a name, by its beginning, or a designation.

Each kind of term says where it begins in a field and how many words of it it takes.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from bot.text.spelling import folded_name
from bot.watches.match.keys import CHANGED, UNCOMMON, IndexKeys, Spellings, word_cost
from bot.watches.match.narrowing import Close, Either, Every, Having, Narrowing
from bot.watches.match.tokenized import FieldWords, WordRecord
from bot.watches.operators.written import is_in_capitals, is_verbal

MOST_ADDED = 3
"""Letters that may follow the safe beginning of a word: an ending in most languages, hardly another word."""
CAPITALS, NAME, VERBAL = "capitals:", "name:", "verbal:"
"""Begin the keys of how a word is written: its form in capitals, a common name with its capital, a lemma as a verb."""


class Term(ABC):
    """One word or designation that is asked for. `key` is what an item has of it: a lemma, a beginning, a name."""

    __slots__ = ()
    key: str

    @property
    def required(self) -> Spellings:
        """The spellings of which an item must have one, each as its lemmas; none if that is not known."""
        return ()

    @property
    def note(self) -> str:
        """How else it is compared than by its forms, in plain words; empty if by these alone."""
        return ""

    @abstractmethod
    def starts(self, text: FieldWords) -> Sequence[int]:
        """Return the numbers of the words with which it begins, in order."""

    @abstractmethod
    def taken(self, text: FieldWords, index: int) -> int:
        """Return how many words it takes from this one on, by its number; 0 if it does not begin there."""

    @abstractmethod
    def index_keys(self, prefix: str) -> IndexKeys:
        """Return the keys to file it under."""

    @property
    def longest(self) -> int:
        """How many words it takes at most."""
        return 1

    def narrowing(self, prefix: str) -> Narrowing:
        """Return what every item has in which it stands."""
        return Having(self.index_keys(prefix).keys)


@dataclass(frozen=True, slots=True)
class WordTerm(Term):
    """A word in any of its forms."""

    key: str

    @property
    def required(self) -> Spellings:
        """Its lemma."""
        return ((self.key,),)

    def starts(self, text: FieldWords) -> Sequence[int]:
        """Find the lemma."""
        return text.numbers.get(self.key, ())

    def taken(self, text: FieldWords, index: int) -> int:
        """Compare the lemma."""
        return int(text.words[index].key == self.key)

    def index_keys(self, prefix: str) -> IndexKeys:
        """Return the lemma."""
        return IndexKeys(word_cost(self.key), (prefix + self.key,))

    def narrowing(self, prefix: str) -> Narrowing:
        """Ask for the lemma, which is all."""
        return Having((prefix + self.key,), sure=type(self) is WordTerm)


@dataclass(frozen=True, slots=True)
class CapitalsTerm(WordTerm):
    """A short word in capitals, with full stops or without: US, U.N. It is not us, nor un.

    A `titled` one is no other word, so it may have its first capital only: Nato.
    """

    form: str
    titled: bool

    @property
    def note(self) -> str:
        """Name the capitals."""
        return "in capitals"

    def starts(self, text: FieldWords) -> Sequence[int]:
        """Find the lemma where it is written in capitals."""
        return [index for index in text.numbers.get(self.key, ()) if self.taken(text, index)]

    def taken(self, text: FieldWords, index: int) -> int:
        """Compare the form and look at its letters."""
        word = text.words[index]
        return int(word.key == self.key and self.is_meant(word, text.written(index)))

    def is_meant(self, word: WordRecord, written: str) -> bool:
        """Return whether a word with its lemma is meant, given as it is written."""
        if word.form != self.form:
            return False
        return is_in_capitals(written) or (self.titled and written[0].isupper())

    def narrowing(self, prefix: str) -> Narrowing:
        """Ask for its mark."""
        return Having((prefix + self.key,)) if prefix else Having((CAPITALS + self.form,), sure=True)


@dataclass(frozen=True, slots=True)
class NameTerm(WordTerm):
    """A word that is a name: no verb is made of it. A `common` name is a word as well, so it wants its capital."""

    form: str
    common: bool

    @property
    def note(self) -> str:
        """Say that it is a name."""
        return "as a name" if self.common else ""

    def starts(self, text: FieldWords) -> Sequence[int]:
        """Find the lemma where it can be the name."""
        return [index for index in text.numbers.get(self.key, ()) if self.taken(text, index)]

    def taken(self, text: FieldWords, index: int) -> int:
        """Compare the form, or only what kind of form it is if the name is no other word."""
        word = text.words[index]
        return int(word.key == self.key and self.is_meant(word, text.written(index) if self.common else ""))

    def is_meant(self, word: WordRecord, written: str) -> bool:
        """Return whether a word with its lemma is meant, given as it is written if the name is a common one."""
        if not self.common:
            return is_verbal(word.form) == is_verbal(self.form)
        if word.form not in (self.form, self.form + "s") and folded_name(word.form) != self.key:
            return False
        return written[0].isupper()

    def narrowing(self, prefix: str) -> Narrowing:
        """Ask for its mark, or for the lemma where no form of it is a verb's, or only such."""
        if prefix:
            return Having((prefix + self.key,))
        if self.common:
            return Having((NAME + self.form,), sure=True)
        if is_verbal(self.form):
            return Having((VERBAL + self.key,), sure=True)
        return Having((self.key,), sure=True, doubted=(VERBAL + self.key,))


@dataclass(frozen=True, slots=True)
class PrefixTerm(Term):
    """All words that begin so. With `added`, those that have at most so many letters more."""

    key: str
    added: int = 0

    @property
    def note(self) -> str:
        """Name the beginning, if it is not asked for by it."""
        return f"and what begins with “{self.key}”" if self.added else ""

    def starts(self, text: FieldWords) -> Sequence[int]:
        """Look at every word."""
        return [index for index in range(len(text.words)) if self.taken(text, index)]

    def taken(self, text: FieldWords, index: int) -> int:
        """Compare the beginning."""
        form = text.words[index].form
        return int(form.startswith(self.key) and (not self.added or len(form) <= len(self.key) + self.added))

    def index_keys(self, prefix: str) -> IndexKeys:
        """Return the beginning, marked as one."""
        return IndexKeys(UNCOMMON * 20 / len(self.key), (f"{prefix}{self.key}*",))

    def narrowing(self, prefix: str) -> Narrowing:
        """Ask for the beginning, which is all where no form is unlike its lemma."""
        keys = self.index_keys(prefix).keys
        return Having(keys) if self.added else Having(keys, sure=True, doubted=(f"{CHANGED}{prefix}{self.key}*",))


@dataclass(frozen=True, slots=True)
class SpelledTerm(Term):
    """A name or a compound that is written in one word or in several: ceasefire, cease fire; Deir ez-Zor, Deirezzor.

    Each spelling is the lemmas of its words. `close` wants those of several words with no space among them: e-mail.
    """

    key: str
    spellings: tuple[tuple[str, ...], ...]
    close: bool = False

    @property
    def note(self) -> str:
        """Name the spellings."""
        return "together or apart" if len(self.spellings) == 2 else f"in {len(self.spellings)} spellings"

    @property
    def required(self) -> Spellings:
        """All spellings."""
        return self.spellings

    def starts(self, text: FieldWords) -> Sequence[int]:
        """Find the words of each spelling, and follow it from the first of them."""
        numbers = text.numbers
        found: list[int] = []
        for spelling in self.spellings:
            if not all(word in numbers for word in spelling):
                continue
            firsts = numbers[spelling[0]]
            found += firsts if len(spelling) == 1 else [at for at in firsts if self._stands(spelling, text, at)]
        return sorted(set(found)) if len(found) > 1 else found

    def taken(self, text: FieldWords, index: int) -> int:
        """Return the length of the longest spelling that stands there."""
        return max([len(spelling) for spelling in self.spellings if self._stands(spelling, text, index)], default=0)

    def _stands(self, spelling: tuple[str, ...], text: FieldWords, index: int) -> bool:
        words = text.words
        if words[index].key != spelling[0]:
            return False
        width = len(spelling)
        if width == 1:
            return True
        if any(at >= len(words) or words[at].key != key for at, key in enumerate(spelling[1:], index + 1)):
            return False
        return self._is_together(text, index, index + width - 1)

    def _is_together(self, text: FieldWords, first: int, last: int) -> bool:
        if self.close:
            start, end = text.span(first, last)
            return not any(map(str.isspace, text.text[start:end]))
        return text.in_one_sentence(first, last)

    def index_keys(self, prefix: str) -> IndexKeys:
        """Return the rarest word of each spelling."""
        found = [min(IndexKeys(word_cost(word), (prefix + word,)) for word in spelling) for spelling in self.spellings]
        return IndexKeys(sum(each.cost for each in found), tuple(dict.fromkeys(each.keys[0] for each in found)))

    @property
    def longest(self) -> int:
        """The words of its longest spelling."""
        return max(map(len, self.spellings))

    def narrowing(self, prefix: str) -> Narrowing:
        """Ask for the words of one spelling, close together; one word is all of it."""
        return Either(tuple(_spelling(spelling, prefix) for spelling in self.spellings))


@dataclass(frozen=True, slots=True)
class DesignationTerm(Term):
    """A designation by its name, "s-400", however it is written."""

    key: str

    @property
    def note(self) -> str:
        """Say that its signs do not count."""
        return "in any spelling"

    def starts(self, text: FieldWords) -> Sequence[int]:
        """Look at the designations of the text."""
        return [index for index, found in text.designations.items() if found.name == self.key]

    def taken(self, text: FieldWords, index: int) -> int:
        """Compare the name."""
        found = text.designations.get(index)
        return found.width if found and found.name == self.key else 0

    def index_keys(self, prefix: str) -> IndexKeys:
        """Return the name, and its number as it is written behind a space or a slash."""
        number = self.key.rpartition("-")[2]
        return IndexKeys(UNCOMMON / 2, (prefix + self.key, f"{prefix}{number} "))

    @property
    def longest(self) -> int:
        """Letters and number."""
        return 2


def _spelling(words: tuple[str, ...], prefix: str) -> Narrowing:
    keys = [prefix + word for word in words]
    if len(keys) == 1:
        return Having((keys[0],), sure=True)
    close = (Close((keys[0],), (key,), len(keys) - 1) for key in keys[1:])
    return Every((*(Having((key,)) for key in keys), *close))
