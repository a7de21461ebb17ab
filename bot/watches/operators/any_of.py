"""OR, the comma and the new line: any of several."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from bot.watches.match.keys import IndexKeys, Spellings
from bot.watches.match.narrowing import Either, Narrowing
from bot.watches.match.tokenized import FieldScope, TokenizedItem
from bot.watches.tree import AND, OR, Node, Span, Widening


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of the alternatives, at least two."""

    alternatives: tuple[Node, ...]
    binding: ClassVar[int] = OR

    @property
    def children(self) -> tuple[Node, ...]:
        """The alternatives."""
        return self.alternatives

    def find(self, item: TokenizedItem, scope: FieldScope, alias: str = "") -> Sequence[Span]:
        """Find every alternative."""
        return [span for part in self.alternatives for span in part.find(item, scope, alias)]

    def could(self, item: TokenizedItem, scope: FieldScope) -> bool:
        """Return whether any alternative could."""
        return any(part.could(item, scope) for part in self.alternatives)

    def swapped(self, old: Node, new: Node) -> Node:
        """Swap in each alternative; what becomes a list adds its own."""
        return new if self == old else any_of([part.swapped(old, new) for part in self.alternatives])

    def index_keys(self, prefix: str = "") -> IndexKeys:
        """Return the keys of all alternatives."""
        found = [part.index_keys(prefix) for part in self.alternatives]
        keys = dict.fromkeys(key for each in found for key in each.keys)
        return IndexKeys(sum(each.cost for each in found), tuple(keys))

    def required_words(self) -> Iterator[Spellings]:
        """Yield nothing: one alternative needs no words of another."""
        return iter(())

    def narrowing(self, prefix: str = "") -> Narrowing:
        """Ask for what any alternative asks for."""
        return Either(tuple(part.narrowing(prefix) for part in self.alternatives))

    def render(self) -> str:
        """Return the alternatives with commas."""
        return ", ".join(part.bracketed(AND) for part in self.alternatives)

    def describe(self) -> str:
        """Name the alternatives."""
        return "either " + " or ".join(part.describe() for part in self.alternatives)

    def widened(self, step: Widening) -> Node:
        """Widen each alternative."""
        return Or(tuple(part.widened(step) for part in self.alternatives))


def any_of(parts: Sequence[Node]) -> Node:
    """Return one list of alternatives; a list within it adds its own. One part alone is returned as it is."""
    flat = [each for part in parts for each in (part.alternatives if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
