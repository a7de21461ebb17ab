"""Decides whose turn it is when many chats wait: the alert with the fewest recipients left goes first. Pure.

So one person's alert does not wait behind a broadcast to thousands. What has waited counts for less and less, so that
the broadcast's turn comes however many small alerts arrive meanwhile.

A chat for which much waits, or that has got much of late, stands behind: else a few dozen chats whose own feeds never
end would take every turn, each with an alert to one.
"""

from math import ceil, log2

HALVED_AFTER = 300.0
"""Seconds of waiting that count as half the recipients. A broadcast to 5,000 takes 170 s; after little more than an
hour it would go before a new alert to one person."""
LIGHT = 20.0
"""Deliveries, waiting or of late, up to which a chat stands where its alerts put it."""
_LONGEST = 100.0  # halvings; more make no difference, and a clock that jumps must not overflow


def turn(remaining: int, waited: float) -> float:
    """Return the place of an alert in the order: the lowest goes first. `waited` in seconds."""
    return faded(remaining, waited)


def lane(load: float) -> int:
    """Return the lane of a chat by what waits for it and what it got of late: 0 is the usual one, each next doubles."""
    return 0 if load <= LIGHT else ceil(log2(load / LIGHT))


def recipients(remaining: int, lane: int) -> int:
    """Count the recipients for which an alert stands in a lane: in the first heavy one as many as a large broadcast."""
    return remaining + (1_000 * 8**lane if lane else 0)


def faded(count: float, seconds: float) -> float:
    """Return what is left of a count after `seconds`: what a chat got of late counts for less and less."""
    return float(count * 0.5 ** min(max(seconds, 0.0) / HALVED_AFTER, _LONGEST))
