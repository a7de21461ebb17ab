"""What of an item is kept: its text up to a bound, the words that met a watch in any case. Pure.

the whole text -> matched -> cut, with the first words that each watch found -> kept, told, compared by its digest

Of an article only the sentences are kept that show why a watch met it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Literal

from bot.delivery.quotes import Body, Quote, terms_shown
from bot.model import Hit, Item, Match, MatchedItem, Paragraph
from bot.model.bounds import KEPT_BODY, KEPT_SUMMARY, KEPT_TITLE

_TAIL = 2  # one part in so many of a text that is cut may be words from behind the cut
_LONGEST_WORDS = 60  # characters of what a watch found that are shown
_LIMITS: dict[Literal["title", "summary"], int] = {"title": KEPT_TITLE, "summary": KEPT_SUMMARY}
_SENTENCES = KEPT_BODY * 3 // 4  # characters of a kept body that whole quotes may take; the rest is for words alone
_AND_BODY = "+"  # between the two parts of a digest


def kept(matched: MatchedItem) -> MatchedItem:
    """Return an item with no more text than is kept. What a watch found stays in it, at its place in the kept text."""
    item, matches = matched.item, matched.matches
    if not item.body and all(len(getattr(item, field)) <= limit for field, limit in _LIMITS.items()):
        return matched
    digest = item.digest or digest_of(item)
    for field, limit in _LIMITS.items():
        text = getattr(item, field)
        if len(text) > limit:
            cut, matches = _cut(text, field, limit, matches)
            item = replace(item, title=cut) if field == "title" else replace(item, summary=cut)
    if item.body:
        item, matches = _quoted(item, matches)
    return MatchedItem(item=replace(item, digest=digest), matches=matches)


def reads_alike(item: Item, before: Item) -> bool:
    """Return whether a feed shows an item with the texts that it had, given as it was kept.

    The article may be that of the page, which a feed does not show. One that a feed adds to what it showed without is
    no news: it may do so for all items at once, as when it, or this program, begins to give articles.
    """
    words, _, article = before.digest.partition(_AND_BODY)
    if words and not item.body:
        return digest_of(item) == words
    if article:
        return digest_of(item) == before.digest
    if item.body:
        return item.title == before.title and item.summary in before.summary
    return (item.title, item.summary) == (before.title, before.summary)


def digest_of(item: Item) -> str:
    """Return what tells the texts of an item from others: headline and summary, and its article if it has one."""
    words = _hash(f"{len(item.title)} {item.title}{item.summary}")
    return f"{words}{_AND_BODY}{_hash(item.body)}" if item.body else words


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _quoted(item: Item, matches: tuple[Match, ...]) -> tuple[Item, tuple[Match, ...]]:
    """Leave of a body the sentences that show what was found, one a line, and of the hits in it those in these."""
    quotes = sorted(_quotes(item, matches))
    lines: list[str] = []
    places: list[tuple[int, Quote]] = []
    at = 0
    for quote in quotes:
        places.append((at, quote))
        lines.append(quote.text(item.body))
        at += len(lines[-1]) + 1
    paragraphs = tuple(Paragraph(quote.line.number, quote.line.aside) for quote in quotes)
    moved = tuple(match._replace(hits=tuple(_in_quotes(match.hits, places))) for match in matches)
    return replace(item, body="\n".join(lines), paragraphs=paragraphs), moved


def _quotes(item: Item, matches: Sequence[Match]) -> list[Quote]:
    """Choose quotes: of each match as many as it may have, but first of every match one, or its words alone."""
    body = Body(item)
    wanted: list[list[Quote]] = []
    chosen: list[Quote] = []
    room, rest = _SENTENCES, KEPT_BODY - _SENTENCES
    for match in matches:
        missing = {hit.term for hit in match.hits} - terms_shown(match.hits, title=KEPT_TITLE, summary=KEPT_SUMMARY)
        quotes = body.quotes(match.hits, missing)
        wanted.append(quotes)
        if not quotes or _is_shown(match, quotes, chosen):
            continue
        if (size := _length(quotes[0])) <= room:
            chosen.append(quotes[0])
            room -= size
        elif all(hit.field == "body" for hit in match.hits):
            alone = body.words_alone(next(hit for hit in match.hits if quotes[0].holds(hit)), _LONGEST_WORDS)
            if alone not in chosen and _length(alone) <= rest:
                chosen.append(alone)
                rest -= _length(alone)
    for quote in (quote for quotes in wanted for quote in quotes):
        if quote not in chosen and _length(quote) <= room:
            chosen.append(quote)
            room -= _length(quote)
    return chosen


def _is_shown(match: Match, quotes: Sequence[Quote], chosen: Sequence[Quote]) -> bool:
    """Return whether what is chosen shows as many hits of a match as its own first quote would; the latter is in."""
    return quotes[0] in chosen or any(quote.holds(hit) for hit in match.hits for quote in chosen)


def _length(quote: Quote) -> int:
    return quote.end - quote.start + quote.cut_before + quote.cut_after + 1


def _in_quotes(hits: Iterable[Hit], places: Sequence[tuple[int, Quote]]) -> Iterator[Hit]:
    """Give a match's hits, those in the body where they stand in the quotes; what is in none is left out."""
    for hit in hits:
        if hit.field != "body":
            yield hit
            continue
        for at, quote in places:
            if found := quote.places([hit], at):
                yield found[0]
                break
            if quote.start == hit.start and quote.end == hit.start + _LONGEST_WORDS:  # words alone, and more than these
                yield quote.places([hit._replace(end=quote.end)], at)[0]
                break


def _cut(text: str, field: str, limit: int, matches: Sequence[Match]) -> tuple[str, tuple[Match, ...]]:
    """Cut a text, and bring behind the cut what watches found beyond it alone. Hits stand where they are then."""
    end = limit - 1
    while (left := limit - _size(places := _beyond(matches, field, end, limit // _TAIL)) - 1) < end:
        end = left  # what stands behind takes room from what stands before
    shown = text[:end].rstrip() + "…"
    moved: dict[tuple[int, int], int] = {}
    for start, stop in places:
        shown += " "
        moved[start, stop] = len(shown)
        shown += text[start : min(stop, start + _LONGEST_WORDS)] + "…"
    return shown, tuple(match._replace(hits=tuple(_shown(match.hits, field, end, moved))) for match in matches)


def _beyond(matches: Iterable[Match], field: str, end: int, room: int) -> list[tuple[int, int]]:
    """Return where the words stand that are all that a reader would see of a match, as many as there is room for."""
    places: list[tuple[int, int]] = []
    for match in matches:
        if any(hit.field != field or hit.end <= end for hit in match.hits):
            continue
        place = next(((hit.start, hit.end) for hit in match.hits), None)
        if place is not None and place not in places and _size([*places, place]) <= room:
            places.append(place)
    return places


def _size(places: Iterable[tuple[int, int]]) -> int:
    return sum(min(end - start, _LONGEST_WORDS) + 2 for start, end in places)


def _shown(hits: Iterable[Hit], field: str, end: int, moved: Mapping[tuple[int, int], int]) -> Iterator[Hit]:
    """Give those of a match's hits that can be seen, with their places."""
    for hit in hits:
        if hit.field != field or hit.end <= end:
            yield hit
        elif (place := moved.get((hit.start, hit.end))) is not None:
            yield hit._replace(start=place, end=place + min(hit.end - hit.start, _LONGEST_WORDS))
