"""The names that a watch may use with @, and what each stands for. Some come with the program, in aliases.toml."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from bot.watches.parser.lexer import QueryEdit, WatchSyntaxError, tokens
from bot.watches.tree import Node

MAX_DEPTH = 10  # aliases within aliases; brackets and fields within one another


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasMeaning:
    """What an alias stands for: its tree, its terms with those of aliases below, and how deep these go."""

    node: Node
    terms: int
    height: int


@cache
def builtin_aliases() -> Mapping[str, str]:
    """Return the built-in aliases: name without the @, query."""
    text = (files("bot.watches.parser") / "aliases.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)["alias"]
    return MappingProxyType({name: " ".join(query.split()) for name, query in table.items()})


def with_builtin(aliases: Mapping[str, str]) -> dict[str, str]:
    """Add the built-in aliases to a config's own, which take the place of those of the same name.

    One that names itself adds to the built-in one: aircraft = '@aircraft, dirigible'.
    """
    own = {name.casefold() for name in aliases}
    return {name: query for name, query in builtin_aliases().items() if name not in own} | dict(aliases)


AliasStanding = Literal["built-in", "own", "extends", "replaces"]
"""What an alias is beside the built-in ones."""


def alias_standing(name: str, query: str) -> AliasStanding:
    """Tell what an alias is beside the built-in ones: one of them, another name, more than one, or in place of one."""
    builtin = builtin_aliases().get(name.casefold())
    if builtin is None:
        return "own"
    if " ".join(query.split()) == builtin:
        return "built-in"
    try:
        named = any(token.kind == "alias" and token.text.casefold() == name.casefold() for token in tokens(query))
    except WatchSyntaxError:
        named = False
    return "extends" if named else "replaces"


Read = Callable[[str, "AliasTable"], AliasMeaning]
"""Reads an alias's query. Raises WatchSyntaxError."""


class AliasTable:
    """The names that a watch may use, each read when it is first met."""

    def __init__(self, queries: Mapping[str, str], read: Read) -> None:
        self._read_query = read
        self._queries = {name.casefold(): query for name, query in queries.items()}
        self._known: dict[str, AliasMeaning] = {}
        self._open: list[str] = []

    def names(self) -> tuple[str, ...]:
        """Return all names, case folded."""
        return tuple(self._queries)

    def meaning(self, name: str) -> AliasMeaning:
        """Return what a name stands for. Raises WatchSyntaxError, whose place is in the name's own query."""
        name = name.casefold()
        known = self._known.get(name)
        if known is not None:
            return known
        query = self._queries[name]
        if name not in self._open:
            self._known[name] = self._read(name, query)
            return self._known[name]
        if self._open[-1] == name and alias_standing(name, query) == "extends":
            return self._read(name, builtin_aliases()[name])
        raise WatchSyntaxError(f"@{name} stands for itself.", 0, len(query))

    def _read(self, name: str, query: str) -> AliasMeaning:
        whole = (0, len(query))
        if not query.strip():
            raise WatchSyntaxError(f"@{name} stands for nothing.", *whole, QueryEdit(*whole, spoken(name)))
        self._open.append(name)
        try:
            meaning = self._read_query(query, self)
        finally:
            self._open.pop()
        if meaning.height > MAX_DEPTH or len(self._open) >= MAX_DEPTH:
            message = f"Below @{name}, aliases stand for one another more than {MAX_DEPTH} deep."
            raise WatchSyntaxError(message, *whole)
        return meaning


def spoken(name: str) -> str:
    """Write an alias's name as a term: fighter_jet as "fighter jet"."""
    plain = " ".join(name.replace("-", " ").replace("_", " ").split())
    return f'"{plain}"' if " " in plain else plain
