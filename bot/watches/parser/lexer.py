"""The tokens of a watch query: words, quoted phrases, operators, brackets, names; each with its place.

What cannot be a token is a `WatchSyntaxError`, with edits that may mend it. Nothing here knows the grammar.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from bot.watches.operators import SIGNS
from bot.watches.parser.expressions import sign_of_expression, without_expression

_QUOTES = '"“”„‟«»＂〝〞'
_SEPARATORS = ",;\n،؛，；、"
_BEHIND_OPERATOR = rf"(?![^\s(){_QUOTES}{_SEPARATORS}])"


def _pattern(kind: str, sign: str) -> str:
    """Return the pattern of an operator: its word, or its word and a number, which is the text of the token."""
    word, slash, _ = sign.partition("/")
    named = rf"{word}/(?P<{kind}>[0-9]{{1,9}})" if slash else rf"(?P<{kind}>{word})"
    return named + _BEHIND_OPERATOR


_TOKEN = re.compile(
    rf"""(?P<space>[^\S\n]+)
    |(?P<separator>[{_SEPARATORS}][{_SEPARATORS}\s]*)
    |(?P<quoted>[{_QUOTES}](?P<inside>[^{_QUOTES}]*)[{_QUOTES}])
    |(?P<unclosed>[{_QUOTES}])
    |(?P<open>\() |(?P<close>\))
    |{"|".join(_pattern(kind, sign) for kind, sign in SIGNS.items())}
    |(?P<field>[^\W\d][\w-]*):
    |@(?P<alias>[\w-]*)
    |(?P<minus>-)(?=[^\s-])
    |(?P<equals>=)
    |(?P<kin>~)(?=[{_QUOTES}]|[^\W\d_])
    |~(?P<gap>[0-9]{{0,9}})
    |(?P<word>[^\s(){_QUOTES}{_SEPARATORS}]+)""",
    re.VERBOSE,
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class QueryEdit:
    """A change to a query: `text` in place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str = ""

    def applied(self, query: str) -> str:
        """Return the query as changed."""
        return query[: self.start] + self.text + query[self.end :]


class WatchSyntaxError(Exception):
    """What is wrong with a query, where, and the edits that may mend it, the likeliest first.

    It never leaves the package: `parse` makes a QueryError of it.
    """

    def __init__(self, message: str, start: int, end: int, *edits: QueryEdit) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.edits = edits


class QueryToken(NamedTuple):
    """One token. `kind` is its name in the pattern above, or "end"; a minus is a "not".

    `text` is what it says: a word, the inside of quotes, a name, a number.
    """

    kind: str
    start: int
    end: int
    text: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Where it begins and ends in the query."""
        return self.start, self.end


def tokens(query: str) -> list[QueryToken]:
    """Cut a query into tokens, the last of kind "end". Raises WatchSyntaxError."""
    if found := _FORBIDDEN.search(query):
        mended = QueryEdit(0, len(query), _FORBIDDEN.sub("", query))
        message = f"An invisible control character stands here (U+{ord(found[0]):04X}); take it out."
        raise WatchSyntaxError(message, found.start(), found.end(), mended)
    if place := sign_of_expression(query):
        plain = QueryEdit(0, len(query), without_expression(query))
        message = "There are no regular expressions here; a word is found in all its forms."
        raise WatchSyntaxError(message, *place, plain, QueryEdit(*place, " "))
    cut = [_token(query, found) for found in _TOKEN.finditer(query) if found.lastgroup != "space"]
    return [*cut, QueryToken("end", len(query), len(query))]


def _token(query: str, found: re.Match[str]) -> QueryToken:
    """Make a token of what was found."""
    start, end = found.span()
    kind = found.lastgroup or ""
    if kind == "unclosed":
        raise _unclosed(query, start)
    if kind == "minus":
        return QueryToken("not", start, end)
    return QueryToken(kind, start, end, found["inside" if kind == "quoted" else kind])


def _unclosed(query: str, start: int) -> WatchSyntaxError:
    """Say that a quote is not closed. It is likeliest to end where the next term begins, else at the very end."""
    operators = "|".join(sign.removesuffix("n") for sign in SIGNS.values())
    rest = re.search(rf"\s*(?:[{_SEPARATORS})]|\s(?:{operators})|\Z)", query[start + 1 :])
    end = start + 1 + (rest.start() if rest else 0)
    return WatchSyntaxError(
        "This quote is not closed.",
        start,
        start + 1,
        QueryEdit(end, end, '"'),
        QueryEdit(len(query), len(query), '"'),
        QueryEdit(start, start + 1),
    )
