"""The score card's rules of waiting: the soonest and the latest that a feed may be asked after each answer. Pure.

    answer -> Wait(least, most, rule) -> kept out of the hours that the publisher wants to be left in -> broken by whom?

Written from the standards (RSS 2.0, RFC 9110 §10.2.3, RFC 9111 §4.2), not from the bot's own decisions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from scorecard import Polled

DAY = 86_400.0
MONTH = 31 * DAY
OVERLOADED = 4 * 3_600.0
SLACK = 90.0
"""Seconds that a poll may be late: ticks, turns at a host, hops, a slow answer."""
START = 300.0
"""Seconds in which all that is overdue at a start is asked."""
PUBLISHERS_SHARE = 12.0
"""How many times its interval a publisher may make a feed wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """What a feed's body asks for: seconds between polls, hours (GMT) and days (0 is Monday) without any."""

    wish: float = 0.0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for a feed: its address, its interval and the bounds, hosts that it must not lead to.

    `silence` are the seconds without news after which it is stale. `since` is when it began to be watched.
    """

    feed: str
    url: str
    interval: float = 300.0
    least: float = 120.0
    most: float = 3_600.0
    forbidden: frozenset[str] = frozenset()
    silence: float = 1e12
    since: float = 0.0

    def every(self, says: Says) -> float:
        """Return the seconds between two polls."""
        return min(max(self.interval, self.share(says.wish), self.least), self.most)

    def share(self, wish: float) -> float:
        """Cut a publisher's wish to what it may have."""
        return min(wish, self.most, max(self.interval, self.least) * PUBLISHERS_SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The least and the most seconds until the next poll, and the rule that asks for them."""

    least: float
    most: float
    rule: str


class Breach(TypedDict):
    """A violation but for whose."""

    rule: str
    at: float
    text: str


def breaches(polls: Sequence["Polled"], terms: Terms, lives: Sequence[tuple[float, float]]) -> Iterator[Breach]:
    """E4, E5, E6, E9 and "late": when each poll came, and whether one should have come."""
    says, failures, since = Says(), 0, 0.0
    soonest, latest, rule, tried = 0.0, terms.since, "E4", (-1, 0.0)
    for poll in polls:
        began = poll.hops[0]
        life, at = began.life, began.at
        if at < soonest - 1:
            yield Breach(rule=rule, at=at, text=f"{soonest - at:.0f} s too soon")
        elif life == tried[0] and at < tried[1] + terms.least - 1:
            yield Breach(rule="E4", at=at, text=f"{at - tried[1]:.0f} s after a poll that was not remembered")
        elif is_left_alone(at, says):
            yield Breach(rule="E6", at=at, text="asked in an hour to be left alone in")
        if at > excused(latest, at, lives, says) + SLACK:
            yield Breach(rule="late", at=at, text=f"{at - latest:.0f} s late")
        tried = life, max(hop.at for hop in poll.hops)
        if poll.settled is None:
            latest = max(latest, left_alone_until(tried[1] + terms.most, says))
            continue
        if poll.last.good and not poll.settled.failed:
            says = poll.last.says
        failures, since = (failures + 1, since or poll.settled.at) if poll.settled.failed else (0, 0.0)
        wait = wait_after(poll, terms, says, failures, poll.settled.at - since)
        soonest, rule = poll.settled.at + wait.least, wait.rule
        latest = left_alone_until(poll.settled.at + wait.most, says)
    end = lives[-1][1] if lives else 0.0
    if end > excused(latest, end, lives, says) + SLACK:
        yield Breach(rule="late", at=end, text="is not asked any more")
    yield from too_many(polls, terms)


def wait_after(poll: "Polled", terms: Terms, says: Says, failures: int, failing: float) -> Wait:
    """Return the bounds of the wait after a poll, the n-th failure in a row, `failing` seconds after the first."""
    last, every = poll.last, terms.every(says)
    if not failures:
        fresh = terms.share(freshness(last.sent))
        return Wait(least=max(terms.least, fresh), most=max(terms.most, every, fresh), rule="E6" if fresh else "E4")
    if last.status == 410:
        return Wait(least=MONTH - DAY, most=MONTH, rule="E9")
    asked = retry_after(last.sent.get("retry-after", ""), last.at)
    if last.status in {429, 503}:
        wanted = min(max(OVERLOADED if asked is None else asked, terms.least), MONTH)
        return Wait(least=wanted - 2, most=wanted, rule="E5")
    if asked is not None and last.status >= 400:
        return Wait(least=terms.least, most=max(min(asked, MONTH), DAY), rule="E5")
    least = terms.least if failures == 1 else terms.most if failing > DAY else every
    return Wait(least=least, most=DAY if failing > DAY else terms.most, rule="E9")


def too_many(polls: Sequence["Polled"], terms: Terms) -> Iterator[Breach]:
    """E6: how often a feed that works is asked within a day: a tenth more than its interval says, at most."""
    answered = [poll for poll in polls if poll.settled and not poll.settled.failed]
    first = 0
    for number, poll in enumerate(answered):
        while answered[first].last.at < poll.last.at - DAY:
            first += 1
        wishes = {each.last.says.wish for each in answered[first : number + 1] if each.last.good}
        every = min((terms.every(Says(wish=wish)) for wish in wishes), default=terms.least)
        if number - first > DAY / every * 1.1 + 3:
            yield Breach(
                rule="E6", at=poll.last.at, text=f"{number - first} polls in a day, every {every:.0f} s wanted"
            )
            return


def excused(latest: float, at: float, lives: Sequence[tuple[float, float]], says: Says) -> float:
    """Return when a feed that was due at a time had to be asked, the bot having been down at times."""
    starts = [start for start, end in lives if start <= at and end >= latest]
    for start in starts:
        if latest < start + START:
            latest = left_alone_until(start + START, says)
    return latest


def is_left_alone(at: float, says: Says) -> bool:
    """Return whether a publisher wants to be left alone now."""
    then = datetime.fromtimestamp(at, UTC)
    hours, days = set(says.skip_hours) & set(range(24)), set(says.skip_days) & set(range(7))
    return (then.hour in hours and len(hours) < 24) or (then.weekday() in days and len(days) < 7)


def left_alone_until(at: float, says: Says) -> float:
    """Return the first moment from then on at which the publisher may be asked."""
    for _ in range(8 * 24):
        if not is_left_alone(at, says):
            break
        at = (at // 3_600 + 1) * 3_600
    return at


def freshness(sent: "dict[str, str] | object") -> float:
    """Return how many seconds a copy may be kept."""
    assert hasattr(sent, "get")
    words = [word.strip() for word in sent.get("cache-control", "").split(",")]
    age = next((float(word[8:]) for word in words if word.startswith("max-age=")), 0.0)
    return max(age - float(sent.get("age", "0")), 0.0)


def retry_after(value: str, at: float) -> float | None:
    """Read Retry-After as seconds from then, None for rubbish."""
    if value.isdigit():
        return float(value)
    try:
        return max(parsedate_to_datetime(value).timestamp() - at, 0.0)
    except (ValueError, TypeError):
        return None
