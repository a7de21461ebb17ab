"""@name: a query with a name, in place of a term."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.watches.explain import Evidence, Reason
from bot.watches.match.tokenized import FieldScope, TokenizedItem
from bot.watches.operators.any_of import Or
from bot.watches.tree import Node, Span, Widening

_DESCRIBED = 4  # alternatives named in a description


@dataclass(frozen=True, slots=True)
class Alias(Node):
    """An alias and what it stands for. Hits carry its name."""

    name: str
    node: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """What it stands for."""
        return (self.node,)

    def find(self, item: TokenizedItem, scope: FieldScope, alias: str = "") -> Sequence[Span]:
        """Find what it stands for."""
        return self.node.find(item, scope, alias or self.name)

    def render(self) -> str:
        """Return @name."""
        return f"@{self.name}"

    def explain(self, evidence: Evidence) -> Reason:
        """Name the places of any of its words; each by itself would be too many."""
        places = evidence.places(self)
        return Reason(part=self.render(), met=bool(places), note=places or "none of its words stands there")

    def describe(self) -> str:
        """Name the alias and the first of its alternatives."""
        alternatives = self.node.alternatives if isinstance(self.node, Or) else (self.node,)
        more = len(alternatives) - _DESCRIBED
        named = ", ".join(part.render() for part in alternatives[:_DESCRIBED])
        return f"any of @{self.name} ({named}{f' and {more} more' if more > 0 else ''})"

    def widened(self, step: Widening) -> Node:  # noqa: ARG002
        """Return itself: what an alias means is not changed."""
        return self
