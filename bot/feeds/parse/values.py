"""What every format's reader makes its values with: texts, links, guids and times within bounds. Pure.

Whatever a publisher writes, the result is text that any store takes and that no alert is too small for.
"""

import hashlib
import math
import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from bot.feeds.address import parsed
from bot.text.clean import readable

MAX_ENTRIES = 2_000
MAX_TITLE = 500
MAX_SUMMARY = 5_000
MAX_AUTHOR = 200
MAX_LINK = 2_000
MAX_LANG = 35  # the longest that RFC 5646 §4.4.1 expects
_LANG = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*")
MAX_HUBS = 4
_NO_PART_OF_LINKS = {ord(char): None for char in "\t\r\n"}  # as in every browser (WHATWG URL §4.4)
_EDGES = "".join(map(chr, range(0x21)))
_MARKUP = 20  # how many characters of markup are read for each readable one that is kept

_OLDEST = 631_152_000.0  # 1990-01-01: before there were feeds
_AHEAD = 86_400.0


def plain(value: object) -> str:
    """Return a value as text without lone surrogates; empty if it is no text."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def shown(markup: str, limit: int) -> str:
    """Return what a reader sees of some markup, at most `limit` characters."""
    return cut(readable(markup[: limit * _MARKUP]), limit)


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def guid_of(guid: str) -> str:
    """Return the guid. One that is too long keeps its head and a hash, so that two never become one."""
    guid = " ".join(guid.split())
    if len(guid) <= MAX_LINK:
        return guid
    return guid[:200] + "#" + hashlib.sha256(guid.encode()).hexdigest()


def address(link: str, base: str) -> str:
    """Return a whole http or https address, or nothing. A link that is too long leads nowhere when cut, so it goes."""
    link = link.translate(_NO_PART_OF_LINKS).strip(_EDGES)
    try:
        if base and not urlsplit(link).scheme:
            link = urljoin(base, link) if link else ""
    except ValueError:
        return ""
    if parsed(link) in {"unreadable", "scheme", "host"} or len(link) > MAX_LINK:
        return ""
    if link.isascii() and link.isprintable() and " " not in link:
        return link
    return "".join(f"%{ord(c):02X}" if c <= " " or c == "\x7f" else c for c in link)


def first_address(links: Iterable[str], base: str) -> str:
    """Return the first of these links that leads somewhere."""
    return next((found for link in links if link and (found := address(link, base))), "")


def hubs_of(links: Iterable[str], base: str) -> tuple[str, ...]:
    """Return the hubs that may be asked, each once, at most four."""
    found: list[str] = []
    for link in links:
        hub = address(link, base)
        if hub and hub not in found:
            found.append(hub)
        if len(found) == MAX_HUBS:
            break
    return tuple(found)


def lang_of(*langs: str) -> str:
    """Return the first of these that is the name of a language (RFC 5646 §2.1)."""
    named = (lang.strip() for lang in langs)
    return next((lang for lang in named if len(lang) <= MAX_LANG and _LANG.fullmatch(lang)), "")


def moment(seconds: float, now: float) -> float | None:
    """Return a time if a news item can be of it: from 1990 to a day ahead of `now`."""
    return seconds if math.isfinite(seconds) and _OLDEST <= seconds <= now + _AHEAD else None
