"""The cheapest next poll: a short dynamic programme over what a feed is expected to publish. Pure.

A plan costs, for each item expected, the seconds until the poll that finds it, and a price for each poll. The best
plan from each moment on is found backwards from the end of what is looked at; the later the moment, the later its best
next poll, which keeps the search short (the costs are a Monge array).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is expected up to each of some moments, in seconds from now, the first being 0.

    `items` are in units of what an average second brings, `moments` the sum of their times.
    """

    at: Sequence[float]
    items: Sequence[float]
    moments: Sequence[float]


def cheapest(outlook: Outlook, *, price: float, least: float, most: float) -> float:
    """Return the seconds until the next poll: one of the moments, with at least and at most so long between two polls.

    The first wait may be as short as the first moment after 0; `price` is in seconds squared of an average feed.
    """
    at, items, moments = outlook.at, outlook.items, outlook.moments
    end = len(at) - 1
    # An even feed of the mean intensity costs so much a second; that ends what the programme does not look at.
    afterwards = math.sqrt(2.0 * price * items[end] / at[end])
    # What the plan costs from a poll on, but for what is known before: that is taken off for each start.
    whole = [when * here - moment for when, here, moment in zip(at, items, moments, strict=True)]
    choice = near = far = end
    for start in range(end - 1, -1, -1):
        begin, known = at[start], items[start]
        while near > start + 1 and at[near - 1] - begin >= least:
            near -= 1
        if start == 0:
            near = 1
        elif at[near] - begin < least:
            whole[start] += afterwards * (at[end] - begin)
            continue
        while at[far] - begin > most and far > near:
            far -= 1
        best, latest = math.inf, max(min(choice, far), near)
        for poll in range(near, latest + 1):
            cost = whole[poll] - at[poll] * known
            if cost < best:
                best, choice = cost, poll
        whole[start] += best + moments[start] + price
    return at[choice]
