"""What a watch would do, told before it is kept: the reading in plain words, a rehearsal on items, and advice.

newsvane match, newsvane check-config -> rehearse(watch, corpus, aliases) -> advice(rehearsal), lines to print
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.errors import QueryError
from bot.model import Item, MatchedItem, Scope, Watch
from bot.text.counted import counted
from bot.watches.corpus import Corpus
from bot.watches.match.index import Index
from bot.watches.parser import parse
from bot.watches.relatives.gains import Relative, relatives
from bot.watches.relatives.remarks import Remark, small_letters, too_broad, two_matters, words_apart
from bot.watches.tree import WIDENINGS, Query

EXAMPLES = 3
SHOWN = 8
"""Relatives named in the advice."""

_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How a watch would have done: how often of how many items of how many days, examples, and what would find more.

    `days` is 0 where it is not known when the items were seen. `wider` is a query that would have fired, empty if the
    watch fired itself or nothing wider did; `wider_count` is how often. Of the watch's feeds nothing is known here:
    all items count.
    """

    fired: int
    items: int
    days: int
    examples: tuple[MatchedItem, ...]
    wider: str = ""
    wider_count: int = 0
    relatives: tuple[Relative, ...] = ()
    remarks: tuple[Remark, ...] = ()


def reading(query: Query) -> str:
    """Say in plain words what a watch looks for."""
    return query.node.describe()


def rehearse(watch: Watch, corpus: Corpus, aliases: Mapping[str, str] | None = None) -> Rehearsal:
    """Try a watch on items as it will be tried on those to come. Raises QueryError."""
    query = parse(watch.query, aliases)
    fired, size = corpus.count(query.node, watch.scope), corpus.size()
    text, count = ("", 0) if fired else _first_wider(query, corpus, aliases, watch.scope)
    return Rehearsal(
        fired=fired,
        items=size,
        days=_days(*corpus.span()),
        examples=examples(watch, corpus.newest(query.node, EXAMPLES, watch.scope), aliases),
        wider=text,
        wider_count=count,
        relatives=relatives(query, corpus, aliases, watch.scope),
        remarks=(
            *words_apart(query, corpus, aliases, watch.scope),
            *small_letters(query, corpus, aliases, watch.scope),
            *two_matters(query, corpus, aliases, watch.scope),
            *too_broad(fired, size),
        ),
    )


def advice(rehearsal: Rehearsal) -> Iterator[str]:
    """Yield in plain words what a watch does not find yet and what is remarkable of it, a line each; nothing if naught.

    Russian: 5,101 more in 30 days. Add it: Russia, Russian
    """
    within = f" in {counted(rehearsal.days, 'day')}" if rehearsal.days else ""
    for relative in rehearsal.relatives[:SHOWN]:
        beside = ", often in the same items" if relative.kind == "company" else ""
        yield f"{relative.word}{beside}: {relative.more:,} more{within}. Add it: {relative.query}"
    if len(rehearsal.relatives) > SHOWN:
        yield f"And {len(rehearsal.relatives) - SHOWN} other words with fewer."
    for remark in rehearsal.remarks:
        yield remark.said + (f" Perhaps: {remark.query}" if remark.query else "")
        for example in [item for group in remark.examples for item in group]:
            yield f"    {example.title}"
    if rehearsal.wider:
        yield f"It finds nothing here. Wider, {counted(rehearsal.wider_count, 'item')}: {rehearsal.wider}"


def _first_wider(query: Query, corpus: Corpus, aliases: Mapping[str, str] | None, scope: Scope) -> tuple[str, int]:
    """Return the least wide query that fires, and how often; nothing if none does."""
    for wide in wider_queries(query, aliases):
        if count := corpus.count(wide.node, scope):
            return wide.text, count
    return "", 0


def examples(watch: Watch, items: Iterable[Item], aliases: Mapping[str, str] | None) -> tuple[MatchedItem, ...]:
    """Return the items with what the watch makes of them."""
    index = Index()
    index.add(replace(watch, feeds=()), aliases)
    return tuple(MatchedItem(item=item, matches=index.match(item)) for item in items)


def _days(first: float, last: float) -> int:
    """Return how many days items stand for, at least one; 0 if it is not known when they were seen."""
    return max(1, round((last - first) / _DAY)) if last else 0


def wider_queries(query: Query, aliases: Mapping[str, str] | None) -> Iterator[Query]:
    """Yield what `wider` gives, read; what would be longer than a query may be is left out."""
    for text in wider(query):
        with suppress(QueryError):
            yield parse(text, aliases)


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
