"""Decides whose turn it is when many chats wait: the alert with the fewest recipients left goes first. Pure.

So one person's alert does not wait behind a broadcast to thousands. What has waited counts for less and less, so that
the broadcast's turn comes however many small alerts arrive meanwhile.
"""

HALVED_AFTER = 300.0
"""Seconds of waiting that count as half the recipients. A broadcast to 5,000 takes 170 s; after little more than an
hour it would go before a new alert to one person."""
_LONGEST = 100.0  # halvings; more make no difference, and a clock that jumps must not overflow


def turn(remaining: int, waited: float) -> float:
    """Give the place of an alert in the order: the lowest goes first. `waited` in seconds."""
    return float(remaining * 0.5 ** min(max(waited, 0.0) / HALVED_AFTER, _LONGEST))
