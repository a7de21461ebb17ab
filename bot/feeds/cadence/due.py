"""Which feeds are due: a heap of names, on any clock that only goes forward. Pure."""

import heapq


class DueFeeds:
    """Which feeds are due, on any clock that only goes forward (seconds). Holds each name once."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str]] = []
        self._at: dict[str, float] = {}

    def put(self, feed_name: str, at: float) -> None:
        """Say when a feed is due. What was said of it before no longer holds."""
        self._at[feed_name] = at
        heapq.heappush(self._heap, (at, feed_name))

    def hasten(self, feed_name: str, at: float) -> bool:
        """Make a feed due at that time if it would be later. Returns False if it is not waiting but polled."""
        if feed_name not in self._at:
            return False
        if at < self._at[feed_name]:
            self.put(feed_name, at)
        return True

    def pop_due(self, now: float) -> list[str]:
        """Take out the feeds that are due, the longest overdue first."""
        due: list[str] = []
        while self._heap and self._heap[0][0] <= now:
            at, name = heapq.heappop(self._heap)
            if self._at.get(name) == at:
                del self._at[name]
                due.append(name)
        return due
