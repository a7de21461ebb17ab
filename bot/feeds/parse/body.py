"""What a feed's body says, as plain values. Pure, and the only file that knows feedparser.

    body -> outline (a feed, whole, no tricks?) -> feedparser -> entries as readable text

feedparser can be slow, greedy or raise on bodies made for it, so `child` runs this in a process of its own. It imports
little for the same reason: the process should be small.
"""

import calendar
import codecs
import hashlib
import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from bot.errors import FeedUnreadable
from bot.feeds.parse.outline import check_outline
from bot.model import Entry, ParsedFeed
from bot.text.clean import readable

MAX_ENTRIES = 2_000
MAX_TITLE = 500
MAX_SUMMARY = 5_000
MAX_AUTHOR = 200
MAX_LINK = 2_000
MAX_LANG = 35  # the longest that RFC 5646 §4.4.1 expects
_MARKUP = 20  # how many characters of markup are read for each readable one that is kept

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)  # UTF-32's begin with UTF-16's, or with a NUL
_OLDEST = 631_152_000.0  # 1990-01-01: before there were feeds
_AHEAD = 86_400.0

_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def parse_body(body: bytes, content_type: str, *, base: str, now: float) -> ParsedFeed:
    """Read an RSS or Atom body, at most 2,000 entries in the publisher's order.

    Links are resolved against the feed's own link, else against `base` (the feed's address, may be empty); what is not
    http or https becomes empty. Dates before 1990 or more than a day after `now` become None.
    Raises FeedUnreadable for what is no feed, is cut off, or cannot be read.
    """
    check_outline(body)
    try:
        # A file object, for feedparser opens a str or bytes that looks like an address or a path.
        found = feedparser.parse(
            io.BytesIO(body),
            response_headers=_charset(body, content_type),
            sanitize_html=False,  # readable() takes all markup out
            resolve_relative_uris=False,
        )
    except MemoryError:
        raise
    except Exception as error:  # feedparser lets its own slips through: Unicode, index, recursion
        raise FeedUnreadable(f"the feed cannot be read ({type(error).__name__})") from error
    feed: Mapping[str, Any] = found["feed"]
    entries: list[Mapping[str, Any]] = found["entries"]
    if not entries:
        _check_empty(found)
    base = _address(_text(feed, "link"), base) or base
    return ParsedFeed(
        title=_readable(_text(feed, "title"), MAX_TITLE),
        entries=tuple(_entry(entry, base, _text(feed, "language"), now) for entry in entries[:MAX_ENTRIES]),
    )


def _charset(body: bytes, content_type: str) -> dict[str, str]:
    """Give the headers that tell feedparser the charset, where the body does not tell it better.

    A byte order mark outranks the header, and without a charset in the header XML's own declaration holds
    (RFC 7303 §3). feedparser would take text/xml for ASCII, and so UTF-16 for rubbish.
    """
    if "charset" not in content_type.lower() or body.startswith(_MARKS) or b"\0" in body[:4]:
        return {}
    return {"content-type": content_type}


def _check_empty(found: Mapping[str, Any]) -> None:
    """Let a proper feed without entries pass, and nothing else."""
    if not found["version"]:
        raise FeedUnreadable("this is XML, but neither RSS nor Atom; give the address of the feed itself")
    if found["bozo"] and not isinstance(found.get("bozo_exception"), _HARMLESS):
        raise FeedUnreadable("the feed is malformed and no entry can be made out; the publisher has to mend it")


def _entry(found: Mapping[str, Any], base: str, feed_lang: str, now: float) -> Entry:
    title = _readable(_text(found, "title"), MAX_TITLE)
    summary = _readable(_text(found, "summary") or _content(found), MAX_SUMMARY)
    return Entry(
        guid=_guid(_text(found, "id")),
        link=_address(_text(found, "link"), base),
        title=title,
        summary="" if summary == title else summary,
        author=_readable(_text(found, "author"), MAX_AUTHOR),
        lang=(_text(_sub(found, "title_detail"), "language") or feed_lang).strip()[:MAX_LANG],
        published=_published(found, now),
    )


def _text(found: Mapping[str, Any], key: str) -> str:
    """Give a value as text that any store takes; empty if there is none."""
    # dict's own get: feedparser's maps one missing key to another and warns.
    value = dict.get(found, key) if isinstance(found, dict) else None
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _sub(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = dict.get(found, key) if isinstance(found, dict) else None
    return value if isinstance(value, dict) else {}


def _content(found: Mapping[str, Any]) -> str:
    """Give the article's text where a feed has that and no summary."""
    contents = dict.get(found, "content") if isinstance(found, dict) else None
    return _text(contents[0], "value") if isinstance(contents, list) and contents else ""


def _readable(markup: str, limit: int) -> str:
    text = readable(markup[: limit * _MARKUP])
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _guid(guid: str) -> str:
    """Give the guid. One that is too long keeps its head and a hash, so that two never become one."""
    guid = " ".join(guid.split())
    if len(guid) <= MAX_LINK:
        return guid
    return guid[:200] + "#" + hashlib.sha256(guid.encode()).hexdigest()


def _address(link: str, base: str) -> str:
    """Give a whole http or https address, or nothing. A link that is too long leads nowhere when cut, so it goes."""
    link = "".join(link.split("\n")).strip()
    try:
        if base and not urlsplit(link).scheme:
            link = urljoin(base, link) if link else ""
        parts = urlsplit(link)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(link) > MAX_LINK:
        return ""
    return "".join(f"%{ord(c):02X}" if c <= " " or c == "\x7f" else c for c in link)


def _published(found: Mapping[str, Any], now: float) -> float | None:
    for key in ("published_parsed", "updated_parsed"):
        moment = dict.get(found, key) if isinstance(found, dict) else None
        if moment is None:
            continue
        try:
            seconds = float(calendar.timegm(moment))
        except (ValueError, OverflowError, TypeError):
            continue
        if _OLDEST <= seconds <= now + _AHEAD:
            return seconds
    return None
