"""Reads a config file: its bytes, then its tables. Whatever it is instead of a readable TOML file is a mistake."""

import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path

from bot.settings.diagnostic import (
    FEEDS,
    MAIN,
    SMALLEST_FEEDS,
    SMALLEST_WATCHLISTS,
    WATCHLISTS,
    Diagnostic,
    Location,
    Table,
)
from bot.settings.report import location_of

LARGEST = 256 * 1024
LONGEST_LINE = 4096
"""Bounds in bytes, enough for a thousand feeds."""

MOST_DOTS = 100
"""In one line. `tomllib` needs memory quadratic in the parts of a dotted key: 2 GB for 500 kB of them."""

_EXAMPLES = {
    FEEDS: ("It names the feeds; the smallest one is", SMALLEST_FEEDS),
    WATCHLISTS: ("It names what is looked for; the smallest one is", SMALLEST_WATCHLISTS),
}
_MARKS = {b"\xef\xbb\xbf": "UTF-8 with a byte order mark", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


_TOML = "A line is key = value, [table] or # comment; texts stand in quotes, in single ones if there is a \\ in them"
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A config file that was read. `table` is None if it could not be; then `mistake` says why."""

    name: str
    shown: str
    source: bytes = b""
    table: Table | None = None
    mistake: Diagnostic | None = None


def read_document(directory: Path, name: str) -> Document:
    """Read one file of the config directory. Never raises for what the file is or holds."""
    path = directory / name
    shown = str(path)
    try:
        source = read_bytes(path, LARGEST)
    except FileNotFoundError:
        if name == MAIN:
            return Document(name=name, shown=shown, table={})
        advice, example = _EXAMPLES[name]
        message = f"there is no such file. {advice}"
        return Document(name=name, shown=shown, mistake=Diagnostic(file=shown, message=message, example=example))
    except OSError as error:
        return Document(name=name, shown=shown, mistake=Diagnostic(file=shown, message=why_unreadable(error)))
    return _parsed(name, shown, source)


def read_bytes(path: Path, largest: int) -> bytes:
    """Read a regular file. Raises OSError, also for what is no file or larger than so many bytes."""
    with open(path, "rb", opener=_open_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("this is no file but a device, a pipe or a socket")
        content = file.read(largest + 1)
    if len(content) > largest:
        raise OSError(f"this file is larger than {largest // 1024} kB")
    return content


def _open_without_waiting(path: str, flags: int) -> int:
    # Without O_NONBLOCK the opening of a named pipe waits until somebody writes to it.
    return os.open(path, flags | os.O_NONBLOCK)


def why_unreadable(error: OSError) -> str:
    """Say why a file cannot be read."""
    if isinstance(error, IsADirectoryError):
        return "this is a folder where a file should be"
    if isinstance(error, PermissionError):
        return "this file may not be read by the user that Newsvane runs as"
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return error.strerror.lower() if error.strerror else str(error)


def _parsed(name: str, shown: str, source: bytes) -> Document:
    table: Table | None = None
    mistake = _no_text(shown, source) or _odd_line(shown, source)
    if mistake is None:
        text = source.decode()
        try:
            table = tomllib.loads(text)
        except RecursionError:
            mistake = Diagnostic(file=shown, message="the brackets of this file nest too deep")
        except ValueError as error:  # TOMLDecodeError is one; a number of 5,000 digits brings another
            mistake = _no_toml(shown, text, str(error))
    return Document(name=name, shown=shown, source=source, table=table, mistake=mistake)


def _no_toml(shown: str, text: str, said: str) -> Diagnostic:
    """Return what `tomllib` says of a text, at the place that it names, else at the end."""
    place = _PLACE.search(said)
    reason = said[: place.start()] if place else "a number here is too long"
    rows = text.rstrip().split("\n")
    line, column = (int(place[1]), int(place[2])) if place and place[1] else (len(rows), len(rows[-1]) + 1)
    message = f"this is no TOML: {reason}. {_TOML}"
    return Diagnostic(file=shown, message=message, place=Location(line=line, column=column))


def _no_text(shown: str, source: bytes) -> Diagnostic | None:
    for mark, encoding in _MARKS.items():
        if source.startswith(mark):
            message = f"this file is {encoding}; save it as plain UTF-8"
            return Diagnostic(file=shown, message=message, place=Location(line=1, column=1))
    try:
        source.decode()
    except UnicodeDecodeError as error:
        message = f"this file is not UTF-8: the byte 0x{source[error.start]:02x} is no text; save it as UTF-8"
        return Diagnostic(file=shown, message=message, place=location_of(source, error.start, error.start + 1))
    return None


def _odd_line(shown: str, source: bytes) -> Diagnostic | None:
    for number, line in enumerate(source.split(b"\n"), start=1):
        if len(line) > LONGEST_LINE:
            message = f"this line is longer than {LONGEST_LINE} bytes; a text in three quotes may go over several"
            return Diagnostic(file=shown, message=message, place=Location(line=number, column=1))
        if line.count(b".") > MOST_DOTS and not line.lstrip().startswith(b"#"):
            message = f"this line has more than {MOST_DOTS} dots; a text in three quotes may go over several"
            return Diagnostic(file=shown, message=message, place=Location(line=number, column=1))
    return None
