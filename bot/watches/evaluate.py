"""A tree and an item: where the watch hits, or that it does not.

`holds` decides and collects, `near` joins places in one field, `hits_of` makes of them what a reader sees.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.model import FieldName, Hit, Item, Scope, Tier
from bot.watches.document import MAX_HITS, Document, FieldWords, Place
from bot.watches.reach import TEXT_FIELDS, Sight
from bot.watches.tree import Alias, And, Near, Node, Or, Phrase, Query, Within

MAX_PAIRS = 2_000  # of words near each other, in one field

_ORDER: dict[FieldName, int] = {
    field: index for index, field in enumerate((*TEXT_FIELDS, "source", "author", "lang", "url"))
}


class Leaf(NamedTuple):
    """A phrase found in a NEAR: `first` and `last` count words, `start` and `end` characters."""

    first: int
    last: int
    start: int
    end: int
    phrase: Phrase
    alias: str


class Span(NamedTuple):
    """The stretch of words from `first` to `last` of a field in which `leaves` stand."""

    first: int
    last: int
    leaves: tuple[Leaf, ...]


def evaluate(query: Query, item: Item, scope: Scope = "anywhere") -> tuple[Tier, tuple[Hit, ...]] | None:
    """Tell whether a watch meets an item, at which tier and where; None if it does not.

    "about" means that title and summary suffice, "mention" that it takes the body. Hits are in reading order.
    """
    return evaluate_document(query.node, Document(item), scope)


def evaluate_document(node: Node, document: Document, scope: Scope = "anywhere") -> tuple[Tier, tuple[Hit, ...]] | None:
    """Do what `evaluate` does with an item that is cut into words already."""
    sight = document.about if scope == "about" else document.anywhere
    found = holds(node, document, sight)
    if not found:
        return None
    if sight is document.about or holds(node, document, document.about):
        return "about", hits_of(found)
    return "mention", hits_of(found)


def holds(node: Node, document: Document, sight: Sight, alias: str = "") -> Sequence[Hit]:
    """Give the hits that make a node true, none if it is not. Time is linear in the words for each leaf."""
    match node:
        case Phrase():
            return _phrase_hits(node, document, sight, alias)
        case Near():
            return _near_hits(node, document, sight, alias)
        case Alias():
            return holds(node.node, document, sight, alias or node.name)
        case Within():
            return holds(node.node, document, sight.within(node.field), alias)
        case Or():
            return [hit for part in node.alternatives for hit in holds(part, document, sight, alias)]
        case And():
            return _all_of(node, document, sight, alias)


def _phrase_hits(phrase: Phrase, document: Document, sight: Sight, alias: str) -> Sequence[Hit]:
    """Find a phrase. What is found in the text is remembered: of many watches a lot ask for the same."""
    everywhere = document.anywhere
    if sight is not everywhere and sight.wanted and sight.wanted[0] not in everywhere.wanted:
        return tuple(_hits(phrase, _places(phrase, document, sight.wanted), alias))
    asked = f"@{alias} {phrase.shown}" if alias else phrase.shown
    hits = document.known_hits.get(asked)
    if hits is None:
        word = phrase.word  # nine of ten
        places = document.places(word) if word else _places(phrase, document, everywhere.wanted)
        hits = document.known_hits[asked] = tuple(_hits(phrase, places, alias)) if places else ()
    if not hits or sight is everywhere:
        return hits
    return [hit for hit in hits if hit.field in sight.wanted]


def _near_hits(node: Near, document: Document, sight: Sight, alias: str) -> Sequence[Hit]:
    found: list[Hit] = []
    for field in sight.wanted:
        words = document.words(field)
        if _is_out_of_reach(node, words):
            continue
        found += [_hit(leaf, field, alias) for span in spans(node, document, field, alias) for leaf in span.leaves]
    return found


def _is_out_of_reach(node: Near, words: FieldWords) -> bool:
    """Tell cheaply of two single words that they are not near each other in a field; of all else nothing."""
    left, right = node.left, node.right
    if not (isinstance(left, Phrase) and isinstance(right, Phrase) and left.word and right.word):
        return False
    reach = node.distance
    lefts, rights = words.numbers.get(left.word, ()), words.numbers.get(right.word, ())
    if len(lefts) * len(rights) > MAX_HITS:
        return False
    return not any(-reach <= one - other <= reach for one in lefts for other in rights)


def _hits(phrase: Phrase, places: Iterable[Place], alias: str) -> list[Hit]:
    term, alternative = f"@{alias}" if alias else phrase.shown, phrase.text
    return [Hit(term, alternative, field, start, end) for field, start, end in places]


def _places(phrase: Phrase, document: Document, fields: tuple[FieldName, ...]) -> list[Place]:
    return [
        (field, start, end)
        for field in fields
        for _, _, start, end in document.words(field).occurrences(phrase)[:MAX_HITS]
    ]


def _all_of(node: And, document: Document, sight: Sight, alias: str) -> Sequence[Hit]:
    """Hold an And: every part, and nothing refused anywhere in the item."""
    found = holds(node.parts[0], document, sight, alias)
    for part in node.parts[1:]:
        more = holds(part, document, sight, alias) if found else ()
        found = [*found, *more] if more else ()
    if found and node.refused:
        everywhere = document.anywhere
        whole = everywhere if sight.refused == everywhere.wanted else Sight(sight.refused, sight.refused)
        if any(holds(part, document, whole) for part in node.refused):
            return ()
    return found


def spans(node: Node, document: Document, field: FieldName, alias: str = "") -> list[Span]:
    """Give the stretches of one field where a phrase, a NEAR, or a list of these stands, in the order of the text."""
    match node:
        case Phrase():
            leaves = [Leaf(*place, node, alias) for place in document.words(field).occurrences(node)]
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


def _hit(leaf: Leaf, field: FieldName, alias: str) -> Hit:
    name = leaf.alias or alias
    term = f"@{name}" if name else leaf.phrase.shown
    return Hit(term, leaf.phrase.text, field, leaf.start, leaf.end)


def hits_of(found: Sequence[Hit]) -> tuple[Hit, ...]:
    """Put hits in reading order. Of one term's hits, one inside another is left out: "jet" in "fighter jet"."""
    if isinstance(found, tuple):  # what is remembered of a phrase is in order
        return found[:MAX_HITS]
    hits: list[Hit] = []
    reached: dict[tuple[FieldName, str], int] = {}
    for _, _, _, hit in sorted([(_ORDER[hit.field], hit.start, -hit.end, hit) for hit in found]):
        if hit.end > reached.get((hit.field, hit.term), -1):
            reached[hit.field, hit.term] = hit.end
            hits.append(hit)
    return tuple(hits[:MAX_HITS])
