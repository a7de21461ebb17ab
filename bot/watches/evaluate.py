"""A tree and an item: where the watch hits, or that it does not.

`holds` decides and collects, `near` joins places in one field, `hits_of` makes of them what a reader sees.
"""

from bisect import bisect_left
from typing import NamedTuple

from bot.model import FieldName, Hit, Item, Match, Scope, Tier, Watch
from bot.watches.document import Document
from bot.watches.reach import TEXT_FIELDS
from bot.watches.tree import Alias, And, Near, Node, Or, Phrase, Query, Within

MAX_HITS = 100  # told of one match; a body can repeat a word without end
MAX_PAIRS = 2_000  # of words near each other, in one field

_ORDER: dict[FieldName, int] = {
    field: index for index, field in enumerate((*TEXT_FIELDS, "source", "author", "lang", "url"))
}


class Leaf(NamedTuple):
    """A phrase that was found: `first` and `last` count words, `start` and `end` characters."""

    first: int
    last: int
    start: int
    end: int
    field: FieldName
    phrase: Phrase
    alias: str


class Span(NamedTuple):
    """The stretch of words from `first` to `last` of a field in which `leaves` stand."""

    first: int
    last: int
    leaves: tuple[Leaf, ...]


class Sight(NamedTuple):
    """The fields that are looked at: `wanted` by what must be there, `refused` by what must not."""

    wanted: tuple[FieldName, ...]
    refused: tuple[FieldName, ...]

    def within(self, field: FieldName) -> "Sight":
        """Narrow to one field."""
        seen = field not in TEXT_FIELDS or field in self.wanted
        return Sight((field,) if seen else (), (field,))


def evaluate(query: Query, item: Item, scope: Scope = "anywhere") -> tuple[Tier, tuple[Hit, ...]] | None:
    """Tell whether a watch meets an item, at which tier and where; None if it does not.

    "about" means that title and summary suffice, "mention" that it takes the body. Hits are in reading order.
    """
    return evaluate_document(query.node, Document(item), scope)


def evaluate_document(node: Node, document: Document, scope: Scope = "anywhere") -> tuple[Tier, tuple[Hit, ...]] | None:
    """Do what `evaluate` does with an item that is cut into words already."""
    if isinstance(node, Phrase):
        return _phrase_alone(node, document, scope)
    about = Sight(document.about, document.fields)
    if scope == "about" or document.about == document.fields:
        found = holds(node, document, about)
        return ("about", hits_of(found)) if found is not None else None
    found = holds(node, document, Sight(document.fields, document.fields))
    if found is None:
        return None
    return "mention" if holds(node, document, about) is None else "about", hits_of(found)


def _phrase_alone(phrase: Phrase, document: Document, scope: Scope) -> tuple[Tier, tuple[Hit, ...]] | None:
    """Evaluate the commonest kind of watch."""
    asked = (phrase.text, phrase.exact, phrase.gap)
    hits = document.phrase_hits.get(asked)
    if hits is None:
        hits = document.phrase_hits[asked] = _hits_alone(phrase, document)
    if not hits:
        return None
    if hits[0].field == "body":
        return None if scope == "about" else ("mention", hits)
    return "about", hits if scope == "anywhere" else tuple(hit for hit in hits if hit.field != "body")


def _hits_alone(phrase: Phrase, document: Document) -> tuple[Hit, ...]:
    if phrase.gap:  # its occurrences may lie inside one another
        return hits_of(holds(phrase, document, Sight(document.fields, document.fields)) or [])
    term, text = phrase.shown, phrase.text
    hits = [
        Hit(term=term, alternative=text, field=field, start=start, end=end)
        for field in document.fields
        for _, _, start, end in document.words(field).occurrences(phrase)
    ]
    return tuple(hits[:MAX_HITS])


def match_of(watch: Watch, found: tuple[Tier, tuple[Hit, ...]]) -> Match:
    """Make a match of a watch and what `evaluate` found."""
    tier, hits = found
    return Match(watch=watch.name, title=watch.title, hits=hits, tier=tier, silent=watch.silent)


