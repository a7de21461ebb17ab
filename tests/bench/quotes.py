"""Whether every alert shows the words that fired it, and what quoting costs: ./run bench quotes --items FILE.jsonl.gz.

Each item's summary is taken for its article: the item is matched by the shipped watchlists and a hundred of the file's
commoner words, kept, and told as an alert. Counted are alerts that do not show what a watchlist found, and quotes that
are too many, too long, or not the article's words. CPU is measured of this process.
"""

import argparse
import gzip
import json
import re
import statistics
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from bot.delivery.compose import WATCHES_SHOWN, compose
from bot.delivery.quotes import QUOTE_LIMIT, QUOTES
from bot.model import Item, Match, MatchedItem, Watch
from bot.model.bounds import KEPT_BODY
from bot.poll.kept import kept
from bot.text.clean import readable
from bot.text.harmless import settled
from bot.text.paragraphs import body_of, paragraphs_of
from bot.watches.match.index import Index
from bot.watches.parser.aliases import with_builtin

WORDS = 100
COMMONEST_LEFT_OUT = 200
CONFIG = Path(__file__).parents[2] / "config" / "watchlists.toml"


@dataclass(slots=True)
class Tally:
    """What came of the items so far."""

    items: int = 0
    alerts: int = 0
    quoted: int = 0
    tiers: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)


def items_of(path: Path) -> Iterator[Item]:
    """Read the items, their summaries as articles."""
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for number, row in enumerate(map(json.loads, rows)):
            body, paragraphs = body_of(paragraphs_of(str(row["summary"] or "")))
            title = readable(str(row["title"] or ""))
            yield Item(keys=(str(number),), feed="f", source="f", title=title, body=body, paragraphs=paragraphs)


def index_of(items: list[Item]) -> Index:
    """Return the shipped watchlists, and single words."""
    shipped = tomllib.loads(CONFIG.read_text("utf-8"))
    aliases, index = with_builtin(shipped.get("alias", {})), Index()
    for row in shipped["watch"]:
        index.add(Watch(name=row["name"], title=row["title"], query=row["query"]), aliases)
    counts = Counter(word for item in items[::10] for word in re.findall(r"[A-Za-z]{4,}", item.body))
    for word, _ in counts.most_common(COMMONEST_LEFT_OUT + WORDS)[COMMONEST_LEFT_OUT:]:
        index.add(Watch(name=f"word-{word}", title=f"Word {word}", query=f'"{word}"'), aliases)
    return index


def check(tally: Tally, item: Item, matches: tuple[Match, ...]) -> None:
    """Keep an item and tell it, and count what is wrong with the alert."""
    began = time.process_time()
    entry = kept(MatchedItem(item=item, matches=matches))
    html = compose(entry, [match.watch for match in matches], delivery="abc234", silent=False, now=0.0).html
    tally.seconds.append(time.process_time() - began)
    tally.alerts += 1
    tally.kept.append(len(entry.item.body))
    lines = unescape(re.sub(r"<[^>]*>", "", html)).replace("\u2060", "").split("\n")
    quotes = [line.partition(" ")[2] for line in lines if line.startswith("¶")]
    tally.quoted += len(quotes)
    body = settled(item.body).replace("\u2060", "")
    found = {
        "too much is kept": len(entry.item.body) > KEPT_BODY,
        "too many quotes": len(quotes) > QUOTES,
        "a quote is too long": any(len(quote) > QUOTE_LIMIT for quote in quotes),
        "a quote is not the article's": not all(quote.strip("…") in body for quote in quotes),
    }
    for match in matches[:WATCHES_SHOWN]:
        tally.tiers[match.tier] += 1
        texts = [settled(getattr(item, hit.field)[hit.start : hit.end]).replace("\u2060", "") for hit in match.hits]
        why = next((line for line in lines if line.startswith((f"{match.title}: ", f"{match.title} (mentioned"))), "")
        found["words are not shown"] = found.get("words are not shown", False) or not any(
            text in why for text in texts if text
        )
    for what, is_so in found.items():
        tally.wrong[what] += is_so
        if is_so and len(tally.examples) < 3:
            tally.examples.append(f"{what}: {html}")


def check_quotes(path: Path) -> Tally:
    """Check all items of a file."""
    items = list(items_of(path))
    index, tally = index_of(items), Tally(items=len(items))
    for item in items:
        if matches := index.match(item):
            check(tally, item, matches)
    return tally


def main() -> None:
    """Check and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--items", type=Path, required=True)
    tally = check_quotes(arguments.parse_args().items)
    print(f"{tally.items:,} items, {tally.alerts:,} alerts, {tally.quoted:,} quotes; tiers: {dict(tally.tiers)}")
    middle, worst = statistics.median(tally.seconds) * 1000, statistics.quantiles(tally.seconds, n=1000)[-1] * 1000
    print(f"kept and told: {middle:.2f} ms in the median, one in a thousand takes {worst:.1f} and more")
    print(f"kept of an article: {statistics.mean(tally.kept):.0f} characters on average, {max(tally.kept):,} at most")
    for what, count in tally.wrong.items():
        print(f"{what}: {count}")
    print(*tally.examples, sep="\n\n")


if __name__ == "__main__":
    main()
