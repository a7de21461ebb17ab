"""What may belong to a term of a watch: its family, aliases that have it, longer acronyms, its beginning.

Nothing here is counted but the acronyms and beginnings that items have; `gains` counts what a watch would gain.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.errors import QueryError
from bot.model import Item
from bot.text.lemmas import is_known
from bot.text.tokens import words
from bot.watches.corpus import Corpus
from bot.watches.match.tokenized import TEXT_FIELDS
from bot.watches.operators.alias import Alias
from bot.watches.operators.any_of import Or
from bot.watches.operators.kin import Kin
from bot.watches.operators.phrase import Phrase
from bot.watches.operators.within import Within
from bot.watches.parser import parse
from bot.watches.relatives.families import family_key, family_of
from bot.watches.tree import Node

RelativeKind = Literal["family", "alias", "acronym", "beginning", "near", "company"]

MOST_RELATIVES = 40  # of one term
_READ = 200  # items that acronyms and beginnings are read from
_LONGEST_ACRONYM = 6  # letters
_NEAR = 5  # words: the price of oil, oil and gas prices
_ADDED = 4  # letters that make a longer acronym
_SHORTEST_BEGINNING = 5  # letters: what begins with Hama is mostly Hamas
_ENDINGS = "aeiouy"


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeCandidate:
    """A term that a watch may want beside one of its own. `word` is as a watch would have it, `node` what it finds."""

    term: Phrase | Kin
    word: str
    node: Node
    kind: RelativeKind


def terms(node: Node) -> Iterator[Phrase | Kin]:
    """Yield the terms of a watch that look at the text, in order; what an alias stands for is not among them."""
    if isinstance(node, Phrase | Kin):
        yield node
    elif not isinstance(node, Alias) and not (isinstance(node, Within) and node.field not in TEXT_FIELDS):
        for child in node.children:
            yield from terms(child)


def candidates(term: Phrase | Kin, corpus: Corpus, aliases: Mapping[str, str]) -> list[RelativeCandidate]:
    """Return what may belong to a term, at most 40 of them, the likeliest first."""
    found: dict[str, RelativeCandidate] = {}
    for word, kind in _named(term, corpus, aliases):
        if len(found) >= MOST_RELATIVES:
            break
        node = node_of(word, aliases)
        if word not in found and node is not None and node != term:
            found[word] = RelativeCandidate(term=term, word=word, node=node, kind=kind)
    return list(found.values())


def node_of(word: str, aliases: Mapping[str, str] | None = None) -> Node | None:
    """Read a word as a watch would; None if it says nothing by itself."""
    try:
        return parse(word, aliases).node
    except QueryError:
        return None


def as_term(word: str) -> str:
    """Write a word of the data as a term: several words as a phrase."""
    return f'"{word}"' if " " in word and '"' not in word else word


def _named(term: Phrase | Kin, corpus: Corpus, aliases: Mapping[str, str]) -> Iterator[tuple[str, RelativeKind]]:
    for word in _family_words(term):
        yield as_term(word), "family"
    if isinstance(term, Phrase) and not term.exact and not term.gap:
        for name in _aliases_with(term, aliases):
            yield f"@{name}", "alias"
        for acronym in _longer_acronyms(term, corpus):
            yield acronym, "acronym"
        for beginning in _beginnings(term, corpus):
            yield beginning, "beginning"
        typed = term.text.split()
        if len(typed) == 2 and (len(term.terms) == 2 or typed[1].isdecimal()):
            yield f"{typed[0]} NEAR/{_NEAR} {typed[1]}", "near"


def _family_words(term: Phrase | Kin) -> Sequence[str]:
    """Return the words of the family of a term that it does not ask for itself.

    A word with a capital is a name, so no deed's family is offered for it: not shelling for Shell.
    """
    word = term.word if isinstance(term, Kin) else term
    family = family_of(word.text)
    if family is None or word.gap or "*" in word.text:
        return ()
    if not family.named and (word.exact or word.text[:1].isupper()):
        return ()
    if isinstance(term, Kin):
        return family.offered
    return [other for other in (*family.words, *family.offered) if family_key(other) != family_key(word.text)]


def _aliases_with(term: Phrase, aliases: Mapping[str, str]) -> Iterator[str]:
    """Yield the aliases of whose alternatives the term is one."""
    for name in aliases:
        node = node_of(f"@{name}", aliases)
        meant = node.node if isinstance(node, Alias) else None
        if isinstance(meant, Or) and any(
            isinstance(part, Phrase) and not part.exact and part.terms == term.terms for part in meant.alternatives
        ):
            yield name


def _longer_acronyms(term: Phrase, corpus: Corpus) -> Sequence[str]:
    """Return acronyms that begin with the term and are a few letters longer: LGBTQ, LGBTI for LGBT."""
    text = term.text
    if not (text.isalpha() and text.isupper() and 3 <= len(text) <= _LONGEST_ACRONYM):
        return ()
    found = _begun(text, corpus)
    return [
        written
        for written, _ in found.most_common()
        if written.isupper() and len(text) < len(written) <= len(text) + _ADDED
    ]


def _beginnings(term: Phrase, corpus: Corpus) -> Iterator[str]:
    """Yield the beginning of a word of a language that has no dictionary here, if other words of it begin so, too."""
    found = list(words(term.text))
    if len(found) != 1 or not (found[0].form.isascii() and found[0].form.isalpha()) or is_known(found[0].form):
        return
    form = found[0].form
    stem = term.text[:-1] if form[-1] in _ENDINGS and len(form) > _SHORTEST_BEGINNING else term.text
    if len(stem) < _SHORTEST_BEGINNING or len(stem) < len(form) - 1:
        return
    others = {word.form for written in _begun(stem, corpus) for word in words(written)} - {form}
    if others and not any(is_known(other) or len(other) > len(form) + _ADDED for other in others):
        yield f"{stem}*"


def _begun(beginning: str, corpus: Corpus) -> Counter[str]:
    """Count the words with a beginning in the newest items that have any."""
    node = node_of(f"{beginning}*")
    counted: Counter[str] = Counter()
    if node is None:
        return counted
    for item in corpus.newest(node, _READ):
        counted.update(_written(item, beginning.casefold()))
    return counted


def _written(item: Item, beginning: str) -> set[str]:
    """Return the words of an item with a beginning, as written."""
    texts = [getattr(item, field) for field in TEXT_FIELDS]
    return {text[word.start : word.end] for text in texts for word in words(text) if word.form.startswith(beginning)}
