"""The outline of a body, read without a parser: what is it, is it whole, does it play tricks. Pure, linear.

Of XML it walks over what may stand before the root element (XML 1.0 §2.8) and looks whether the root is closed at the
end. A DOCTYPE and the entities that it declares are left out: bombs are made of them, and those of HTML are known. So
is what stands in front and behind that no parser likes (a warning of PHP's, a script of the hoster's).
"""

import re
from dataclasses import dataclass
from typing import Literal

from bot.errors import FeedUnreadable

_TAIL = 65_536  # bytes in which the root must be closed; some publishers append comments
_RUBBISH = re.compile(rb"[^<]*+")
_DOCTYPE = re.compile(rb"""<!doctype((?:[^"'\[>]|"[^"]*+"|'[^']*+')*+)""", re.IGNORECASE)
_SUBSET = re.compile(rb"""\[(?:[^\]"'<]|"[^"]*+"|'[^']*+'|<!--(?:[^-]|-(?!->))*+-->|<(?!!--))*+\]\s*+""")
_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*+:)?([A-Za-z_][\w.-]*+))((?:[^\"'>]|\"[^\"]*+\"|'[^']*+')*+)")
_OF_ENTRY = re.compile(rb"<(?:item|entry)[\s>]|\]\]>")
_PAGE_ROOTS = frozenset({b"html", b"head", b"body", b"script", b"title", b"meta"})
_JSON_FEED = re.compile(rb"jsonfeed\.org\\?/version\\?/")

FormatName = Literal["xml", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a body is, and from which byte to which its feed goes."""

    format: FormatName
    start: int
    end: int


def check_outline(body: bytes) -> Outline:
    """Let a body in UTF-8 pass that may be a whole feed. Raises FeedUnreadable with what it is instead."""
    start = len(body) - len(body.lstrip(b"\xef\xbb\xbf \t\r\n"))
    if body[start : start + 1] in (b"{", b"["):
        return _json_outline(body, start)
    first, root = _find_root(body)
    if root[2].lower() in _PAGE_ROOTS:
        raise _web_page()
    end = root.end() + 1 if root[3].rstrip().endswith(b"/") else _end_of_root(body, root[1].lower())
    if end <= 0 or end > len(body):
        raise FeedUnreadable("the feed is cut off: its end is missing; it is read whole at the next poll")
    return Outline(format="xml", start=first, end=end)


def _json_outline(body: bytes, start: int) -> Outline:
    if not _JSON_FEED.search(body):
        raise FeedUnreadable("this is JSON, but not a JSON Feed; look for another feed at the publisher's site")
    end = len(body.rstrip())
    if body[end - 1 : end] != b"}":
        raise FeedUnreadable("the feed is cut off: its end is missing; it is read whole at the next poll")
    return Outline(format="json", start=start, end=end)


def _find_root(body: bytes) -> tuple[int, re.Match[bytes]]:
    """Find the root element's tag behind declarations, comments and a DOCTYPE, and where the first of these begins."""
    position = first = _end_of(_RUBBISH, body, 0)
    while True:
        position = _end_of(_RUBBISH, body, position)
        if root := _ROOT.match(body, position):
            return first, root
        if body.startswith(b"<!--", position):
            position = body.find(b"-->", position + 4)
        elif doctype := _DOCTYPE.match(body, position):
            position = first = _end_of(_RUBBISH, body, _end_of_doctype(body, doctype))
        else:
            position = body.find(b">", position + 1) if position < len(body) else -1
        if position < 0:
            raise FeedUnreadable("this is no feed: there is no XML element in it")


def _end_of_doctype(body: bytes, doctype: re.Match[bytes]) -> int:
    """Find the end of a DOCTYPE. What it declares in an internal subset is passed over (XML 1.0 §2.8, §4.1)."""
    if doctype[1].split()[:1] in ([b"html"], [b"HTML"]):
        raise _web_page()
    if body[doctype.end() : doctype.end() + 1] != b"[":
        return doctype.end()
    subset = _SUBSET.match(body, doctype.end())
    if subset is None:
        raise FeedUnreadable("the feed is cut off: its DOCTYPE has no end; it is read whole at the next poll")
    return subset.end()


def _end_of_root(body: bytes, root: bytes) -> int:
    """Find the end of the root's closing tag; 0 if the root is not closed."""
    begin = max(len(body) - _TAIL, 0)
    tail = body[begin:].lower()
    # The name may stand in an entry's text too; then more of the feed comes behind it.
    last = max((mark.end() for mark in _OF_ENTRY.finditer(tail)), default=0)
    closer = tail.find(b"</" + root, last)
    end = tail.find(b">", closer) if closer >= 0 else -1
    return begin + end + 1 if end >= 0 else 0


def _end_of(pattern: re.Pattern[bytes], body: bytes, position: int) -> int:
    found = pattern.match(body, position)
    return found.end() if found else position


def _web_page() -> FeedUnreadable:
    return FeedUnreadable("this is a web page, not a feed; look on it for a link named RSS or Atom")
