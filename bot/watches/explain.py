"""Why a watch met an item, or where it failed: for `newsvane match --explain` and the Why? button.

no  Turkish NEAR/3 @aircraft: in different fields: title and body
yes Turkish: title "Turkish"
yes @aircraft: body "aircraft"

Each operator explains itself; what it needs for that is `Evidence`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.model import Hit, Item, Scope, Tier
from bot.watches.match.evaluate import evaluate, hits_of
from bot.watches.match.tokenized import FieldScope, TokenizedItem, field_text
from bot.watches.tree import Node, Query, Span

MOST_PLACES = 3  # named of one term


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What became of one part of a watch. `part` is the part as written, `note` where it stands or what is missing."""

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


def explain(query: Query, item: Item, scope: Scope = "all") -> Explanation:
    """Explain why a watch matches an item, and at which tier, or where it fails."""
    tokenized = TokenizedItem(item)
    found = evaluate(query.node, tokenized, scope)
    reason = query.node.explain(Evidence(source=item, item=tokenized, scope=tokenized.looked_at(scope)))
    return Explanation(tier=found[0] if found else None, hits=found[1] if found else (), reason=reason)


def lines(reason: Reason, depth: int = 0) -> Iterator[str]:
    """Yield a reason as text, a line for each part, indented by four spaces a level."""
    note = f": {reason.note}" if reason.note else ""
    yield f"{'    ' * depth}{'yes' if reason.met else 'no '} {reason.part}{note}"
    for part in reason.parts:
        yield from lines(part, depth + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An item, and the fields of it that a part of a watch looks at."""

    source: Item
    item: TokenizedItem
    scope: FieldScope

    def within(self, scope: FieldScope) -> "Evidence":
        """Return the same item with other fields to look at."""
        return replace(self, scope=scope)

    def find(self, node: Node) -> Sequence[Span]:
        """Return where a node stands in the fields."""
        return node.find(self.item, self.scope)

    def reason(self, node: Node, *parts: Reason, note: str = "") -> Reason:
        """Return the reason of a node with those of its parts."""
        return Reason(part=node.render(), met=bool(self.find(node)), note=note, parts=parts)

    def places(self, node: Node) -> str:
        """Name the first places where a node stands: title "Turkish", body ¶7 "jets"; empty if nowhere."""
        hits = hits_of(self.find(node))
        named = [
            f'{self._place(hit)} "{field_text(self.source, hit.field)[hit.start : hit.end]}"'
            for hit in hits[:MOST_PLACES]
        ]
        more = len(hits) - MOST_PLACES
        return ", ".join(named) + (f" and {more} more" if more > 0 else "")

    def _place(self, hit: Hit) -> str:
        """Name the field of a hit, and in a body whose paragraphs are known also which of them."""
        if hit.field != "body" or not self.source.paragraphs:
            return hit.field
        line = self.item.line_at(hit.start)
        return f"body ¶{line.number}{' (aside)' if line.aside else ''}"
