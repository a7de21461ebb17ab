"""What the archive costs, and how fast it answers: ./run bench archive [--items N] [--news FILE].

Keeps so many items in a state, files them, and asks ten kinds of queries: median and worst of the times, in CPU; also
the bytes of the index, and what it costs to keep an item and to file it. Items are made of seeded words in the
frequencies of English, or are those of FILE (JSON, one object a line, gzip or not), again and again with other names.
Exit 1 if a figure is over its limit.
"""

import argparse
import gzip
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from itertools import islice
from pathlib import Path

from memory import Memory

from bot.model import Changes, Item, MatchedItem, Watch
from bot.model.bounds import KEPT_SUMMARY, KEPT_TITLE
from bot.text.clean import readable
from bot.watches.match.filed import filed
from bot.watches.match.index import Index
from bot.watches.parser import parse

QUERIES = {
    "a rare word": "Idlib",
    "a common word": "police",
    "ten words": "Syria, Turkey, Iran, Iraq, Israel, Libya, Yemen, Egypt, Ukraine, Belarus",
    "a phrase with a common word": '"by police"',
    "a phrase": '"foreign minister"',
    "common words near": "police NEAR/5 say",
    "a word near ten": "police NEAR/8 (gun, knife, bomb, drug, car, crowd, protest, dog, street, night)",
    "together, some refused": "police AND protest NOT (gas, London)",
    "a beginning": "Russ*",
    "a designation": "S-400",
}
NAMES = {"Russia": 0.02, "Idlib": 0.001, "S-400": 0.001, "Russell": 0.01}
"""Names in made items, and in which share of them."""
RARE, MADE = 40_000, 20_000
LIMIT_MS, LIMIT_BYTES = 300.0, 1_000.0
SAMPLE = 3_000
BATCH = 500


def main() -> int:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--news", type=Path, help="JSON, one object a line, with title, summary, feed, link, lang")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="keep the state in this folder, or take it from there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=".") as name:
        folder = given.keep or Path(name)
        folder.mkdir(exist_ok=True)
        with closing(Memory(folder)) as memory:
            if not memory.archive().size():
                write(memory, islice(items_of(given.news), given.items))
            worst = ask(memory, given.rounds)
            size = bytes_an_item(memory)
    print(f"{'index, bytes an item':36} {size:8.0f}  limit {LIMIT_BYTES:.0f}")
    return int(worst > LIMIT_MS or size > LIMIT_BYTES)


def write(memory: Memory, items: Iterator[Item]) -> None:
    """Keep the items and file them. Prints what an item costs in CPU: to keep it, to note it, to file it."""
    index = Index()
    index.add(Watch(name="all", title="", query="Idlib"))
    filed(next(items_of(None)))  # tables of lemmas are loaded with the first word
    number, kept, filing, longest = 0, 0.0, 0.0, 0.0
    while some := list(islice(items, BATCH)):
        found = tuple(MatchedItem(item=item, matches=index.match(item)) for item in some)  # as a poll does
        began = time.process_time()
        memory.commit(Changes(items=found))
        kept += (last := time.process_time()) - began
        for _ in memory.store.file():
            now = time.process_time()
            longest, filing, last = max(longest, now - last), filing + now - last, now
        number += len(some)
    print(f"{number:,} items: kept in {kept / number * 1e6:.0f} us each, filed in {filing / number * 1e6:.0f} us each; "
          f"longest slice {longest * 1e3:.1f} ms")  # fmt: skip


def ask(memory: Memory, rounds: int) -> float:
    """Ask each query some times. Returns the worst median in ms."""
    archive = memory.archive()
    print(f"{'query':36} {'hits':>8} {'median ms':>10} {'worst ms':>9} {'newest 5':>9}")
    medians = []
    for what, query in QUERIES.items():
        node = parse(query).node
        took, newest = [], []
        for _ in range(rounds):
            began = time.process_time()
            hits = archive.count(node)
            took.append((time.process_time() - began) * 1e3)
            began = time.process_time()
            archive.newest(node, 5)
            newest.append((time.process_time() - began) * 1e3)
        medians.append(statistics.median(took))
        print(f"{what:36} {hits:8,} {medians[-1]:10.1f} {max(took):9.1f} {statistics.median(newest):9.1f}", flush=True)
    return max(medians)


def bytes_an_item(memory: Memory) -> float:
    """Return how many bytes of the file the index takes, for each item."""
    query = memory.store._db.storage.query
    rows = query("SELECT sum(pgsize) FROM dbstat WHERE name GLOB 'segments*' OR name IN ('postings', 'unfiled')")
    return float(rows[0][0]) / max(memory.archive().size(), 1)


def items_of(news: Path | None) -> Iterator[Item]:
    """Yield items without end: those of a file again and again, or made ones."""
    rows = list(_read(news)) if news else None
    number = 0
    while True:
        for row in rows or _made():
            number += 1
            yield Item(
                keys=(f"https://news.example/{number}",),
                feed=str(row.get("feed", "news")),
                source=str(row.get("feed", "news")),
                title=str(row["title"])[:KEPT_TITLE],
                summary=str(row["summary"])[:KEPT_SUMMARY],
                link=str(row.get("link") or ""),
                lang=str(row.get("lang") or ""),
                published=1_700_000_000.0 + number,
                seen=1_700_000_000.0 + number,
            )


def _made() -> Iterator[dict[str, object]]:
    """Yield items of common words in their frequencies, and of others that are rarer and rarer."""
    rows = (files("bot.watches.match") / "common_words.tsv").read_text(encoding="utf-8").splitlines()
    common = [(word, float(often)) for word, often in (row.split("\t") for row in rows if not row.startswith("#"))]
    rnd = random.Random(1)  # noqa: S311  # the same items every time
    words = [word for word, _ in common] + [f"word{number}" for number in range(RARE)]
    weights = [often for _, often in common] + [2_000 / (number + 100) for number in range(RARE)]
    for _ in range(MADE):
        text = rnd.choices(words, weights, k=rnd.randint(20, 110))
        text += [name for name, share in NAMES.items() if rnd.random() < share]
        rnd.shuffle(text)
        yield {"title": " ".join(text[:9]), "summary": " ".join(text[9:])}


def _read(news: Path) -> Iterator[dict[str, object]]:
    with gzip.open(news, "rt", encoding="utf-8") if news.suffix == ".gz" else news.open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield row | {"title": readable(row.get("title") or ""), "summary": readable(row.get("summary") or "")}


if __name__ == "__main__":
    sys.exit(main())
