"""The mistakes in the config as values, and what the checks of all three files share."""

from dataclasses import dataclass
from typing import Any, Literal

Path = tuple[str | int, ...]
Table = dict[str, Any]
"""A TOML file as `tomllib` reads it, or a table in it."""

MAIN = "newsvane.toml"
FEEDS = "feeds.toml"
WATCHLISTS = "watchlists.toml"

SMALLEST_FEEDS = """\
[[feed]]
name = "moscow-times"
url = "https://www.themoscowtimes.com/rss/news"
"""
SMALLEST_WATCHLISTS = """\
[[watch]]
name = "idlib"
query = 'Idlib'
"""

NOT_IN_THE_CONFIG = (
    "a token does not stand in the config, where others may read it; save it in a file of its own (chmod 600), "
    'and write that file\'s name here: token_file = "telegram-token"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a file, as editors count: lines and characters from 1. `length` is in characters."""

    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A mistake in a file. Its place is a path of keys, as `("feed", 2, "url")`, until it is located.

    `at` says whether the key or its value is wrong; `span` are offsets into the value, if it is a text.
    `suggestion` is what to write instead; `example` are whole lines to put into the file.
    `also` is a second place of the same file, with what stands there.
    """

    file: str
    message: str
    place: Path | Location | None = None
    at: Literal["key", "value"] = "value"
    span: tuple[int, int] | None = None
    suggestion: str = ""
    example: str = ""
    also: tuple[str, Path | Location] | None = None


class InvalidValue(ValueError):
    """A value that cannot be used.

    `span` are offsets into the value, None for all of it; `suggestion` is what to write instead, as TOML.
    """

    def __init__(self, message: str, *, suggestion: str = "", span: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion
        self.span = span


def quoted(text: str) -> str:
    """Write a text as TOML, in whichever quotes need no escapes."""
    if "\\" not in text and '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
