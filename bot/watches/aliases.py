"""The aliases that every watch may use, read from aliases.toml beside this file."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def builtin_aliases() -> Mapping[str, str]:
    """Give the built-in aliases: name without the @, query."""
    text = (files("bot.watches") / "aliases.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)["alias"]
    return MappingProxyType({name: " ".join(query.split()) for name, query in table.items()})


def with_builtin(aliases: Mapping[str, str]) -> dict[str, str]:
    """Add the built-in aliases to a config's own, which take the place of those of the same name."""
    own = {name.casefold() for name in aliases}
    return {name: query for name, query in builtin_aliases().items() if name not in own} | dict(aliases)
