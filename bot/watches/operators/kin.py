"""~word: a word, or any other of its family."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.watches.explain import Evidence, Reason
from bot.watches.match.tokenized import FieldScope, TokenizedItem
from bot.watches.operators.any_of import Or
from bot.watches.operators.phrase import Phrase
from bot.watches.tree import Node, Span, Widening

_DESCRIBED = 4  # relatives named in a description


@dataclass(frozen=True, slots=True)
class Kin(Node):
    """A word as typed, and its relatives, at least one."""

    word: Phrase
    relatives: tuple[Phrase, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """Any of them, as one list of alternatives."""
        return (Or((self.word, *self.relatives)),)

    def find(self, item: TokenizedItem, scope: FieldScope, alias: str = "") -> Sequence[Span]:
        """Find any of them. Hits carry the term as the watch has it, and say which was found."""
        found = [span for word in (self.word, *self.relatives) for span in word.find(item, scope, alias)]
        if alias:
            return found
        term = self.render()
        return [span._replace(hits=tuple([hit._replace(term=term) for hit in span.hits])) for span in found]

    def render(self) -> str:
        """Return ~word."""
        return f"~{self.word.render()}"

    def explain(self, evidence: Evidence) -> Reason:
        """Name the places of any of them; each by itself would be too many."""
        places = evidence.places(self)
        return Reason(part=self.render(), met=bool(places), note=places or "neither it nor a relative stands there")

    def describe(self) -> str:
        """Name the word and the first of its relatives."""
        named = [relative.text for relative in self.relatives[:_DESCRIBED]]
        more = len(self.relatives) - len(named)
        return f"“{self.word.text}” and its relatives ({', '.join(named)}{f' and {more} more' if more > 0 else ''})"

    def widened(self, step: Widening) -> Node:  # noqa: ARG002
        """Return itself: it is as wide as the word's family."""
        return self
