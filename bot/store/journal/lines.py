"""Lines with a checksum: eight hexadecimal digits of CRC-32, a space, JSON in ASCII, a newline.

A line whose checksum does not fit is told from a good one, wherever it was cut or changed.
"""

import json
from collections.abc import Iterator
from typing import Any
from zlib import crc32

_DIGITS = 8


class Damaged(Exception):
    """A file says something that was never written so. It never leaves the package."""


def line(text: str) -> bytes:
    """Make a line of JSON text without a newline in it."""
    body = text.encode("ascii")
    return b"%08x %b\n" % (crc32(body), body)


def dumped(value: object) -> str:
    """Write a value as JSON of one line. Raises TypeError and ValueError for what JSON does not know."""
    return json.dumps(value, separators=(",", ":"))


def read(body: bytes) -> Any:  # noqa: ANN401  # JSON
    """Read one line, without its newline. Raises Damaged."""
    text = body[_DIGITS + 1 :]
    if body[_DIGITS : _DIGITS + 1] != b" " or b"%08x" % crc32(text) != body[:_DIGITS]:
        raise Damaged("a line's checksum does not fit")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"a line is no JSON ({error})") from error


def split(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Give each line that ends, with the offset behind it."""
    start = 0
    while (end := body.find(b"\n", start)) >= 0:
        yield end + 1, body[start:end]
        start = end + 1
