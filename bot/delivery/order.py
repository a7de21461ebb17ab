"""Decides who goes first when many wait: small alerts before broadcasts, chats that got least of late before others.

An alert with few recipients left goes before one with many, so that one person's alert does not wait behind a broadcast
to thousands. What has waited counts for less and less, so that the broadcast's turn comes however many small alerts
arrive meanwhile.

Among chats who was served most of late goes last. How late is counted in what went out to all, not in seconds: no clock
that jumps makes anybody wait, and what was got while nobody waited fades as soon as others are served.

Both are places on one scale, where a step is a doubling and the lowest goes first, so that they can be added. Pure.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator
from math import log2

HALVED_AFTER = 300.0
"""Seconds of waiting that count as half the recipients. A broadcast to 5,000 takes 170 s; after little more than an
hour it would go before a new alert to one person."""
_LONGEST = 100.0  # halvings; more make no difference
_FADED = -5.0  # log2 of a share that makes no difference any more


def turn(remaining: int, waited: float) -> float:
    """Return the place of an alert with so many recipients left. `waited` in seconds."""
    return log2(max(remaining, 1)) - min(max(waited, 0.0) / HALVED_AFTER, _LONGEST)


class Shares:
    """What chats got of late, or asked for. It counts half after `halved_after` more went out to whomever.

    A place is when the chat began to wait, in what had gone out till then / `halved_after`, and log2(1 + its share). So
    who begins later stands further back, and whoever waits is passed by those alone who began within `halved_after`
    times log2(1 + his share) after him: nobody waits for ever. Places of different times can be compared.
    """

    def __init__(self, halved_after: float) -> None:
        self._step = 1 / halved_after
        self.now = 0.0
        """What went out to all, in units of `halved_after`."""
        self._of: dict[int, float] = {}  # chat: log2 of its share, as if nothing had faded; who was added last is last

    def place(self, chat: int, since: float | None = None) -> float:
        """Return the place of a chat that waits `since` then, or from now on: the lowest goes first."""
        share = self._of.get(chat)
        counted = 0.0 if share is None else log2(1.0 + 2.0 ** (share - self.now))
        return (self.now if since is None else since) + counted

    def add(self, chat: int) -> None:
        """Count one for a chat."""
        share = self.place(chat)
        self._of.pop(chat, None)
        self._of[chat] = share
        while self._of[oldest := next(iter(self._of))] - self.now < _FADED:
            del self._of[oldest]

    def pass_on(self) -> None:
        """Take note that one went out to somebody: what all got before fades a little."""
        self.now += self._step

    def __len__(self) -> int:
        """Count the chats of which something is remembered."""
        return len(self._of)


class Line:
    """Chats that wait, by their places; of two in one place who came first."""

    def __init__(self) -> None:
        self._row: list[tuple[float, int, int]] = []
        self._seats: dict[int, tuple[float, int, int]] = {}
        self._came = 0

    def seat(self, chat: int, place: float) -> None:
        """Give a chat a place, its only one."""
        self.leave(chat)
        self._came += 1
        self._seats[chat] = seat = (place, self._came, chat)
        insort(self._row, seat)

    def leave(self, chat: int) -> None:
        """Let a chat wait no more."""
        if (seat := self._seats.pop(chat, None)) is not None:
            del self._row[bisect_left(self._row, seat)]

    def places(self) -> Iterator[tuple[float, int]]:
        """Return the chats with their places, in order."""
        return ((place, chat) for place, _, chat in self._row)

    def __iter__(self) -> Iterator[int]:
        return (chat for _, _, chat in self._row)

    def __len__(self) -> int:
        return len(self._row)

    def __contains__(self, chat: int) -> bool:
        return chat in self._seats

    def last(self) -> int:
        """Return the chat whose turn comes last."""
        return self._row[-1][2]
