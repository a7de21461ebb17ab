"""What a chat is shown of the past has each article once."""

import pytest

from bot.chat.commands.command import distinct
from bot.model import Item, MatchedItem


def found(number: int, feed: str = "times", **changes: object) -> MatchedItem:
    item = {
        "keys": (f"key-{number}",),
        "feed": feed,
        "source": feed,
        "title": f"News {number}",
        "summary": "",
        "link": "",
    }
    return MatchedItem(item=Item(**{**item, **changes}), matches=())


@pytest.mark.parametrize(
    "copy",
    [
        found(1, feed="own", keys=("key-1",), title="Another headline"),
        found(1, feed="own", keys=("x", "key-1")),
        found(2, feed="wire", title="News 1"),
        found(1),
    ],
)
def test_an_article_that_two_feeds_show_comes_once(copy: MatchedItem) -> None:
    """By one of its names, or word for word."""
    assert distinct([found(1), copy, found(3)], 5) == [found(1), found(3)]


def test_articles_of_one_headline_and_other_words_are_several() -> None:
    two = [found(1, title="Live", summary="Morning."), found(2, title="Live", summary="Evening.")]
    assert distinct(two, 5) == two


def test_so_many_come_as_were_asked_for() -> None:
    assert distinct([found(number) for number in range(9)], 3) == [found(0), found(1), found(2)]
