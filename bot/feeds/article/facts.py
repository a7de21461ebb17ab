"""What a page says of its article beside the text: JSON-LD (schema.org), read from its scripts. Pure.

Of several articles that a page describes, the one whose headline fits is meant.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.feeds.article.overlap import share

MOST_NODES = 5_000
"""Values of JSON-LD that are looked at."""
LONGEST = 500_000
"""Characters of a script that is read."""
_WRAPPED = re.compile(r"\A(?:\s|//|<!\[CDATA\[|<!--)+|(?:[\s;]|//|\]\]>|-->)+\Z")
"""What stands around JSON to hide it from old programs."""
_KINDS = ("article", "report", "posting")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a page says of its article; empty where it says nothing. `paid` says that it is not free to read."""

    headline: str = ""
    author: str = ""
    published: float | None = None
    image: str = ""
    body: str = ""
    paid: bool = False


def facts_of(scripts: Sequence[str], title: str) -> Facts:
    """Return what the scripts of a page say of the article with a title. Never raises."""
    found = [_facts(node) for script in scripts for node in _nodes(script) if _is_article(node)]
    return max(found, key=lambda facts: share(title, facts.headline) if facts.headline else 0, default=Facts())


def moment_of(written: str) -> float | None:
    """Read a date of ISO 8601, as Unix seconds. One without a zone is taken for UTC."""
    try:
        when = datetime.fromisoformat(written.strip()[:40])
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _nodes(script: str) -> Iterator[dict[str, object]]:
    """Yield all objects of a script, however they are nested."""
    try:
        waiting: list[object] = [json.loads(_WRAPPED.sub("", script[:LONGEST]), strict=False)]
    except (ValueError, RecursionError):
        return
    for _ in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _is_article(node: dict[str, object]) -> bool:
    kinds = node.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    named = any(isinstance(name, str) and name.lower().endswith(_KINDS) for name in names)
    return named and isinstance(node.get("headline") or node.get("name"), str)


def _facts(node: dict[str, object]) -> Facts:
    return Facts(
        headline=_text(node.get("headline") or node.get("name")),
        author=", ".join(dict.fromkeys(_names(node.get("author")))),
        published=moment_of(_text(node.get("datePublished"))),
        image=_address(node.get("image")),
        body=_text(node.get("articleBody")),
        paid=str(node.get("isAccessibleForFree", "")).rpartition("/")[2].lower() in {"false", "0"},
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _names(value: object) -> Iterator[str]:
    for each in value[:10] if isinstance(value, list) else [value]:
        name = each.get("name") if isinstance(each, dict) else each
        if isinstance(name, str) and name.strip() and "://" not in name:
            yield " ".join(name.split())


def _address(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else value
    found = first.get("url") if isinstance(first, dict) else first
    return _text(found)
