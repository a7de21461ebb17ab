"""Compares the index with plain evaluation, watch by watch and item by item: ./run drill pairs [--parts N].

2,000 random watches and 250 random items a part; 20 parts are ten million pairs. Each pair must have the same hits at
the same tier either way. Exit 1 at the first item on which the two disagree, which it shows.
"""

import argparse
import random
import sys

from bot.model import Item, Watch
from bot.watches.match.evaluate import evaluate
from bot.watches.match.index import Index
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.parser import parse

WATCHES, ITEMS, PARTS = 2_000, 250, 20
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
            scope=rnd.choice(["all", "about"]),
            feeds=rnd.choice([(), (), ("one",), ("two", "three")]),
            silent=rnd.random() < 0.2,
        )
        for number in range(count)
    ]


def compared(part: int) -> tuple[int, str]:
    """Compare on all pairs of a part. Returns the number of matches, and the first disagreement if there is one."""
    all_watches = watches(WATCHES, seed=77)
    index = Index()
    index.add_all(all_watches, ALIASES)
    read = [(watch, parse(watch.query, ALIASES).node) for watch in all_watches]
    rnd = random.Random(part)  # noqa: S311  # the same items every time
    found = 0
    for number in range(ITEMS):
        item = random_item(rnd, number, short=True)
        document = TokenizedItem(item)
        seen = [(watch, node) for watch, node in read if not watch.feeds or item.feed in watch.feeds]
        expected = [(watch.name, *met) for watch, node in seen if (met := evaluate(node, document, watch.scope))]
        matched = [(match.watch, match.tier, match.hits) for match in index.match(item)]
        if matched != expected:
            return found, f"{item}: the index finds {matched}, plain evaluation {expected}"
        found += len(expected)
    return found, ""


def main() -> int:
    """Compare part by part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=PARTS)
    found = 0
    for part in range(parser.parse_args().parts):
        more, disagreement = compared(part)
        found += more
        if disagreement:
            print(f"part {part}: {disagreement}")
            return 1
        print(f"part {part}: {WATCHES * ITEMS:,} pairs, {more:,} matches, the same either way", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
