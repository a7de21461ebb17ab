"""Items: the news. Texts are readable: no markup, no entities."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

FieldName = Literal["title", "summary", "body", "source", "lang", "url", "author"]


class Paragraph(NamedTuple):
    """What a line of a body is: a paragraph, by its number from 1, and whether it is beside the matter.

    A lead that stands above the article's text has the number 0.
    Beside it are the last two thirds of an article, captions of pictures, credits, and links to other articles.
    """

    number: int
    aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A news item with its identity.

    `keys` are all names under which the item may be known; the first is its own key. An item is known if any
    of them is. `source` is the feed's title. `body` is the article's text where it was read, a paragraph a line,
    and `paragraphs` say what each line is; of one that is kept it has the sentences that hit alone. `digest` tells the
    words of one whose texts were cut when it was kept, empty where they are whole. `partly` says that it is news for
    some chats that have not been told yet. `unread` says in words why its article could not be read.
    """

    keys: tuple[str, ...]
    feed: str
    source: str
    title: str
    summary: str = ""
    body: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    link: str = ""
    author: str = ""
    lang: str = ""
    published: float | None = None
    seen: float = 0.0
    digest: str = ""
    partly: bool = False
    unread: str = ""

    @property
    def key(self) -> str:
        """The item's own key."""
        return self.keys[0]
