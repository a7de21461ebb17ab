"""What is the same item: the names under which an entry is known.

Pure but for the clock that bounds the operator's expression.

An item is known if any of its names is. So a name that two different items share loses an alert, which is the worst
that can happen; a name that changes doubles one, which is the second. Where the two pull apart, the first decides.

    id:    what the operator's expression takes from the link                   with the link, which holds it
    url:   a guid that is an address, or the link where there is no other guid  the same in all feeds, and known
                                                                                 still if the expression comes or goes
    guid:  any other guid                                                        within its site or feed
    page:  link, title and day                  for publishers who change guids, and links that many entries share
    text:  title and summary, within the feed   if there is nothing else
"""

import hashlib
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

import regex
from w3lib.url import canonicalize_url

from bot.model import Entry, Feed, Item

MAX_MATCHED = 500  # characters of a link that meet the operator's expression
MAX_SECONDS = 0.05  # of CPU that the operator's expression may take for one link
_MAX_SECONDS_OF_BODY = 0.5  # and for all links of one body
_LONGEST = 160  # characters of a name that are kept as they are; longer ones are hashed

# Where a click came from, never what is shown. Only names that nobody would give to an article's number.
_TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|at_(?:medium|campaign|custom\d?|format|ptr_name|bbc_team|link_\w+)|ns_(?:mchannel|source|campaign)"
    r"|pk_(?:campaign|kwd|source|medium|content)|mc_[ce]id|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|xtor"
    r"|_hsenc|_hsmi|mkt_tok)",
    re.IGNORECASE,
)
_TRACKING_FRAGMENT = re.compile(r"(?:utm_|at_|xtor=|:~:)", re.IGNORECASE)
_VERSION_FRAGMENT = re.compile(r"#\d{1,3}\Z")
_SHORT_GUID = 16
_SECONDS_OF_DAY = 86_400


def items_of(entries: Sequence[Entry], feed: Feed, now: float) -> tuple[Item, ...]:
    """Return the items that the entries of one body are, in their order, as seen now."""
    return tuple(filter(None, identified(entries, feed, now)))


def identified(entries: Sequence[Entry], feed: Feed, now: float) -> Iterator[Item | None]:
    """Give what `items_of` returns in small steps; None is a step that gives nothing yet."""
    left = iter(entries)
    for keys in _named(entries, feed):
        if not keys:
            yield None
            continue
        entry = next(left)
        yield Item(
            keys=keys,
            feed=feed.name,
            source=feed.title,
            title=entry.title,
            summary=entry.summary,
            link=entry.link,
            author=entry.author,
            lang=entry.lang,
            published=entry.published,
            body=entry.body,
            paragraphs=entry.paragraphs,
            seen=now,
        )


def item_keys(entry: Entry, feed: Feed) -> tuple[str, ...]:
    """Return all names of one entry, its own name first. Never empty."""
    return poll_keys([entry], feed)[0]


def poll_keys(entries: Sequence[Entry], feed: Feed) -> list[tuple[str, ...]]:
    """Return the names of all entries of one body, in their order.

    A name that plainly different entries share in one body names none of them: such feeds link every entry to one
    page, number them all alike, or repeat a headline.
    """
    return [names for names in _named(entries, feed) if names]


def _named(entries: Sequence[Entry], feed: Feed) -> Iterator[tuple[str, ...]]:
    """Give the names of all entries, in small steps: nothing for each of them while all are looked at."""
    expression = _Expression(feed.identity)
    named: list[tuple[str, ...]] = []
    bearers: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        names = _names(entry, feed, expression)
        named.append(names)
        for name in names:
            bearers[name].append(entry)
        yield ()
    torn: dict[str, bool] = {}
    for entry, names in zip(entries, named, strict=True):
        for name in names:
            if name not in torn:
                torn[name] = _is_torn(name, bearers[name])
        yield tuple(name for name in names if not torn[name]) or (_text_name(entry, feed),)


def _is_torn(name: str, bearers: Sequence[Entry]) -> bool:
    """Return whether entries that bear a name in one body are plainly different items."""
    if name.startswith(("url:", "guid:")):
        return len({_normal(entry.title) for entry in bearers}) > 1
    if name.startswith("page:"):  # two alarms of a day, each with its guid and time
        return len({entry.guid for entry in bearers}) > 1 and len({entry.published for entry in bearers}) > 1
    return False


