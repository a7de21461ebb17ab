"""The score card of pages: what must hold for each request for a story, or for robots.txt, that publishers saw.

Written from RFC 9309 (robots.txt), RFC 9110 §10.2.3 (Retry-After) and what the bot promises of pages.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import stories
import waits
from scorecard import Exchange, Violation

RULES = {
    "P1": "one request a story; once more only after an end in the midst of it, or when Retry-After was over",
    "P2": "429 and 503: Retry-After, else four hours, for all pages of the host, over restarts too",
    "P3": "nothing that robots.txt forbids, and nothing before it was asked for",
    "P4": "robots.txt once an hour a host",
    "P5": "sixty pages an hour a host",
    "P6": "no cookies, no Referer, nothing conditional",
    "P7": "nothing where nobody could be told",
    "P8": "what was read is told, to each once",
    "P9": "no address that is not allowed; five hops",
}
HOUR = 3_600.0
AN_HOUR = 60
SLACK = 150.0
"""Seconds between the decision that a page is asked for and the request: turns at the host, robots.txt, Crawl-delay."""
OVERLOAD = frozenset({429, 503})
_NOT_SENT = frozenset({"cookie", "referer", "if-none-match", "if-modified-since", "authorization"})

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All that happened with pages. `lives` are the bot's, in seconds from and to.

    `watching` is when somebody had a watch that only articles meet, `full` when the disk took nothing; `first` are the
    stories that the first poll of a feed showed. `told` counts what that watch has told, by (chat, headline); `chats`
    says whom it has to tell, by the feed.
    """

    exchanges: Sequence[Exchange]
    lives: Sequence[Span]
    watching: Sequence[Span] = ()
    full: Sequence[Span] = ()
    first: Mapping[str, frozenset[str]] = field(default_factory=dict)
    told: Mapping[tuple[int, str], int] = field(default_factory=dict)
    chats: Mapping[str, Sequence[int]] = field(default_factory=dict)
    forbidden: frozenset[str] = frozenset()


def score(shelf: Shelf) -> list[Violation]:
    """Judge by all rules."""
    found: list[Violation] = []
    for rule in (once_each, left_alone, allowed, robots_seldom, an_hour, bare, needed, told, hops):
        found += rule(shelf)
    return sorted(found, key=lambda each: each.at)


def pages(shelf: Shelf) -> list[Exchange]:
    """Return the requests for stories."""
    return [each for each in shelf.exchanges if each.kind == "page"]


def by_story(shelf: Shelf) -> dict[tuple[str, int], list[Exchange]]:
    """Return the requests for each story, those that redirects led to among them."""
    found: dict[tuple[str, int], list[Exchange]] = defaultdict(list)
    for each in pages(shelf):
        found[each.feed, each.number].append(each)
    return found


def once_each(shelf: Shelf) -> Iterator[Violation]:
    """P1: how often a story is asked for."""
    for asked in by_story(shelf).values():
        begins = [each for each in asked if not _path_below(each)]
        for one, other in pairwise(begins):
            last = [each for each in asked if one.at <= each.at < other.at][-1]
            excused = last.status in OVERLOAD or _was_cut(last, other, shelf)
            if not excused:
                yield _breach("P1", other, f"asked again {other.at - last.at:.0f} s after {last.status}")
        if len(begins) > 2:
            yield _breach("P1", begins[-1], f"asked {len(begins)} times")


def left_alone(shelf: Shelf) -> Iterator[Violation]:
    """P2: who wants to be asked later is."""
    until: dict[str, float] = {}
    for each in shelf.exchanges:
        if each.kind == "feed":
            continue
        if each.at < until.get(each.host, 0) - 1:
            yield _breach("P2", each, f"{until[each.host] - each.at:.0f} s too soon")
        if each.status in OVERLOAD or (each.kind == "robots" and each.status >= 500):
            wait = waits.retry_after(each.sent.get("retry-after", ""), each.at)
            if each.kind == "robots":
                wait = min(max(wait or HOUR, HOUR), waits.DAY)
            until[each.host] = each.at + (waits.OVERLOADED if wait is None else wait)


def allowed(shelf: Shelf) -> Iterator[Violation]:
    """P3: what robots.txt lets be asked for, and that it was asked for within the hour."""
    looked: dict[tuple[str, int], float] = {}
    for each in shelf.exchanges:
        if each.kind == "robots":
            looked[each.host, each.life] = each.at
        elif each.kind == "page":
            if stories.is_forbidden(each.feed, each.number) or not stories.is_read(each.feed, each.number):
                yield _breach("P3", each, "is forbidden")
            if each.at > looked.get((each.host, each.life), -1e12) + HOUR + SLACK:
                yield _breach("P3", each, "without a look at robots.txt")


