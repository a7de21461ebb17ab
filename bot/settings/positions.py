"""Finds where in a TOML file a key or a value stands. Used when a mistake has to be shown, and only then.

A path is what `tomllib` would be asked with: `("feed", 2, "url")`. Offsets count bytes of the file.
"""

import re
from collections import Counter
from collections.abc import Iterator

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from bot.settings.diagnostic import Path

Span = tuple[int, int]
Spans = dict[Path, tuple[Span, Span]]
"""Where each key stands and where its value does; for a table, both are in its header."""

DEEPEST = 8
"""Keys of one path that are followed; the config has at most four."""

_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
_DIGITS = {"x": 2, "u": 4, "U": 8}
_JOINED_LINES = re.compile(r"\\[ \t]*\r?\n[ \t\r\n]*")


def spans_of(source: bytes) -> Spans:
    """Return where everything stands in a file that `tomllib` can read."""
    root = Parser(Language(tree_sitter_toml.language())).parse(source).root_node
    found: Spans = {}
    sizes: Counter[Path] = Counter()
    for node in root.children:
        if node.type == "pair":
            _pair(node, (), found)
        elif node.type in {"table", "table_array_element"}:
            _table(node, sizes, found)
    return found


def within(source: bytes, literal: Span, part: Span) -> Span:
    """Tell where a part of a string's value stands in the file. `part` counts characters of the value."""
    start, end = literal
    text = source[start:end].decode("utf-8", "replace")
    if not text.startswith(("'", '"')):
        return literal
    offsets = [offset for offset, _ in letters(text)]
    if not offsets:
        return literal
    ends = [*offsets[1:], len(text) - _quotes(text)]
    first, last = part
    if first >= len(offsets):
        cut = len(text) - _quotes(text)
        return _bytes(text, start, cut, cut)
    return _bytes(text, start, offsets[first], ends[max(first, min(last, len(offsets)) - 1)])


def letters(literal: str) -> Iterator[tuple[int, str]]:
    r"""Read a TOML string as written, quotes and all: each character of its value, and its offset in the literal.

    TOML 1.0, "String": four kinds; escapes in those with double quotes; a line break right after three quotes is
    dropped, and `\` at the end of a line swallows the blank space that follows.
    """
    width = _quotes(literal)
    at, end = width, len(literal) - width
    if width == 3 and (head := re.match(r"\r?\n", literal[at:])):
        at += head.end()
    basic = literal.startswith('"')
    while at < end:
        if basic and width == 3 and (joined := _JOINED_LINES.match(literal, at, end)):
            at = joined.end()
            continue
        length, letter = _letter(literal, at, basic=basic)
        yield at, letter
        at += length


def _letter(literal: str, at: int, *, basic: bool) -> tuple[int, str]:
    if literal.startswith("\r\n", at):
        return 2, "\n"
    if not basic or literal[at] != "\\":
        return 1, literal[at]
    kind = literal[at + 1]
    if kind in _DIGITS:
        length = 2 + _DIGITS[kind]
        return length, chr(int(literal[at + 2 : at + length], 16))
    return 2, _ESCAPES.get(kind, kind)


def _quotes(literal: str) -> int:
    return 3 if len(literal) >= 6 and literal.startswith(("'''", '"""')) else 1


def _bytes(text: str, base: int, start: int, end: int) -> Span:
    return base + len(text[:start].encode()), base + len(text[:end].encode())


def _table(node: Node, sizes: Counter[Path], found: Spans) -> None:
    """Note a `[table]` or a `[[table]]` with all it holds. A path leads through the last of the tables before it."""
    key = node.children[1]
    header = (key.start_byte, key.end_byte), (node.start_byte, node.children[2].end_byte)
    path: Path = ()
    *parents, last = _names(key)[:DEEPEST]
    for name in parents:
        path = _newest((*path, name), sizes)
        found.setdefault(path, header)
    path = (*path, last)
    found.setdefault(path, header)
    if node.type == "table_array_element":
        sizes[path] += 1
        path = _newest(path, sizes)
        found[path] = header
    for child in node.children:
        if child.type == "pair":
            _pair(child, path, found)


def _newest(path: Path, sizes: Counter[Path]) -> Path:
    return (*path, sizes[path] - 1) if sizes[path] else path


def _pair(node: Node, path: Path, found: Spans) -> None:
    key, _, value = (child for child in node.children if child.type != "comment")
    place = (key.start_byte, key.end_byte), (value.start_byte, value.end_byte)
    for name in _names(key)[:DEEPEST]:
        path = (*path, name)
        found.setdefault(path, place)
    _value(value, path, found)


def _value(node: Node, path: Path, found: Spans) -> None:
    if node.type == "inline_table":
        for child in node.children:
            if child.type == "pair":
                _pair(child, path, found)
    elif node.type == "array":
        items = [child for child in node.named_children if child.type != "comment"]
        for index, child in enumerate(items):
            span = child.start_byte, child.end_byte
            found[*path, index] = span, span
            _value(child, (*path, index), found)


def _names(key: Node) -> list[str]:
    """Take a dotted key apart. It nests to the left, so its parts come out in reverse."""
    names: list[str] = []
    waiting = [key]
    while waiting:
        node = waiting.pop()
        if node.type == "dotted_key":
            waiting.extend(node.named_children)
        else:
            text = (node.text or b"").decode()
            names.append("".join(letter for _, letter in letters(text)) if node.type == "quoted_key" else text)
    return names[::-1]
