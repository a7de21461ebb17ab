"""The score card of polling: pure rules over what publishers saw and what came of it.

    log of a trial -> polls, each with its hops and outcome -> one function a rule -> violations

The rules are numbered as in `RULES`. What is judged is what went over the wire; what the bot thought of it stands in
`Settled` only. Times are Unix seconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import waits

DAY = waits.DAY
RULES = {
    "E1": "validators go back byte for byte as last received, over restarts too",
    "E2": "a 200 replaces them, a 304 completes them",
    "E3": "a poll that brings nothing leaves them as they were",
    "E4": "no feed is asked too soon, after a restart or by a second watcher; one request adds a feed",
    "E5": "429 and 503: Retry-After, else four hours",
    "E6": "the publisher's interval, cache, hours and days",
    "E7": "no cookies, no Referer, a User-Agent with name, version and link",
    "E8": "a permanent redirect counts from the fourth time on; no address that is not allowed; five hops",
    "E9": "errors back off and are never given up, 410 stops; told once",
    "E10": "one request at a time to a host, 2 s apart; start-up is spread",
    "E11": "the same body is not read again",
    "E12": "a 304 that nothing asked for is an error",
    "E13": "a feed that has fallen silent is said once",
    "late": "nobody is forgotten",
    "read": "a good feed is read",
    "once": "all that is new is told once, and nothing of the first poll",
}
Kind = Literal["feed", "page", "robots"]
PERMANENT, TEMPORARY = frozenset({301, 308}), frozenset({302, 303, 307})
MOVES_AFTER, MAX_HOPS, SPACING = 3, 5, 2.0
SHARE = 4.0
"""Seconds that a page may hold its host while others wait, and that others may while a page waits."""
A_SECOND = 16
"""Polls that may begin in one second after a start: ten, in ticks of half a second, both ends counted."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request as a publisher saw it, and its answer. `good` is a whole feed, `body` names it, `life` the bot's.

    What is asked for is a feed, the page of the story with a `number` (then `good` is an article), or robots.txt.
    """

    feed: str
    host: str
    url: str
    at: float
    asked: Mapping[str, str]
    status: int
    sent: Mapping[str, str] = field(default_factory=dict)
    good: bool = False
    body: str = ""
    says: waits.Says = field(default_factory=waits.Says)
    ended: float = float("inf")
    life: int = 0
    kind: Kind = "feed"
    number: int = 0

    @property
    def validators(self) -> tuple[str, str]:
        """What was asked with."""
        return self.asked.get("if-none-match", ""), self.asked.get("if-modified-since", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A poll that was remembered: whether as a failure, what was new, who was told of it, and what of the feed."""

    feed: str
    at: float
    failed: bool = False
    new: int = 0
    alerts: tuple[tuple[int, str], ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A body that was read."""

    feed: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule that was broken."""

    rule: str
    feed: str
    at: float
    text: str


@dataclass(slots=True, kw_only=True)
class Polled:
    """A poll: its hops, what came of it (None if the bot ended meanwhile or could not remember it), bodies read."""

    hops: list[Exchange]
    settled: Settled | None = None
    parsed: list[str] = field(default_factory=list)

    @property
    def last(self) -> Exchange:
        """The answer that counts."""
        return self.hops[-1]

    @property
    def brought(self) -> bool:
        """Whether it should count as answered."""
        return self.last.good or (self.last.status == 304 and any(self.last.validators))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All that happened, in order, and under what terms. `lives` are when the bot ran, in seconds from and to."""

    log: Sequence[Exchange | Settled | Parsed]
    terms: Mapping[str, waits.Terms]
    lives: Sequence[tuple[float, float]]
    wanted: frozenset[tuple[int, str]] = frozenset()


def score(trial: Trial) -> list[Violation]:
    """Judge a trial by all rules."""
    found: list[Violation] = []
    exchanges = [each for each in trial.log if isinstance(each, Exchange)]
    for name, polls in polls_of(trial.log).items():
        terms = trial.terms[name]
        for rule in (validators, moves, readings, told, silences):
            found += rule(polls, terms)
        found += (Violation(feed=name, **said) for said in waits.breaches(polls, terms, trial.lives))
    found += requests(exchanges)
    found += hosts(exchanges)
    found += spread(polls_of(trial.log).values(), trial.lives)
    found += once(trial)
    return sorted(found, key=lambda each: each.at)


def polls_of(log: Sequence[Exchange | Settled | Parsed]) -> dict[str, list[Polled]]:
    """Put hops, what was read, and outcomes together, by feed."""
    polls: dict[str, list[Polled]] = defaultdict(list)
    for each in log:
        if isinstance(each, Exchange) and each.kind != "feed":
            continue
        of = polls[each.feed]
        # What was read without a request was another's answer, which two who watch one address share.
        under_way = bool(of) and of[-1].settled is None and bool(of[-1].hops)
        if isinstance(each, Exchange):
            if under_way and of[-1].last.life == each.life and _leads_to(of[-1].last, each):
                of[-1].hops.append(each)
            else:
                of.append(Polled(hops=[each]))
        elif not under_way:
            of.append(Polled(hops=[], settled=each if isinstance(each, Settled) else None))
        elif isinstance(each, Parsed):
            of[-1].parsed.append(each.body)
        else:
            of[-1].settled = each
    return {name: [poll for poll in of if poll.hops] for name, of in polls.items()}


def _leads_to(one: Exchange, other: Exchange) -> bool:
    return one.status in PERMANENT | TEMPORARY and other.url == one.sent.get("location")


def unconditional(polls: Sequence[Polled]) -> int:
    """Count the polls that asked for the whole feed and got it."""
    return sum(poll.last.good and not any(poll.last.validators) for poll in polls)


def validators(polls: Sequence[Polled], terms: waits.Terms) -> Iterator[Violation]:
    """E1, E2, E3: what a feed is asked with. What was under way when the bot ended may be remembered or not."""
    held = {("", "")}
    wrong: dict[tuple[str, str], str] = {}
    for poll in polls:
        for hop in poll.hops:
            if hop.validators not in held:
                rule = wrong.get(hop.validators, "E1") if any(hop.validators) else "E1"
                yield Violation(rule=rule, feed=terms.feed, at=hop.at, text=f"{hop.validators}, not {sorted(held)}")
        last, brought = poll.last, poll.brought
        sent = last.sent.get("etag", ""), last.sent.get("last-modified", "")
        if not brought:
            wrong |= {sent: "E3"} if any(sent) else {}
            continue
        after = {sent} if last.good else {(sent[0] or etag, sent[1] or date) for etag, date in held}
        wrong = dict.fromkeys(held | {(sent[0] or etag, sent[1] or date) for etag, date in held}, "E2")
        held = after if poll.settled and not poll.settled.failed else held | after


def moves(polls: Sequence[Polled], terms: waits.Terms) -> Iterator[Violation]:
    """E8: where a feed is asked."""
    address, watched, times, failing_since = terms.url, "", 0, 0.0
    for poll in polls:
        began = poll.hops[0]
        long_failing = failing_since and began.at - failing_since > DAY
        if began.url != address and not (long_failing and began.url == terms.url):
            yield Violation(rule="E8", feed=terms.feed, at=began.at, text=f"asked at {began.url}, not at {address}")
        if long_failing:
            address = began.url
        if len(poll.hops) > MAX_HOPS + 1:
            yield Violation(rule="E8", feed=terms.feed, at=began.at, text=f"{len(poll.hops) - 1} hops")
        yield from _forbidden(poll.hops, terms)
        if poll.settled is None:
            continue
        failing_since = (failing_since or poll.settled.at) if poll.settled.failed else 0.0
        to = "" if poll.settled.failed else _permanent(poll.hops)
        times = times + 1 if to and to == watched else int(bool(to))
        watched = to
        if times >= MOVES_AFTER:
            address, watched, times = to, "", 0


def _forbidden(hops: Sequence[Exchange], terms: waits.Terms) -> Iterator[Violation]:
    for one, other in pairwise(hops):
        if one.url.startswith("https:") and not other.url.startswith("https:"):
            yield Violation(rule="E8", feed=terms.feed, at=other.at, text=f"from {one.url} to {other.url}")
    for hop in hops:
        if hop.host in terms.forbidden:
            yield Violation(rule="E8", feed=terms.feed, at=hop.at, text=f"asked {hop.host}")


def _permanent(hops: Sequence[Exchange]) -> str:
    to = ""
    for hop in hops:
        if hop.status not in PERMANENT:
            break
        to = hop.sent.get("location", "")
    return to


def readings(polls: Sequence[Polled], terms: waits.Terms) -> Iterator[Violation]:
    """E11, E12, and that outcomes are what the answers were."""
    read = ""
    for poll in polls:
        at = poll.last.at
        if poll.last.good and read and poll.last.body == read and poll.parsed:
            yield Violation(rule="E11", feed=terms.feed, at=at, text="read the same body again")
        if poll.settled is None:
            read = ""  # what was remembered is not known
        elif poll.last.good and not poll.settled.failed:
            read = poll.last.body
        if poll.settled and not poll.settled.failed and not poll.brought:
            rule = "E12" if poll.last.status == 304 else "E3"
            yield Violation(rule=rule, feed=terms.feed, at=at, text=f"{poll.last.status} counts as answered")
        if poll.settled and poll.settled.failed and poll.brought:
            yield Violation(rule="read", feed=terms.feed, at=at, text="counts as failed")


def told(polls: Sequence[Polled], terms: waits.Terms) -> Iterator[Violation]:
    """E9: what is said of a feed that fails: once when it is broken or gone, once when it is well."""
    standing, failures, since, well = "", 0, 0.0, 0
    said: list[float] = []
    for poll in polls:
        if poll.settled is None:
            continue
        at, notices = poll.settled.at, [kind for kind in poll.settled.notices if kind != "moved"]
        for kind in notices:
            if kind == (standing or "well"):
                yield Violation(rule="E9", feed=terms.feed, at=at, text=f"{kind} is told again")
            standing = "" if kind == "well" else kind
        said = [before for before in said if before > at - DAY] + [at] * len(notices)
        if len(said) > 4:
            yield Violation(rule="E9", feed=terms.feed, at=at, text=f"{len(said)} notices in a day")
            said = []
        if poll.settled.failed:
            failures, since, well = failures + 1, since or at, 0
        else:
            failures, since, well = 0, 0.0, well + 1
        broken = failures >= 3 and at - since >= 3_600 and standing not in {"broken", "gone"}
        if broken or (failures and poll.last.status == 410 and standing != "gone"):
            yield Violation(rule="E9", feed=terms.feed, at=at, text="is broken, and nobody is told")
        if well >= 12 and standing in {"broken", "gone"}:
            yield Violation(rule="E9", feed=terms.feed, at=at, text="is well, and nobody is told")


def silences(polls: Sequence[Polled], terms: waits.Terms) -> Iterator[Violation]:
    """E13: what is said of a feed that answers and brings nothing new."""
    last_new, standing = 0.0, ""
    for poll in polls:
        if poll.settled is None:
            continue
        at = poll.settled.at
        last_new = at if poll.settled.new or not last_new else last_new
        for kind in poll.settled.notices:
            if kind == "stale" and at - last_new < terms.silence:
                yield Violation(rule="E13", feed=terms.feed, at=at, text=f"stale after {at - last_new:.0f} s")
            standing = standing if kind == "moved" else kind
        if not poll.settled.failed and at - last_new > terms.silence + DAY and standing != "stale":
            yield Violation(rule="E13", feed=terms.feed, at=at, text="has fallen silent, and nobody is told")


def requests(exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """E7: what each request says of who asks."""
    for each in exchanges:
        name, _, rest = each.asked.get("user-agent", "").partition("/")
        version, _, link = rest.partition(" ")
        if {"cookie", "referer"} & each.asked.keys() or not (name and version and "://" in link):
            yield Violation(rule="E7", feed=each.feed, at=each.at, text=str(dict(each.asked)))


def hosts(exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """E10: one request at a time to a host, and their distance."""
    by_host: dict[str, list[Exchange]] = defaultdict(list)
    for each in exchanges:
        by_host[each.host].append(each)
    for asked in by_host.values():
        for one, other in pairwise(asked):
            late = one.ended > one.at + SHARE and {one.kind, other.kind} != {"feed"}
            free = one.at + SHARE if late else one.ended + SPACING
            if other.at < free - 0.01:
                text = f"{other.at - one.ended:.2f} s after the end of {one.url}"
                yield Violation(rule="E10", feed=other.feed, at=other.at, text=text)


def spread(polls: Iterable[Sequence[Polled]], lives: Sequence[tuple[float, float]]) -> Iterator[Violation]:
    """E10: how many feeds are asked for the first time in one second after a start."""
    begun = [{poll.hops[0].life: poll.hops[0].at for poll in reversed(of)} for of in polls]
    for number, (start, _) in enumerate(lives):
        first = sorted(of[number] for of in begun if number in of and of[number] < start + 300)
        for one, later in zip(first, first[A_SECOND:], strict=False):
            if later < one + 1:
                yield Violation(rule="E10", feed="", at=one, text=f"more than {A_SECOND} polls in a second")
                break


def once(trial: Trial) -> Iterator[Violation]:
    """What is new is told, to each once; what stands in a feed at its first poll is not."""
    seen: set[tuple[int, str]] = set()
    primed: set[str] = set()
    for each in trial.log:
        if not isinstance(each, Settled):
            continue
        if each.feed not in primed and each.alerts:
            yield Violation(rule="once", feed=each.feed, at=each.at, text="told of its first poll")
        primed |= set() if each.failed else {each.feed}
        for alert in each.alerts:
            if alert in seen:
                yield Violation(rule="once", feed=each.feed, at=each.at, text=f"{alert} again")
            seen.add(alert)
    for alert in sorted(trial.wanted - seen):
        yield Violation(rule="once", feed="", at=float("inf"), text=f"{alert} was not told")
