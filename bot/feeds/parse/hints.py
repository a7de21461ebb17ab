"""What a feed says of how often it wants to be asked: ttl, sy:updatePeriod, skipHours, skipDays. Pure.

These are wishes of the publisher, often rubbish (RSS 2.0 `<ttl>` in seconds instead of minutes, all seven days in
skipDays), so what cannot be meant is as if it were not there.
"""

import re
from collections.abc import Iterable
from itertools import islice

MAX_WISH = 31 * 86_400.0
SECONDS_FROM = 300
"""A ttl from which it is read as seconds: The Moscow Times says 600, and its server keeps a copy for ten minutes."""
_NUMBER = re.compile(r"\+?0*([0-9]{1,9})(?:\.[0-9]*)?")
_PERIODS = {"hourly": 3_600.0, "daily": 86_400.0, "weekly": 604_800.0, "monthly": 2_592_000.0, "yearly": 31_536_000.0}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST = 100  # elements that are looked at: 24 and 7 are all that there can be


def wish_of(ttl: str, period: str, frequency: str) -> float | None:
    """Return the seconds between polls that a feed asks for, the longer if it asks twice; at most 31 days, else None.

    `ttl` is in minutes (RSS 2.0), but for one of five hours or more, which is taken for the seconds that it usually is.
    `period` is divided by `frequency` (RSS 1.0 Syndication: daily and 1 if left out).
    """
    lifetime = _number(ttl)
    wishes = [lifetime * 60.0 if lifetime < SECONDS_FROM else float(lifetime)]
    if period.strip() or frequency.strip():
        times = _number(frequency) if frequency.strip() else 1
        wishes.append(_PERIODS.get(period.strip().casefold() or "daily", 0.0) / times if times else 0.0)
    longest = min(max(wishes), MAX_WISH)
    return longest if longest > 0 else None


def hours_of(texts: Iterable[str]) -> tuple[int, ...]:
    """Return the hours (0 to 23, GMT) in which a feed is not to be asked; none if it names them all."""
    numbers = {int(text) for text in map(str.strip, islice(texts, _MOST)) if text.isascii() and text.isdigit()}
    hours = {number % 24 for number in numbers if 0 <= number <= 24}  # RSS 0.92 counts from 1 to 24
    return tuple(sorted(hours)) if len(hours) < 24 else ()


def days_of(texts: Iterable[str]) -> tuple[int, ...]:
    """Return the days (0 is Monday) on which a feed is not to be asked; none if it names them all."""
    names = {text.strip().casefold()[:3] for text in islice(texts, _MOST)}
    days = tuple(number for number, name in enumerate(_DAYS) if name in names)
    return days if len(days) < 7 else ()


def _number(text: str) -> int:
    found = _NUMBER.fullmatch(text.strip())
    return int(found[1]) if found else 0