def _names(entry: Entry, feed: Feed, expression: "_Expression") -> tuple[str, ...]:
    link = canonical(entry.link)
    if captured := expression.captured(entry.link, link):
        return (_name("id", _host(link) + " " + captured), _name("url", link))
    names: list[str] = []
    guid = canonical(entry.guid)
    if guid and link and _VERSION_FRAGMENT.sub("", guid) == link:
        guid = link  # the BBC counts an article's versions behind its address
    if guid and not _is_home(guid):
        names.append(_name("url", guid))
    elif entry.guid and not guid:
        names.append(_name("guid", _scope(entry.guid, link, feed) + " " + entry.guid.strip()))
    elif link and not _is_home(link):
        names.append(_name("url", link))
    if link and not (_is_home(link) and entry.guid and entry.published is None):
        names.append(_page_name(entry, link))
    return tuple(names) or (_text_name(entry, feed),)


def canonical(address: str) -> str:
    """Return an http or https address without what varies for one page; empty for anything else.

    Gone are the scheme, www., default ports, a slash at the end, and tracking. Fragments stay: in live blogs they name
    the post.
    """
    address = address.strip()
    if not re.match(r"(?i)https?://[^/?#]", address):
        return ""
    try:
        parts = urlsplit(canonicalize_url(address, keep_fragments=True))
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except (ValueError, UnicodeError):
        return ""
    if not host:
        return ""
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(k)])  # noqa: FBT003  # blank values name pages too
    fragment = "" if _TRACKING_FRAGMENT.match(parts.fragment) else parts.fragment
    return (
        host
        + (f":{port}" if port not in {None, 80, 443} else "")
        + parts.path.rstrip("/")
        + (f"?{query}" if query else "")
        + (f"#{fragment}" if fragment else "")
    )


class _Expression:
    """The operator's expression on links. A publisher's links may make it slow, so its time is bounded.

    In a link on which it runs out of time it finds nothing; when the time for one body is spent, the other items of the
    body go by their addresses, too.
    """

    def __init__(self, identity: str) -> None:
        self._pattern = regex.compile(identity) if identity else None
        self._left = _MAX_SECONDS_OF_BODY

    def captured(self, link: str, short: str) -> str:
        """Return what the expression names in the link, as it came or without its tracking; empty for nothing."""
        if self._pattern is None or not short:
            return ""
        for candidate in (link.strip(), short):
            found = self._search(candidate) if len(candidate) <= MAX_MATCHED else None
            if found and (captured := found[1] if self._pattern.groups else found[0]):
                return str(captured)
        return ""

    def _search(self, candidate: str) -> "regex.Match[str] | None":
        assert self._pattern is not None
        if self._left <= 0.0:
            return None
        began = time.process_time()  # by which the library counts, too
        try:
            return self._pattern.search(candidate, timeout=MAX_SECONDS)
        except TimeoutError:
            return None
        finally:
            self._left -= time.process_time() - began


def _scope(guid: str, link: str, feed: Feed) -> str:
    """Return where a guid that is no address is unique: a bare number in its feed, anything longer in its site."""
    if link and len(guid) >= _SHORT_GUID and not guid.isdigit():
        return "at " + _host(link)
    return "in " + feed.scope


def _page_name(entry: Entry, link: str) -> str:
    """Name an entry by its link and title, and by when: tomorrow the same headline is another item.

    By day, for publishers touch up the time. By second where the link says nothing of the entry.
    """
    when = "" if entry.published is None else str(int(entry.published // (1 if _is_home(link) else _SECONDS_OF_DAY)))
    return _name("page", f"{link} {_digest(_normal(entry.title) or _normal(_text(entry)))} {when}".rstrip())


def _text_name(entry: Entry, feed: Feed) -> str:
    return _name("text", f"{feed.scope} {_digest(_normal(entry.title) + '|' + _normal(_text(entry)))}")


def _text(entry: Entry) -> str:
    """Return the text that names an entry without a link: all of it, also where its summary is but the beginning."""
    return entry.named_by or entry.summary


def _name(kind: str, value: str) -> str:
    return f"{kind}:{value if len(value) <= _LONGEST else _digest(value)}"


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:32]


def _normal(text: str) -> str:
    """Return the words of a text, whatever their case, quotes and spaces."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _host(short: str) -> str:
    return re.split(r"[/?#]", short, maxsplit=1)[0]


def _is_home(short: str) -> bool:
    """Return whether an address is a site's first page. Entries that link there are not about it."""
    return _host(short) == short
