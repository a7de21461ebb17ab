"""How much of a thing is let in: a bucket that fills with time. Pure."""


class Bucket:
    """Lets through `burst` at once and `rate` a second from then on. Times are seconds on a clock that goes forward."""

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = float("-inf")

    def take(self, now: float) -> bool:
        """Take one out. Returns False if there is none."""
        self._level = min(self._burst, self._level + max(now - self._at, 0.0) * self._rate)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True
