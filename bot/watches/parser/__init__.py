"""The watch language: from what a person types to a tree, or to a QueryError that shows the place and a correction.

    watch  = alt   { ("OR" | "," | ";" | newline) alt }
    alt    = near  { "AND" near | ("AND NOT" | "NOT" | "-") near }
    near   = unit  { "NEAR/" n unit }                 n = 1..20, either order, in one sentence
    unit   = field ":" unit | "(" watch ")" | "@" NAME | kin | phrase | bare
    field  = title | summary | body | source | lang | url | author
    phrase = ["="] '"' words '"' [ "~" n ]            ~n: in order, up to n words in between
    bare   = ["="] word { word } [ "*" ]              words side by side are one phrase
    kin    = "~" ( '"' words '"' | word { word } )    that, or any of its relatives

`grammar` reads it by recursive descent. Each error carries edits; a suggestion is the query mended by them until it
parses. Nothing is guessed in silence.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from bot.errors import QueryError
from bot.watches.parser.aliases import AliasMeaning, AliasTable
from bot.watches.parser.grammar import QueryParser
from bot.watches.parser.lexer import WatchSyntaxError
from bot.watches.tree import Query

MAX_MENDS = 60  # queries tried for one suggestion
SHARED_ALIASES = 64  # twice the built-in ones
_NAME = re.compile(r"[\w-]+")
_WIDTH = 72  # columns of a line that points at a mistake


def parse(query: str, aliases: Mapping[str, str] | None = None) -> Query:
    """Read a watch. `aliases` are what @NAME may stand for: names without the @, each with a query of its own.

    Raises QueryError, and nothing else, in bounded time for any text.
    """
    table = AliasTable(aliases or {}, _read_alias)
    try:
        return Query(text=query, node=QueryParser(query, table).watch())
    except WatchSyntaxError as error:
        raise _query_error(query, error, table) from None


def check_aliases(
    aliases: Mapping[str, str], *, among: Mapping[str, str] | None = None
) -> tuple[tuple[str, QueryError], ...]:
    """Return each alias that cannot be used and why not. The errors point into the alias's own query.

    `among` are all aliases that there are, which these may name; without it, they are all.
    """
    table = AliasTable(aliases if among is None else among, _read_alias)
    found: list[tuple[str, QueryError]] = []
    for name, query in aliases.items():
        if not _NAME.fullmatch(name):
            message = f"An alias's name has letters, digits, - and _ only: {name!r}."
            found.append((name, QueryError(message, query=query, start=0, end=len(query))))
            continue
        try:
            table.meaning(name)
        except WatchSyntaxError as error:
            found.append((name, _query_error(query, error, table)))
    return tuple(found)


def pointed(error: QueryError) -> str:
    """Show an error for a fixed-width font, as `pointer` does, and its suggestion."""
    return f"{pointer(error)}\nPerhaps: {error.suggestion}" if error.suggestion else pointer(error)


def pointer(error: QueryError) -> str:
    """Show an error for a fixed-width font: what is wrong, and the line with a caret under the place."""
    start = min(max(error.start, 0), len(error.query))
    line_start = error.query.rfind("\n", 0, start) + 1
    line_end = error.query.find("\n", start)
    line = error.query[line_start : line_end if line_end >= 0 else len(error.query)]
    left = max(0, start - line_start - _WIDTH // 2)
    shown = "".join(letter if letter.isprintable() else "?" for letter in line[left : left + _WIDTH])
    column = start - line_start - left
    carets = "^" * max(1, min(error.end - start, len(shown) - column))
    return "\n".join([error.message, f"  {shown}", f"  {' ' * column}{carets}"])


def _read_alias(query: str, aliases: AliasTable) -> AliasMeaning:
    """Read the query of an alias. Raises WatchSyntaxError."""
    return _read(query, aliases) if "@" in query else _read_alone(query)


@lru_cache(maxsize=SHARED_ALIASES)
def _read_alone(query: str) -> AliasMeaning:
    """Read an alias that names no other: it means the same in every table, and all watches share its tree."""
    return _read(query, AliasTable({}, _read))


def _read(query: str, aliases: AliasTable) -> AliasMeaning:
    reader = QueryParser(query, aliases)
    return AliasMeaning(node=reader.watch(), terms=reader.expanded, height=reader.height + 1)


def _query_error(query: str, error: WatchSyntaxError, aliases: AliasTable) -> QueryError:
    return QueryError(
        error.message,
        query=query,
        start=error.start,
        end=error.end,
        suggestion=_mended(query, error, aliases),
    )


def _mended(query: str, error: WatchSyntaxError, aliases: AliasTable) -> str:
    """Apply edits until the query parses, the likeliest first; empty if that leads nowhere."""
    waiting = [(query, edit) for edit in reversed(error.edits)]
    seen = {query}
    for _ in range(MAX_MENDS):
        if not waiting:
            break
        text, edit = waiting.pop()
        mended = edit.applied(text).strip(" ,;\n\t\r")
        if mended in seen:
            continue
        seen.add(mended)
        try:
            QueryParser(mended, aliases).watch()
        except WatchSyntaxError as further:
            waiting += [(mended, next_edit) for next_edit in reversed(further.edits)]
        else:
            return mended
    return ""
