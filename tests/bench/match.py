"""How fast items are matched: ./run bench match [--items FILE.jsonl.gz] [--rounds N] [--watches N ...].

Measures, in one process: items a second with 10 to 100,000 mixed watches, beside a plain loop over all watches and a
loop of regular expressions; articles of 800 words; the time to read a query; what the lemmas cost. Time is the
process's own, so that neighbours on the machine do not count. Figures are medians of the rounds, with the lowest and
the highest beside them. Watches are drawn from the items' own words. Without a file the items are made up, with words
as common as Zipf has them.
"""

import argparse
import gc
import gzip
import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.model import Item, Watch
from bot.text.clean import readable
from bot.watches.match.evaluate import evaluate
from bot.watches.match.index import Index
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.parser import parse

COMMONEST_LEFT_OUT = 300
KINDS = ("term",) * 8 + ("phrase",) * 4 + ("and",) * 3 + ("not",) * 2 + ("near",) * 3
TARGETS = {10: 8_000, 1_000: 7_000, 10_000: 4_500, 100_000: 1_500}
TIMES_REGEX = {1_000: 50, 10_000: 300}

_WORD = re.compile(r"[A-Za-z]{3,}")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A watch drawn from an item: its query, and the regular expressions that come nearest to it."""

    query: str
    wanted: tuple[str, ...]
    refused: tuple[str, ...] = ()


def load(path: Path | None, count: int) -> list[Item]:
    """Read the items of a file, or make some up."""
    rows = _rows(path, count) if path else _made_up(count)
    return [
        Item(keys=(str(number),), feed="f", source="f", title=readable(title), summary=readable(summary))
        for number, (title, summary) in enumerate(rows)
    ]


def _rows(path: Path, count: int) -> list[tuple[str, str]]:
    """Take every n-th row, so that all days and feeds are among them."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    step = max(1, len(rows) // count)
    return [(row["title"], row["summary"]) for row in rows[::step]][:count]


def _made_up(count: int) -> list[tuple[str, str]]:
    """Make items of invented words."""
    rnd = random.Random(1)  # noqa: S311  # the same items every time
    syllables = [a + b for a in "bcdfghklmnprstvz" for b in "aeiou"]
    vocabulary = ["".join(rnd.choices(syllables, k=rnd.randint(2, 4))) for _ in range(40_000)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]

    def text(words: int) -> str:
        return " ".join(rnd.choices(vocabulary, weights, k=words)).capitalize()

    return [(text(10), text(25)) for _ in range(count)]


def draw(items: Sequence[Item], count: int, how: str) -> list[Drawn]:
    """Draw mixed watches from items.

    "distinct": every word of the items is as likely as any other, as the names are that people watch. "running": a
    word is as likely as it is common, the commonest left out.
    """
    rnd = random.Random(2)  # noqa: S311  # the same watches every time
    texts = [_WORD.findall(f"{item.title} {item.summary}") for item in items]
    counts = Counter(word.lower() for text in texts for word in text)
    common = {word for word, _ in counts.most_common(COMMONEST_LEFT_OUT)}
    places = [[place for place, word in enumerate(text) if word.lower() not in common] for text in texts]
    usable = [number for number, found in enumerate(places) if len(found) > 3]
    where: dict[str, list[tuple[int, int]]] = {}
    for number in usable:
        for place in places[number]:
            where.setdefault(texts[number][place].lower(), []).append((number, place))
    distinct = list(where)
    drawn: list[Drawn] = []
    while len(drawn) < count:
        if how == "distinct":
            number, one = rnd.choice(where[rnd.choice(distinct)])
        else:
            number = rnd.choice(usable)
            one = rnd.choice(places[number])
        other = rnd.choice(places[number])
        stranger = texts[rnd.choice(usable)][0]
        drawn.append(_watch(rnd.choice(KINDS), texts[number], one, other, stranger))
    return drawn


def _watch(kind: str, text: list[str], one: int, other: int, stranger: str) -> Drawn:
    """Make a watch of a kind of the words of a text."""
    a, b = text[one], text[other]
    match kind:
        case "phrase":
            both = text[one : one + 2]
            return Drawn(f'"{" ".join(both)}"', (r"\b" + r"\W+".join(map(_inflected, both)) + r"\b",))
        case "and":
            return Drawn(f'"{a}" AND "{b}"', (_bounded(a), _bounded(b)))
        case "not":
            return Drawn(f'"{a}" -"{stranger}"', (_bounded(a),), (_bounded(stranger),))
        case "near":
            between = r"\W+(?:\w+\W+){0,3}?"
            either = rf"{_bounded(a)}{between}{_bounded(b)}|{_bounded(b)}{between}{_bounded(a)}"
            return Drawn(f'"{a}" NEAR/4 "{b}"', (either,))
        case _:
            return Drawn(f'"{a}"', (_bounded(a),))


def _inflected(word: str) -> str:
    return re.escape(word) + "(?:e?s)?"


def _bounded(word: str) -> str:
    return rf"\b{_inflected(word)}\b"


