"""Puts what `tomllib` says of a broken file into plain words, and its finger where the mistake begins."""

import re
from dataclasses import dataclass
from typing import Literal

from bot.settings.report import Mistake, Spot

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wording:
    """What `tomllib` says begins so, is said so, and stands there, at the line's first key, or at the last quotes.

    `back` is how many characters `tomllib` has read on.
    """

    begins: str
    message: str
    at: Literal["there", "key", "quotes"] = "there"
    back: int = 0


_WORDINGS = (
    _Wording(begins="Cannot overwrite a value", message="this name stands twice", at="key"),
    _Wording(begins="Cannot declare", message="this table stands twice", at="key"),
    _Wording(begins="Cannot mutate immutable", message="this table was closed where it first stands", at="key"),
    _Wording(begins="Invalid value", message="here a value is missing, or a text without quotes"),
    _Wording(begins="Expected '=' after a key", message="a key is followed by = and a value"),
    _Wording(begins="Expected newline or end", message="what stands here belongs to nothing; texts stand in quotes"),
    _Wording(begins="Invalid statement", message="a line is key = value, [table] or # comment, and this is neither"),
    _Wording(
        begins="Unescaped '\\'", message="a \\ in double quotes is an escape; in single quotes it is itself", back=2
    ),
    _Wording(begins="Invalid initial character", message="here the name of a key or a table is missing, on this line"),
    _Wording(begins="Illegal character '\\n'", message="the quotes of this text are not closed on its line"),
    _Wording(begins='Expected "\'"', message="these quotes are not closed", at="quotes"),
    _Wording(begins="Expected \"'''\"", message="these quotes are not closed", at="quotes"),
    _Wording(begins="Unterminated string", message="these quotes are not closed", at="quotes"),
    _Wording(begins="Unclosed array", message="a list goes on with a comma or ends with ]"),
    _Wording(
        begins="Unclosed inline table", message="a table in braces goes on with a comma or ends with }, all on one line"
    ),
    _Wording(begins="Expected ']' at", message="the name of a table ends with ]"),
    _Wording(begins="Expected ']]' at", message="the name of one of several tables ends with ]]"),
)


def no_toml(shown: str, text: str, said: str) -> Mistake:
    """Give the mistake that `tomllib` found in this text. It counts lines and characters from 1."""
    place = _PLACE.search(said)
    reason = said[: place.start()] if place else "a number here is too long"
    fallback = _Wording(begins="", message=f"this is no TOML: {reason}")
    wording = next((each for each in _WORDINGS if reason.startswith(each.begins)), fallback)
    if place and place[1]:
        line, column = int(place[1]), int(place[2]) - wording.back
    else:
        line, column = _end(text)
    if wording.at == "key":
        row = text.split("\n")[line - 1]
        column = len(row) - len(row.lstrip()) + 1
    elif wording.at == "quotes":
        line, column = _last_quotes(text) or (line, column)
    return Mistake(file=shown, message=wording.message, spot=Spot(line=line, column=column))


def _end(text: str) -> tuple[int, int]:
    """Tell where the last line that holds anything ends."""
    rows = text.rstrip().split("\n")
    return len(rows), len(rows[-1]) + 1


def _last_quotes(text: str) -> tuple[int, int] | None:
    """Tell where the last quotes are: if none closed them up to the end, they are the ones left open."""
    for quotes in ("'''", '"""', "'", '"'):
        if (at := text.rfind(quotes)) >= 0:
            return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return None
