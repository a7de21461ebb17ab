"""What of an item is kept: its text up to a bound, the words that met a watch in any case. Pure.

the whole text -> matched -> cut, with the first words that each watch found -> kept, told, compared by its digest
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Literal

from bot.model import Hit, Item, Match, MatchedItem
from bot.model.bounds import KEPT_SUMMARY, KEPT_TITLE

_TAIL = 2  # one part in so many of a text that is cut may be words from behind the cut
_LONGEST_WORDS = 60  # characters of what a watch found that are shown
_LIMITS: dict[Literal["title", "summary"], int] = {"title": KEPT_TITLE, "summary": KEPT_SUMMARY}


def kept(matched: MatchedItem) -> MatchedItem:
    """Return an item with no more text than is kept. What a watch found stays in it, at its place in the kept text."""
    item, matches = matched.item, matched.matches
    if all(len(getattr(item, field)) <= limit for field, limit in _LIMITS.items()):
        return matched
    digest = digest_of(item)
    for field, limit in _LIMITS.items():
        text = getattr(item, field)
        if len(text) > limit:
            cut, matches = _cut(text, field, limit, matches)
            item = replace(item, title=cut) if field == "title" else replace(item, summary=cut)
    return MatchedItem(item=replace(item, digest=digest), matches=matches)


def reads_alike(item: Item, before: Item) -> bool:
    """Return whether an item has the words that it had, given as it was kept."""
    if before.digest:
        return digest_of(item) == before.digest
    return (item.title, item.summary) == (before.title, before.summary)


def digest_of(item: Item) -> str:
    """Return what tells the words of an item from others."""
    words = f"{len(item.title)} {item.title}{item.summary}"
    return blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


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
