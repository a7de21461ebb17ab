"""`newsvane match` and `newsvane aliases`: try a query, or the watchlists, on texts before anybody is told."""

import json
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import click

from bot.errors import ConfigError
from bot.model import FieldName, Hit, Item, Match, Watch
from bot.text.clean import readable
from bot.text.counted import counted
from bot.text.paragraphs import body_lines, body_of, paragraphs_of
from bot.watches.corpus import Corpus, ItemList
from bot.watches.echo import advice, rehearse
from bot.watches.explain import explain, lines
from bot.watches.match.index import Index
from bot.watches.parser import parse
from bot.watches.parser.aliases import AliasStanding, alias_standing

SHOWN: tuple[FieldName, ...] = ("title", "summary")
MOST_ADVISED = 50_000
"""Items that advice is taken from, the last of those given."""
NEWEST = 10
"""Kept items shown of each watch."""
ADVISED_SECONDS = 10.0
"""How long a check of the config looks for advice."""
CONTEXT = 80
"""Characters shown around the hits of a long text."""


def items_of(text: str | None, item: Path | None, items: Path | None) -> Iterator[Item]:
    """Read what is to be tried: a text, a file with one JSON object, a file with one a line, or lines of stdin.

    Raises ConfigError, with the place, for anything else.
    """
    try:
        yield from _read(text, item, items)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{item or items or 'standard input'}: this is not UTF-8 text") from error


def _read(text: str | None, item: Path | None, items: Path | None) -> Iterator[Item]:
    if text is not None:
        yield _item({"title": text}, "--text")
    elif item is not None:
        yield _item(_json(item.read_text(encoding="utf-8"), str(item)), str(item))
    elif items is not None:
        with items.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _item(_json(line, f"{items}:{number}"), f"{items}:{number}")
    else:
        for number, line in enumerate(sys.stdin, 1):
            if line.strip():
                yield _item({"title": line}, f"line {number}")


def try_watches(
    watches: tuple[Watch, ...],
    aliases: Mapping[str, str],
    items: Iterator[Item],
    *,
    as_json: bool,
    why: bool,
    one_by_one: bool,
) -> int:
    """Print what the watches make of the items. Returns how many items were met.

    `why` explains each watch on each item that is printed. Items that were given `one_by_one` are printed also where no
    watch met them; of others there may be many, so each watch gets advice from them.
    """
    index = Index()
    for watch in watches:
        index.add(watch, aliases)
    met = tried = 0
    kept: deque[Item] = deque(maxlen=MOST_ADVISED)
    for item in items:
        matches = index.match(item)
        tried += 1
        if not one_by_one:
            kept.append(item)
        met += bool(matches)
        if as_json:
            print_json(item, matches)
        elif matches or one_by_one:
            _print(item, matches)
            if why:
                explain_on(item, watches, aliases)
    if not as_json:
        click.echo(f"{met} of {tried} {'item' if tried == 1 else 'items'}", err=True)
    if kept:
        for line in advice_on(watches, aliases, ItemList(kept)):
            click.echo(line, err=True)
    return met


def try_on_archive(
    watches: tuple[Watch, ...], aliases: Mapping[str, str], archive: Corpus, *, as_json: bool, why: bool
) -> int:
    """Print how many kept items each watch matches, and the newest of them; as JSON, all. Returns how many, in all."""
    met, size = 0, archive.size()
    for watch in watches:
        index = Index()
        index.add(replace(watch, feeds=()), aliases)
        node = parse(watch.query, aliases).node
        found = archive.count(node, watch.scope)
        met += found
        for item in archive.newest(node, found if as_json else NEWEST, watch.scope):
            matches = index.match(item)
            if as_json:
                print_json(item, matches)
            else:
                _print(item, matches)
                if why:
                    explain_on(item, (watch,), aliases)
        if not as_json:
            name = f"{watch.name}: " if watch.name else ""
            click.echo(f"{name}{found:,} of {counted(size, 'kept item')}", err=True)
            for line in advice_on((replace(watch, name=""),), aliases, archive):
                click.echo(line, err=True)
    return met


def brief_advice(watches: tuple[Watch, ...], aliases: Mapping[str, str], corpus: Corpus) -> Iterator[str]:
    """Yield the first line of advice on each watch, for some seconds, and how to get all; nothing if none is due."""
    if not corpus.size():
        return
    told, until = 0, monotonic() + ADVISED_SECONDS
    for number, watch in enumerate(watches):
        if monotonic() > until:
            yield f"{counted(len(watches) - number, 'watchlist')} not looked at for want of time"
            break
        lines_found = list(advice(rehearse(watch, corpus, aliases)))
        if lines_found:
            more = sum(not line.startswith(" ") for line in lines_found) - 1
            yield f"{watch.name}: {lines_found[0]}{f' (and {more} more)' if more else ''}"
        told += bool(lines_found)
    if told:
        yield "all of it: newsvane match --watchlists --archive"


def advice_on(watches: tuple[Watch, ...], aliases: Mapping[str, str], corpus: Corpus) -> Iterator[str]:
    """Yield lines of advice on each watch, from the items of a corpus."""
    for watch in watches:
        name = f"{watch.name}: " if watch.name else ""
        for line in advice(rehearse(watch, corpus, aliases)):
            yield f"  {name}{line}"


