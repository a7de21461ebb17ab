"""Lists of feeds in OPML 2.0, which feed readers give and take. Pure; time and space are bounded.

    bytes -> expat -> <outline xmlUrl> -> whole addresses -> feeds, each once, and complaints

A list may be from anybody: no DTD of its own (entity bombs are made of it), nothing from outside, no deep nesting.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Protocol
from xml.parsers import expat
from xml.sax.saxutils import escape

from bot.errors import FeedForbidden, OpmlUnreadable
from bot.feeds.address import typed_address
from bot.feeds.charset import codec
from bot.text.clean import readable

MAX_BYTES = 8 * 2**20
MAX_FEEDS = 10_000
MAX_COMPLAINTS = 50
MAX_TITLE = 100
_MAX_DEPTH = 100
_MAX_ELEMENTS = 100_000
_TOLD = 60  # characters of an address in a complaint
_MARKUP = 5  # how many characters of markup are read for each readable one that is kept

_DECLARED = re.compile(rb"""<\?xml[^>]{1,200}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})["']""")
_BARE_AND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_BUILT_IN = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be"})
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES = b" \t\r\n"


class HasAddress(Protocol):
    """What can be written into a list: `model.Feed` and `ListedFeed` are such."""

    @property
    def url(self) -> str:
        """Return the feed's address."""

    @property
    def title(self) -> str:
        """Return what the feed is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """A feed in a list. `title` is empty if the list has none."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opml:
    """A list as it was read: its title, its feeds in their order, each once, and what could not be used.

    Each complaint is a sentence with a line number; of more than 50 the last one says how many more there are.
    """

    title: str
    feeds: tuple[ListedFeed, ...]
    complaints: tuple[str, ...] = ()


def read_opml(body: bytes) -> Opml:
    """Read a list of at most 10,000 feeds, however they are nested. Raises OpmlUnreadable.

    An & that is not escaped is taken for what it is meant to be; other XML that is broken is refused with its place.
    """
    if len(body) > MAX_BYTES:
        raise OpmlUnreadable(f"the list is larger than {MAX_BYTES // 2**20} MiB; split it")
    if not body.strip(_SPACES):
        raise OpmlUnreadable("the list is empty; export it again")
    stripped = body.lstrip(_SPACES)  # expat wants the declaration at the very beginning
    skipped = body[: len(body) - len(stripped)].count(b"\n")
    text, encoding = _recoded(stripped)
    try:
        return _parsed(text, encoding, skipped)
    except expat.ExpatError as error:
        broken = error
    except (LookupError, ValueError) as error:  # a charset that nobody knows
        raise OpmlUnreadable("the list is in a charset that cannot be read; save it as UTF-8") from error
    # What most programs get wrong is an & in an address; all else is for the person to mend.
    if _BARE_AND.search(text):
        with suppress(expat.ExpatError, LookupError, ValueError):
            return _parsed(_BARE_AND.sub(b"&amp;", text), encoding, skipped)
    line, column = broken.lineno + skipped, broken.offset + 1
    raise OpmlUnreadable(
        f"the list is no proper XML at line {line}, column {column}: {expat.ErrorString(broken.code)}; "
        "mend it there or export it again",
    ) from broken


def _parsed(text: bytes, encoding: str | None, skipped: int) -> Opml:
    parser = expat.ParserCreate(encoding)
    reading = _Reading(parser, skipped)
    parser.Parse(text, True)  # noqa: FBT003  # the library takes it by place
    return reading.result()


