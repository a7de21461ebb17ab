"""What the child process says of a page and of a robots.txt: values, from and to JSON. Pure, and light."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bot.model import Article, Paragraph


class NoPage(Exception):
    """The bytes are no page that can be read. The message completes "the page …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """What a page shows: an article, whose body is empty if it has none, and what tells a wall.

    `paid` says that it calls itself not free, `asks_password` that it has a field for one, `elsewhere` that it speaks
    of something else than the item whose page it should be.
    """

    article: Article
    paid: bool = False
    asks_password: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether a link may be asked, and how many seconds should lie between two requests."""

    allowed: bool = True
    delay: float = 0.0


Answer = Extracted | Permission


def packed(answer: Answer) -> dict[str, object]:
    """Return an answer as JSON has it."""
    return {type(answer).__name__: asdict(answer)}


def unpacked(reply: Mapping[str, dict[str, object]]) -> Answer:
    """Return the answer of a reply. Raises KeyError, TypeError or ValueError for what is none."""
    if "Permission" in reply:
        said = reply["Permission"]
        return Permission(allowed=said["allowed"] is True, delay=float(str(said["delay"])))
    shown = dict(reply["Extracted"])
    article = shown.pop("article")
    if not isinstance(article, dict):
        raise TypeError("no article")
    paragraphs = tuple([Paragraph(*each) for each in article["paragraphs"]])
    return Extracted(
        article=Article(**{**article, "paragraphs": paragraphs}),
        paid=shown["paid"] is True,
        asks_password=shown["asks_password"] is True,
        elsewhere=shown["elsewhere"] is True,
    )
