"""A text in chunks: runs of what may belong to one word with its hyphens, and capitals with full stops, U.N.

Chunks are looked up whole: nine of ten are one word, and most have been met before. URLs are left out.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

INVISIBLE = "\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
APOSTROPHES = "'’ʼ＇`´‘‛"
HYPHENS = "‐‑‒–−－-"  # the en dash and the minus sign among them: S–400 is typed so
# Vowel signs and accents that stand on letters. The scripts of South Asia go in whole, but for their full stops.
MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u0900-\u0963\u0966-\u0df3\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ebc\u0ec8-\u0ecd\u0f71-\u0f84"
    "\u102b-\u103e\u17b4-\u17d3\u20d0-\u20ff"
)

# What may belong to one word with its hyphens. A run of it is looked up whole, once; one without end is cut.
CHUNK = re.compile(rf"[\w{APOSTROPHES}{INVISIBLE}{MARKS}{HYPHENS}]{{1,256}}")
# U.N., U.N and L.G.B.T.; not the W. of a name.
_DOTTED = re.compile(r"(?<![\w.])(?:[A-ZА-ЯЁ]\.){1,7}(?:[A-ZА-ЯЁ](?!\w)\.?|(?<=\..\.))")
_SECOND_LETTER = re.compile(r"\.(?=[A-ZА-ЯЁ])(?<=[A-ZА-ЯЁ]\.)")  # begins with a plain sign: found several times as fast
URL = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]{1,15}://|www\.)\S+|\b(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}/\S*")
_MAYBE_URL = re.compile(r"://|www\.|\.[a-z]{2,24}/")


def chunks(text: str, *, urls: bool = False) -> Iterator[tuple[int, str]]:
    """Return the chunks of a text with their offsets, those of its URLs left out unless `urls` is true."""
    for start, end, dotted in _pieces(text, urls=urls):
        if dotted:
            yield start, text[start:end]
        else:
            for found in CHUNK.finditer(text, start, end):
                yield found.start(), found[0]


def chunk_list(text: str, *, urls: bool = False) -> list[str]:
    """Return what `chunks` gives, without the offsets."""
    found: list[str] = []
    for start, end, dotted in _pieces(text, urls=urls):
        found += (text[start:end],) if dotted else CHUNK.findall(text, start, end)
    return found


def chunk_starts(text: str, *, urls: bool = False) -> list[int]:
    """Return the offsets that `chunks` gives, without the chunks."""
    starts: list[int] = []
    for start, end, dotted in _pieces(text, urls=urls):
        starts += (start,) if dotted else [found.start() for found in CHUNK.finditer(text, start, end)]
    return starts


def _pieces(text: str, *, urls: bool) -> Sequence[tuple[int, int, bool]]:
    """Return from where to where a text has chunks, and whether that is one of capitals with full stops."""
    has_urls, has_dots = not urls and _may_have_url(text), _SECOND_LETTER.search(text) is not None
    if not has_urls and not has_dots:
        return ((0, len(text), False),)
    places = [place.span() for place in URL.finditer(text)] if has_urls else []
    bounds = [0, *(end for place in places for end in place), len(text)]
    pieces: list[tuple[int, int, bool]] = []
    for index, (start, end) in enumerate(pairwise(bounds)):
        if index % 2 == 0:
            pieces += _around_dots(text, start, end) if has_dots else ((start, end, False),)
    return pieces


def _around_dots(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    for stop in _SECOND_LETTER.finditer(text, start, end):
        if stop.start() > start and (found := _DOTTED.match(text, stop.start() - 1, end)):
            yield start, found.start(), False
            yield found.start(), found.end(), True
            start = found.end()
    yield start, end, False


def _may_have_url(text: str) -> bool:
    return ("/" in text or "www." in text) and _MAYBE_URL.search(text) is not None
