"""When in the week and when in the hour a feed publishes, as counted so far. Pure; docs/cadence.md says why so.

Weeks begin on Monday at 0:00 UTC. What is known from little evidence is drawn towards evenness.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

MINUTE, HOUR, DAY, WEEK = 60.0, 3_600.0, 86_400.0, 604_800.0
WHOLE = 100  # one item, in the hundredths that are counted
FADE = 0.9  # what a week counts for a week later; clocks change, and so do newsrooms
MOST = 20_000 * WHOLE  # so much evidence is plenty; beyond it all counts are halved
EVEN_DAY = 6.0  # items that a day speaks for evenness with, in each of its hours
EVEN_WEEK = 24.0  # items that the hour of the day speaks with, in each hour of the week
EVEN_HOUR = 40.0  # items that an hour speaks for evenness with, in each of its minutes
_MONDAY = 4 * DAY  # the first Monday of Unix time


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What was counted: hundredths of items by hour of the week and by minute of the hour; hours watched by weekday.

    `week` is the number of the week, from the first Monday of 1970, up to which older counts have faded.
    """

    hours: tuple[int, ...] = (0,) * 168
    minutes: tuple[int, ...] = (0,) * 60
    watched: tuple[float, ...] = (0.0,) * 7
    week: int = 0


def usual(rhythm: Rhythm) -> float:
    """Return the items a second on average, 0 if none were counted."""
    watched = sum(rhythm.watched)
    return sum(rhythm.hours) / WHOLE / (watched * HOUR) if watched > 0.0 else 0.0


def hour_factor(rhythm: Rhythm, at: float) -> float:
    """Return how many times the average is published in the hour of the week that `at` lies in."""
    hourly = usual(rhythm) * HOUR
    if not hourly:
        return 1.0
    hour = int((at - _MONDAY) // HOUR) % 168
    in_day = sum(rhythm.hours[hour % 24 :: 24]) / WHOLE
    of_day = (in_day + EVEN_DAY) / (hourly * sum(rhythm.watched) / 24 + EVEN_DAY)
    awaited = hourly * of_day * rhythm.watched[hour // 24] / 24
    return of_day * (rhythm.hours[hour] / WHOLE + EVEN_WEEK) / (awaited + EVEN_WEEK)


def minute_factors(rhythm: Rhythm) -> list[float]:
    """Give, for each minute of the hour, how many times the average is published in it. Their mean is 1."""
    average = sum(rhythm.minutes) / 60
    even = EVEN_HOUR * WHOLE
    return [(count + even) / (average + even) for count in rhythm.minutes]


def expected(rhythm: Rhythm, since: float, until: float) -> float:
    """Return how many items the rhythm makes one expect between two times, at most a week apart."""
    factors, items, at = minute_factors(rhythm), 0.0, since
    while at < until:
        hour = at // HOUR * HOUR
        to = min(until, hour + HOUR)
        first, last = int((at - hour) // MINUTE), min(int((to - hour) // MINUTE), 59)
        within = MINUTE * sum(factors[first : last + 1])
        within -= factors[first] * (at - hour - first * MINUTE) + factors[last] * (hour + (last + 1) * MINUTE - to)
        items += within * hour_factor(rhythm, at)
        at = to
    return items * usual(rhythm)


def counted(
    rhythm: Rhythm, came: Iterable[tuple[float, float]], *, since: float, until: float, weight: float
) -> Rhythm:
    """Add items, each with the times between which it came, to what was watched from `since` to `until`."""
    hours, minutes, watched = list(rhythm.hours), list(rhythm.minutes), list(rhythm.watched)
    for begin, end in came:
        _spread(hours, weight, begin - _MONDAY, end - _MONDAY, HOUR)
        if end - begin <= HOUR:
            _spread(minutes, weight, begin, end, MINUTE)
    begin = since
    while begin < until:
        end = min(until, (begin // DAY + 1) * DAY)
        day = int((begin - _MONDAY) // DAY) % 7
        watched[day] = round(watched[day] + weight * (end - begin) / HOUR, 3)
        begin = end
    added = replace(rhythm, hours=tuple(hours), minutes=tuple(minutes), watched=tuple(watched))
    return _times(added, 0.5) if max(sum(hours), sum(minutes)) > MOST else added


def faded(rhythm: Rhythm, now: float) -> Rhythm:
    """Let each week that has ended count for less than the one after it."""
    week = int((now - _MONDAY) // WEEK)
    if week == rhythm.week:
        return rhythm
    # A clock that was put back makes nothing fade. A new rhythm has nothing to lose.
    weeks = min(week - rhythm.week, 100)
    return replace(_times(rhythm, FADE**weeks) if weeks > 0 and any(rhythm.watched) else rhythm, week=week)


def _spread(counts: list[int], weight: float, begin: float, end: float, unit: float) -> None:
    """Add an item that came between two times, to each unit of time its share."""
    first, last = int(begin // unit), int(end // unit)
    if first == last:
        counts[first % len(counts)] += round(weight * WHOLE)
        return
    for number in range(first, last + 1):
        inside = min(end, (number + 1) * unit) - max(begin, number * unit)
        counts[number % len(counts)] += round(weight * WHOLE * inside / (end - begin))


def _times(rhythm: Rhythm, factor: float) -> Rhythm:
    def less(counts: Sequence[int]) -> tuple[int, ...]:
        return tuple(round(count * factor) for count in counts)

    watched = tuple(round(each * factor, 3) for each in rhythm.watched)
    return replace(rhythm, hours=less(rhythm.hours), minutes=less(rhythm.minutes), watched=watched)
