"""title: and the other fields: what follows is looked for in one field only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.model import FieldName
from bot.watches.explain import Evidence, Reason
from bot.watches.match.keys import IndexKeys, Spellings
from bot.watches.match.narrowing import Every, Maybe, Narrowing
from bot.watches.match.tokenized import TEXT_FIELDS, FieldScope, TokenizedItem
from bot.watches.tree import UNIT, Anchors, Node, Span, Widening

_OF_ARTICLES = frozenset[FieldName]({"author", "lang"})
"""Fields that an article gives where the feed does not."""


@dataclass(frozen=True, slots=True)
class Within(Node):
    """A node that looks at one field only."""

    field: FieldName
    node: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """What is looked for in the field."""
        return (self.node,)

    def find(self, item: TokenizedItem, scope: FieldScope, alias: str = "") -> Sequence[Span]:
        """Find the node in the field."""
        return self.node.find(item, scope.within(self.field), alias)

    def could(self, item: TokenizedItem, scope: FieldScope) -> bool:
        """Return whether the node could in the field, or the article may fill the field, which is empty as yet."""
        if self.field in _OF_ARTICLES and not item.words(self.field).text:
            return True
        return self.node.could(item, scope.within(self.field))

    def swapped(self, old: Node, new: Node) -> Node:
        """Swap in the field."""
        return new if self == old else Within(self.field, self.node.swapped(old, new))

    def index_keys(self, prefix: str = "") -> IndexKeys:  # noqa: ARG002  # the field inside is the one that counts
        """Return the keys of the node in the field."""
        return self.node.index_keys(self._prefix)

    def narrowing(self, prefix: str = "") -> Narrowing:  # noqa: ARG002  # the field inside is the one that counts
        """Ask for what the node asks for; in a field of the text it may stand in another as well."""
        if self.field == "url":
            return Maybe(Every(()))
        return Maybe(self.node.narrowing(self._prefix))

    def anchors(self, prefix: str = "") -> Anchors:  # noqa: ARG002
        """Return those of the node, in the field."""
        return self.node.anchors(self._prefix)

    @property
    def _prefix(self) -> str:
        return "" if self.field in TEXT_FIELDS else f"{self.field}:"

    def required_words(self) -> Iterator[Spellings]:
        """Yield the lemmas of the node if the field is one of the text."""
        return self.node.required_words() if self.field in TEXT_FIELDS else iter(())

    def fields(self, allowed: frozenset[FieldName]) -> frozenset[FieldName]:
        """Return the field if the node can match in it."""
        return self.node.fields(allowed & {self.field}) if self.field in allowed else frozenset()

    def render(self) -> str:
        """Return field:node."""
        return f"{self.field}:{self.node.bracketed(UNIT)}"

    def explain(self, evidence: Evidence) -> Reason:
        """Explain the node in the field."""
        inner = self.node.explain(evidence.within(evidence.scope.within(self.field)))
        return evidence.reason(self, inner)

    def describe(self) -> str:
        """Name the field before the node."""
        return f"in the {self.field} {self.node.describe()}"

    def widened(self, step: Widening) -> Node:
        """Look at the whole text in place of one of its fields."""
        node = self.node.widened(step)
        return node if step == "field" and self.field in TEXT_FIELDS else Within(self.field, node)
