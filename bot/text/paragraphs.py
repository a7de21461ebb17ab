"""An article as paragraphs: from a feed's markup to a body with one a line, and what each line is. Pure.

markup -> paragraphs_of -> body_of -> body, paragraphs

Light, as `clean` is: the feed parser imports it in a child process. Everything is linear in the text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.model import Paragraph
from bot.text.captions import is_caption
from bot.text.clean import folded, plain_text, spaced

MAX_BODY = 64 * 2**10
"""Bytes of UTF-8 that a body may have; what is longer is cut at a word."""
MAX_LINES = 1_000
"""Paragraphs that a body may have."""
ALWAYS_FIRST = 3
"""So many paragraphs are always of an article's first third: a short report has one matter from end to end."""
_LONGEST_WORD = 100  # characters that are given up to end at a word
_LONG = 1_000  # characters of a paragraph that is also parted where others are not
_WIDEST_PAGE = 120  # characters of a line, on average, that was not broken for its length alone
_LONGEST_POINTER = 300  # characters of a paragraph that only points elsewhere

# What tags leave in the text for a moment. Unicode keeps these characters for such use, and no text has them.
_PART, _BREAK, _BESIDE, _BESIDE_END, _LINK, _LINK_END = map(chr, range(0xFDD0, 0xFDD6))
_SIGN = re.compile(f"([{_PART}-{_LINK_END}])")
_INSIDE = frozenset("img picture source map area td th nobr input button option col colgroup param track meta".split())  # noqa: SIM905
_BESIDE_NAMES = frozenset("figcaption aside nav footer noscript iframe form".split())  # noqa: SIM905
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_WORD = re.compile(r"\w")

# "Read more: …", "Related", "Читайте также"; and who wrote, took or owns it.
_POINTER = re.compile(
    r"""\W{0,3}(?:
    (?:read\ (?:more|also|next|the\ full)|also\ read|see\ also|must\ read|you\ (?:may|might)\ also\ (?:like|be)
        |the\ post\ .{1,250}?\ (?:appeared\ first|first\ appeared)\ on\b
        |click\ here|sign\ up|subscribe\ (?:to|now|here)|follow\ us|continue\ reading|originally\ published
        |this\ (?:article|story|report)\ (?:was\ |has\ )?(?:first|originally)
        |(?:additional\ )?(?:reporting|writing|editing)\ (?:and\ \w+\ )?by\ (?!the\b)|compiled\ by|edited\ by
        |translated\ by|our\ standards\W|all\ rights\ reserved|copyright\W{1,3}(?:c\W|[0-9]{4})|©
        |read\ or\ share|share\ (?:this|on)\b|follow\ .{1,60}\ on\ (?:twitter|facebook|x\b)
        |.{1,120}\ contributed\ to\ this\ (?:report|story|article)|contributing:|loading\ comments
        |(?:[àa]\ )?lire\ (?:aussi|également)|voir\ aussi|lesen\ sie\ (?:auch|mehr|hier)|mehr\ zum\ thema
        |lea\ también|lee\ también|te\ puede\ interesar|leggi\ anche
        |читайте\ (?:также|ещё|еще|нас|на)|читать\ (?:далее|также|полностью)|смотрите\ также|см\.\ также
        |подпис(?:ывайтесь|аться)\ на)
    |(?:related(?:\ (?:articles?|stor(?:y|ies)|coverage|content|topics?|links?|news|posts?|reading))?
        |more\ (?:on\ this(?:\ story)?|from\ [\w ]{1,30}|stories|coverage|news)
        |recommended|more|watch|listen|read|topics?|tags?|keywords?|latest|trending|most\ (?:read|viewed|popular)|share
        |(?:ещё\ |еще\ |материалы\ )?по\ теме|другие\ новости|подробнее|теги|источник)\s*(?:[:|»→>]|\Z)
    )""",
    re.VERBOSE | re.IGNORECASE,
)


def paragraphs_of(markup: str) -> Iterator[tuple[str, bool]]:
    """Give the readable paragraphs of some HTML, or plain text, and whether each is known to be beside the matter.

    Block tags part them, two line breaks in a row, and blank lines where there are no such tags; what is long is parted
    by single breaks and lines. Beside the matter are captions of figures, what is marked up as an aside, and paragraphs
    that are nothing but links. Never raises.
    """
    text = plain_text(_SIGN.sub("", markup), _left)
    if not _SIGN.search(text):
        for part in _BLANK_LINE.split(text):
            yield from ((shown, False) for line in _lines(part) if (shown := folded(line)))
        return
    kept: list[str] = []
    depth, in_link, is_text, broken = 0, False, False, False
    for piece in (*_SIGN.split(text), _PART):
        parts = piece in {_PART, _BESIDE, _BESIDE_END} or (piece == _BREAK and broken)
        if parts:
            yield from ((shown, depth > 0 or not is_text) for shown in _parted("".join(kept)))
            kept, in_link, is_text = [], False, False
        if piece in {_LINK, _LINK_END}:
            in_link = piece == _LINK
        elif piece in {_BESIDE, _BESIDE_END}:
            depth = max(0, depth + (1 if piece == _BESIDE else -1))
        elif piece == _BREAK:
            kept.append(piece)
        elif not parts:
            kept.append(piece)
            is_text = is_text or (not in_link and _WORD.search(piece) is not None)
        broken = piece == _BREAK or (broken and not piece.strip())


