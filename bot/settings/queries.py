"""Checks what is written in the watch language: the aliases, and the queries that use them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.errors import QueryError
from bot.settings.diagnostic import WATCHLISTS, Diagnostic, Path, Table, quoted
from bot.settings.relations import rows, section
from bot.watches.parser import check_aliases, parse
from bot.watches.parser.aliases import with_builtin

_ALIAS = re.compile(r"[\w-]+")


def check_queries(watchlists: Table) -> Iterator[Diagnostic]:
    """Read every alias and every query, and say which cannot be read and where.

    A mistake in an alias is told at the alias, not again at each query that uses it.
    """
    own = {name: text for name, text in section(watchlists, "alias").items() if isinstance(text, str)}
    aliases = with_builtin(own)
    broken = check_aliases(own, among=aliases)
    for name, error in broken:
        found = _diagnostic(("alias", name), error)
        yield found if _ALIAS.fullmatch(name) else replace(found, at="key")
    names = frozenset(name for name, _ in broken)
    for index, watch in rows(watchlists, "watch"):
        query = watch.get("query")
        if isinstance(query, str):
            yield from _check_query(("watch", index, "query"), query, aliases, names)


def _check_query(path: Path, query: str, aliases: Mapping[str, str], broken: frozenset[str]) -> Iterator[Diagnostic]:
    try:
        parse(query, aliases)
    except QueryError as error:
        if query[error.start : error.end].strip().lstrip("@") not in broken:
            yield _diagnostic(path, error)


def _diagnostic(path: Path, error: QueryError) -> Diagnostic:
    suggestion = quoted(error.suggestion) if error.suggestion else ""
    span = (error.start, max(error.end, error.start + 1))
    return Diagnostic(file=WATCHLISTS, place=path, message=error.message, span=span, suggestion=suggestion)
