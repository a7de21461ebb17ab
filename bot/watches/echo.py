"""What a watch would do, told when it is added: the reading in plain words, a rehearsal, and something wider to try."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.errors import QueryError
from bot.model import Item, MatchedItem, Watch
from bot.watches.match.index import Index
from bot.watches.parser import parse
from bot.watches.tree import WIDENINGS, Query

EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How a watch would have done: how often of how many items, examples, and a wider query that would have fired.

    `wider` is empty if the watch fired itself or nothing wider did; `wider_count` is how often that one would.
    """

    fired: int
    items: int
    examples: tuple[MatchedItem, ...]
    wider: str = ""
    wider_count: int = 0


def reading(query: Query) -> str:
    """Say in plain words what a watch looks for."""
    return query.node.describe()


def rehearse(watch: Watch, items: Iterable[Item], aliases: Mapping[str, str] | None = None) -> Rehearsal:
    """Try a watch on items, the newest first, as it will be tried on those to come. Raises QueryError."""
    query = parse(watch.query, aliases)
    names: dict[str, str] = {}
    index = Index()
    index.add(replace(watch, name=""), aliases)
    for number, text in enumerate(wider(query)):
        try:
            index.add(replace(watch, name=f"{number}", query=text), aliases)
        except QueryError:  # wider in words can be longer than a query may be
            continue
        names[f"{number}"] = text
    seen = 0
    fired = dict.fromkeys(["", *names], 0)
    examples: list[MatchedItem] = []
    for item in items:
        seen += 1
        for match in index.match(item):
            fired[match.watch] += 1
            if not match.watch and len(examples) < EXAMPLES:
                examples.append(MatchedItem(item=item, matches=(match._replace(watch=watch.name),)))
    count = fired.pop("")
    best = next((name for name in names if fired[name]), "") if not count else ""
    return Rehearsal(
        fired=count,
        items=seen,
        examples=tuple(examples),
        wider=names.get(best, ""),
        wider_count=fired.get(best, 0),
    )


def wider(query: Query) -> Iterator[str]:
    """Yield queries that match all that a query matches and more, the least wide first."""
    node = query.node
    known = {node.render()}
    for step in WIDENINGS:
        node = node.widened(step)
        text = node.render()
        if text not in known:
            known.add(text)
            yield text