def _lines(part: str) -> list[str]:
    """Return the lines of a long text, if they are no lines of a page that ends where the paper does."""
    lines = [line for line in part.split("\n") if not line.isspace()] if len(part) > _LONG else []
    return lines if lines and len(part) > len(lines) * _WIDEST_PAGE else [part]


def _parted(paragraph: str) -> Iterator[str]:
    """Give a paragraph as it is shown; one that is long in parts, if it has breaks."""
    for part in paragraph.split(_BREAK) if len(paragraph) > _LONG else [paragraph.replace(_BREAK, " ")]:
        if shown := folded(part):
            yield shown


def _left(name: str, closes: bool) -> str:
    """Return what a tag leaves of itself."""
    if name == "br":
        return _BREAK
    if name == "a":
        return _LINK_END if closes else _LINK
    if name in _BESIDE_NAMES:
        return _BESIDE_END if closes else _BESIDE
    space = spaced(name, closes)
    return _PART if space and name not in _INSIDE and ":" not in name and "-" not in name else space


def body_of(paragraphs: Iterable[tuple[str, bool]], *, lead: str = "") -> tuple[str, tuple[Paragraph, ...]]:
    """Return a body, a paragraph a line, and what each line is, from readable paragraphs.

    With each comes whether it is known to be beside the matter. Empty ones are left out; what is said twice stands
    once, where it is said first. A `lead` stands over them, as number 0.
    """
    paragraphs = [(lead, False), *paragraphs] if lead else paragraphs
    known: dict[str, bool] = {}
    for text, aside in paragraphs:
        line = " ".join(text.split())
        if line and (line in known or len(known) < MAX_LINES):
            known[line] = aside and known.get(line, True)
    lines, left = [], MAX_BODY + 1  # the last line has no end
    for line in known:
        cut = _cut(line, left - 1)
        if cut:
            lines.append(cut)
        if cut != line:
            break
        left -= len(line.encode("utf-8", "replace")) + 1
    return "\n".join(lines), placed(lines, list(known.values()), first=0 if lead else 1)


def placed(lines: Sequence[str], asides: Sequence[bool] = (), *, first: int = 1) -> tuple[Paragraph, ...]:
    """Return what the lines of a body are, numbered from `first`. `asides` says which are known to be asides.

    Aside is also what reads as a caption, a credit or a pointer to something else, and what begins behind the first
    third of all the rest; but the first three paragraphs of that never are.
    """
    known = [*asides[: len(lines)], *[False] * (len(lines) - len(asides))]
    besides = [aside or is_beside(line) for line, aside in zip(lines, known, strict=True)]
    total = sum(len(line) for line, beside in zip(lines, besides, strict=True) if not beside)
    found, begin, count = [], 0, 0
    for number, (line, beside) in enumerate(zip(lines, besides, strict=True), first):
        found.append(Paragraph(number, beside or (count >= ALWAYS_FIRST and begin * 3 >= total)))
        if not beside:
            begin, count = begin + len(line), count + 1
    return tuple(found)


class BodyLine(NamedTuple):
    """A line of a body: where it stands in it, and what it is."""

    start: int
    end: int
    number: int
    aside: bool


def body_lines(body: str, paragraphs: Sequence[Paragraph] = ()) -> list[BodyLine]:
    """Return the lines of a body, none if it is empty. If nothing is known of them, what they are is told by place."""
    if not body:
        return []
    lines = body.split("\n")
    found, start = [], 0
    for line, each in zip(lines, paragraphs if len(paragraphs) == len(lines) else placed(lines), strict=True):
        found.append(BodyLine(start, start + len(line), *each))
        start += len(line) + 1
    return found


def is_beside(line: str) -> bool:
    """Return whether a paragraph is no part of an article's text: a caption, a credit, a pointer to something else."""
    return is_caption(line) or (len(line) <= _LONGEST_POINTER and _POINTER.match(line) is not None)


def _cut(line: str, room: int) -> str:
    """Return a line of at most `room` bytes, cut at a word."""
    encoded = line.encode("utf-8", "replace")
    if len(encoded) <= room:
        return line
    cut = encoded[: max(0, room - len("…".encode()))].decode("utf-8", "ignore")
    cut = cut[: cut.rfind(" ", -_LONGEST_WORD)] if " " in cut[-_LONGEST_WORD:] else cut  # some scripts have no spaces
    return f"{cut}…" if cut else ""
