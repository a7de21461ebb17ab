"""An index finds what plain evaluation finds, whatever was added and removed."""

import random
from functools import cache

import pytest
from pairs import ALIASES, compared, random_item, watches

from bot.errors import QueryError
from bot.model import Item, Match, Watch
from bot.watches.match.evaluate import evaluate
from bot.watches.match.index import Index
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.parser import parse
from bot.watches.tree import Node


@cache
def node_of(query: str) -> Node:
    """Read a query, once for all items."""
    return parse(query, ALIASES).node


def plainly(all_watches: list[Watch], item: Item) -> tuple[Match, ...]:
    """Evaluate every watch by itself."""
    matches = []
    for watch in all_watches:
        found = evaluate(node_of(watch.query), TokenizedItem(item), watch.scope)
        if found and (not watch.feeds or item.feed in watch.feeds):
            tier, hits = found
            matches.append(Match(watch=watch.name, title=watch.title, hits=hits, tier=tier, silent=watch.silent))
    return tuple(matches)


def filled(all_watches: list[Watch]) -> Index:
    """Make an index of watches."""
    index = Index()
    for watch in all_watches:
        index.add(watch, ALIASES)
    return index


@pytest.mark.parametrize("seed", range(2))
def test_index_agrees_with_plain_evaluation(seed: int) -> None:
    """An index and a loop over all watches find the same matches with the same hits, in the same order."""
    rnd = random.Random(seed)  # noqa: S311  # the same items every time
    all_watches = watches(150, seed)
    index = filled(all_watches)
    found = 0
    for number in range(60):
        item = random_item(rnd, number)
        expected = plainly(all_watches, item)
        assert index.match(item) == expected
        found += len(expected)
    assert found > 500


@pytest.mark.parametrize("part", range(1))
def test_index_agrees_with_plain_evaluation_on_every_pair(part: int) -> None:
    """Of 2,000 watches and some hundred items each pair has the same hits at the same tier either way."""
    found, disagreement = compared(part)
    assert disagreement == ""
    assert found > 10_000


def test_removed_watch_is_gone_and_others_stay() -> None:
    """After removals and additions in any order the index is as if filled with what is left."""
    rnd = random.Random(9)  # noqa: S311  # the same order every time
    all_watches = watches(120, 9)
    index = filled(all_watches)
    items = [random_item(rnd, number) for number in range(40)]
    left = list(all_watches)
    for step in range(60):
        gone = left.pop(rnd.randrange(len(left)))
        index.remove(gone.name)
        if step % 2:
            index.add(gone, ALIASES)
            left.append(gone)
        item = items[step % len(items)]
        assert index.match(item) == plainly(left, item)
        assert len(index) == len(left)
    for watch in left:
        index.remove(watch.name)
    assert len(index) == 0
    assert all(index.match(item) == () for item in items)
    assert not index._filed
    assert not index._prefix_lengths


def test_same_name_takes_the_place() -> None:
    """A watch of a name that is there replaces it; a query that cannot be read leaves it."""
    item = Item(keys=("k",), feed="f", source="s", title="Idlib and Hama")
    index = Index()
    index.add(Watch(name="a", title="A", query="Idlib"))
    index.add(Watch(name="a", title="A", query="Hama"))
    with pytest.raises(QueryError):
        index.add(Watch(name="a", title="A", query="Hama and"))
    assert [hit.alternative for match in index.match(item) for hit in match.hits] == ["Hama"]


def test_unknown_name_is_no_mistake() -> None:
    """Removing what is not there changes nothing."""
    index = Index()
    index.remove("nobody")
    assert index.match(Item(keys=("k",), feed="f", source="s", title="Idlib")) == ()


def test_feeds_narrow_a_watch() -> None:
    """A watch with feeds looks at their items only."""
    index = Index()
    index.add(Watch(name="a", title="A", query="Idlib", feeds=("one",)))
    assert index.match(Item(keys=("k",), feed="one", source="s", title="Idlib"))
    assert not index.match(Item(keys=("k",), feed="two", source="s", title="Idlib"))
