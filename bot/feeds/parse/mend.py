"""Mends the commonest slips in XML, so that a strict parser reads what else only a forgiving one would. Pure, linear.

    AT&T            -> AT&amp;T         the forgiving parser makes "AT&T;" of it
    caf&eacute;     -> caf&#233;        HTML's entities, which XML does not know
    &#0; &#xD800;   -> nothing          characters that XML cannot have

What stands in CDATA stays as it is.
"""

import re
from html.entities import html5

_SLIP = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)")
_PLACE = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|&(?:#([0-9]{1,8});|#[xX]([0-9a-fA-F]{1,7});|([a-zA-Z][a-zA-Z0-9]{1,31};))?",
    re.DOTALL,
)
_OF_XML = frozenset({b"amp;", b"lt;", b"gt;", b"quot;", b"apos;"})


def mended(body: bytes) -> bytes:
    """Give the same XML, in UTF-8, with its ampersands in order."""
    return _PLACE.sub(_put, body) if _SLIP.search(body) else body


def _put(place: re.Match[bytes]) -> bytes:
    decimal, hexadecimal, name = place.groups()
    if decimal or hexadecimal:
        return place[0] if _is_character(int(decimal or hexadecimal, 10 if decimal else 16)) else b""
    if not name:
        return b"&amp;" if place[0] == b"&" else place[0]
    if name in _OF_XML:
        return place[0]
    letters = html5.get(name.decode("ascii"))
    return "".join(f"&#{ord(letter)};" for letter in letters).encode("ascii") if letters else b"&amp;" + name


def _is_character(number: int) -> bool:
    """Tell whether XML can have this character (XML 1.0 §2.2)."""
    return number in {9, 10, 13} or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000
