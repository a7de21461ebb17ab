"""A watch as a small tree of frozen nodes: what every kind of node can do. `operators` has a file for each kind."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple, get_args

from bot.model import FieldName, Hit
from bot.watches.match.keys import IndexKeys, Spellings
from bot.watches.match.narrowing import Every, Narrowing
from bot.watches.match.tokenized import FieldScope, TokenizedItem

if TYPE_CHECKING:
    from bot.watches.explain import Evidence, Reason

Widening = Literal["spelling", "field", "distance", "not", "near", "part"]
WIDENINGS: tuple[Widening, ...] = get_args(Widening)
"""The ways to make a watch match more, the least wide first."""
WIDE_DISTANCE = 10
"""Words that may stand between two others in a widened watch."""

OR, AND, NEAR, UNIT = range(4)
"""How closely a node binds when it is printed; NEAR binds closer than AND."""


class Span(NamedTuple):
    """Words number `first` to `last` of a field, and the hits among them, in order."""

    field: FieldName
    first: int
    last: int
    hits: tuple[Hit, ...]


class Anchors(NamedTuple):
    """Keys of which each span that a node finds has one on a word of its own, and how many words a span has at most."""

    keys: tuple[str, ...]
    longest: int


class Node(ABC):
    """A part of a watch. Values are frozen; rendering one gives a text that parses to an equal node.

    What is not abstract suits a node that matches when all its children do; others say what they do instead.
    """

    __slots__ = ()
    binding: ClassVar[int] = UNIT

    @abstractmethod
    def find(self, item: TokenizedItem, scope: FieldScope, alias: str = "") -> Sequence[Span]:
        """Return the spans that make the node true, none if it is not. Time is linear in the words.

        `alias` is the outermost alias around the node; hits carry its name. A tuple is in order; a list may not be.
        """

    @property
    def children(self) -> tuple["Node", ...]:
        """The nodes below this one, except those that must not match. A leaf has none."""
        return ()

    def swapped(self, old: "Node", new: "Node") -> "Node":
        """Return the node with `new` in place of each part that equals `old`; aliases and refusals stay as they are."""
        return new if self == old else self

    def index_keys(self, prefix: str = "") -> IndexKeys:
        """Return the keys to file the node under. `prefix` is that of a field outside the text: "source:"."""
        return min([child.index_keys(prefix) for child in self.children])

    def required_words(self) -> Iterator[Spellings]:
        """Yield what the text of an item must have to match: of each, the lemmas of one spelling at least."""
        for child in self.children:
            yield from child.required_words()

    def narrowing(self, prefix: str = "") -> Narrowing:
        """Return what every item has that the node matches. `prefix` is that of a field outside the text."""
        return Every(tuple(child.narrowing(prefix) for child in self.children))

    def anchors(self, prefix: str = "") -> Anchors:
        """Return what each span has, and how long it is at most; as if all children's spans were its own."""
        found = [child.anchors(prefix) for child in self.children]
        keys = dict.fromkeys(key for each in found for key in each.keys)
        return Anchors(tuple(keys), max(each.longest for each in found))

    def fields(self, allowed: frozenset[FieldName]) -> frozenset[FieldName]:
        """Return in which of the `allowed` fields the node can match; empty if it never can."""
        found = [child.fields(allowed) for child in self.children]
        return frozenset().union(*found) if all(found) else frozenset()

    @property
    def has_place(self) -> bool:
        """Whether each match is one span, so that its distance to another can be counted."""
        return all(child.has_place for child in self.children)

    def could(self, item: TokenizedItem, scope: FieldScope) -> bool:
        """Return whether the node may be true of an item that has no body, once it has one.

        `scope` has the body among its fields, unless the node can only look at others: they are as they are.
        """
        if "body" not in scope.wanted:
            return bool(self.find(item, scope))
        return all(child.could(item, scope) for child in self.children)

    @abstractmethod
    def render(self) -> str:
        """Return the node in the watch language, with no more brackets than it needs."""

    def bracketed(self, binding: int) -> str:
        """Return the node as rendered, in brackets if it binds less closely than `binding`."""
        return self.render() if self.binding >= binding else f"({self.render()})"

    def explain(self, evidence: "Evidence") -> "Reason":
        """Explain why the node is true or false of an item."""
        return evidence.reason(self, *[child.explain(evidence) for child in self.children])

    @abstractmethod
    def describe(self) -> str:
        """Return in plain words what the node looks for."""

    @abstractmethod
    def widened(self, step: Widening) -> "Node":
        """Return a node that matches at least as much, its parts widened first; aliases and refusals stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A watch that was read: its text as written, and its meaning."""

    text: str
    node: Node
