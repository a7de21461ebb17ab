"""Mends the commonest slips in XML, so that a strict parser reads what else only a forgiving one would. Pure, linear.

    AT&T             -> AT&amp;T        the forgiving parser makes "AT&T;" of it
    caf&eacute;      -> caf&#233;       HTML's entities, which XML does not know
    &#0; &#xFFFF;    -> nothing         characters that XML cannot have
    &#55357;&#56832; -> &#128512;       an emoji by the two halves that UTF-16 has for it

What stands in CDATA stays as it is.
"""

import re
from html.entities import html5

_SLIP = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)")
_PLACE = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)"
    rb"|&#(5[56][0-9]{3});&#(5[67][0-9]{3});"
    rb"|&(?:#([0-9]{1,8});|#[xX]([0-9a-fA-F]{1,7});|([a-zA-Z][a-zA-Z0-9]{1,31};))?",
    re.DOTALL,
)
_OF_XML = frozenset({b"amp;", b"lt;", b"gt;", b"quot;", b"apos;"})


def mended(body: bytes) -> bytes:
    """Return the same XML, in UTF-8, with its ampersands in order."""
    return _PLACE.sub(_put, body) if _SLIP.search(body) else body


def _put(place: re.Match[bytes]) -> bytes:
    high, low, decimal, hexadecimal, name = place.groups()
    if high:
        return _paired(int(high), int(low))
    if decimal or hexadecimal:
        return place[0] if _is_character(int(decimal or hexadecimal, 10 if decimal else 16)) else b""
    if not name:
        return b"&amp;" if place[0] == b"&" else place[0]
    if name in _OF_XML:
        return place[0]
    letters = html5.get(name.decode("ascii"))
    return "".join(f"&#{ord(letter)};" for letter in letters).encode("ascii") if letters else b"&amp;" + name


def _paired(high: int, low: int) -> bytes:
    """Return the character of two surrogates (Unicode §3.9, D91)."""
    if 0xD800 <= high < 0xDC00 <= low < 0xE000:
        return f"&#{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00};".encode("ascii")
    return b"".join(f"&#{number};".encode("ascii") for number in (high, low) if _is_character(number))


def _is_character(number: int) -> bool:
    """Return whether XML can have this character (XML 1.0 §2.2)."""
    return number in {9, 10, 13} or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000