def rate(run: Callable[[Item], object], items: Sequence[Item], rounds: int) -> tuple[float, float, float]:
    """Measure items a second: the median of the rounds, the lowest, the highest."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        for item in items:
            run(item)
        found.append(len(items) / (time.process_time() - start))
    return statistics.median(found), min(found), max(found)


def with_index(drawn: Sequence[Drawn]) -> tuple[Index, float, float]:
    """Build an index. Also gives the seconds and megabytes that took."""
    watches = [Watch(name=str(number), title="", query=each.query) for number, each in enumerate(drawn)]
    gc.collect()
    before, start = _resident(), time.process_time()
    index = Index()
    index.add_all(watches)
    took = time.process_time() - start
    gc.collect()
    return index, took, _resident() - before


def plain_loop(drawn: Sequence[Drawn]) -> Callable[[Item], object]:
    """Evaluate every watch, the item being cut into words once."""
    nodes = [parse(each.query).node for each in drawn]

    def run(item: Item) -> list[object]:
        document = TokenizedItem(item)
        return [found for node in nodes if (found := evaluate(node, document))]

    return run


def regex_loop(drawn: Sequence[Drawn]) -> Callable[[Item], object]:
    """Search every watch's regular expressions."""
    made = [
        (
            [re.compile(each_wanted, re.IGNORECASE) for each_wanted in each.wanted],
            [re.compile(each_refused, re.IGNORECASE) for each_refused in each.refused],
        )
        for each in drawn
    ]

    def run(item: Item) -> list[int]:
        text = f"{item.title}\n{item.summary}"
        return [
            number
            for number, (wanted, refused) in enumerate(made)
            if all(each.search(text) for each in wanted) and not any(each.search(text) for each in refused)
        ]

    return run


def articles(items: Sequence[Item], words: int = 800) -> list[Item]:
    """Join items to articles of so many words."""
    made: list[Item] = []
    body: list[str] = []
    for item in items:
        body += f"{item.title}. {item.summary}".split()
        if len(body) >= words:
            made.append(Item(keys=("a",), feed="f", source="f", title=item.title, body=" ".join(body[:words])))
            body = []
    return made


def _resident() -> float:
    """Return the memory that this process occupies, in megabytes (Linux)."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6


def lemma_cost(word: str) -> str:
    """Measure in a fresh process what the first lemma takes."""
    code = f"""
import time, pathlib, bot.watches.match.index, bot.text.lemmas as lemmas
resident = lambda: int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
before, start = resident(), time.perf_counter()
lemmas.lemma({word!r})
print(f"{{time.perf_counter() - start:.2f}} s, {{resident() - before:.0f}} MB")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )  # our own interpreter and code
    return done.stdout.strip()


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    arguments.add_argument("--items", type=Path, help="a file of items, one JSON object a line, gzipped")
    arguments.add_argument("--count", type=int, default=5_000, help="how many items of it")
    arguments.add_argument("--draw", choices=("distinct", "running"), default="distinct", help=draw.__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--watches", type=int, nargs="*", default=list(TARGETS))
    arguments.add_argument("--agree", action="store_true", help="compare the index with plain evaluation, no more")
    chosen = arguments.parse_args()
    items = load(chosen.items, chosen.count)
    if chosen.agree:
        differing = disagreements(items, draw(items, 2_000, chosen.draw))
        print(f"2,000 watches, {len(items)} items: {differing} pairs on which index and plain evaluation differ")
        raise SystemExit(1 if differing else 0)
    words = statistics.mean(len(f"{item.title} {item.summary}".split()) for item in items)
    print(f"{len(items)} items of {words:.0f} words on average; Python {sys.version.split()[0]}")
    print(f"first English lemma: {lemma_cost('planes')} (wanted: at most 0.25 s, 25 MB)")
    print(f"first Russian lemma: {lemma_cost('идлибе')} (wanted: at most 30 MB)")
    drawn = draw(items, max(*chosen.watches, 1_000), chosen.draw)
    parse("planes")  # loads the lemmas
    took = [_parse_time(each.query) for each in drawn[:1_000]]
    print(f"parse: {statistics.median(took):.3f} ms median, {max(took):.2f} ms at most (wanted: 0.3 ms)")
    heads = (f"{head:>8}" for head in ("wanted", "plain", "regex", "x regex", "matches"))
    print(f"{'watches':>8} {'items/s (low-high)':>24} {' '.join(heads)}  built")
    for count in chosen.watches:
        _row(items, drawn[:count], chosen.rounds)
    index, _, _ = with_index(drawn[:1_000])
    middle, low, high = rate(index.match, articles(items), chosen.rounds)
    print(f"articles of 800 words, 1,000 watches: {middle:,.0f} a second ({low:,.0f}-{high:,.0f}); wanted 800")


def disagreements(items: Sequence[Item], drawn: Sequence[Drawn]) -> int:
    """Count the pairs of watch and item on which the index and plain evaluation differ, in match or hits."""
    index, _, _ = with_index(drawn)
    nodes = [parse(each.query).node for each in drawn]
    differing = 0
    for item in items:
        document = TokenizedItem(item)
        plain = {str(number): evaluate(node, document) for number, node in enumerate(nodes)}
        indexed = {match.watch: (match.tier, match.hits) for match in index.match(item)}
        differing += sum(1 for name, found in plain.items() if indexed.get(name) != found)
    return differing


def _parse_time(query: str) -> float:
    start = time.process_time()
    parse(query)
    return (time.process_time() - start) * 1e3


def _row(items: Sequence[Item], drawn: Sequence[Drawn], rounds: int) -> None:
    """Measure with so many watches and print a line."""
    count = len(drawn)
    index, took, grown = with_index(drawn)
    found = sum(len(index.match(item)) for item in items) / len(items)
    middle, low, high = rate(index.match, items, rounds)
    few = items[: max(2, 200_000 // count)] if count > 10 else items
    plain, _, _ = rate(plain_loop(drawn), few, 1)
    regex, _, _ = rate(regex_loop(drawn), few, 1)
    span = f"{middle:,.0f} ({low:,.0f}-{high:,.0f})"
    print(
        f"{count:>8,} {span:>24} {TARGETS.get(count, 0):>8,} {plain:>8,.1f} {regex:>8,.1f} {middle / regex:>8,.0f}"
        f" {found:>8.2f}  {took:.2f} s, {grown:.0f} MB"
    )


if __name__ == "__main__":
    main()
