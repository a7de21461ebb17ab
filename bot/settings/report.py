"""Turns mistakes in the config into text for a terminal: place, source line, caret, suggestion.

Nothing that stands in a file reaches the terminal as a control character, and no token reaches it at all.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import ConfigError
from bot.text.counted import counted
from bot.text.secrets import masked

WIDEST = 110
"""Columns of a source line that are shown at most."""

TAB = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in a file, as editors count: lines and characters from 1. `length` is in characters."""

    line: int
    column: int
    length: int = 1


def spot_of(source: bytes, start: int, end: int) -> Spot:
    """Turn byte offsets into what editors count. A place ends with its line."""
    begin = source.rfind(b"\n", 0, start) + 1
    stop = source.find(b"\n", start)
    stop = len(source) if stop < 0 else stop
    stop = max(start, min(end, stop - source[begin:stop].endswith(b"\r")))
    return Spot(
        line=source.count(b"\n", 0, start) + 1,
        column=len(source[begin:start].decode("utf-8", "replace")) + 1,
        length=len(source[start:stop].decode("utf-8", "replace")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A mistake that has been located. `also` is a second place to look at, with what stands there."""

    file: str
    message: str
    spot: Spot | None = None
    suggestion: str = ""
    example: str = ""
    also: tuple[str, Spot] | None = None


def printable(text: str) -> str:
    """Replace what could move the cursor, hide or reorder text in a terminal, and odd blanks that look like spaces."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def columns(text: str) -> int:
    """Count the terminal columns of printable text: wide characters take two, combining ones none."""
    return sum(map(_width, text))


def _width(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1


def block(mistake: Mistake, source: bytes) -> str:
    """Write one mistake of the file with this content."""
    spot = mistake.spot
    head = f"{printable(mistake.file)}:"
    if spot:
        head += f"{spot.line}:{spot.column}:"
    lines = [f"{head} {printable(mistake.message)}"]
    if spot and source:
        lines += _excerpt(source, spot)
    if mistake.also:
        note, place = mistake.also
        lines += [f"    {printable(note)} in line {place.line}, column {place.column}:", *_excerpt(source, place)]
    if mistake.suggestion:
        lines.append(f"    did you mean {printable(mistake.suggestion)}?")
    if mistake.example:
        lines += [f"        {line}" for line in mistake.example.splitlines()]
    return "\n".join(lines)


def _excerpt(source: bytes, spot: Spot) -> list[str]:
    """Show the line with a caret under each column of the place, cut so that the place is in view."""
    line = source.split(b"\n", spot.line)[spot.line - 1].removesuffix(b"\r").decode("utf-8", "replace")
    line = masked(line)
    before, place, after = (
        printable(part.replace("\t", TAB))
        for part in (
            line[: spot.column - 1],
            line[spot.column - 1 : spot.column - 1 + spot.length],
            line[spot.column - 1 + spot.length :],
        )
    )
    if columns(before) > WIDEST // 2:
        before = "…" + _last(before, WIDEST // 2 - 1)
    place = _first(place, WIDEST // 2)
    after = _first(after, max(10, WIDEST - columns(before) - columns(place)))
    gutter = f"{spot.line:>5} | "
    carets = "^" * max(1, columns(place))
    return [f"{gutter}{before}{place}{after}".rstrip(), f"{'|':>7} {' ' * columns(before)}{carets}"]


def _first(text: str, width: int) -> str:
    """Cut text to this many columns, with a sign that it goes on."""
    if columns(text) <= width:
        return text
    kept = text[: width - 1]
    while columns(kept) > width - 1:
        kept = kept[:-1]
    return kept + "…"


def _last(text: str, width: int) -> str:
    kept = text[-width:]
    while columns(kept) > width:
        kept = kept[1:]
    return kept


def summary(mistakes: Iterable[Mistake]) -> str:
    """Count: `3 mistakes in 2 files`."""
    files = [mistake.file for mistake in mistakes]
    return f"{counted(len(files), 'mistake')} in {counted(len(set(files)), 'file')}"


def render(error: ConfigError) -> str:
    """Write all that a ConfigError has to say, as plain text for a terminal."""
    return "\n\n".join((*error.problems, str(error)))