def holds(node: Node, document: Document, sight: Sight, alias: str = "") -> list[Leaf] | None:
    """Give the leaves that make a node true, None if it is not. Time is linear in the words for each leaf."""
    match node:
        case Phrase():
            found = []
            for field in sight.wanted:
                found += [Leaf(*place, field, node, alias) for place in document.words(field).occurrences(node)]
            return found or None
        case Near():
            return [
                leaf for field in sight.wanted for span in spans(node, document, field, alias) for leaf in span.leaves
            ] or None
        case Alias():
            return holds(node.node, document, sight, alias or node.name)
        case Within():
            return holds(node.node, document, sight.within(node.field), alias)
        case Or():
            found = [holds(part, document, sight, alias) for part in node.alternatives]
            return [leaf for leaves in found for leaf in leaves or ()] or None
        case And():
            return _all_of(node, document, sight, alias)


def _all_of(node: And, document: Document, sight: Sight, alias: str) -> list[Leaf] | None:
    """Hold an And: every part, and nothing refused anywhere in the item."""
    found: list[Leaf] = []
    for part in node.parts:
        leaves = holds(part, document, sight, alias)
        if leaves is None:
            return None
        found += leaves
    whole = Sight(sight.refused, sight.refused)
    if any(holds(part, document, whole) is not None for part in node.refused):
        return None
    return found


def spans(node: Node, document: Document, field: FieldName, alias: str = "") -> list[Span]:
    """Give the stretches of one field where a phrase, a NEAR, or a list of these stands, in the order of the text."""
    match node:
        case Phrase():
            leaves = _leaves(node, document, field, alias)
            return [Span(leaf.first, leaf.last, (leaf,)) for leaf in leaves]
        case Near():
            left = spans(node.left, document, field, alias)
            return near(left, spans(node.right, document, field, alias), node.distance) if left else []
        case Alias():
            return spans(node.node, document, field, alias or node.name)
        case Within():
            return spans(node.node, document, field, alias) if node.field == field else []
        case Or():
            found = [span for part in node.alternatives for span in spans(part, document, field, alias)]
            return sorted(found, key=lambda span: (span.first, span.last))
        case And():  # the grammar keeps And out of NEAR, the only place that asks
            return []


def _leaves(phrase: Phrase, document: Document, field: FieldName, alias: str) -> list[Leaf]:
    return [Leaf(*place, field, phrase, alias) for place in document.words(field).occurrences(phrase)]


def near(left: list[Span], right: list[Span], distance: int) -> list[Span]:
    """Join the stretches that are at most `distance` words apart, in either order, and share no word."""
    if not right:
        return []
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
            leaves = tuple(sorted({*one.leaves, *other.leaves}, key=lambda leaf: (leaf.first, leaf.last)))
            places = tuple((leaf.first, leaf.last) for leaf in leaves)
            joined.setdefault(places, Span(min(one.first, other.first), max(one.last, other.last), leaves))
            if len(joined) >= MAX_PAIRS:
                return sorted(joined.values(), key=lambda span: (span.first, span.last))
    return sorted(joined.values(), key=lambda span: (span.first, span.last))


def _share(one: Span, other: Span) -> bool:
    """Tell whether two stretches use the same word."""
    if one.last < other.first or other.last < one.first:
        return False
    return any(a.first <= b.last and b.first <= a.last for a in one.leaves for b in other.leaves)


def hits_of(leaves: list[Leaf]) -> tuple[Hit, ...]:
    """Make hits in reading order. Of one term's hits, one inside another is left out: "jet" in "fighter jet"."""
    hits: list[Hit] = []
    reached: dict[tuple[FieldName, str], int] = {}
    for leaf in sorted(leaves, key=_reading_order) if len(leaves) > 1 else leaves:
        term = f"@{leaf.alias}" if leaf.alias else leaf.phrase.shown
        if leaf.end > reached.get((leaf.field, term), -1):
            reached[leaf.field, term] = leaf.end
            alternative = leaf.phrase.text
            hits.append(Hit(term=term, alternative=alternative, field=leaf.field, start=leaf.start, end=leaf.end))
            if len(hits) == MAX_HITS:
                break
    return tuple(hits)


def _reading_order(leaf: Leaf) -> tuple[int, int, int]:
    return _ORDER[leaf.field], leaf.start, -leaf.end
