"""When a feed is asked next, from its own habit of publishing. Pure; docs/cadence.md explains it.

    learn after each poll:  rhythm (when it publishes) · liveliness (how it is just now) · budget (what was spent)
    next_poll:              outlook over the next hours -> the cheapest plan -> within budget, cache and bounds

Nothing is known of a new feed, so it is asked at its fixed interval. Times are Unix seconds.
"""

import json
import math
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

from bot.feeds.schedule.budget import Budget, least_wait, price, spent
from bot.feeds.schedule.cache_model import Copies, met
from bot.feeds.schedule.outlook import Outlook, cheapest
from bot.feeds.schedule.rhythm import (
    HOUR,
    MINUTE,
    WEEK,
    Rhythm,
    counted,
    expected,
    faded,
    hour_factor,
    minute_factors,
    usual,
)

LIVELINESS_DECAY = 3_600.0  # seconds in which liveliness falls to 1/e of its excess
VARIANCE_WINDOW = 14 * 86_400.0  # seconds over which it is judged how much liveliness varies
PRIOR_VARIANCE = 0.5  # the variance of liveliness that is assumed at first
PRIOR_WEIGHT = 1.0  # how firmly, in squared items awaited
MIN_VARIANCE = 0.02  # the least that is ever assumed
LONGEST_SEEN_GAP = 6 * HOUR  # after such a wait a feed may have dropped items that were never seen
UNSEEN_WEIGHT = 0.5  # what an item counts that was there before anyone looked
MAX_ITEMS = 500  # items of one poll that are looked at
MAX_WEIGHT = 20.0  # items that one poll may count for, at most
MAX_UNSEEN_WEIGHT = 10.0  # the same for a poll after a long wait
LAG_LEARNING_RATE = 0.2  # of a surprise about the lag, what is believed
LONGEST_WAIT = 4.0  # longest wait that is planned, in intervals
HORIZON = 2.0  # longest waits that a plan looks over
MAX_CELLS = 120  # moments that it looks at, at most
CELL_MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)  # minutes between them; they divide the hour
SHARED_ENOUGH, LIFE_NEAR_INTERVAL = (
    0.5,
    0.9,
)  # how surely others must ask for copies, and how near the interval a copy's life must be
STALE_MARGIN = 1.0  # seconds after a copy's end at which it is surely over: ages are whole seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What is remembered of a feed's publishing, at most 2 kB as JSON.

    `found` and `awaited` are the items found and expected of late, each counting for less as it recedes; `excess` is
    the mean of their squared difference beyond what chance explains, `square` of the squared expectation. `lag` is how
    many seconds after their dates items are in the feed. `last` is the last successful poll, 0 if there was none.
    """

    rhythm: Rhythm = field(default_factory=Rhythm)
    found: float = 0.0
    awaited: float = 0.0
    excess: float = 0.0
    square: float = 0.0
    lag: float = 0.0
    budget: Budget = field(default_factory=Budget)
    copies: Copies = field(default_factory=Copies)
    last: float = 0.0


def document(habit: Habit) -> dict[str, Any]:
    """Write a habit as JSON can hold it."""
    return asdict(habit)


def habit_of(document: Mapping[str, Any] | None) -> Habit:
    """Read what `document` wrote. A new habit if there is none, or if it has not the shape of one."""
    try:
        given = dict(document or {})
        rhythm, budget = _tuples(given.pop("rhythm", {})), _tuples(given.pop("budget", {}))
        copies = Copies(**given.pop("copies", {}))
        habit = Habit(rhythm=Rhythm(**rhythm), budget=Budget(**budget), copies=copies, **given)
        shape = (len(habit.rhythm.hours), len(habit.rhythm.minutes), len(habit.rhythm.watched), len(habit.budget.asked))
    except (TypeError, ValueError):
        return Habit()
    return habit if shape == (168, 60, 7, 25) else Habit()


def written_habit(habit: Habit) -> str:
    """Write a habit as text, packed, for thousands of feeds have one: 0.4 to 0.9 kB."""
    return b64encode(zlib.compress(json.dumps(document(habit), separators=(",", ":")).encode(), 1)).decode()


def read_habit(text: str) -> Habit:
    """Read what `written_habit` wrote. A new habit if it is none."""
    try:
        found = json.loads(zlib.decompress(b64decode(text))) if text else None
    except (ValueError, zlib.error):
        found = None
    return habit_of(found if isinstance(found, dict) else None)


def learn(
    habit: Habit, published: Iterable[float | None], *, now: float, every: float, fresh_until: float = 0.0
) -> Habit:
    """Take in a successful poll: when the items that it brought were published, None for those that do not say.

    Call it also with none. Items came since the last poll, whatever their dates say. `every` is the interval that is
    budgeted, `fresh_until` when the copy ends that the publisher's cache gave, 0 if it does not say.
    """
    items = [at if at is not None and math.isfinite(at) else None for at in islice(published, MAX_ITEMS)]
    waited = now - habit.last if habit.last else 0.0
    budget = spent(habit.budget, now=now, waited=waited, every=every)
    copies = met(habit.copies, now=now, fresh_until=fresh_until)
    habit = replace(habit, rhythm=faded(habit.rhythm, now), budget=budget, copies=copies)
    if not 0.0 < waited <= LONGEST_SEEN_GAP:
        return replace(habit, rhythm=_long_unseen(habit.rhythm, items, now, waited), found=0.0, awaited=0.0, last=now)
    lag = _lag(habit, items, now)
    came = [_came(at, lag, habit.last, now) for at in items]
    fading = math.exp(-waited / LIVELINESS_DECAY)
    found = sum(math.exp(((begin + end) / 2 - now) / LIVELINESS_DECAY) for begin, end in came)
    found += habit.found * fading
    awaited = expected(habit.rhythm, habit.last, now) * (1.0 - fading) * LIVELINESS_DECAY / waited
    awaited += habit.awaited * fading
    part = waited / VARIANCE_WINDOW
    weight = min(1.0, MAX_WEIGHT / max(len(items), 1))
    return replace(
        habit,
        rhythm=counted(habit.rhythm, came, since=habit.last, until=now, weight=weight),
        found=round(found, 4),
        awaited=round(awaited, 4),
        # Chance alone makes a sum that fades so vary by half of what is expected of it.
        excess=round(habit.excess + ((found - awaited) ** 2 - awaited / 2 - habit.excess) * part, 5),
        square=round(habit.square + (awaited**2 - habit.square) * part, 5),
        lag=round(lag, 1),
        last=now,
    )


def next_poll(
    habit: Habit, *, now: float, every: float, shortest: float, longest: float, fresh_until: float = 0.0
) -> float:
    """Return when the feed is asked next, from `shortest` to `longest` seconds after now, on average every `every`.

    Until `fresh_until` the publisher's cache would give the same copy, so asking is put off until then.
    """
    every = min(max(every, shortest), longest)
    stale = fresh_until - now + STALE_MARGIN if fresh_until > now else 0.0
    earliest = min(max(shortest, stale), longest)
    wait = every
    if usual(habit.rhythm):
        most = max(min(longest, LONGEST_WAIT * every), earliest)
        outlook = _outlook(habit, now, earliest, most)
        wait = cheapest(outlook, price=price(habit.budget, now=now, every=every), least=earliest, most=most)
        if stale and earliest >= LIFE_NEAR_INTERVAL * every and habit.copies.shared > SHARED_ENOUGH:
            wait = earliest  # others have copies made as soon as one ends; whoever comes later gets an older one
        wait = max(wait, least_wait(habit.budget, now=now, every=every))
    return now + min(max(wait, earliest), longest)


def liveliness(habit: Habit) -> float:
    """Return how many times the usual is published just now, as far as this feed's ups and downs make it believable."""
    varies = (habit.excess + PRIOR_VARIANCE * PRIOR_WEIGHT) / (habit.square + PRIOR_WEIGHT)
    calm = 1.0 / max(varies, MIN_VARIANCE)
    return (calm + habit.found) / (calm + habit.awaited)


