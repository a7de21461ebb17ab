"""An index finds what plain evaluation finds, whatever was added and removed."""

import random

import pytest

from bot.errors import QueryError
from bot.model import Item, Match, Watch
from bot.watches.document import Document
from bot.watches.evaluate import evaluate, evaluate_document
from bot.watches.index import Index
from bot.watches.language import parse

ALIASES = {"aircraft": 'aircraft, plane, jet, "fighter jet"', "city": "Idlib, Hama, @north", "north": "Aleppo AND Azaz"}
VOCABULARY = """
    Idlib Hama Aleppo Azaz jet jets plane planes fighter Turkish Turkey Turks army armies NATO Nato S-400 S400 С-400
    S 400 400 Japan's 's U.S. F-16 F-16s Su-24M Навальный Навального Навальнист ёлка елка café cafe the of in a and
    O’Brien O'Brien air-strike airstrike strikes struck 2020 G20 https://x.org/turkish-jets www.x.org/jet and/or #jet
    ﬁghter so\u00adft İstanbul 400-strong \u200bjet
""".split()  # noqa: SIM905  # words without quotes and commas are easier to read
TERMS = """
    Idlib Hama jet planes Turkish Turk =NATO =jets S-400 С-400 F-16 Su-24 400 Навальный Навальн* Turk* fight* елка cafe
    "fighter jet" "fighter jet"~2 "Turkish army" "the" O'Brien "air strike" G20 strike @aircraft @city soft Istanbul
    "S-400 jet" "S 400" title:jet body:Idlib source:daily source:dail* lang:en url:jet author:smith "in the" ="F-16s"
""".strip().split()  # terms without more quotes and commas are easier to read


def terms() -> list[str]:
    """Put phrases together again that were split at their spaces."""
    joined: list[str] = []
    for part in TERMS:
        if joined and joined[-1].count('"') == 1:
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def random_query(rnd: random.Random) -> str:
    """Make a query of random terms and operators."""
    some = rnd.choices(terms(), k=4)
    shape = rnd.randrange(10)
    plain = [term for term in some if ":" not in term and "@city" not in term] or ["jet"]
    a, b = rnd.choice(plain), rnd.choice(plain)
    forms = [
        some[0],
        f"{some[0]}, {some[1]}",
        f"{some[0]} AND {some[1]}",
        f"{some[0]} -{some[1]}",
        f"{a} NEAR/{rnd.randint(1, 6)} {b}",
        f"({some[0]} OR {some[1]}) AND {some[2]} -{some[3]}",
        f"({a} OR {b}) NEAR/4 jet",
        f"title:({a} OR {b})",
        f"{some[0]} AND {a} NEAR/5 {b}, {some[3]}",
        f"{a} NEAR/3 {b} NEAR/4 Idlib -({some[0]} AND {some[1]})",
    ]
    return forms[shape]


def random_item(rnd: random.Random, number: int, *, short: bool = False) -> Item:
    """Make an item of random words."""
    title, summary, body = (3, 4, 5) if short else (8, 20, 40)

    def text(most: int) -> str:
        return " ".join(rnd.choices(VOCABULARY, k=rnd.randint(0, most)))

    return Item(
        keys=(str(number),),
        feed=rnd.choice(["one", "two"]),
        source=rnd.choice(["Daily News", "Other"]),
        title=text(title),
        summary=text(summary),
        body=text(body) if rnd.random() < 0.3 else "",
        link=rnd.choice(["https://x.org/jet", "https://x.org/a"]),
        author=rnd.choice(["", "Jo Smith"]),
        lang=rnd.choice(["en", "en-GB", "ru"]),
    )


def watches(count: int, seed: int) -> list[Watch]:
    """Make random watches."""
    rnd = random.Random(seed)  # noqa: S311  # the same watches every time
    return [
        Watch(
            name=f"w{number}",
            title=f"W{number}",
            query=random_query(rnd),
            scope=rnd.choice(["anywhere", "about"]),
            feeds=rnd.choice([(), (), ("one",), ("two", "three")]),
            silent=rnd.random() < 0.2,
        )
        for number in range(count)
    ]


def plainly(all_watches: list[Watch], item: Item) -> tuple[Match, ...]:
    """Evaluate every watch by itself."""
    matches = []
    for watch in all_watches:
        found = evaluate(parse(watch.query, ALIASES), item, watch.scope)
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


MANY_ITEMS, PARTS = 1_250, 5


@pytest.mark.parametrize("part", range(PARTS))
def test_index_agrees_with_plain_evaluation_on_every_pair(part: int) -> None:
    """Of 2,000 watches and 1,250 items, in parts, each pair has the same hits at the same tier either way."""
    all_watches = watches(2_000, seed=77)
    index = Index()
    index.add_all(all_watches, ALIASES)
    read = [(watch, parse(watch.query, ALIASES).node) for watch in all_watches]
    rnd = random.Random(part)  # noqa: S311  # the same items every time
    found = 0
    for number in range(MANY_ITEMS // PARTS):
        item = random_item(rnd, number, short=True)
        document = Document(item)
        seen = [(watch, node) for watch, node in read if not watch.feeds or item.feed in watch.feeds]
        expected = [
            (watch.name, *met) for watch, node in seen if (met := evaluate_document(node, document, watch.scope))
        ]
        assert [(match.watch, match.tier, match.hits) for match in index.match(item)] == expected
        found += len(expected)
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
