"""How good forty ordinary watches are on real news: ./run bench judged --news FILE.jsonl.gz [--half open|sealed].

The watches stand in judged/watches.toml; they were written before anybody had looked at what they find. What a generous
search finds for each was read and judged, all of it or eighty drawn at random (judged/verdicts.tsv, by link). Precision
is the share of what a watch finds that is wanted, recall the share of what is wanted that it finds; what it finds
beyond the generous search counts as wrong. "Said" is the recall of those wanted items that say what was typed, in any
spelling and form. "Advised" is the watch with what the advice offers taken: words apart where that is
remarked, then all relatives, and of the words of its company those that watches.toml names. Beside it stand a plain
search for the letters typed, and one for the words typed. With --marks, what 200 watches mark in all items is looked
at as well.
"""

import argparse
import gzip
import json
import re
import statistics
import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from marks import false_mark
from match import draw

from bot.model import Item, Watch
from bot.text.clean import readable
from bot.watches.corpus import Corpus, ItemList
from bot.watches.match.index import Index
from bot.watches.parser import parse
from bot.watches.parser.aliases import builtin_aliases
from bot.watches.relatives.gains import relatives, with_relatives
from bot.watches.relatives.remarks import words_apart

FOLDER = Path(__file__).parent / "judged"
MARKED_WATCHES = 200
HALVES = ("", "open", "sealed")
MIDDLES = (("mean", statistics.mean), ("median", statistics.median))


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWatch:
    """A watch as typed. `pool` are the links that the generous search finds, `verdicts` those that were judged.

    `saying` are links of items that say what was typed, `company` the words of its company that are taken if offered.
    """

    name: str
    query: str
    half: str
    company: frozenset[str]
    pool: frozenset[str]
    saying: frozenset[str]
    verdicts: dict[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How many links were found; shares of 0 to 1: of them wanted, of the wanted found, of those that say it found."""

    hits: int
    precision: float
    recall: float
    said: float


def quality(found: Collection[str], watch: JudgedWatch) -> Quality:
    """Measure what was found. Precision is that of the judged, less what stands outside of the pool."""
    judged = [watch.verdicts[link] for link in found if link in watch.verdicts]
    inside = sum(link in watch.pool for link in found)
    right = sum(judged) / len(judged) * inside / len(found) if judged else 1.0 if not found else 0.0
    wanted = {link for link, verdict in watch.verdicts.items() if verdict}
    saying = wanted & watch.saying
    return Quality(
        hits=len(found),
        precision=right,
        recall=len(wanted.intersection(found)) / len(wanted),
        said=len(saying.intersection(found)) / len(saying),
    )


def load(path: Path) -> list[Item]:
    """Read the items of a file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Item(
            keys=(row["link"],),
            feed="f",
            source="f",
            title=readable(row["title"] or ""),
            summary=readable(row["summary"] or ""),
            link=row["link"],
        )
        for row in rows
    ]


