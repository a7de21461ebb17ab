"""AND and NOT: all of several, anywhere in the item, and none of others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from bot.watches.explain import Evidence, Reason
from bot.watches.match.narrowing import Every, Narrowing
from bot.watches.match.tokenized import FieldScope, TokenizedItem
from bot.watches.operators.any_of import any_of
from bot.watches.tree import AND, NEAR, UNIT, Node, Span, Widening


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of `parts`, at least one, and none of `refused`."""

    parts: tuple[Node, ...]
    refused: tuple[Node, ...] = ()
    binding: ClassVar[int] = AND

    @property
    def children(self) -> tuple[Node, ...]:
        """What must be there."""
        return self.parts

    def find(self, item: TokenizedItem, scope: FieldScope, alias: str = "") -> Sequence[Span]:
        """Find every part. What is refused is looked for in the whole item, or in the field around."""
        found = self.parts[0].find(item, scope, alias)
        for part in self.parts[1:]:
            more = part.find(item, scope, alias) if found else ()
            found = [*found, *more] if more else ()
        return () if found and self._is_refused(item, scope) else found

    def could(self, item: TokenizedItem, scope: FieldScope) -> bool:
        """Return whether every part could; what is refused must not be there as yet."""
        return all(part.could(item, scope) for part in self.parts) and not self._is_refused(item, scope)

    def _is_refused(self, item: TokenizedItem, scope: FieldScope) -> bool:
        if not self.refused:
            return False
        everywhere = item.anywhere
        whole = everywhere if scope.refused == everywhere.wanted else scope.of_refused()
        return any(part.find(item, whole) for part in self.refused)

    def swapped(self, old: Node, new: Node) -> Node:
        """Swap in each part."""
        return new if self == old else And(tuple(part.swapped(old, new) for part in self.parts), self.refused)

    def narrowing(self, prefix: str = "") -> Narrowing:
        """Ask for what all parts ask for, and leave out what certainly has something refused."""
        wanted = tuple(part.narrowing(prefix) for part in self.parts)
        return Every(wanted, tuple(part.narrowing(prefix) for part in self.refused))

    @property
    def has_place(self) -> bool:
        """It has none: the parts may be in different fields."""
        return False

    def render(self) -> str:
        """Return the parts with AND, and each refusal with a dash before it."""
        wanted = " AND ".join(part.bracketed(NEAR) for part in self.parts)
        return wanted + "".join(f" -{part.bracketed(UNIT)}" for part in self.refused)

    def explain(self, evidence: Evidence) -> Reason:
        """Explain each part, and of each refusal where it stands."""
        parts = [part.explain(evidence) for part in self.parts]
        whole = evidence.within(evidence.scope.of_refused())
        for part in self.refused:
            stands = whole.places(part)
            note = f"stands in the {stands}" if stands else ""
            parts.append(Reason(part=f"NOT {part.render()}", met=not stands, note=note))
        return evidence.reason(self, *parts)

    def describe(self) -> str:
        """Name the parts and what is refused."""
        refused = "".join(f", but nowhere {part.describe()}" for part in self.refused)
        return " together with ".join(part.describe() for part in self.parts) + refused

    def widened(self, step: Widening) -> Node:
        """Widen each part; leave out what is refused; ask for any part in place of all."""
        parts = tuple(part.widened(step) for part in self.parts)
        if step == "part":
            return any_of(parts)
        if step == "not":
            return And(parts) if len(parts) > 1 else parts[0]
        return And(parts, self.refused)
