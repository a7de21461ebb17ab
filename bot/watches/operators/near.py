"""NEAR/n: two things at most n words apart, in either order, in one sentence."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import ClassVar

from bot.model import FieldName
from bot.watches.explain import Evidence, Reason
from bot.watches.match.narrowing import Close, Every, Maybe, Narrowing
from bot.watches.match.tokenized import FieldScope, FieldWords, TokenizedItem
from bot.watches.operators.all_of import And
from bot.watches.operators.phrase import Phrase
from bot.watches.tree import NEAR, UNIT, WIDE_DISTANCE, Anchors, Node, Span, Widening

MAX_PAIRS = 2_000  # of spans near each other, in one field
_MAX_TRIED = 100  # pairs of words compared before anything else is made

_position = itemgetter(1, 2)  # of a span


@dataclass(frozen=True, slots=True)
class Near(Node):
    """Two nodes in one sentence, in either order, at most `distance` words apart (1 is side by side)."""

    left: Node
    right: Node
    distance: int
    binding: ClassVar[int] = NEAR

    @property
    def children(self) -> tuple[Node, ...]:
        """Both sides."""
        return self.left, self.right

    def find(self, item: TokenizedItem, scope: FieldScope, alias: str = "") -> Sequence[Span]:
        """Find both sides, and join what is near. No word is used twice."""
        if not self._is_possible(item, scope):
            return ()
        left = self.left.find(item, scope, alias)
        right = self.right.find(item, scope, alias) if left else ()
        if not right:
            return ()
        rights = _by_field(right)
        found: list[Span] = []
        for field, spans in _by_field(left).items():
            if field in rights:
                found += _joined(spans, rights[field], self.distance, item.words(field))
        return found

    def swapped(self, old: Node, new: Node) -> Node:
        """Swap on both sides."""
        if self == old:
            return new
        return Near(self.left.swapped(old, new), self.right.swapped(old, new), self.distance)

    def _is_possible(self, item: TokenizedItem, scope: FieldScope) -> bool:
        """Return False if the sides are single words that are near each other nowhere. Cheap, and most often so."""
        left, right, distance = self.left, self.right, self.distance
        if not (isinstance(left, Phrase) and isinstance(right, Phrase) and left.word and right.word):
            return True
        for field in scope.wanted:
            numbers = item.words(field).numbers
            lefts, rights = numbers.get(left.word, ()), numbers.get(right.word, ())
            if len(lefts) * len(rights) > _MAX_TRIED:
                return True
            if any(-distance <= one - other <= distance for one in lefts for other in rights):
                return True
        return False

    def narrowing(self, prefix: str = "") -> Narrowing:
        """Ask for what both sides ask for, and for words of both that are close enough."""
        parts = [self.left.narrowing(prefix), self.right.narrowing(prefix)]
        left, right = self.left.anchors(prefix), self.right.anchors(prefix)
        parts.append(Close(left.keys, right.keys, self.distance + left.longest + right.longest - 2))
        return Maybe(Every(tuple(parts)))

    def anchors(self, prefix: str = "") -> Anchors:
        """Return the left side's, in spans that reach from one side to the other."""
        left, right = self.left.anchors(prefix), self.right.anchors(prefix)
        return Anchors(left.keys, left.longest + right.longest + self.distance - 1)

    def fields(self, allowed: frozenset[FieldName]) -> frozenset[FieldName]:
        """Return the fields that both sides can match in."""
        return self.left.fields(allowed) & self.right.fields(allowed)

    def render(self) -> str:
        """Return both sides with NEAR/n between them."""
        return f"{self.left.bracketed(NEAR)} NEAR/{self.distance} {self.right.bracketed(UNIT)}"

    def explain(self, evidence: Evidence) -> Reason:
        """Explain both sides, and say how far apart they are if that is too far."""
        note = "" if evidence.find(self) else self._apart(evidence)
        return evidence.reason(self, self.left.explain(evidence), self.right.explain(evidence), note=note)

    def _apart(self, evidence: Evidence) -> str:
        lefts, rights = _by_field(evidence.find(self.left)), _by_field(evidence.find(self.right))
        shared = [field for field in evidence.scope.wanted if field in lefts and field in rights]
        gaps = [(_smallest_gap(lefts[field], rights[field]), field) for field in shared]
        gap, field = min([each for each in gaps if each[0]], key=itemgetter(0), default=(0, ""))
        if gap:
            if gap <= self.distance:
                return f"near each other in the {field}, but in different sentences"
            return f"nearest: {gap} words apart in the {field}, and {self.distance} are allowed"
        return f"in different fields: {', '.join(lefts)} and {', '.join(rights)}" if lefts and rights else ""

    def describe(self) -> str:
        """Name both sides and the distance."""
        apart = "side by side" if self.distance == 1 else f"at most {self.distance} words apart"
        return f"{self.left.describe()} and {self.right.describe()}, {apart} in either order"

    def widened(self, step: Widening) -> Node:
        """Widen both sides; allow a longer distance; ask for both anywhere."""
        left, right = self.left.widened(step), self.right.widened(step)
        if step == "near":
            return And((left, right))
        return Near(left, right, max(self.distance, WIDE_DISTANCE) if step == "distance" else self.distance)


def _by_field(spans: Sequence[Span]) -> Mapping[FieldName, list[Span]]:
    """Return the spans of each field in the order of the text."""
    found: dict[FieldName, list[Span]] = {}
    for span in spans:
        found.setdefault(span.field, []).append(span)
    for each in found.values():
        each.sort(key=_position)
    return found


def _joined(left: list[Span], right: list[Span], distance: int, text: FieldWords) -> list[Span]:
    """Join the spans of one field that are in one sentence, at most `distance` words apart, and share no word."""
    firsts = [span.first for span in right]
    longest = max(span.last - span.first for span in right)
    joined: dict[tuple[tuple[int, int], ...], Span] = {}
    for one in left:
        position = bisect_left(firsts, one.first - distance - longest)
        while position < len(right) and right[position].first <= one.last + distance:
            other = right[position]
            position += 1
            if other.last < one.first - distance or _share(one, other):
                continue
            first, last = min(one.first, other.first), max(one.last, other.last)
            if not text.in_one_sentence(first, last):
                continue
            hits = tuple(sorted({*one.hits, *other.hits}, key=lambda hit: (hit.start, hit.end)))
            places = tuple((hit.start, hit.end) for hit in hits)
            span = Span(one.field, first, last, hits)
            joined.setdefault(places, span)
            if len(joined) >= MAX_PAIRS:
                return list(joined.values())
    return list(joined.values())


def _share(one: Span, other: Span) -> bool:
    """Return whether two spans use the same word."""
    if one.last < other.first or other.last < one.first:
        return False
    return any(a.start < b.end and b.start < a.end for a in one.hits for b in other.hits)


def _smallest_gap(left: Sequence[Span], right: Sequence[Span]) -> int:
    """Return how many words the nearest of two lists of spans are apart, 0 if all overlap. Linear in both."""
    marked = sorted([(span.first, span.last, 0) for span in left] + [(span.first, span.last, 1) for span in right])
    gaps = [first - last for (_, last, side), (first, _, other) in pairwise(marked) if side != other and first > last]
    return min(gaps, default=0)
