"""Where what a watch finds is clearly two matters, it is said; where that is unsure, nothing is."""

import random

import pytest

from bot.model import Item, Watch
from bot.watches.corpus import ItemList
from bot.watches.echo import advice, rehearse
from bot.watches.parser import parse
from bot.watches.relatives.senses import senses

RIVER = [
    "rainforest",
    "indigenous",
    "deforestation",
    "canopy",
    "jungle",
    "loggers",
    "tribes",
    "tributary",
    "piranha",
    "toucan",
]
SHOP = [
    "parcels",
    "warehouse",
    "retailer",
    "checkout",
    "bezos",
    "couriers",
    "subscribers",
    "logistics",
    "discounts",
    "packaging",
]


def items(*groups: tuple[str, list[str], int]) -> ItemList:
    """Make items of groups: a name, words that stand around it, four in each item, and how many items."""
    dice = random.Random(1)  # noqa: S311  # an order, no secret
    titles = [f"{name} and {' '.join(dice.sample(words, 4))}" for name, words, count in groups for _ in range(count)]
    dice.shuffle(titles)
    return ItemList(Item(keys=(str(n),), feed="f", source="s", title=title) for n, title in enumerate(titles))


def test_two_matters_of_one_name_are_told_apart_by_their_words():
    found = senses(parse("Amazon").node, items(("Amazon", SHOP, 40), ("Amazon", RIVER, 20)))
    assert found is not None
    more, less = found
    assert (round(more.share, 2), round(less.share, 2)) == (0.67, 0.33)
    assert set(more.words) <= set(SHOP)
    assert set(less.words) <= set(RIVER)
    assert [len(sense.examples) for sense in found] == [2, 2]
    assert all(any(word in item.title for word in less.words) for item in less.examples)


@pytest.mark.parametrize(
    "groups",
    [
        [("Amazon", SHOP, 60)],
        [("Amazon", SHOP + RIVER, 60)],
        [("Amazon", SHOP, 8), ("Amazon", RIVER, 8)],
        [("Amazon", SHOP, 60), ("Amazon", RIVER, 4)],
        [("Amazon", SHOP, 20), ("Amazon", RIVER, 20), ("Amazon", SHOP[:5] + RIVER[:5], 20)],
    ],
    ids=["one matter", "its words mixed", "too few hits", "the other too small", "many between the two"],
)
def test_where_it_is_unsure_nothing_is_said(groups):
    assert senses(parse("Amazon").node, items(*groups)) is None


def test_the_remark_proposes_the_watch_without_the_smaller_matter():
    corpus = items(("Amazon", SHOP, 40), ("Amazon", RIVER, 20))
    rehearsal = rehearse(Watch(name="w", title="W", query="Amazon"), corpus)
    (remark,) = rehearsal.remarks
    assert remark.said.startswith("Amazon: 67% of what it finds stands with ")
    assert corpus.count(parse(remark.query).node) < 50
    assert len([line for line in advice(rehearsal) if line.startswith("    Amazon and ")]) == 4


def test_what_a_watch_refuses_already_is_refused_further():
    corpus = items(("Amazon", SHOP, 40), ("Amazon", RIVER, 20))
    (remark,) = rehearse(Watch(name="w", title="W", query="Amazon -football"), corpus).remarks
    assert remark.query.startswith("Amazon -football -(")


def test_a_word_in_small_letters_that_is_a_name_in_many_items_is_told():
    corpus = items(("Apple", SHOP, 12), ("apple", RIVER, 7))
    (remark,) = rehearse(Watch(name="w", title="W", query="apple"), corpus).remarks
    assert remark.said == "Of 19 items with apple, 12 have it as a name: Apple."
    assert remark.query == "Apple"
    assert rehearse(Watch(name="w", title="W", query="Apple"), corpus).remarks == ()


def test_each_alternative_is_looked_at_by_itself():
    corpus = items(("Amazon", SHOP, 40), ("Amazon", RIVER, 20), ("Idlib", ["shelling", "camps", "rebels", "tents"], 20))
    (remark,) = rehearse(Watch(name="w", title="W", query="Idlib, Amazon"), corpus).remarks
    assert remark.query.startswith("Idlib, Amazon -(")
