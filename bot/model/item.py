"""Items: the news. Texts are readable: no markup, no entities."""

from dataclasses import dataclass
from typing import Literal

FieldName = Literal["title", "summary", "body", "source", "lang", "url", "author"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A news item with its identity.

    `keys` are all names under which the item may be known; the first is its own key. An item is known if any
    of them is. `source` is the feed's title. `body` is the article's text where it was read.
    """

    keys: tuple[str, ...]
    feed: str
    source: str
    title: str
    summary: str = ""
    body: str = ""
    link: str = ""
    author: str = ""
    lang: str = ""
    published: float | None = None
    seen: float = 0.0

    @property
    def key(self) -> str:
        """The item's own key."""
        return self.keys[0]
