"""A corpus counts what a watch finds: the same items as trying it on each."""

import random
from dataclasses import replace

import pytest

from bot.model import Item
from bot.watches.corpus import ItemList
from bot.watches.match.evaluate import evaluate
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.operators.all_of import And
from bot.watches.parser import parse

TITLES = (
    "Rockets fall on Idlib",
    "Turkish jets over Idlib",
    "A Turkish bakery opens",
    "S-400 sold to Turkey",
    "S 400 sold to Ankara",
    "Навального лечат в Берлине",
    "Football in Hama",
    "",
)
QUERIES = (
    "Idlib",
    "Turk*",
    "S-400",
    "Навальн*",
    "source:paper",
    "Turkish NEAR/2 jet",
    "Idlib -jet",
    "=Turkish",
    "nobody",
    "title:football, bakery",
)


def items() -> list[Item]:
    """Some items, each seen a second behind the one before."""
    return [
        Item(keys=(title,), feed="f", source="paper" if number % 2 else "f", title=title, seen=100.0 + number)
        for number, title in enumerate(TITLES)
    ]


@pytest.mark.parametrize("query", QUERIES)
def test_a_list_of_items_counts_what_trying_each_finds(query):
    node = parse(query).node
    matching = [item for item in items() if evaluate(node, TokenizedItem(item))]
    shuffled = random.Random(1).sample(items(), len(TITLES))  # noqa: S311  # an order, no secret
    assert ItemList(shuffled).count(node) == len(matching)
    assert ItemList(shuffled).newest(node, 100) == matching[::-1]
    assert ItemList(shuffled).newest(node, 1) == matching[::-1][:1]


def test_what_one_finds_and_another_does_not_is_one_node():
    node = And((parse("Idlib").node,), (parse("jet").node,))
    assert [item.title for item in ItemList(items()).newest(node, 5)] == ["Rockets fall on Idlib"]


def test_a_scope_leaves_out_what_only_the_body_has():
    item = replace(items()[-1], body="Idlib")
    corpus = ItemList([item])
    node = parse("Idlib").node
    assert (corpus.count(node), corpus.count(node, "about")) == (1, 0)


def test_a_corpus_says_how_many_items_it_has_and_from_when_to_when():
    assert (ItemList(items()).size(), ItemList(items()).span()) == (8, (100.0, 107.0))
    assert (ItemList([]).size(), ItemList([]).span()) == (0, (0.0, 0.0))
