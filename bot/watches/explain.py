"""Why a watch met an item, or where it failed: for `newsvane match --explain` and the Why? button.

no  Turkish NEAR/3 @aircraft: in different fields: title and body
yes Turkish: title "Turkish"
yes @aircraft: body "aircraft"
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.model import FieldName, Hit, Item, Scope, Tier
from bot.watches.document import Document, field_text
from bot.watches.evaluate import Span, evaluate_document, hits_of, holds, spans
from bot.watches.reach import Sight
from bot.watches.tree import Alias, And, Near, Node, Or, Phrase, Query, Within, render

MOST_PLACES = 3  # told of one term


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What became of one part of a watch. `part` is how the watch has it, `note` says where it stands or what lacks."""

    part: str
    met: bool
    note: str = ""
    parts: tuple["Reason", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a watch made of an item. `tier` and `hits` are those of the match; `tier` is None if there is none."""

    tier: Tier | None
    hits: tuple[Hit, ...]
    reason: Reason


def explain(query: Query, item: Item, scope: Scope = "anywhere") -> Explanation:
    """Tell why a watch meets an item or where it fails."""
    document = Document(item)
    found = evaluate_document(query.node, document, scope)
    sight = document.about if scope == "about" else document.anywhere
    reason = _reason(query.node, _View(item, document, sight))
    return Explanation(tier=found[0] if found else None, hits=found[1] if found else (), reason=reason)


def lines(reason: Reason, depth: int = 0) -> Iterator[str]:
    """Print a reason, a line for each part, indented by four spaces a level."""
    note = f": {reason.note}" if reason.note else ""
    yield f"{'    ' * depth}{'yes' if reason.met else 'no '} {reason.part}{note}"
    for part in reason.parts:
        yield from lines(part, depth + 1)


@dataclass(frozen=True, slots=True)
class _View:
    item: Item
    document: Document
    sight: Sight

    def places(self, node: Node) -> str:
        """Name the first places where a node stands: title "Turkish", body "jets"; empty if nowhere."""
        return self.named(hits_of(holds(node, self.document, self.sight)))

    def named(self, hits: Sequence[Hit]) -> str:
        """Name the first of some hits."""
        told = [f'{hit.field} "{self.words_of(hit)}"' for hit in hits[:MOST_PLACES]]
        more = len(hits) - MOST_PLACES
        return ", ".join(told) + (f" and {more} more" if more > 0 else "")

    def words_of(self, hit: Hit) -> str:
        """Give the very words of a hit."""
        return field_text(self.item, hit.field)[hit.start : hit.end]


def _reason(node: Node, view: _View) -> Reason:
    """Explain a node, whether it is true or not."""
    met = bool(holds(node, view.document, view.sight))
    part = render(node)
    match node:
        case Phrase():
            return Reason(part=part, met=met, note=view.places(node) if met else _missing(node, view))
        case Alias():
            return Reason(part=part, met=met, note=view.places(node) if met else "none of its words stands there")
        case Within():
            inner = _reason(node.node, _View(view.item, view.document, view.sight.within(node.field)))
            return Reason(part=part, met=met, parts=(inner,))
        case Near():
            note = "" if met else _apart(node, view)
            return Reason(part=part, met=met, note=note, parts=(_reason(node.left, view), _reason(node.right, view)))
        case Or():
            return Reason(part=part, met=met, parts=tuple(_reason(each, view) for each in node.alternatives))
        case And():
            wanted = tuple(_reason(each, view) for each in node.parts)
            return Reason(part=part, met=met, parts=wanted + tuple(_refusal(each, view) for each in node.refused))


def _refusal(node: Node, view: _View) -> Reason:
    """Explain what a watch must not have."""
    whole = _View(view.item, view.document, Sight(view.sight.refused, view.sight.refused))
    stands = whole.places(node)
    return Reason(part=f"NOT {render(node)}", met=not stands, note=f"stands in the {stands}" if stands else "")


def _missing(phrase: Phrase, view: _View) -> str:
    """Say what of a phrase does stand in the item: elsewhere, in another spelling, or single words of it."""
    everywhere = view.document.anywhere
    if elsewhere := holds(phrase, view.document, everywhere):
        return f"only in the {view.named(elsewhere)}"
    if phrase.exact:
        loose = Phrase(phrase.text, phrase.terms, gap=phrase.gap)
        if other := holds(loose, view.document, everywhere):
            return f"only in another spelling: {view.named(other)}"
    if len(phrase.terms) == 1:
        return "stands nowhere"
    singles = [Phrase(term.key, (term,)) for term in phrase.terms]
    found = [single.text for single in singles if holds(single, view.document, everywhere)]
    if len(found) == len(singles):
        return "its words stand there, but not side by side in this order"
    return f"of its words only {', '.join(found)} stands there" if found else "stands nowhere"


def _apart(node: Near, view: _View) -> str:
    """Say how far apart the two sides of a NEAR stand, if they both do."""
    best: tuple[int, FieldName] | None = None
    for field in view.sight.wanted:
        gap = _smallest_gap(spans(node.left, view.document, field), spans(node.right, view.document, field))
        if gap and (best is None or gap < best[0]):
            best = (gap, field)
    if best:
        return f"nearest: {best[0]} words apart in the {best[1]}, and {node.distance} are allowed"
    sides = [_fields_of(side, view) for side in (node.left, node.right)]
    return f"in different fields: {', '.join(sides[0])} and {', '.join(sides[1])}" if all(sides) else ""


def _smallest_gap(left: Sequence[Span], right: Sequence[Span]) -> int:
    """Give how many words the nearest of two lists of stretches are apart, 0 if one is empty. Linear in both."""
    gaps: list[int] = []
    marked = sorted([(span.first, span.last, 0) for span in left] + [(span.first, span.last, 1) for span in right])
    for (_, last, side), (first, _, other) in pairwise(marked):
        if side != other and first > last:
            gaps.append(first - last)
    return min(gaps, default=0)


def _fields_of(node: Node, view: _View) -> list[FieldName]:
    return list(dict.fromkeys(hit.field for hit in holds(node, view.document, view.sight)))
