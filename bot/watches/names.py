"""The names that a watch may use with @, and what each stands for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.watches.lexer import Edit, Mistake
from bot.watches.tree import Node

MAX_DEPTH = 10  # aliases within aliases; brackets and fields within one another


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What an alias stands for: its tree, its terms with those of aliases below, and how deep these go."""

    node: Node
    terms: int
    height: int


Read = Callable[[str, "Aliases"], Meaning]
"""Reads an alias's query. Raises Mistake."""


class Aliases:
    """The names that a watch may use, each read when it is first met."""

    def __init__(self, queries: Mapping[str, str], read: Read) -> None:
        self._read_query = read
        self._queries = {name.casefold(): query for name, query in queries.items()}
        self._known: dict[str, Meaning] = {}
        self._open: list[str] = []

    def names(self) -> tuple[str, ...]:
        """Give all names, case folded."""
        return tuple(self._queries)

    def meaning(self, name: str) -> Meaning:
        """Give what a name stands for. Raises Mistake, whose place is in the name's own query."""
        name = name.casefold()
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._read(name)
        return known

    def _read(self, name: str) -> Meaning:
        query = self._queries[name]
        if name in self._open:
            raise Mistake(f"@{name} stands for itself.", 0, len(query))
        if not query.strip():
            raise Mistake(f"@{name} stands for nothing.", 0, len(query), Edit(0, len(query), spoken(name)))
        self._open.append(name)
        try:
            meaning = self._read_query(query, self)
        finally:
            self._open.pop()
        if meaning.height > MAX_DEPTH or len(self._open) >= MAX_DEPTH:
            raise Mistake(f"Below @{name}, aliases stand for one another more than {MAX_DEPTH} deep.", 0, len(query))
        return meaning


def spoken(name: str) -> str:
    """Write an alias's name as a term: fighter_jet as "fighter jet"."""
    plain = " ".join(name.replace("-", " ").replace("_", " ").split())
    return f'"{plain}"' if " " in plain else plain