def robots_seldom(shelf: Shelf) -> Iterator[Violation]:
    """P4: how often robots.txt is asked for: once an hour of a life."""
    last: dict[tuple[str, int], float] = {}
    for each in shelf.exchanges:
        if each.kind == "robots":
            before = last.get((each.host, each.life), -1e12)
            if each.at < before + HOUR - 1:
                yield _breach("P4", each, f"{each.at - before:.0f} s after the one before")
            last[each.host, each.life] = each.at


def an_hour(shelf: Shelf) -> Iterator[Violation]:
    """P5: how many pages of a host are asked for within an hour."""
    asked: dict[tuple[str, int], list[float]] = defaultdict(list)
    for each in pages(shelf):
        times = asked[each.host, each.life]
        times.append(each.at)
        if len(times) > AN_HOUR and each.at < times[-AN_HOUR - 1] + HOUR - SLACK:
            yield _breach("P5", each, f"more than {AN_HOUR} in {each.at - times[-AN_HOUR - 1]:.0f} s")
            times.clear()


def bare(shelf: Shelf) -> Iterator[Violation]:
    """P6: what a request says beside who asks, which E7 judges."""
    for each in shelf.exchanges:
        if each.kind != "feed" and (said := _NOT_SENT & each.asked.keys()):
            yield _breach("P6", each, f"sends {sorted(said)}")


def needed(shelf: Shelf) -> Iterator[Violation]:
    """P7: whether somebody could be told by it."""
    for each in pages(shelf):
        if each.feed == stories.ALWAYS:
            continue
        title = f"{each.feed} news {each.number}"
        if each.feed in {stories.NEVER, stories.MET}:
            yield _breach("P7", each, "nobody could be told more")
        elif title in shelf.first.get(each.feed, ()):
            yield _breach("P7", each, "stood in the first poll")
        elif not _within(each.at - SLACK, each.at, shelf.watching):
            yield _breach("P7", each, "nobody watches")


def told(shelf: Shelf) -> Iterator[Violation]:
    """P8: an article that came is told; a story whose article never came is not."""
    came: set[tuple[str, int]] = set()
    for each in pages(shelf):
        if not each.good:
            continue
        came.add((each.feed, each.number))
        ends = shelf.lives[each.life][1]
        quiet = not _within(each.at - SLACK, each.ended + SLACK, shelf.full)
        watched = any(start <= each.at - SLACK and each.ended + SLACK <= end for start, end in shelf.watching)
        if each.ended + SLACK > ends or not (quiet and watched) or each.feed == stories.ALWAYS:
            continue
        for chat in shelf.chats.get(each.feed, ()):
            if not shelf.told.get((chat, f"{each.feed} news {each.number}")):
                yield _breach("P8", each, f"{chat} was not told")
    for (chat, title), times in shelf.told.items():
        feed, _, number = title.removesuffix(f" {stories.DEEP}").rpartition(" news ")
        if times > 1 or (feed != stories.MET and (feed, int(number)) not in came):
            yield Violation(rule="P8", feed=feed, at=0.0, text=f"{chat} was told of {number} {times} times")


def hops(shelf: Shelf) -> Iterator[Violation]:
    """P9: where a page leads to."""
    for asked in by_story(shelf).values():
        begins = sum(not _path_below(each) for each in asked)
        if len(asked) > 6 * begins:
            yield _breach("P9", asked[-1], f"{len(asked)} requests")
    for each in shelf.exchanges:
        if each.kind != "feed" and each.host in shelf.forbidden:
            yield _breach("P9", each, f"asked {each.host}")


def counts(shelf: Shelf) -> Counter[str]:
    """Count what was asked for: pages, stories, articles that came, robots.txt."""
    asked = pages(shelf)
    return Counter(
        {
            "requests for pages": len(asked),
            "stories": len(by_story(shelf)),
            "articles": sum(each.good for each in asked),
            "robots.txt": sum(each.kind == "robots" for each in shelf.exchanges),
        }
    )


def _path_below(each: Exchange) -> bool:
    return not each.url.endswith(f"/story/{each.number}")


def _was_cut(last: Exchange, other: Exchange, shelf: Shelf) -> bool:
    """Return whether the bot ended while a story was asked for, or could not remember what came of it before it did."""
    if last.life == other.life:
        return False
    ends = shelf.lives[last.life][1]
    return last.ended >= ends - 2 or _within(last.ended - 5, ends, shelf.full)


def _within(start: float, end: float, spans: Sequence[Span]) -> bool:
    """Return whether a span has something in common with others, which are in order."""
    place = bisect_right(spans, (end, float("inf")))
    return any(start <= spans[each][1] for each in range(place))


def _breach(rule: str, each: Exchange, text: str) -> Violation:
    return Violation(rule=rule, feed=each.feed, at=each.at, text=f"{each.url} {text}")
