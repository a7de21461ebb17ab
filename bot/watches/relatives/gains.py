"""What a watch would find more with a relative of one of its terms beside it, counted in the items of a corpus.

How much is counted is bounded: 40 relatives of a term, and 120 counts for a watch, shared out among its terms in turn.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from bot.errors import QueryError
from bot.model import Item, Scope
from bot.text.stopwords import STOP_WORDS
from bot.watches.corpus import Corpus
from bot.watches.match.keys import word_cost
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.operators.all_of import And
from bot.watches.operators.any_of import Or, any_of
from bot.watches.operators.kin import Kin
from bot.watches.operators.phrase import Phrase
from bot.watches.parser import parse
from bot.watches.relatives.candidates import RelativeCandidate, RelativeKind, candidates, node_of, terms
from bot.watches.tree import Node, Query

MOST_TERMS = 60
MOST_COUNTS = 120

_SAMPLE = 300  # hits that company is read from
_TRIED = 8  # words of the company that are counted
_SHARE = 0.6  # of the items with a word, those that the watch finds already: less, and it is another matter
_FEWEST = 8  # items with a word of the company
_COMMON = 10.0  # items of 10,000 with a word in small letters that is none of anybody's company: prime, federal
_LIFT = 10.0  # how much more often than anywhere else
_SHORTEST = 4  # letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A word that a watch does not ask for, and how many items of the corpus it would find more with it.

    `term` is the term of the watch that it belongs to, `word` what would stand beside it, `query` the watch with it.
    """

    term: str
    word: str
    kind: RelativeKind
    more: int
    query: str


def relatives(
    query: Query, corpus: Corpus, aliases: Mapping[str, str] | None = None, scope: Scope = "all"
) -> tuple[Relative, ...]:
    """Return the relatives with which a watch finds more, those that find most first; words of its company last."""
    known = aliases or {}
    node = query.node
    asked = _asked(node)
    found = [
        relative
        for candidate in in_turn(query, corpus, known)[:MOST_COUNTS]
        if (more := corpus.count(gain_of(node, candidate), scope))
        and (relative := relative_of(node, candidate, more, known)) is not None
    ]
    found.sort(key=lambda relative: -relative.more)
    company = _company(node, asked, corpus, known, scope) if len(asked) == len(_alternatives(node)) else ()
    return (*found, *[each for each in company if each.word.casefold() not in {one.word.casefold() for one in found}])


def with_relatives(query: Query, taken: Sequence[Relative], aliases: Mapping[str, str] | None = None) -> Query:
    """Return a watch with relatives beside its terms. Raises QueryError if it becomes too long."""
    node = query.node
    for relative in taken:
        term, word = node_of(relative.term, aliases), node_of(relative.word, aliases)
        if term is not None and word is not None:
            node = node.swapped(term, any_of([term, word]))
    return parse(node.render(), aliases)


def in_turn(query: Query, corpus: Corpus, aliases: Mapping[str, str]) -> list[RelativeCandidate]:
    """Return the relatives of a watch's terms that may be counted, one of each term after the other."""
    by_term = [candidates(term, corpus, aliases) for term in _asked(query.node)]
    return [each for each in chain.from_iterable(zip_longest(*by_term)) if each is not None]


def gain_of(node: Node, candidate: RelativeCandidate) -> Node:
    """Return what finds just what a watch with a relative would find more."""
    return And((_gain(node, candidate),), (node,))


def relative_of(node: Node, candidate: RelativeCandidate, more: int, aliases: Mapping[str, str]) -> Relative | None:
    """Return a relative that finds so many more; None if it cannot be written as a watch."""
    wider = node.swapped(candidate.term, any_of([candidate.term, candidate.node]))
    try:
        text = parse(wider.render(), aliases).text
    except QueryError:  # longer than a watch may be
        return None
    shown = candidate.term.render()
    return Relative(term=shown, word=candidate.word, kind=candidate.kind, more=more, query=text)


def _asked(node: Node) -> list[Phrase | Kin]:
    return list(dict.fromkeys(terms(node)))[:MOST_TERMS]


def _gain(node: Node, candidate: RelativeCandidate) -> Node:
    """Return what finds all that the watch with the candidate finds more, and as little else as can be."""
    term, changed = candidate.term, []
    for part in node.alternatives if isinstance(node, Or) else (node,):
        asked = sum(each == term for each in terms(part))
        if asked:
            changed.append(part.swapped(term, candidate.node if asked == 1 else any_of([term, candidate.node])))
    return any_of(changed)


def _alternatives(node: Node) -> Sequence[Node]:
    """Return the alternatives of a watch that is nothing but a list of terms; else nothing."""
    parts = node.alternatives if isinstance(node, Or) else (node,)
    return parts if all(isinstance(part, Phrase | Kin) for part in parts) else ()


def _company(
    node: Node, asked: Sequence[Phrase | Kin], corpus: Corpus, aliases: Mapping[str, str], scope: Scope
) -> Iterator[Relative]:
    """Yield words that stand in the same items far more often than chance, and seldom in others."""
    sample = corpus.newest(node, _SAMPLE, scope)
    if not asked or len(sample) < _FEWEST:
        return
    for word in _companions(node, sample)[:_TRIED]:
        other = node_of(word, aliases)
        if other is None:
            continue
        total = corpus.count(other, scope)
        more = corpus.count(And((other,), (node,)), scope) if total >= _FEWEST else 0
        if more > 1 and (total - more) / total >= _SHARE:
            text = any_of([node, other]).render()
            if node_of(text, aliases) is not None:
                yield Relative(term=asked[0].render(), word=word, kind="company", more=more, query=text)


def _companions(node: Node, sample: Sequence[Item]) -> list[str]:
    """Return words that many of these items have and few others, as they are written most often.

    What mostly stands side by side with what the watch finds is part of it: Alexei of Navalny.
    """
    items: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    written: dict[str, Counter[str]] = {}
    for item in sample:
        tokenized = TokenizedItem(item)
        seen: set[str] = set()
        near = {
            (span.field, number)
            for span in node.find(tokenized, tokenized.about)
            for number in range(span.first - 1, span.last + 2)
        }
        close: set[str] = set()
        for field in tokenized.about.wanted:
            text = tokenized.words(field)
            for number, word in enumerate(text.words):
                if len(word.form) >= _SHORTEST and word.form.isalpha() and word.form not in STOP_WORDS:
                    start, end = text.span(number, number)
                    written.setdefault(word.key, Counter())[text.text[start:end]] += 1
                    (close if (field, number) in near else seen).add(word.key)
        items.update(seen | close)
        beside.update(close)
    lifted = {key: count / len(sample) / (word_cost(key) / 10_000) for key, count in items.items()}
    enough = max(4, len(sample) // 25)
    ranked = sorted(
        (
            key
            for key, count in items.items()
            if count >= enough
            and lifted[key] >= _LIFT
            and 2 * beside[key] < count
            and (word_cost(key) <= _COMMON or written[key].most_common(1)[0][0][0].isupper())
        ),
        key=lambda key: -items[key] * math.log(lifted[key]),
    )
    return [written[key].most_common(1)[0][0] for key in ranked]
