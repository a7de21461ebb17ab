"""Whether what a watch finds is two matters: Amazon the river and Amazon the company.

A hit is told by the rarer words around it. Two of these that many hits have, and hardly any has both, are the seeds of
two groups; each hit joins the group whose words it shares, and the groups are drawn anew until nothing changes. Only
where what they have in common is next to nothing is anything said: topics of one matter share more than that. Measured
on news of 2020: docs/figures.md.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.model import Item, Scope
from bot.text.stopwords import STOP_WORDS
from bot.watches.corpus import Corpus
from bot.watches.match.keys import word_cost
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.tree import Node

_SAMPLE = 400  # hits that are looked at
_FEWEST = 20  # hits that can be told apart
_COMMON = 120.0  # items of 10,000 with a word that tells nothing
_SEEDS = 25  # words that the groups may begin with
_SEED_SHARE = 0.06  # of the hits that have one, and four at least
_SEED_LIFT = 8.0  # how much more often than anywhere else
_ROUNDS = 10
_NEAR = 0.08  # cosine of a hit and its group
_NEARER = 1.5  # times as near as to the other group
_ALIKE = (0.05, 0.03, 200)  # cosine of groups of one matter: .05, rising by .03 up to 200 hits
_SMALLEST = 0.1  # of the hits in the smaller group, and six at least
_BETWEEN = 0.1  # of the smaller group that may stand between the two
_NAMED = 3  # words that a group is told by
_EXAMPLES = 2

Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """A group of hits: its share of those looked at, words of it that the other has not, and two of its items."""

    share: float
    words: tuple[str, ...]
    examples: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hits:
    """The items that were found, the words around each hit, and how these are written."""

    items: Sequence[Item]
    around: Sequence[frozenset[str]]
    vectors: Sequence[Vector]
    written: Mapping[str, Counter[str]]


def senses(node: Node, corpus: Corpus, scope: Scope = "all") -> tuple[Sense, Sense] | None:
    """Return the two matters that a watch finds, the larger first; None if it is one, or that is unsure."""
    hits = _read(node, corpus.newest(node, _SAMPLE, scope))
    seeds = _seeds(hits) if len(hits.items) >= _FEWEST else None
    if seeds is None:
        return None
    groups, middles = _grouped(hits, *seeds)
    small = min(map(len, groups))
    least, rising, full = _ALIKE
    alike = least + rising * min(1.0, len(hits.items) / full)
    if small < max(6, _SMALLEST * len(hits.items)) or _cosine(*middles) > alike:
        return None
    if len(_between(hits, middles)) > _BETWEEN * small:
        return None
    first, second = sorted(zip(groups, middles, strict=True), key=lambda group: -len(group[0]))
    return _sense(hits, first[0], second[0]), _sense(hits, second[0], first[0])


def _read(node: Node, items: Sequence[Item]) -> _Hits:
    """Collect the words of each item but those that were found."""
    around: list[frozenset[str]] = []
    written: dict[str, Counter[str]] = {}
    for item in items:
        tokenized = TokenizedItem(item)
        found = {
            (span.field, number)
            for span in node.find(tokenized, tokenized.about)
            for number in range(span.first, span.last + 1)
        }
        keys: set[str] = set()
        for field in tokenized.about.wanted:
            text = tokenized.words(field)
            for number, word in enumerate(text.words):
                if (field, number) in found or len(word.form) < 3 or not word.form.isalpha():
                    continue
                if word.form in STOP_WORDS or word_cost(word.key) > _COMMON:
                    continue
                start, end = text.span(number, number)
                written.setdefault(word.key, Counter())[text.text[start:end]] += 1
                keys.add(word.key)
        around.append(frozenset(keys))
    counted = Counter(key for keys in around for key in keys)
    weight = {key: math.log(10_000 / max(word_cost(key), 1.0)) for key, count in counted.items() if count > 1}
    vectors = [_unit({key: weight[key] for key in keys if key in weight}) for keys in around]
    return _Hits(items=items, around=around, vectors=vectors, written=written)


def _seeds(hits: _Hits) -> tuple[str, str] | None:
    """Return two words that many hits have and hardly any has both."""
    count = len(hits.items)
    having: dict[str, set[int]] = {}
    for number, keys in enumerate(hits.around):
        for key in keys:
            having.setdefault(key, set()).add(number)
    lift = {key: len(found) / count / (word_cost(key) / 10_000) for key, found in having.items()}
    likely = [
        key for key, found in having.items() if len(found) >= max(4, _SEED_SHARE * count) and lift[key] >= _SEED_LIFT
    ]
    likely.sort(key=lambda key: (-len(having[key]) * math.log(lift[key]), key))
    best, seeds = 0.0, None
    for one, other in combinations(likely[:_SEEDS], 2):
        by_chance = max(len(having[one]) * len(having[other]) / count, 0.5)
        apart = 1 - min(1.0, len(having[one] & having[other]) / by_chance)
        score = min(len(having[one]), len(having[other])) * apart
        if score > best:
            best, seeds = score, (one, other)
    return seeds


def _grouped(hits: _Hits, one: str, other: str) -> tuple[tuple[set[int], set[int]], tuple[Vector, Vector]]:
    """Draw two groups around two seeds; return the numbers of their hits, and their middles."""
    left = {number for number, keys in enumerate(hits.around) if one in keys and other not in keys}
    right = {number for number, keys in enumerate(hits.around) if other in keys and one not in keys}
    middles = _middle(hits, left), _middle(hits, right)
    for _ in range(_ROUNDS):
        before = left, right
        near = [(_cosine(vector, middles[0]), _cosine(vector, middles[1])) for vector in hits.vectors]
        left = {number for number, (to, off) in enumerate(near) if to > _NEAR and to > _NEARER * off}
        right = {number for number, (off, to) in enumerate(near) if to > _NEAR and to > _NEARER * off}
        middles = _middle(hits, left), _middle(hits, right)
        if (left, right) == before:
            break
    return (left, right), middles


def _between(hits: _Hits, middles: tuple[Vector, Vector]) -> list[int]:
    """Return the hits that are near both groups."""
    near = [(_cosine(vector, middles[0]), _cosine(vector, middles[1])) for vector in hits.vectors]
    return [
        number
        for number, (one, other) in enumerate(near)
        if min(one, other) > _NEAR and max(one, other) <= _NEARER * min(one, other)
    ]


def _middle(hits: _Hits, numbers: set[int]) -> Vector:
    """Return the mean of hits, of length one."""
    total: Counter[str] = Counter()
    for number in sorted(numbers):
        for key, value in hits.vectors[number].items():
            total[key] += value  # type: ignore[assignment]  # a Counter of weights
    return _unit(total)


def _unit(vector: Mapping[str, float]) -> Vector:
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {key: value / length for key, value in vector.items()}


def _cosine(one: Vector, other: Vector) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum(value * other.get(key, 0.0) for key, value in one.items())


def _sense(hits: _Hits, own: set[int], others: set[int]) -> Sense:
    """Tell a group by the words that most of its hits have and none, or next to none, of the other group's."""
    mine = Counter(key for number in own for key in hits.around[number])
    theirs = Counter(key for number in others for key in hits.around[number])
    words = list(_telling(mine, theirs))[:_NAMED]
    nearest = sorted(own, key=lambda number: (-sum(word in hits.around[number] for word in words), number))
    return Sense(
        share=len(own) / len(hits.items),
        words=tuple(hits.written[word].most_common(1)[0][0] for word in words),
        examples=tuple(hits.items[number] for number in nearest[:_EXAMPLES]),
    )


def _telling(mine: Counter[str], theirs: Counter[str]) -> Iterator[str]:
    """Yield the words of a group that tell it from the other, those of most hits first."""
    for word, count in sorted(mine.items(), key=lambda pair: (-pair[1], pair[0])):
        if count > 1 and theirs[word] * 20 <= count:
            yield word
