"""The outline of a body, read without a parser: is it a feed at all, is it whole, does it play tricks. Pure, linear.

It walks over what may stand before the root element (XML 1.0 §2.8) and looks whether the root is closed at the end.
"""

import re

from bot.errors import FeedUnreadable

_TAIL = 65_536  # bytes in which the root must be closed; some publishers append comments
_SPACE_OR_RUBBISH = re.compile(rb"[^<]*+")
_DOCTYPE = re.compile(rb"""<!doctype((?:[^"'\[>]|"[^"]*+"|'[^']*+')*+)""", re.IGNORECASE)
_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*+:)?([A-Za-z_][\w.-]*+))((?:[^\"'>]|\"[^\"]*+\"|'[^']*+')*+)")
_ENTRY_AFTER_END = re.compile(rb"<(?:item|entry)[\s>]|\]\]>")
_PAGE_ROOTS = frozenset({b"html", b"head", b"body", b"script", b"title", b"meta"})


def check_outline(body: bytes) -> None:
    """Let a body pass that may be a whole feed. Raises FeedUnreadable with what it is instead."""
    # Without its NULs UTF-16 and UTF-32 read like ASCII as far as tags go.
    view = body.replace(b"\0", b"")
    start = view.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start[:1] in (b"{", b"["):
        raise FeedUnreadable("this is JSON, not a feed in RSS or Atom; look for another feed at the publisher's site")
    root = _find_root(view)
    name = root[2].lower()
    if name in _PAGE_ROOTS:
        raise _web_page()
    if not root[3].rstrip().endswith(b"/") and not _is_closed(view, root[1].lower()):
        raise FeedUnreadable("the feed is cut off: its end is missing; it is read whole at the next poll")


def _find_root(view: bytes) -> re.Match[bytes]:
    """Find the root element's tag behind declarations, comments and a DOCTYPE."""
    position = 0
    while True:
        position = _end_of(_SPACE_OR_RUBBISH, view, position)
        if root := _ROOT.match(view, position):
            return root
        if view.startswith(b"<!--", position):
            position = view.find(b"-->", position + 4)
        elif doctype := _DOCTYPE.match(view, position):
            position = _checked_doctype(view, doctype)
        else:
            position = view.find(b">", position + 1) if position < len(view) else -1
        if position < 0:
            raise FeedUnreadable("this is no feed: there is no XML element in it")


def _checked_doctype(view: bytes, doctype: re.Match[bytes]) -> int:
    """Refuse a DOCTYPE that declares things of its own: entity bombs are made of it (XML 1.0 §2.8, §4.1)."""
    if view[doctype.end() : doctype.end() + 1] == b"[":
        raise FeedUnreadable("the feed declares entities of its own (a DOCTYPE with an internal subset); not read")
    if doctype[1].split()[:1] in ([b"html"], [b"HTML"]):
        raise _web_page()
    return doctype.end()


def _is_closed(view: bytes, root: bytes) -> bool:
    tail = view[-_TAIL:].lower()
    end = tail.rfind(b"</" + root)
    # The name may stand in an entry's text too; then more of the feed comes behind it.
    return end >= 0 and b">" in tail[end:] and not _ENTRY_AFTER_END.search(tail, end)


def _end_of(pattern: re.Pattern[bytes], view: bytes, position: int) -> int:
    found = pattern.match(view, position)
    return found.end() if found else position


def _web_page() -> FeedUnreadable:
    return FeedUnreadable("this is a web page, not a feed; look on it for a link named RSS or Atom")