def judged_watches(texts: Sequence[tuple[str, str]], half: str) -> list[JudgedWatch]:
    """Read the watches with their verdicts, and search for their pools. `texts` are links with title and summary."""
    verdicts: dict[str, dict[str, bool]] = {}
    for line in (FOLDER / "verdicts.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, verdict, link = line.split("\t")
            verdicts.setdefault(name, {})[link] = verdict == "1"
    rows = tomllib.loads((FOLDER / "watches.toml").read_text(encoding="utf-8"))["watch"]
    return [
        JudgedWatch(
            name=row["name"],
            query=row["query"],
            half=row["half"],
            company=frozenset(row.get("company", ())),
            pool=frozenset(_searched(texts, row["search"])),
            saying=frozenset(_searched(texts, row["says"])),
            verdicts=verdicts[row["name"]],
        )
        for row in rows
        if half in {"", row["half"]}
    ]


def _searched(texts: Sequence[tuple[str, str]], wanted: Sequence[str]) -> list[str]:
    """Return the links of the texts in which all of the regular expressions are found, upper and lower case alike."""
    searches = [re.compile(each, re.IGNORECASE).search for each in wanted]
    return [link for link, text in texts if all(search(text) for search in searches)]


def plain_search(query: str, form: Callable[[str], str]) -> list[list[str]]:
    """Make of a query the search that one would do without this language: alternatives, each of parts all wanted."""
    return [
        [form(re.escape(part.strip('=" '))) for part in alternative.split(" AND ")] for alternative in query.split(",")
    ]


def found_by(queries: dict[str, str], items: Sequence[Item]) -> dict[str, set[str]]:
    """Return the links that each query finds."""
    index = Index()
    for name, query in queries.items():
        index.add(Watch(name=name, title="", query=query), builtin_aliases())
    found: dict[str, set[str]] = {name: set() for name in queries}
    for item in items:
        for match in index.match(item):
            found[match.watch].add(item.link)
    return found


def advised(watch: JudgedWatch, corpus: Corpus) -> str:
    """Return the watch with what the advice offers taken."""
    aliases = builtin_aliases()
    query = parse(watch.query, aliases)
    for remark in words_apart(query, corpus, aliases):
        query = parse(remark.query or watch.query, aliases)
    offered = relatives(query, corpus, aliases)
    taken = [each for each in offered if each.kind != "company" or each.word in watch.company]
    return with_relatives(query, taken, aliases).text


def marks(items: Sequence[Item], queries: Sequence[str]) -> None:
    """Look at everything that the queries mark in the items, and print what is no form of what was asked for."""
    nodes = {f"{number}": parse(query, builtin_aliases()).node for number, query in enumerate(queries)}
    index = Index()
    for name, query in zip(nodes, queries, strict=True):
        index.add(Watch(name=name, title="", query=query), builtin_aliases())
    seen = 0
    wrong: list[str] = []
    for item in items:
        for match in index.match(item):
            seen += len(match.hits)
            for hit in match.hits:
                if why := false_mark(nodes[match.watch], item, hit):
                    wrong.append(f"{queries[int(match.watch)]}: {why}")  # noqa: PERF401
    print(f"\n{len(queries)} watches, {len(items)} items: {seen} marks, {len(wrong)} of them wrong")
    for each in wrong[:20]:
        print(f"  {each}")


def print_table(watches: Sequence[JudgedWatch], ways: dict[str, list[Quality]]) -> None:
    """Print a row for each watch, then means and medians."""
    print("| watch | half | wanted | " + " | ".join(f"{way}: hits | precision | said | recall" for way in ways) + " |")
    print("|---|---|---|" + "---|---|---|---|" * len(ways))
    for number, watch in enumerate(watches):
        cells = [f"`{watch.query}`", watch.half, f"{sum(watch.verdicts.values())} of {len(watch.verdicts)}"]
        for measured in ways.values():
            one = measured[number]
            cells += [f"{one.hits}", *(f"{share:.2f}" for share in (one.precision, one.said, one.recall))]
        print(f"| {' | '.join(cells)} |")
    for half, name, middle in [(half, *each) for half in HALVES for each in MIDDLES]:
        chosen = [number for number, watch in enumerate(watches) if half in {"", watch.half}]
        if not chosen:
            continue
        cells = [name, half or "both", ""]
        for every in ways.values():
            measured = [every[number] for number in chosen]
            shares = [
                [one.precision for one in measured],
                [one.said for one in measured],
                [one.recall for one in measured],
            ]
            cells += ["", *(f"{middle(each):.3f}" for each in shares)]
        print(f"| {' | '.join(cells)} |")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    arguments.add_argument("--news", type=Path, required=True, help="the items: one JSON object a line, gzipped")
    arguments.add_argument("--half", choices=("open", "sealed"), default="", help="only this half of the watches")
    arguments.add_argument("--marks", action="store_true", help="look at what 200 watches mark, too")
    chosen = arguments.parse_args()
    items = load(chosen.news)
    texts = [(item.link, f"{item.title} \n {item.summary}") for item in items]
    watches = judged_watches(texts, chosen.half)
    found = found_by({watch.name: watch.query for watch in watches}, items)
    ways = {"newsvane": [quality(found[watch.name], watch) for watch in watches]}
    corpus = ItemList(items)
    queries = {watch.name: advised(watch, corpus) for watch in watches}
    found = found_by(queries, items)
    ways["advised"] = [quality(found[watch.name], watch) for watch in watches]
    for way, form in (("letters", "{}"), ("words", r"\b{}\b")):
        ways[way] = []
        for watch in watches:
            searches = plain_search(watch.query, form.format)
            ways[way].append(quality({link for each in searches for link in _searched(texts, each)}, watch))
    print_table(watches, ways)
    print("\nWith what the advice offers taken:\n")
    for watch in watches:
        if queries[watch.name] != watch.query:
            print(f"- `{watch.query}`: `{queries[watch.name]}`")
    if chosen.marks:
        typed = [watch.query for watch in watches]
        marks(items, [*typed, *(each.query for each in draw(items, MARKED_WATCHES - len(typed), "running"))])


if __name__ == "__main__":
    main()
