"""Where each feed stands: it waits until a time, or is being polled. Never neither, never both. Pure.

    add --> waiting --start_due--> polled --end--> waiting
              |                      |
              +------- remove -------+

Times are on any clock that only goes forward, in seconds.
"""

import heapq
from dataclasses import dataclass
from operator import itemgetter


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A feed that is asked at a time."""

    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """A feed that is being asked since a time. `again` says that it was said to have news meanwhile."""

    since: float
    again: bool = False


class Roster:
    """The one place where feeds stand, by name. The heap only finds who is due; what holds is the table."""

    def __init__(self) -> None:
        self._standing: dict[str, Waiting | Polled] = {}
        self._heap: list[tuple[float, str]] = []

    def add(self, name: str, at: float) -> None:
        """Let a feed wait until a time, whatever it waited for. One that is being polled waits when that ends."""
        if not isinstance(self._standing.get(name), Polled):
            self._wait(name, at)

    def start_due(self, now: float) -> list[str]:
        """Begin to poll the feeds that are due. Returns their names, the longest overdue first."""
        due: list[str] = []
        while self._heap and self._heap[0][0] <= now:
            at, name = heapq.heappop(self._heap)
            if self._standing.get(name) == Waiting(at=at):
                self._standing[name] = Polled(since=now)
                due.append(name)
        return due

    def end(self, name: str, at: float) -> bool:
        """End a poll; the feed waits until a time. Returns whether it was said to have news meanwhile."""
        standing = self._standing.get(name)
        if not isinstance(standing, Polled):
            return False  # removed meanwhile
        self._wait(name, at)
        return standing.again

    def hasten(self, name: str, at: float) -> None:
        """Let a feed wait no longer than until a time. One that is being polled may have been asked too early."""
        standing = self._standing.get(name)
        if isinstance(standing, Polled):
            self._standing[name] = Polled(since=standing.since, again=True)
        elif standing and at < standing.at:
            self._wait(name, at)

    @property
    def soonest(self) -> float | None:
        """A time before which no feed is due; None if none waits."""
        return self._heap[0][0] if self._heap else None

    def remove(self, name: str) -> None:
        """Forget a feed."""
        self._standing.pop(name, None)

    def __contains__(self, name: str) -> bool:
        return name in self._standing

    def waiting_until(self, now: float) -> list[str]:
        """Return the feeds that are due and not asked yet, the longest overdue first."""
        due = [(each.at, name) for name, each in self._standing.items() if isinstance(each, Waiting) and each.at <= now]
        return [name for _, name in sorted(due, key=itemgetter(0))]

    def late(self, before: float) -> list[str]:
        """Return the feeds whose poll began, or was due, before a time."""
        return [
            name
            for name, standing in self._standing.items()
            if (standing.at if isinstance(standing, Waiting) else standing.since) < before
        ]

    def _wait(self, name: str, at: float) -> None:
        self._standing[name] = Waiting(at=at)
        heapq.heappush(self._heap, (at, name))
