"""Reads JSON Feed 1.0 and 1.1 (https://jsonfeed.org/version/1.1). Pure.

Nothing in it need have the type that it should: a value of another type is as if it were not there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.errors import FeedUnreadable
from bot.feeds.parse import values
from bot.feeds.parse.texts import bounded, texts_of
from bot.model import Entry, ParsedFeed

_VERSIONS = ("https://jsonfeed.org/version/1", "http://jsonfeed.org/version/1")
_HUBS = {"websub", "pubsubhubbub"}
_FEW = 50  # authors and hubs that are looked at


def read(body: bytes, *, base: str, now: float) -> ParsedFeed:
    """Read a JSON Feed in UTF-8. Raises FeedUnreadable; see `body.parse_body`."""
    try:
        feed = json.loads(body, parse_constant=lambda _: None)
    except MemoryError:
        raise
    except (ValueError, RecursionError) as error:
        raise FeedUnreadable("the JSON Feed is malformed or cut off; the publisher has to mend it") from error
    if not isinstance(feed, dict) or not _text(feed, "version").startswith(_VERSIONS):
        raise FeedUnreadable("this is JSON, but not a JSON Feed; look for another feed at the publisher's site")
    items = feed.get("items")
    if not isinstance(items, list):
        raise FeedUnreadable("the JSON Feed has no list of items; the publisher has to mend it")
    link = values.address(_text(feed, "home_page_url"), base)
    return ParsedFeed(
        title=values.shown(_text(feed, "title"), values.MAX_TITLE),
        entries=tuple(
            bounded(
                _entry(item, feed, link or base, now) for item in items[: values.MAX_ENTRIES] if isinstance(item, dict)
            )
        ),
        link=link,
        hubs=values.hubs_of((_text(hub, "url") for hub in _parts(feed, "hubs") if _is_hub(hub)), base),
        topic=values.address(_text(feed, "feed_url"), base),
    )


def _entry(item: Mapping[str, Any], feed: Mapping[str, Any], base: str, now: float) -> Entry:
    title = values.shown(_text(item, "title"), values.MAX_TITLE)
    guid = values.guid_of(_id(item.get("id")))
    ways = (_text(item, "url"), _text(item, "external_url"), guid if guid.startswith(("http://", "https://")) else "")
    texts = texts_of([_text(item, "summary")], [_text(item, "content_text"), _text(item, "content_html")], title)
    return Entry(
        guid=guid,
        link=values.first_address(ways, base),
        title=title,
        **texts._asdict(),
        author=_authors(item) or _authors(feed),
        lang=values.lang_of(_text(item, "language"), _text(feed, "language")),
        published=_moment(_text(item, "date_published"), now) or _moment(_text(item, "date_modified"), now),
    )


def _text(found: Mapping[str, Any], key: str) -> str:
    return values.plain(found.get(key))


def _parts(found: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    parts = found.get(key)
    return (part for part in (parts if isinstance(parts, list) else [])[:_FEW] if isinstance(part, dict))


def _id(value: object) -> str:
    """Return an id; a number is one too (JSON Feed 1.1, "id")."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return values.plain(value)


def _is_hub(hub: Mapping[str, Any]) -> bool:
    return _text(hub, "type").strip().lower() in _HUBS


def _authors(found: Mapping[str, Any]) -> str:
    """Return the names of the authors (1.1), else of the author (1.0)."""
    first: object = found.get("author")
    parts: Sequence[Mapping[str, Any]] = [*_parts(found, "authors")] or ([first] if isinstance(first, dict) else [])
    names = [name for part in parts if (name := values.shown(_text(part, "name"), values.MAX_AUTHOR))]
    return values.shown(", ".join(names), values.MAX_AUTHOR)


def _moment(text: str, now: float) -> float | None:
    """Read a date (RFC 3339). Without a zone it is UTC."""
    try:
        date = datetime.fromisoformat(text.strip()[:40].upper())
        return values.moment((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp(), now)
    except (ValueError, OverflowError, OSError):
        return None
