"""How many requests a feed may still cost: what it saves it may spend later. Pure.

The mean over weeks is held by a price of a request, which rises with each request above the allowance and falls with
each below; one day's excess by a count of the last day's requests.
"""

import math
from dataclasses import dataclass, replace

HOUR, DAY = 3_600.0, 86_400.0
PRICE_SCALE = (
    200.0  # saved requests that divide the price by e: small enough to be learned in days, too many to stir one
)
MAX_SAVED = 1_000.0  # requests saved or owed, at most
EXCESS_PRICE = 12.0  # a tenth more than allowed in the last day makes a request dearer by e to the power of 1.2
REQUEST_COST = 1.005  # what a request costs of the allowance, so that the mean stays a little below it
UNSCHEDULED_GAP = 4.4  # intervals; a longer gap was downtime, failures or a clock change, and earns no credit
DOUBTED_HOURS = 2  # hours of such a wait that a clock may have been put forward by
DAY_TOLERANCE = 1.07  # times a day's allowance, from which on no wait is shorter than the interval
BRAKE_INTERVALS = 40.0  # intervals that waits grow by, for a whole allowance above that


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Requests saved (or owed, below 0), and those of each of the last 25 hours, the newest last, it being `hour`."""

    saved: float = 0.0
    asked: tuple[int, ...] = (0,) * 25
    hour: int = 0


def spent(budget: Budget, *, now: float, waited: float, every: float) -> Budget:
    """Note a request, so many seconds after the one before; a wait that nobody decided on earns nothing."""
    hour = int(now // HOUR)
    decided = 0.0 < waited <= UNSCHEDULED_GAP * every
    asked = _moved(budget.asked, hour - budget.hour - (0 if decided else DOUBTED_HOURS), silent=decided)
    saved = budget.saved
    if decided:
        saved += waited / every - REQUEST_COST
        if saved > 0.0 and _of_day(asked, now) >= DAY_TOLERANCE * DAY / every:
            saved *= 0.97  # it could not be spent in a day; kept, it would be spent on the next ones
    saved = round(min(max(saved, -MAX_SAVED), MAX_SAVED), 3)
    return replace(budget, saved=saved, asked=(*asked[:-1], asked[-1] + 1), hour=hour)


def price(budget: Budget, *, now: float, every: float) -> float:
    """Return what a request may cost, in seconds squared: what evenness would save, more if requests are owed."""
    excess = _of_day(budget.asked, now) * every / DAY - 1.0
    return every * every / 2 * math.exp(EXCESS_PRICE * max(excess, 0.0) - budget.saved / PRICE_SCALE)


def least_wait(budget: Budget, *, now: float, every: float) -> float:
    """Return the seconds that the next request must wait, so that no day has many more than its allowance."""
    allowance = DAY / every
    above = _of_day(budget.asked, now) + 1 - max(DAY_TOLERANCE * allowance, allowance + 1)
    return every * (1.0 + BRAKE_INTERVALS * above / allowance) if above > 0.0 else 0.0


def _moved(asked: tuple[int, ...], hours: int, *, silent: bool) -> tuple[int, ...]:
    """Begin `hours` new hours. Hours that nobody decided to be silent in count as the same a day before.

    Else downtime would be made up for, and a clock that was put forward would hide the last requests.
    """
    for _ in range(hours if hours < 48 else 24 + hours % 24):
        asked = (*asked[1:], 0 if silent else asked[1])
    return (*asked[:-1], 0) if hours > 0 else asked


def _of_day(asked: tuple[int, ...], now: float) -> float:
    """Count the requests of the last 24 hours: of the oldest of 25 only the part that is not yet a day ago."""
    return sum(asked) - asked[0] * (now % HOUR) / HOUR
