"""Articles: the whole text behind an item, that one is wanted, and what came of asking for its page."""

from dataclasses import dataclass
from typing import Literal

from bot.model.item import Paragraph

UnreadReason = Literal["wall", "refused", "robots", "no article", "too large", "unreachable", "waited too long"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page says. `body` has a paragraph a line, and `paragraphs` say what each line is.

    `link` is the page's own address for itself, `image` its picture's; empty where it gives none. `wall` says in words
    what the rest of the article is behind, of which these are the first paragraphs; empty if it is whole.
    """

    title: str = ""
    body: str
    paragraphs: tuple[Paragraph, ...]
    author: str = ""
    published: float | None = None
    image: str = ""
    link: str = ""
    lang: str = ""
    wall: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Why a page was not read.

    `detail` says it in words for people; `hold` is for how many seconds its host is not to be asked, 0 if it did not
    say so. It was another `host`, to which the link led, if there is one.
    """

    reason: UnreadReason
    detail: str
    hold: float = 0.0
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostHold:
    """A host that has asked to be left alone, as `Lineup` names it, and until when, in Unix seconds.

    What was asked for `of_chats` holds for chats alone: a link that they chose must not close a host for everybody.
    """

    host: str
    until: float
    of_chats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The page of an item that somebody could yet be told of by its article. `item` is the item's own name.

    `since` is when it was first wanted, `asks` how often its page was asked for; `chat` is whose own feed it stands in,
    0 for everybody's.
    """

    feed: str
    item: str
    link: str
    since: float
    asks: int = 0
    chat: int = 0