def _lag(habit: Habit, items: Sequence[float | None], now: float) -> float:
    """Learn how long after its date an item is in the feed: longer than a poll that missed it, no longer than this."""
    lag = habit.lag
    for at in items:
        if at is None or not 0.0 <= now - at <= HOUR:
            continue
        lag += max(habit.last - at - lag, 0.0) * LAG_LEARNING_RATE + min(now - at - lag, 0.0) * LAG_LEARNING_RATE
    return lag


def _came(at: float | None, lag: float, last: float, now: float) -> tuple[float, float]:
    """Return between which times an item came, two equal ones if that is known; always since the last poll.

    Nothing is known if it has no date or one from the future. One that the last poll missed is taken to have come
    before it was twice as late as then.
    """
    if at is None or at > now:
        return last, now
    if at + lag > last:
        return (min(at + lag, now),) * 2
    return last, min(last + (last - at), now)


def _long_unseen(rhythm: Rhythm, items: Sequence[float | None], now: float, waited: float) -> Rhythm:
    """Learn gently from a feed not looked at for long: what it shows is all since its oldest item of a week."""
    begin = now - min(waited, WEEK) if waited > 0.0 else now - WEEK
    dated = [at for at in items if at is not None and begin < at <= now]
    if not dated or waited < 0.0:
        return rhythm
    weight = min(UNSEEN_WEIGHT, MAX_UNSEEN_WEIGHT / len(dated))
    return counted(rhythm, zip(dated, dated, strict=True), since=min(dated), until=now, weight=weight)


def _outlook(habit: Habit, now: float, earliest: float, most: float) -> Outlook:
    """Look ahead: to the earliest poll, and from there in even steps of the clock over some longest waits."""
    step = MINUTE * next(
        (each for each in CELL_MINUTES if HORIZON * most <= each * MINUTE * MAX_CELLS), CELL_MINUTES[-1]
    )
    minutes = minute_factors(habit.rhythm)
    per_step = int(step // MINUTE)
    excess = liveliness(habit) - 1.0
    at, items, moments = [0.0], [0.0], [0.0]
    total = moment = begin = factor = 0.0
    cell = now // step * step
    hour = -1.0
    while at[-1] < HORIZON * most and len(at) <= MAX_CELLS:
        if cell // HOUR != hour:
            hour = cell // HOUR
            factor = hour_factor(habit.rhythm, cell)
        minute = int(cell // MINUTE) % 60
        usually = factor * sum(minutes[minute : minute + per_step]) / per_step
        end = cell + step - now
        cuts = (earliest, end) if begin < earliest < end else (end,)
        for cut in cuts:
            middle = (begin + cut) / 2
            share = usually * (1.0 + excess * math.exp(-middle / LIVELINESS_DECAY)) * (cut - begin)
            total += share
            moment += share * middle
            if cut >= earliest:
                at.append(cut)
                items.append(total)
                moments.append(moment)
            begin = cut
        cell += step
    return Outlook(at=at, items=items, moments=moments)


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in dict(fields).items()}