def write_opml(feeds: Iterable[HasAddress], title: str, now: float) -> bytes:
    """Return a list of these feeds in OPML 2.0, UTF-8, as `read_opml` and other feed readers take it."""
    lines = "".join(
        f'    <outline type="rss" text="{_attribute(feed.title or feed.url)}"'
        f'{_titled(feed.title)} xmlUrl="{_attribute(feed.url)}"/>\n'
        for feed in feeds
    )
    date = format_datetime(datetime.fromtimestamp(int(now), UTC), usegmt=True)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head>
    <title>{_attribute(title)}</title>
    <dateCreated>{date}</dateCreated>
  </head>
  <body>
{lines}  </body>
</opml>
""".encode()


class _Reading:
    """What has been read so far; expat calls it element by element."""

    def __init__(self, parser: expat.XMLParserType, skipped: int) -> None:
        """Take the parser, which calls from then on, and how many lines in front are not given to it."""
        self._parser = parser
        self._skipped = skipped
        self._feeds: dict[str, ListedFeed] = {}
        self._complaints: list[str] = []
        self._left_out = 0
        self._found = 0
        self._elements = 0
        self._path: list[str] = []
        self._title: list[str] = []
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.buffer_text = True

    def result(self) -> Opml:
        complaints = list(self._complaints)
        if self._left_out:
            complaints.append(f"and {self._left_out:,} more like these")
        return Opml(title=_short("".join(self._title)), feeds=tuple(self._feeds.values()), complaints=tuple(complaints))

    def _doctype(self, name: str, system: str | None, public: str | None, subset: bool) -> None:  # noqa: ARG002  # expat's
        if subset:
            raise OpmlUnreadable("the list declares entities of its own (a DOCTYPE with an internal subset); not read")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.lower()
        if not self._path and name != "opml":
            raise OpmlUnreadable(f"this is no OPML but <{_short(name)[:30]}>; {_instead(name)}")
        self._path.append(name)
        self._elements += 1
        if len(self._path) > _MAX_DEPTH:
            raise OpmlUnreadable(f"the list is nested deeper than {_MAX_DEPTH} levels; put its feeds side by side")
        if self._elements > _MAX_ELEMENTS:
            raise OpmlUnreadable(f"the list has more than {_MAX_ELEMENTS:,} elements; split it")
        if name == "outline":
            self._outline({key.lower(): value for key, value in attributes.items()})

    def _end(self, _: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if self._path == ["opml", "head", "title"]:
            self._title.append(text)

    def _outline(self, attributes: Mapping[str, str]) -> None:
        """Take one outline: a feed, a folder (no address, and not said to be a feed), or a reason to complain."""
        url = attributes.get("xmlurl")
        if url is None and attributes.get("type", "").lower() not in {"rss", "atom"}:
            return
        self._found += 1
        if self._found > MAX_FEEDS:
            raise OpmlUnreadable(f"the list has more than {MAX_FEEDS:,} feeds; split it")
        if not url or url.isspace():
            self._complain(attributes, "it has no address (xmlUrl)")
            return
        try:
            address = typed_address(url)
        except FeedForbidden as error:
            self._complain(attributes, str(error))
            return
        if address not in self._feeds:
            title = _title(attributes)
            # A list must call each feed something (OPML 2.0, `text`); its own address is no title.
            self._feeds[address] = ListedFeed(url=address, title="" if title in {url, address} else title)

    def _complain(self, attributes: Mapping[str, str], reason: str) -> None:
        if len(self._complaints) >= MAX_COMPLAINTS:
            self._left_out += 1
            return
        line = self._parser.CurrentLineNumber + self._skipped
        which = _title(attributes) or _told(attributes.get("xmlurl", "")) or "a feed without title"
        self._complaints.append(f"line {line}, {which}: {reason}")


def _recoded(body: bytes) -> tuple[bytes, str | None]:
    """Turn what expat cannot read itself into UTF-8; it knows that, UTF-16 and charsets of one byte a character."""
    declared = _DECLARED.match(body)
    if declared is None:
        return body, None
    name = codec(declared[1].decode("ascii", "replace"))
    if not name or name in _BUILT_IN:
        return body, None
    return body.decode(name, "replace").encode("utf-8"), "utf-8"


def _title(attributes: Mapping[str, str]) -> str:
    return _short(attributes.get("title", "") or attributes.get("text", ""))


def _told(url: str) -> str:
    """Return an address to be shown, but not one that may hold a password."""
    return "" if "@" in url else readable(url[:_TOLD])


def _instead(name: str) -> str:
    if name in {"rss", "feed", "rdf", "rdf:rdf"}:
        return "it is a feed itself: add its address"
    return "in your feed reader, export the list of feeds as OPML"


def _short(markup: str) -> str:
    text = readable(markup[: MAX_TITLE * _MARKUP])
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1].rstrip() + "…"


def _titled(title: str) -> str:
    return f' title="{_attribute(title)}"' if title else ""


def _attribute(text: str) -> str:
    """Escape a text for an attribute or an element: one line, and nothing that XML 1.0 has no place for (§2.2)."""
    return escape(" ".join(_NOT_XML.sub("", text).split()), {'"': "&quot;"})
