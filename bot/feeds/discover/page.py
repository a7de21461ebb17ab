"""The feeds that a web page names. Pure; linear in the part of the page that is read, which is bounded.

    bytes -> text -> tags -> links that look like feeds -> whole addresses, best first

Not html.parser: on Pythons in use it is quadratic on tags that never end (CVE-2025-6069). This scan follows the HTML
standard where it matters: each character is consumed once, and what is never closed reaches to the end.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from bot.feeds.address import MAX_ADDRESS, linked_address
from bot.feeds.charset import page_text
from bot.text.clean import readable

MAX_READ = 512 * 1024  # bytes of a page; feeds are named in its head
MAX_CANDIDATES = 10
MAX_TITLE = 100
_MAX_LINKS = 1_000  # <link> and as many <a> that are looked at; a page with more names no feeds for people
_MAX_ATTRIBUTES = 8_192  # characters of one tag
_TEXT_AHEAD = 400  # characters behind an <a> in which its text may stand
_MARKUP = 5  # how many characters of markup are read for each readable one that is kept

Kind = Literal["rss", "atom", "json", ""]

NAMED, JSON, UNTYPED, LINKED, COMMENTS = range(5)
"""Places in the order of preference: named in the head as RSS or Atom, as JSON, without a type; linked; comments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A feed that a page names. `place` orders them, lowest first: NAMED, JSON, UNTYPED, LINKED, COMMENTS.

    `title` is what the page calls it, empty if nothing; `kind` what it says the format is, empty if nothing.
    """

    url: str
    title: str = ""
    kind: Kind = ""
    place: int = NAMED


class _Tag(NamedTuple):
    name: str
    attributes: Mapping[str, str]
    end: int


# A quote opens a value only behind `=`; elsewhere it is a letter like others (HTML §13.2.5). Possessive: no way back.
_TAG = re.compile(
    r"""<(?:(?P<comment>!--)
       |(?P<name>[a-zA-Z][^\s/>]*+)
        (?P<rest>[^=>]*+(?:=\s*+(?:"[^"]*+"|'[^']*+')?+[^=>]*+)*+)(?P<end>>)?+)""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""([^\s"'>/=][^\s>/=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>][^\s>]*+)))?+""")
_RAW = ("script", "style", "title", "textarea", "template", "iframe", "noembed", "noframes", "xmp")
_CLOSERS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}
_HREF = re.compile("href", re.IGNORECASE)
_FEED_HINT = re.compile("rss|atom|feed|rdf|xml", re.IGNORECASE)
_END_OF_LINK = re.compile(r"</a[\s>]|<a[\s>]", re.IGNORECASE)

_TYPE = re.compile(r"(?:application|text)/(?:x-)?(?:(rss|rdf)|(atom)|(feed[+ ]json))\b")
_XML_TYPES = frozenset({"", "text/xml", "application/xml"})
_FEED_WORD = re.compile(
    r"(?:\A|[/._?=&-])(?:rss2?|atom|feeds?|rdf)(?:[/._?=&#-]|\Z)|\.xml(?:[?#]|\Z)|//(?:feeds?|rss)\.",
    re.IGNORECASE,
)
_NO_FEED = re.compile(
    r"sitemap|opensearch|crossdomain|manifest|browserconfig|\brsd\b|oembed|feedly\.com|/feed(?:back|s?\.(?:js|css|svg|png))"
    r"|\.(?:js|css|svg|png|gif|jpe?g|ico|pdf)(?:[?#]|\Z)",
    re.IGNORECASE,
)
_CALLED_FEED = re.compile(r"\s{0,20}(?:RSS|Atom)\b", re.IGNORECASE)
_COMMENTS = re.compile(r"\b(?:comments?|commentaires?|kommentare?|comentarios?)\b|\bкомментари", re.IGNORECASE)

_FORMAT = re.compile(r"\b(?:rss|atom|json|rdf|xml|feed|[0-9]\.[0-9]+)\b|[\W_]+", re.IGNORECASE)
_USUAL = ("feed", "rss", "rss.xml", "atom.xml", "feed.xml", "index.xml")

_HEAD = 4_096
_PAGE_ROOT = re.compile(rb"<(?:!doctype\s{1,9}html|html|head|body|script|title|meta)[\s>]", re.IGNORECASE)
_FEED_ROOT = re.compile(rb"<(?:[a-z]{1,20}:)?(?:rss|feed|rdf|opml|channel)[\s>]", re.IGNORECASE)


def is_page(body: bytes, content_type: str) -> bool:
    """Return whether a body is a web page, and not a broken feed or something else."""
    head = body[:_HEAD].replace(b"\0", b"")
    page, feed = _PAGE_ROOT.search(head), _FEED_ROOT.search(head)
    if page and feed:
        return page.start() < feed.start()
    return page is not None or (feed is None and "html" in content_type.lower())


def feeds_of_page(body: bytes, content_type: str, address: str) -> tuple[Candidate, ...]:
    """Return the feeds that a page at `address` names, best first, at most 10. Never raises."""
    text = page_text(body[:MAX_READ], content_type)
    base = ""
    links: list[tuple[str, Candidate]] = []
    for tag in _tags(text):
        if tag.name == "base":
            base = base or linked_address(_value(tag, "href"), address)
            continue
        href = _value(tag, "href")
        if candidate := _candidate(tag, href, text):
            links.append((href, candidate))
    return _best(links, base or address, address)


def standing_out(candidates: tuple[Candidate, ...]) -> Candidate | None:
    """Return the candidate that nobody need be asked about: alone at the best place, or one feed in several formats."""
    best = [candidate for candidate in candidates if candidate.place == candidates[0].place]
    kinds = [candidate.kind for candidate in best]
    names = {" ".join(_FORMAT.sub(" ", candidate.title).split()).casefold() for candidate in best}
    formats = len(names) == 1 and len(set(kinds)) == len(kinds) and "" not in kinds
    return best[0] if best and (len(best) == 1 or formats) else None


def guesses(address: str) -> tuple[str, ...]:
    """Return addresses where a site that names no feed may have one all the same, likeliest first."""
    parts = urlsplit(address)
    site = f"{parts.scheme}://{parts.netloc}"
    folder = parts.path.rstrip("/")
    deeper = [f"{site}{folder}/feed"] if folder and "." not in folder.rpartition("/")[2] else []
    return tuple(
        deeper + [f"{site}/{name}" for name in ("feed", "rss", "rss.xml", "atom.xml", "feed.xml", "index.xml")]
    )


def _best(links: list[tuple[str, Candidate]], base: str, address: str) -> tuple[Candidate, ...]:
    """Make the addresses whole, leave out what is named twice and the page itself, and put the best first."""
    kept: dict[str, Candidate] = {}
    own = _same(address)
    for href, found in sorted(links, key=lambda link: link[1].place):  # stable: the page's order within a place
        url = linked_address(href, base)
        key = _same(url)
        if not url or key in kept or key == own:
            continue
        comments = _COMMENTS.search(found.title) or _COMMENTS.search(url)
        place = COMMENTS if comments else found.place
        kept[key] = Candidate(url=url, title=found.title, kind=found.kind, place=place)
    return tuple(sorted(kept.values(), key=lambda candidate: candidate.place)[:MAX_CANDIDATES])


def _same(url: str) -> str:
    """Return what two spellings of one address have in common."""
    return url.partition("://")[2].partition("#")[0].rstrip("/")


def _tags(text: str) -> Iterator[_Tag]:
    """Walk over the tags that may matter: base, link, and a if it speaks of feeds; so many of each at most."""
    position = 0
    left = {"base": 1, "link": _MAX_LINKS, "a": _MAX_LINKS}
    while found := _TAG.search(text, position):
        position = found.end()
        if found["comment"]:
            end = text.find("-->", found.start() + 2)
            if end < 0:
                return
            position = end + 3
            continue
        if not found["end"]:
            return
        name = found["name"].lower()
        if closer := _CLOSERS.get(name):
            end_tag = closer.search(text, position)
            if end_tag is None:
                return
            position = end_tag.end()
        elif left.get(name) and _matters(name, found["rest"], text, position):
            left[name] -= 1
            yield _Tag(name, _attributes(found["rest"][:_MAX_ATTRIBUTES]), position)


def _matters(name: str, rest: str, text: str, end: int) -> bool:
    """Return cheaply whether a tag may be worth a closer look."""
    if not _HREF.search(rest):
        return False
    return name != "a" or bool(_FEED_HINT.search(rest) or _CALLED_FEED.match(text, end))


def _attributes(rest: str) -> dict[str, str]:
    """Read a tag's attributes; of two with one name the first holds (HTML §13.2.5.33)."""
    found: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(rest):
        name, double, single, bare = attribute.groups()
        found.setdefault(name.lower(), double or single or bare or "")
    return found


def _value(tag: _Tag, name: str) -> str:
    """Return an attribute's value with its entities read; one that is too long is none."""
    value = tag.attributes.get(name, "")
    if len(value) > MAX_ADDRESS:
        return ""
    return html.unescape(value) if "&" in value else value


def _candidate(tag: _Tag, href: str, text: str) -> Candidate | None:
    """Judge one link; the address is made whole later, for <base> may stand behind it."""
    mime = _value(tag, "type").partition(";")[0].strip().lower()
    kind = _kind(mime)
    feedish = bool(_FEED_WORD.search(href)) and not _NO_FEED.search(href)
    if tag.name == "a":
        if not href or href.startswith("#") or not (kind or feedish or _CALLED_FEED.match(text, tag.end)):
            return None
        return Candidate(url="", title=_title(tag) or _text_behind(text, tag.end), kind=kind, place=LINKED)
    rel = frozenset(_value(tag, "rel").lower().split())
    if "stylesheet" in rel or not (rel & {"alternate", "feed"} or (kind and not rel)):
        return None
    if kind:
        return Candidate(url="", title=_title(tag), kind=kind, place=JSON if kind == "json" else NAMED)
    if "feed" in rel or (feedish and mime in _XML_TYPES):
        return Candidate(url="", title=_title(tag), place=UNTYPED)
    return None


def _kind(mime: str) -> Kind:
    found = _TYPE.match(mime)
    if not found:
        return ""
    return "rss" if found[1] else "atom" if found[2] else "json"


def _title(tag: _Tag) -> str:
    return _short(tag.attributes.get("title", "") or tag.attributes.get("aria-label", ""))


def _text_behind(text: str, start: int) -> str:
    ahead = text[start : start + _TEXT_AHEAD]
    end = _END_OF_LINK.search(ahead)
    return _short(ahead[: end.start()]) if end else ""


def _short(markup: str) -> str:
    text = readable(markup[: MAX_TITLE * _MARKUP])
    return text if len(text) <= MAX_TITLE else text[: MAX_TITLE - 1].rstrip() + "…"
