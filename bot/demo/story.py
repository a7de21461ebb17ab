"""What the demo's publisher publishes: a bundled story, or items from a file.

The story is modelled on the news of February 2020: Turkish aircraft over Idlib, Russian warnings, S-400 batteries. Its
items are invented and link to a reserved domain (RFC 2606), so no reader takes them for a publisher's words.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from bot.errors import ConfigError

_WINDOW = 50  # items that stand in the feed before the first is released, as many as the real feed shows


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem:
    """An item to publish. `published` is in Unix seconds, None for the moment of publishing."""

    title: str
    summary: str
    link: str
    published: float | None = None


def _bundled() -> tuple[NewsItem, ...]:
    story = tomllib.loads((files("bot.demo") / "story.toml").read_text(encoding="utf-8"))
    return tuple(
        NewsItem(
            title=row["title"],
            summary=row["summary"],
            # Ids have gaps on the real site too: not every article is in the feed.
            link=f"{story['site']}/2020/02/{row['day']:02d}/{row['slug']}-a{story['first_id'] + 3 * number}",
        )
        for number, row in enumerate(story["item"])
    )


_STORY = _bundled()
HISTORY = _STORY[:_WINDOW]
"""What stands in the feed from the start, oldest first."""
RELEASES = _STORY[_WINDOW:]
"""What comes out one by one. The first is about Turkish aircraft over Idlib."""


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