STANDINGS: Mapping[AliasStanding, str] = {
    "built-in": "",
    "own": "watchlists.toml",
    "extends": "watchlists.toml, beside the built-in one",
    "replaces": "watchlists.toml, in place of the built-in one",
}
"""Where an alias stands, in words."""


def print_aliases(aliases: Mapping[str, str]) -> None:
    """Print all aliases that a watch may use; of those of the config, what they are beside the built-in ones."""
    for name, query in sorted(aliases.items()):
        where = STANDINGS[alias_standing(name, query)]
        mark = f"  ({where})" if where else ""
        click.echo(f"{click.style('@' + name, bold=True)}{mark}\n    {' '.join(query.split())}")


def print_json(item: Item, matches: tuple[Match, ...]) -> None:
    """Print each match as a JSON object on a line."""
    for match in matches:
        click.echo(json.dumps(_as_json(item, match), ensure_ascii=False))


def _print(item: Item, matches: tuple[Match, ...]) -> None:
    hits = [hit for match in matches for hit in match.hits]
    for field in SHOWN:
        text, marks = getattr(item, field), [hit for hit in hits if hit.field == field]
        if text and (field == "title" or marks):
            click.echo(("" if field == "title" else f"  {field}: ") + marked(text, marks))
    for line in body_lines(item.body, item.paragraphs):
        marks = [hit for hit in hits if hit.field == "body" and line.start <= hit.start < line.end]
        if marks:
            moved = [hit._replace(start=hit.start - line.start, end=hit.end - line.start) for hit in marks]
            place = f"  ¶{line.number}{' (aside)' if line.aside else ''}: "
            click.echo(place + marked(item.body[line.start : line.end], moved))
    for hit in hits:
        if hit.field not in {*SHOWN, "body"}:
            click.echo(f"  {hit.field}: {click.style(hit.alternative, fg='green', bold=True)}")
    print_verdict(item, matches)


def print_verdict(item: Item, matches: tuple[Match, ...]) -> None:
    """Print of each watch that met an item its tier and the words that hit, then the item's link."""
    for match in matches:
        name = f"{match.watch}: " if match.watch else ""
        click.echo(f"  {name}{match.tier}, {', '.join(dict.fromkeys(hit.term for hit in match.hits))}")
    if item.link:
        click.echo(f"  {item.link}")


def marked(text: str, hits: list[Hit], *, whole: bool = False) -> str:
    """Colour the hits; a long text is cut to what stands around them, unless it is wanted whole."""
    first, last = (min(hit.start for hit in hits), max(hit.end for hit in hits)) if hits else (0, 0)
    begin, end = (0, len(text)) if whole else (max(0, first - CONTEXT), min(len(text), last + CONTEXT))
    parts, at = ["…" if begin else ""], begin
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.end > at:
            start = max(hit.start, at)
            parts += [text[at:start], click.style(text[start : hit.end], fg="green", bold=True)]
            at = hit.end
    return "".join([*parts, text[at:end], "…" if end < len(text) else ""])


def explain_on(item: Item, watches: tuple[Watch, ...], aliases: Mapping[str, str]) -> None:
    """Print of each watch why it hit an item, or where it failed."""
    for watch in watches:
        if watch.name:
            click.echo(f"  {watch.name}")
        for line in lines(explain(parse(watch.query, aliases), item, watch.scope).reason, 1):
            click.echo(line)


def _as_json(item: Item, match: Match) -> dict[str, object]:
    hits = [
        {
            "term": hit.term,
            "alternative": hit.alternative,
            "field": hit.field,
            "start": hit.start,
            "end": hit.end,
            "text": (item.link if hit.field == "url" else getattr(item, hit.field))[hit.start : hit.end],
        }
        for hit in match.hits
    ]
    return {"watch": match.watch, "tier": match.tier, "title": item.title, "link": item.link, "hits": hits}


def _json(text: str, place: str) -> dict[str, object]:
    try:
        row = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{place}: this is not JSON ({error})") from error
    if not isinstance(row, dict):
        raise ConfigError(f"{place}: this is not a JSON object with title, summary, link …")
    return row


def _item(row: dict[str, object], place: str) -> Item:
    texts = {name: str(row.get(name) or "") for name in ("title", "summary", "source", "lang", "author", "feed")}
    body, paragraphs = body_of(paragraphs_of(str(row.get("body") or "")))
    return Item(
        keys=(place,),
        feed=texts["feed"],
        source=texts["source"] or texts["feed"],
        title=readable(texts["title"]),
        summary=readable(texts["summary"]),
        body=body,
        paragraphs=paragraphs,
        link=str(row.get("link") or row.get("url") or ""),
        author=texts["author"],
        lang=texts["lang"],
        seen=_seen(row.get("published")),
    )


def _seen(published: object) -> float:
    """Return when an item was published (ISO 8601), which stands for when it was seen; 0 if that is not known."""
    try:
        when = datetime.fromisoformat(str(published))
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
