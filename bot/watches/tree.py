"""The nodes of a watch: a small tree of frozen values, and how they are printed.

`Phrase` is the only leaf. Printing a tree gives a text that parses to the same tree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.model import FieldName
from bot.text.stopwords import is_everywhere

_BARE = re.compile(r"\w[\w’'.-]*\*?")
_RESERVED = frozenset({"and", "or", "not", "near"})

TermKind = Literal["word", "prefix", "designation"]


@dataclass(frozen=True, slots=True)
class Term:
    """What a phrase asks for: a word by its lemma or its beginning, or a designation by its name ("s-400")."""

    kind: TermKind
    key: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in order, with up to `gap` other words between them in all. `text` is what was written, spaces folded.

    `exact` asks for that spelling and case. `shown` is the phrase as a person would type it: S-400, =NATO,
    "fighter jet"~1. No two phrases are shown alike. `word` is the lemma that is all it asks for; empty if it asks more.
    """

    text: str
    terms: tuple[Term, ...]
    exact: bool = False
    gap: int = 0
    shown: str = field(init=False, repr=False, compare=False)
    word: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out once what is asked of the phrase at every item."""
        first = self.terms[0]
        alone = len(self.terms) == 1 and first.kind == "word" and not self.exact
        object.__setattr__(self, "shown", self._as_typed())
        object.__setattr__(self, "word", first.key if alone else "")

    def _as_typed(self) -> str:
        text = self.text
        bare = (text.isalpha() or _BARE.fullmatch(text)) and not self.gap and text.casefold() not in _RESERVED
        if not bare or (not self.exact and is_everywhere(text)):
            text = f'"{text}"'
        return ("=" if self.exact else "") + text + (f"~{self.gap}" if self.gap else "")


@dataclass(frozen=True, slots=True)
class Alias:
    """A named watch in place of a term."""

    name: str
    node: "Node"


@dataclass(frozen=True, slots=True)
class Within:
    """A watch that looks at one field only."""

    field: FieldName
    node: "Node"


@dataclass(frozen=True, slots=True)
class Near:
    """Two units in one field, either order, at most `distance` words apart (1 is side by side)."""

    left: "Node"
    right: "Node"
    distance: int


@dataclass(frozen=True, slots=True)
class And:
    """All of `parts` somewhere in the item, and none of `refused`."""

    parts: tuple["Node", ...]
    refused: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the alternatives."""

    alternatives: tuple["Node", ...]


Node = Phrase | Alias | Within | Near | And | Or


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A watch that was read: its text as written, and its meaning."""

    text: str
    node: Node


def any_of(parts: Sequence[Node]) -> Node:
    """Make one list of alternatives; a list within a list adds its own."""
    flat = [each for part in parts for each in (part.alternatives if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def render(node: Node) -> str:
    """Print a tree in the watch language, with no more brackets than it needs."""
    if isinstance(node, Or):
        return ", ".join(_inside(part, Or) for part in node.alternatives)
    if isinstance(node, And):
        wanted = " AND ".join(_inside(part, And, Or) for part in node.parts)
        return wanted + "".join(f" -{_inside(part, And, Or, Near)}" for part in node.refused)
    if isinstance(node, Near):
        return f"{_inside(node.left, And, Or)} NEAR/{node.distance} {_inside(node.right, And, Or, Near)}"
    return _unit(node)


def _inside(node: Node, *bracketed: type) -> str:
    return f"({render(node)})" if isinstance(node, bracketed) else render(node)


def _unit(node: Node) -> str:
    if isinstance(node, Within):
        return f"{node.field}:{_inside(node.node, And, Or, Near)}"
    if isinstance(node, Alias):
        return f"@{node.name}"
    if isinstance(node, Phrase):
        return node.shown
    return render(node)
