"""Turns mistakes in the config into text for a terminal: place, source line, caret, suggestion.

Nothing that stands in a file reaches the terminal as a control character, and no token reaches it at all.
"""

import unicodedata
from collections.abc import Iterable

from bot.errors import ConfigError
from bot.settings.diagnostic import Diagnostic, Location
from bot.text.counted import counted
from bot.text.secrets import masked

WIDEST = 110
"""Columns of a source line that are shown at most."""

TAB = "    "


def location_of(source: bytes, start: int, end: int) -> Location:
    """Turn byte offsets into what editors count. A place ends with its line."""
    begin = source.rfind(b"\n", 0, start) + 1
    stop = source.find(b"\n", start)
    stop = len(source) if stop < 0 else stop
    stop = max(start, min(end, stop - source[begin:stop].endswith(b"\r")))
    return Location(
        line=source.count(b"\n", 0, start) + 1,
        column=len(source[begin:start].decode("utf-8", "replace")) + 1,
        length=len(source[start:stop].decode("utf-8", "replace")),
    )


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


def block(diagnostic: Diagnostic, source: bytes) -> str:
    """Write one located mistake of the file with this content."""
    head = f"{printable(diagnostic.file)}:"
    lines: list[str] = []
    if isinstance(place := diagnostic.place, Location):
        head += f"{place.line}:{place.column}:"
        lines += _excerpt(source, place) if source else []
    lines.insert(0, f"{head} {printable(diagnostic.message)}")
    if diagnostic.also and isinstance(other := diagnostic.also[1], Location):
        note = f"    {printable(diagnostic.also[0])} in line {other.line}, column {other.column}:"
        lines += [note, *_excerpt(source, other)]
    if diagnostic.suggestion:
        lines.append(f"    did you mean {printable(diagnostic.suggestion)}?")
    if diagnostic.example:
        lines += [f"        {line}" for line in diagnostic.example.splitlines()]
    return "\n".join(lines)


def _excerpt(source: bytes, location: Location) -> list[str]:
    """Show the line with a caret under each column of the place, cut so that the place is in view."""
    line = source.split(b"\n", location.line)[location.line - 1].removesuffix(b"\r").decode("utf-8", "replace")
    line = masked(line)
    before, place, after = (
        printable(part.replace("\t", TAB))
        for part in (
            line[: location.column - 1],
            line[location.column - 1 : location.column - 1 + location.length],
            line[location.column - 1 + location.length :],
        )
    )
    if columns(before) > WIDEST // 2:
        before = "…" + _last(before, WIDEST // 2 - 1)
    place = _first(place, WIDEST // 2)
    after = _first(after, max(10, WIDEST - columns(before) - columns(place)))
    gutter = f"{location.line:>5} | "
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


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Count: `3 mistakes in 2 files`."""
    files = [diagnostic.file for diagnostic in diagnostics]
    return f"{counted(len(files), 'mistake')} in {counted(len(set(files)), 'file')}"


def render(error: ConfigError) -> str:
    """Write all that a ConfigError has to say, as plain text for a terminal."""
    return "\n\n".join((*error.problems, str(error)))
