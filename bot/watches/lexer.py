"""The pieces of a watch query: words, quoted phrases, operators, brackets, names; each with its place.

What cannot be a piece is a `Mistake`, with edits that may mend it. Nothing here knows the grammar.
"""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

PieceKind = Literal[
    "word", "quoted", "field", "alias", "equals", "gap", "near", "and", "or", "not", "separator", "open", "close", "end"
]

_QUOTES = '"“”„‟«»＂〝〞'
_SEPARATORS = ",;\n،؛，；、"

_PIECE = re.compile(
    rf"""(?P<space>[^\S\n]+)
    |(?P<separator>[{_SEPARATORS}][{_SEPARATORS}\s]*)
    |(?P<quoted>[{_QUOTES}](?P<inside>[^{_QUOTES}]*)[{_QUOTES}])
    |(?P<unclosed>[{_QUOTES}])
    |(?P<open>\() |(?P<close>\))
    |(?P<operator>(?:AND|OR|NOT)(?![^\s(){_QUOTES}{_SEPARATORS}]))
    |NEAR/(?P<near>[0-9]{{1,9}})(?![^\s(){_QUOTES}{_SEPARATORS}])
    |(?P<field>[^\W\d][\w-]*):
    |@(?P<alias>[\w-]*)
    |(?P<minus>-)(?=[^\s-])
    |(?P<equals>=)
    |~(?P<gap>[0-9]{{0,9}})
    |(?P<word>[^\s(){_QUOTES}{_SEPARATORS}]+)""",
    re.VERBOSE,
)
_OPERATORS: dict[str, PieceKind] = {"AND": "and", "OR": "or", "NOT": "not"}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to a query: `text` in place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str = ""

    def applied(self, query: str) -> str:
        """Give the query as changed."""
        return query[: self.start] + self.text + query[self.end :]


class Mistake(Exception):
    """What is wrong with a query, where, and the edits that may mend it, the likeliest first.

    It never leaves the package: `language` makes a QueryError of it.
    """

    def __init__(self, message: str, start: int, end: int, *edits: Edit) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.edits = edits


class Piece(NamedTuple):
    """One piece. `text` is what it says: a word, the inside of quotes, a name, a number; empty for signs."""

    kind: PieceKind
    start: int
    end: int
    text: str = ""


def pieces(query: str) -> list[Piece]:
    """Cut a query into pieces, the last of kind "end". Raises Mistake."""
    if found := _FORBIDDEN.search(query):
        mended = Edit(0, len(query), _FORBIDDEN.sub("", query))
        message = f"An invisible control character stands here (U+{ord(found[0]):04X}); take it out."
        raise Mistake(message, found.start(), found.end(), mended)
    cut = [_piece(query, found) for found in _PIECE.finditer(query) if found.lastgroup != "space"]
    return [*cut, Piece("end", len(query), len(query))]


def _piece(query: str, found: re.Match[str]) -> Piece:
    """Name one piece."""
    start, end = found.span()
    kind = found.lastgroup
    match kind:
        case "word":
            return Piece("word", start, end, found[0])
        case "quoted":
            return Piece("quoted", start, end, found["inside"])
        case "operator":
            return Piece(_OPERATORS[found[0]], start, end)
        case "minus":
            return Piece("not", start, end, "-")
        case "field" | "alias" | "near" | "gap":
            return Piece(kind, start, end, found[kind])
        case "separator" | "open" | "close" | "equals":
            return Piece(kind, start, end)
        case _:
            raise _unclosed(query, start)


def _unclosed(query: str, start: int) -> Mistake:
    """Say that a quote is not closed. It is likeliest to end where the next term begins, else at the very end."""
    rest = re.search(rf"\s*(?:[{_SEPARATORS})]|\s(?:AND|OR|NOT|NEAR/)|\Z)", query[start + 1 :])
    end = start + 1 + (rest.start() if rest else 0)
    return Mistake(
        "This quote is not closed.",
        start,
        start + 1,
        Edit(end, end, '"'),
        Edit(len(query), len(query), '"'),
        Edit(start, start + 1),
    )
