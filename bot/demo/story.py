"""What the demo's publisher publishes: a bundled story, or items from a file.

The story is modelled on the news of February 2020: Turkish aircraft over Idlib, Russian warnings, S-400 batteries. Its
items are invented and link to a reserved domain (RFC 2606), so no reader takes them for a publisher's words.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import count
from typing import Any

from bot.errors import ConfigError
from bot.text.clean import readable

LONGEST_HEADLINE = 300
"""Characters of a headline that a person makes up."""
_WINDOW = 50  # items that stand in the feed before the first is released, as many as the real feed shows


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem:
    """An item to publish. `published` is in Unix seconds, None for the moment of publishing.

    `body` is the article, if the feed carries it: a paragraph a line.
    """

    title: str
    summary: str
    link: str
    published: float | None = None
    body: str = ""


_STORY: Mapping[str, Any] = tomllib.loads((files("bot.demo") / "story.toml").read_text(encoding="utf-8"))
_SITE: str = _STORY["site"]
_OWN = f"{_SITE}/your-headline-a"
_OWN_IDS = 9_000_000
_GAP = 3  # between two ids: on the real site, too, not every article is in the feed
_FIRST_DAY = date(2020, 2, 1)


def _item(row: Mapping[str, Any], number: int, day: int, words: Mapping[str, str] | None = None) -> NewsItem:
    """Make the item of that number. `day` counts from the first of February 2020."""
    title, summary = (text.format_map(words) if words else text for text in (row["title"], row["summary"]))
    then = _FIRST_DAY + timedelta(days=day - 1)
    link = f"{_SITE}/{then:%Y/%m/%d}/{row['slug']}-a{_STORY['first_id'] + _GAP * number}"
    return NewsItem(title=title, summary=summary, link=link, body=row.get("body", "").strip())


_TOLD = tuple(_item(row, number, row["day"]) for number, row in enumerate(_STORY["item"]))
HISTORY = _TOLD[:_WINDOW]
"""What stands in the feed from the start, oldest first."""
RELEASES = _TOLD[_WINDOW:]
"""What comes out one by one. The first is about Turkish aircraft over Idlib."""


def news() -> Iterator[NewsItem]:
    """Return what comes out, without end: `RELEASES`, then day after day much the same in other places and numbers."""
    yield from RELEASES
    again: Sequence[Mapping[str, Any]] = _STORY["again"]
    numbers = count(len(_TOLD))
    for day in count():
        for place, row in enumerate(again):
            words = {name: choices[(day + place) % len(choices)] for name, choices in _STORY["words"].items()}
            yield _item(row, next(numbers), _STORY["item"][-1]["day"] + 1 + day, words)


def own_item(headline: str, number: int) -> NewsItem:
    """Make an item of a headline that somebody typed, whatever stands in it; `number` tells it from others."""
    title = readable(headline)
    if len(title) > LONGEST_HEADLINE:
        title = title[: LONGEST_HEADLINE - 1].rstrip() + "…"
    return NewsItem(title=title, summary="", link=f"{_OWN}{_OWN_IDS + number}")


def is_own(link: str) -> bool:
    """Return whether a link is that of an `own_item`."""
    return link.startswith(_OWN)


def read_items(lines: Iterable[str], name: str) -> Iterator[NewsItem]:
    """Read items, one JSON object a line: title, summary, link, and published as ISO 8601 or Unix seconds.

    `name` is the file's, for messages. Empty lines are passed over. Raises ConfigError at a line that it cannot read.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield NewsItem(
                title=_text(row, "title"),
                summary=_text(row, "summary"),
                link=_text(row, "link"),
                published=_moment(row.get("published")),
            )
        except (ValueError, TypeError, AttributeError, OverflowError, OSError) as error:
            raise ConfigError(
                f"{name}:{number}: {error}; each line is a JSON object with title, summary, link and published",
            ) from error


def _text(row: dict[str, object], key: str) -> str:
    value = row.get(key) or ""
    if not isinstance(value, str):
        raise TypeError(f"{key} is not text")
    return value


def _moment(value: object) -> float | None:
    """Read a time; one without a zone is UTC."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).timestamp()  # raises for what no calendar has
    if not isinstance(value, str):
        raise TypeError("published is no time")
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
