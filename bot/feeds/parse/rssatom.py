"""Reads RSS (0.90 to 2.0) and Atom. Pure, and the only file that knows feedparser.

feedparser can be slow, greedy or raise on bodies made for it, so `child` runs this in a process of its own. It imports
little for the same reason: the process should be small.
"""

import calendar
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import feedparser

from bot.errors import FeedUnreadable
from bot.feeds.parse import values
from bot.feeds.parse.dates import corrected
from bot.feeds.parse.hints import days_of, hours_of, wish_of
from bot.feeds.parse.mend import mended
from bot.feeds.parse.texts import bounded, texts_of
from bot.model import Entry, ParsedFeed

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
_AUTHORS = 10  # of an entry, that are named
_MAILED = re.compile(r"[^\s()]+@[^\s()]+\s*\(([^()]+)\)|([^()@]+)\([^\s()]+@[^\s()]+\)")
_LINKS = 50  # links of a feed or entry that are looked at


def _kept_apart(element: str, key: str, *, in_feed: bool = False) -> dict[str, Any]:
    """Make the two methods by which feedparser's parser reads an element into a list of its own."""

    def start(parser: Any, _: object) -> None:  # noqa: ANN401  # feedparser has no types
        parser.push(key, 0)

    def end(parser: Any) -> None:  # noqa: ANN401
        text = parser.pop(key)
        if bool(parser.inentry) != in_feed:
            (parser.feeddata if in_feed else parser.entries[-1]).setdefault(key, []).append(text)

    return {f"_start_{element}": start, f"_end_{element}": end}


# feedparser keeps only the last hour and day, and takes the caption of a picture for the entry's own summary.
for _name, _method in {
    **_kept_apart("hour", "newsvane_hours", in_feed=True),
    **_kept_apart("day", "newsvane_days", in_feed=True),
    **_kept_apart("media_description", "newsvane_captions"),
}.items():
    setattr(feedparser.mixin._FeedParserMixin, _name, _method)  # noqa: SLF001  # its parsers cannot be handed in


def read(body: bytes, *, base: str, now: float) -> ParsedFeed:
    """Read an RSS or Atom body in UTF-8. Raises FeedUnreadable; see `body.parse_body`."""
    try:
        # A file object, for feedparser opens a str or bytes that looks like an address or a path.
        found = feedparser.parse(
            io.BytesIO(mended(body)),
            response_headers=_HEADERS,
            sanitize_html=False,  # values.shown takes all markup out
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
    link = values.address(_text(feed, "link"), base)
    links = list(_links(feed))
    lang = _text(feed, "language")
    return ParsedFeed(
        title=values.shown(_text(feed, "title"), values.MAX_TITLE),
        entries=tuple(bounded(_entry(entry, link or base, lang, now) for entry in entries[: values.MAX_ENTRIES])),
        link=link,
        wish=wish_of(_text(feed, "ttl"), _text(feed, "sy_updateperiod"), _text(feed, "sy_updatefrequency")),
        skip_hours=hours_of(_texts(feed, "newsvane_hours")),
        skip_days=days_of(_texts(feed, "newsvane_days")),
        hubs=values.hubs_of((_text(found, "href") for found in links if _rel(found) == "hub"), base),
        topic=values.first_address((_text(found, "href") for found in links if _rel(found) == "self"), base),
    )


def _check_empty(found: Mapping[str, Any]) -> None:
    """Let a proper feed without entries pass, and nothing else."""
    if not found["version"]:
        raise FeedUnreadable("this is XML, but neither RSS nor Atom; give the address of the feed itself")
    if found["bozo"]:
        raise FeedUnreadable("the feed is malformed and no entry can be made out; the publisher has to mend it")


def _entry(found: Mapping[str, Any], base: str, feed_lang: str, now: float) -> Entry:
    title = values.shown(_text(found, "title"), values.MAX_TITLE)
    return Entry(
        guid=values.guid_of(_text(found, "id")),
        link=values.first_address(_ways(found), base),
        title=title,
        **texts_of(
            [_text(found, "summary")], _contents(found), title, captions=_texts(found, "newsvane_captions")
        )._asdict(),
        author=_author(found),
        lang=values.lang_of(_text(_sub(found, "title_detail"), "language"), feed_lang),
        published=_published(found, now),
    )


def _ways(found: Mapping[str, Any]) -> Iterator[str]:
    """Return what may be the page of an entry, the best first. Some have no link but a guid, or a recording."""
    guid = _text(found, "id")
    whole = guid.startswith(("http://", "https://"))
    # feedparser takes any guid and Atom id for a link, also "1234" and "urn:…", unless the entry has one.
    if whole or guid.startswith("/") or not _got(found, "guidislink"):
        yield _text(found, "link")
    if whole:
        yield guid
    links = list(_links(found))
    for wanted in ("alternate", "enclosure", ""):
        yield from (_text(link, "href") for link in links if not wanted or _rel(link) == wanted)


def _author(found: Mapping[str, Any]) -> str:
    """Return the names of the authors, without their mail addresses if there are names."""
    authors = _got(found, "authors")
    few = authors[:_AUTHORS] if isinstance(authors, list) else []
    names = [name for author in few if (name := _text(author, "name"))]
    text = ", ".join(names) if len(names) > 1 else _text(found, "author")
    # feedparser parts names from addresses too, but at the wrong place if the domain's last part is long.
    mailed = _MAILED.fullmatch(text.strip()) if len(text) < 500 else None
    return values.shown((mailed[1] or mailed[2]) if mailed else text, values.MAX_AUTHOR)


def _contents(found: Mapping[str, Any]) -> Iterator[str]:
    """Return what may be the article. feedparser takes it for the description, too, if there is none."""
    contents = _got(found, "content")
    for content in contents if isinstance(contents, list) else ():
        yield _text(content, "value")


def _got(found: object, key: str) -> object:
    # dict's own get: feedparser's maps one missing key to another and warns.
    return dict.get(found, key) if isinstance(found, dict) else None


def _text(found: Mapping[str, Any], key: str) -> str:
    return values.plain(_got(found, key))


def _texts(found: Mapping[str, Any], key: str) -> Iterator[str]:
    texts = _got(found, key)
    return map(values.plain, texts) if isinstance(texts, list) else iter(())


def _sub(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = _got(found, key)
    return value if isinstance(value, dict) else {}


def _links(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    links = _got(found, "links")
    return (link for link in (links if isinstance(links, list) else [])[:_LINKS] if isinstance(link, dict))


def _rel(link: Mapping[str, Any]) -> str:
    return _text(link, "rel").strip().lower()


def _published(found: Mapping[str, Any], now: float) -> float | None:
    for key in ("published", "updated"):
        written = _text(found, key)
        seconds = corrected(written, _seconds(_got(found, f"{key}_parsed"))) if written else None
        if seconds is not None and (moment := values.moment(seconds, now)) is not None:
            return moment
    return None


def _seconds(date: object) -> float | None:
    try:
        return float(calendar.timegm(date)) if isinstance(date, tuple) else None
    except (ValueError, OverflowError, TypeError):
        return None
