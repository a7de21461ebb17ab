"""Which sentences of an article show what was found in it: short quotes, never the article. Pure.

hits in the body -> their sentences -> the fewest that hold all terms not shown yet -> cut at words, the hits inside
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import takewhile
from operator import itemgetter
from typing import NamedTuple

from bot.model import Hit, Item
from bot.text.paragraphs import BodyLine, body_lines
from bot.text.sentences import sentences

QUOTES, QUOTE_LIMIT = 2, 240
"""Sentences that are quoted of one article, and the characters of each."""
_BEFORE = 80  # characters in front of what was found that a cut sentence begins with
_SAID = 40  # characters by which a sentence is known again in the summary
_WORD = 20  # characters that a cut may give up to stand between words


class Quote(NamedTuple):
    """A sentence of a body or a part of it: from where to where it goes, and in which line it stands."""

    start: int
    end: int
    line: BodyLine
    cut_before: bool = False
    cut_after: bool = False

    def text(self, body: str) -> str:
        """Return what it says, with dots where it was cut."""
        return ("…" if self.cut_before else "") + body[self.start : self.end] + ("…" if self.cut_after else "")

    def holds(self, hit: Hit) -> bool:
        """Return whether a hit stands in it."""
        return hit.field == "body" and self.start <= hit.start and hit.end <= self.end

    def places(self, hits: Iterable[Hit], at: int = 0) -> list[Hit]:
        """Return those of some hits that stand in it, with their places in its text, which begins at `at`."""
        by = at - self.start + self.cut_before
        return [hit._replace(start=hit.start + by, end=hit.end + by) for hit in hits if self.holds(hit)]


class Body:
    """The body of an item with its sentences, which are looked for line by line, when first asked for."""

    def __init__(self, item: Item) -> None:
        self._text = item.body
        self._summary = item.summary
        self._lines = body_lines(item.body, item.paragraphs)
        self._sentences: dict[int, list[tuple[int, int]]] = {}
        self._places: dict[tuple[int, int], Quote] = {}

    def quotes(self, hits: Sequence[Hit], terms: Iterable[str], most: int = QUOTES) -> list[Quote]:
        """Return at most so many sentences that hold hits of these terms, in the order of the article.

        Those with most of the terms come first, of these what is not aside, and then what stands earlier.
        """
        left = set(terms)
        places: dict[Quote, list[Hit]] = {}
        for hit in hits:
            if hit.field == "body" and hit.term in left and hit.end > hit.start:
                places.setdefault(self._sentence(hit), []).append(hit)
        found: list[Quote] = []
        while left and places and len(found) < most:
            place = min(
                places, key=lambda place: (-len({hit.term for hit in places[place]}), place.line.aside, place.start)
            )
            quote = self._cut(place, places[place])
            found.append(quote)
            left -= {hit.term for hit in places[place] if quote.holds(hit)}
            held = ((place, [hit for hit in each if hit.term in left]) for place, each in places.items())
            places = {place: each for place, each in held if each}
        return sorted(found)

    def words_alone(self, hit: Hit, limit: int) -> Quote:
        """Return nothing but what was found, at most `limit` characters of it."""
        end = min(hit.end, hit.start + limit)
        place = self._sentence(hit)
        return Quote(hit.start, end, place.line, cut_before=hit.start > place.start, cut_after=end < place.end)

    def line_of(self, hit: Hit) -> BodyLine:
        """Return the line in which a hit in the body begins."""
        return self._lines[bisect_right(self._lines, hit.start, key=itemgetter(0)) - 1]

    def _sentence(self, hit: Hit) -> Quote:
        """Return the sentence that holds a hit, or the sentences if it reaches over the end of one."""
        known = self._places.get((hit.start, hit.end))
        if known is None:
            known = self._places[hit.start, hit.end] = self._find_sentence(hit)
        return known

    def _find_sentence(self, hit: Hit) -> Quote:
        line = self.line_of(hit)
        parted = self._sentences.get(line.start)
        if parted is None:
            parted = self._sentences[line.start] = list(sentences(self._text[line.start : line.end]))
        first = bisect_right(parted, hit.start - line.start, key=itemgetter(1))
        last = bisect_left(parted, hit.end - line.start, key=itemgetter(0)) - 1
        if first > last:
            return Quote(hit.start, min(hit.end, line.end), line)
        return Quote(line.start + parted[first][0], line.start + parted[last][1], line)

    def _cut(self, place: Quote, hits: Sequence[Hit]) -> Quote:
        """Cut a sentence to the length of a quote, around the first of these hits and what stands behind it."""
        first = min(hits, key=lambda hit: hit.start)
        begin = self._unsaid(place, first)
        if place.end - begin <= QUOTE_LIMIT - (begin > place.start):
            return place._replace(start=begin, cut_before=begin > place.start)
        room = QUOTE_LIMIT - 2
        start = max(begin, first.start - min(_BEFORE, max(0, room - (first.end - first.start)) // 2))
        end = min(start + room, place.end)
        start = max(begin, min(start, end - room))
        if start > begin and (space := self._text.find(" ", start, min(start + _WORD, first.start))) >= 0:
            start = space + 1
        if end < place.end and (space := self._text.rfind(" ", max(end - _WORD, first.end), end + 1)) >= 0:
            end = space
        return Quote(start, end, place.line, start > place.start, end < place.end)

    def _unsaid(self, place: Quote, first: Hit) -> int:
        """Return where a sentence goes on that the summary, which is shown above, breaks off; else where it begins."""
        sentence = self._text[place.start : place.end]
        at = self._summary.find(sentence[:_SAID])
        same = zip(sentence, self._summary[at:] if at >= 0 else "", strict=False)
        said = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], same))
        ends = min(place.start + said, first.start - _WORD)
        space = self._text.rfind(" ", place.start, max(ends, place.start))
        return place.start if said < _SAID or space < 0 else space + 1


def terms_shown(hits: Iterable[Hit], *, title: int, summary: int) -> set[str]:
    """Return the terms that were found in so many characters of the title and of the summary."""
    limits = {"title": title, "summary": summary}
    return {hit.term for hit in hits if hit.end <= limits.get(hit.field, 0)}
