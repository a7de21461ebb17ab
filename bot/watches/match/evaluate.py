"""A watch and an item: whether it matches, at which tier, and where."""

from collections import Counter
from collections.abc import Sequence

from bot.model import FieldName, Hit, Scope, Tier
from bot.watches.match.tokenized import TEXT_FIELDS, TokenizedItem
from bot.watches.tree import Node, Span

MAX_HITS = 100  # of one match; a body can repeat a word without end

_ORDER: dict[FieldName, int] = {
    field: index for index, field in enumerate((*TEXT_FIELDS, "source", "author", "lang", "url"))
}


def evaluate(node: Node, item: TokenizedItem, scope: Scope = "all") -> tuple[Tier, tuple[Hit, ...]] | None:
    """Return at which tier a watch matches an item and where, in reading order; None if it does not match.

    "about" means that title and summary suffice, "mention" that the first part of the body is needed, "aside" that what
    is beside the matter is, such as a summary that is a picture's caption.
    """
    fields = item.looked_at(scope)
    found = node.find(item, fields)
    if not found:
        return None
    about = item.about
    if fields is about or node.find(item, about):
        return "about", hits_of(found)
    mention = item.mention
    if fields is mention or (mention is not about and node.find(item, mention)):
        return "mention", hits_of(found)
    return "aside", hits_of(found)


def hits_of(found: Sequence[Span]) -> tuple[Hit, ...]:
    """Return hits in reading order. Of one term's hits, one inside another is left out: "jet" in "fighter jet"."""
    if isinstance(found, tuple):  # one phrase; its spans are in order, with a hit each
        return tuple([span[3][0] for span in found[:MAX_HITS]])
    hits: list[Hit] = []
    reached: dict[tuple[FieldName, str], int] = {}
    for _, _, _, hit in sorted([(_ORDER[hit.field], hit.start, -hit.end, hit) for span in found for hit in span.hits]):
        if hit.end > reached.get((hit.field, hit.term), -1):
            reached[hit.field, hit.term] = hit.end
            hits.append(hit)
    return tuple(hits if len(hits) <= MAX_HITS else _fewer(hits))


def _fewer(hits: Sequence[Hit]) -> list[Hit]:
    """Return so many hits as a match may have: of every term its first ones, so that none is missing."""
    counts: Counter[str] = Counter()
    places: list[tuple[int, int]] = []
    for place, hit in enumerate(hits):
        counts[hit.term] += 1
        places.append((counts[hit.term], place))
    return [hits[place] for place in sorted(place for _, place in sorted(places)[:MAX_HITS])]
