"""Throws random and mutated queries at the watch language: each gives a tree or a QueryError, and nothing else.

    ./run drill language [--random N] [--mutated N] [--seed N]

A tree must print to a query that parses to the same tree; a suggestion must itself parse. Prints counts and the worst
time of one query. Exit 1 at the first breach, which it shows.
"""

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

from bot.errors import QueryError
from bot.watches.parser import parse
from bot.watches.parser.aliases import builtin_aliases

# fmt: off
PIECES = (
    "Idlib", "S-400", "Turkish", "plane*", "=NATO", "@aircraft", "@none", "~Russia", "title:", "body:", "url:",
    "colour:", "AND", "OR", "NOT", "NEAR/3", "NEAR/0", "NEAR/99", "and", "or", "not", "-", "(", ")", '"',
    "'", "«", "»", "“", "”", "~2", "~", ",", ";", ":", "=", "*", "@", "/", "С-400", "Навальн*", "東京", "שלום",
    "café", "x", "\n", "\t", "\x00", "\u200b", "\u202e", "😀",
)
# fmt: on
CONFORMANCE = Path(__file__).resolve().parents[1] / "unit/watches/conformance.tsv"


def random_query(dice: random.Random) -> str:
    """Make a query of random pieces, or of random characters."""
    if dice.random() < 0.7:
        return dice.choice(("", " ")).join(dice.choices(PIECES, k=dice.randrange(1, 14)))
    return "".join(
        chr(dice.choice((dice.randrange(32, 127), dice.randrange(0x3000)))) for _ in range(dice.randrange(40))
    )


def mutated(query: str, dice: random.Random) -> str:
    """Change a good query in one to three places."""
    text = list(query)
    for _ in range(dice.randrange(1, 4)):
        place = dice.randrange(len(text) + 1)
        match dice.randrange(4):
            case 0:
                text.insert(place, dice.choice(PIECES))
            case 1 if place < len(text):
                del text[place]
            case 2 if place < len(text):
                text[place] = chr(dice.randrange(32, 1200))
            case _:
                text[place:place] = text[: dice.randrange(8)]
    return "".join(text)


def breach(query: str) -> str:
    """Say what is wrong with how a query was read; empty if nothing is."""
    try:
        tree = parse(query, builtin_aliases())
    except QueryError as error:
        if error.suggestion:
            try:
                parse(error.suggestion, builtin_aliases())
            except QueryError as worse:
                return f"the suggestion {error.suggestion!r} does not parse: {worse}"
        return "" if 0 <= error.start <= error.end <= len(query) else f"the place {error.start}-{error.end} is outside"
    except Exception as error:  # noqa: BLE001  # it is what the drill looks for
        return f"{type(error).__name__}: {error}"
    printed = tree.node.render()
    try:
        again = parse(printed, builtin_aliases())
    except QueryError as error:
        return f"it prints as {printed!r}, which does not parse: {error}"
    return "" if again.node == tree.node else f"it prints as {printed!r}, which is another query"


def main() -> int:
    """Run the drill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=1_000_000)
    parser.add_argument("--mutated", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = random.Random(given.seed)  # noqa: S311  # chance, not secrecy
    rows = [
        line.split("\t") for line in CONFORMANCE.read_text(encoding="utf-8").splitlines() if line[:1] not in {"", "#"}
    ]
    good = [row[1] for row in rows if len(row) > 1]
    counts: Counter[str] = Counter()
    worst = 0.0
    for kind, number in (("random", given.random), ("mutated", given.mutated)):
        for _ in range(number):
            query = random_query(dice) if kind == "random" else mutated(dice.choice(good), dice)
            began = time.perf_counter()
            wrong = breach(query)
            worst = max(worst, time.perf_counter() - began)
            counts[kind] += 1
            if wrong:
                print(f"{kind} query {query!r}: {wrong}")
                return 1
    print(f"{dict(counts)}: a tree or a QueryError each; the slowest took {worst * 1000:.1f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
