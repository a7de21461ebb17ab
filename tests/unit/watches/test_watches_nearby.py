"""Bare words that mostly stand side by side and also near each other are remarked."""

from bot.model import Item, Watch
from bot.watches.corpus import ItemList
from bot.watches.echo import advice, rehearse


def told(query: str, *titles: str) -> list[str]:
    """Return what is remarked of a query on items with these titles."""
    items = [Item(keys=(title,), feed="f", source="s", title=title) for title in titles]
    return [remark.said for remark in rehearse(Watch(name="w", title="W", query=query), ItemList(items)).remarks]


BESIDE = ("Oil price falls", "Oil price rises", "Oil prices sink", "Oil prices jump")
NEAR = ("The price of oil falls", "Price war over oil", "Traders push the price of crude oil up")


def test_words_near_each_other_are_offered_with_both_counts() -> None:
    """The query that finds them can be taken as it is."""
    assert told("oil price", *BESIDE, *NEAR) == [
        "“oil price” stands side by side in 4 items, in 3 more its words are near."
    ]
    items = [Item(keys=(title,), feed="f", source="s", title=title) for title in (*BESIDE, *NEAR)]
    found = rehearse(Watch(name="w", title="W", query="oil price, Brent"), ItemList(items))
    assert "Perhaps: oil NEAR/8 price, Brent" in next(iter(advice(found)))


def test_few_more_are_not_worth_a_line() -> None:
    """Nor is a phrase in quotes, which is meant so, nor are words in two sentences near."""
    assert told("oil price", *BESIDE, *NEAR[:2]) == []
    assert told('"oil price"', *BESIDE, *NEAR) == []
    apart = [f"The price fell on day {day}. Oil is black" for day in range(4)]
    assert told("oil price", *BESIDE, *apart) == []


def test_words_that_stand_apart_far_more_often_are_offered_with_and_alone() -> None:
    """One remark for a phrase is enough."""
    apart = [f"An earthquake {number} hits Turkey" for number in range(8)]
    (said,) = told("Turkey earthquake", "Turkey earthquake", *apart)
    assert "all of its words stand in 9" in said
