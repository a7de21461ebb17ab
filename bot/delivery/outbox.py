"""What waits, in the order of turns: what is asked at every step of delivering.

It follows a store (`ports.OutboxMirror`) and never leads it. A chat's head is its oldest open delivery, the only one
that may be sent; of what waits behind it, which the store has, only the number is known. Heads stand in a line for
each item, with a count of the recipients that the item has left, so that whose turn it is takes a look at the first of
each line, not at thousands of chats.

What comes of chats' own feeds stands in one line for all, behind everything else: whoever adds a feed can make it show
thousands of items, each an alert to one.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from heapq import merge
from itertools import chain

from bot.delivery.order import Line, Shares, turn
from bot.model import OPEN, Chat, Delivery

_Item = tuple[str, str]
_OWN: _Item = ("", "")  # in the place of the items of chats' own feeds
SHARES_HALVED = 9_000
"""Deliveries to whomever after which one counts half of what a chat got of late: five minutes of all that may go."""


class Outbox:
    """The heads of chats, and how much waits; those of suspended chats are held."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all."""
        self._waiting: dict[int, int] = {}
        self._head: dict[int, Delivery] = {}
        self._headless: set[int] = set()
        self._lines: dict[_Item, Line] = {}
        self._seated: dict[int, tuple[_Item, _Item]] = {}  # chat: in which line, for which item
        self._shares = Shares(SHARES_HALVED)
        self._remaining: Counter[_Item] = Counter()
        self._uncounted: set[_Item] = set()
        self._held: set[int] = set()

    # --- following a store: see `ports.OutboxMirror` ----------------------------------------------------------

    def waiting(self, counts: Mapping[int, int]) -> None:
        """Take how many deliveries wait, by chat."""
        self._waiting.update(counts)
        self._headless.update(counts)

    def put(self, row: Delivery, *, new: bool) -> None:
        """Take a delivery: a new one that waits from now on, or the new state of one that waited."""
        if row.state == "sent":
            self._shares.add(row.chat)
            self._shares.pass_on()
        if row.state not in OPEN:
            self.remove(row)
        elif new:
            self._count(row, 1)
            self._waiting[row.chat] = self._waiting.get(row.chat, 0) + 1
            if self._waiting[row.chat] == 1:
                self._head[row.chat] = row
            self._seat(row.chat)
        elif self._is_head(row):
            self._head[row.chat] = row
            self._seat(row.chat)

    def remove(self, row: Delivery) -> None:
        """Forget a delivery that waited."""
        chat = row.chat
        self._count(row, -1)
        self._waiting[chat] -= 1
        if self._is_head(row):
            del self._head[chat]
            self._headless.add(chat)
        if not self._waiting[chat]:
            del self._waiting[chat]
            self._headless.discard(chat)
        self._seat(chat)

    def headless(self) -> Collection[int]:
        """Return the chats whose heads are not known."""
        return self._headless

    def head(self, row: Delivery) -> None:
        """Take the head of a chat."""
        self._headless.discard(row.chat)
        self._head[row.chat] = row
        self._seat(row.chat)

    def uncounted(self) -> Collection[tuple[str, str]]:
        """Return the items whose recipients are not known."""
        return self._uncounted

    def recipients(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Take how many chats items wait for."""
        self._remaining.update({about: count for about, count in counts.items() if count})
        self._uncounted.clear()

    def chat(self, chat: Chat) -> None:
        """Hold what waits for a chat while it is suspended."""
        (self._held.add if chat.suspended else self._held.discard)(chat.id)

    def oldest(self) -> float:
        """Return when the oldest delivery that waits was queued, 0 if none does."""
        return min((row.created for row in self._head.values()), default=0.0)

    # --- whose turn it is --------------------------------------------------------------------------------------

    def count(self, chat: int) -> int:
        """Count what waits for a chat."""
        return self._waiting.get(chat, 0)

    def held(self) -> list[Delivery]:
        """Return the oldest open delivery of each chat that is suspended."""
        return [self._head[chat] for chat in self._held if chat in self._head]

    def heads(self) -> list[Delivery]:
        """Return the oldest open delivery of each chat that is not suspended."""
        return [row for chat, row in self._head.items() if chat not in self._held]

    def in_turn(self, now: float) -> Iterator[Delivery]:
        """Return what `heads` returns in the order of turns: an alert by its place among alerts and its chat's own.

        Cheap if only the first few are taken.
        """

        def places(about: _Item, line: Line) -> Iterator[tuple[float, int]]:
            first = self._head[next(iter(line))]
            place = turn(self._remaining[about], now - first.created)
            return ((place + of_chat, chat) for of_chat, chat in line.places())

        public = [places(about, line) for about, line in self._lines.items() if about != _OWN]
        chats = chain((chat for _, chat in merge(*public)), self._lines.get(_OWN, ()))
        return (self._head[chat] for chat in chats if chat not in self._held)

    def _is_head(self, row: Delivery) -> bool:
        head = self._head.get(row.chat)
        return head is not None and (head.feed, head.item, head.edits) == (row.feed, row.item, row.edits)

    def _count(self, row: Delivery, step: int) -> None:
        """Count the recipients that an item has left, if they were counted before."""
        about = row.feed, row.item
        if about in self._remaining:
            self._remaining[about] += step
            if self._remaining[about] <= 0:
                del self._remaining[about]

    def _seat(self, chat: int) -> None:
        """Put a chat's head in its place, after its deliveries changed. While it is the same, its place is too."""
        head = self._head.get(chat)
        wanted: tuple[_Item, _Item] | None = None
        if head is not None:
            item = head.feed, head.item
            wanted = _OWN if head.private else item, item
            if not head.private and item not in self._remaining:
                self._uncounted.add(item)
        if wanted == (seated := self._seated.get(chat)):
            return
        if seated is not None:
            line = self._lines[seated[0]]
            line.leave(chat)
            if not line:
                del self._lines[seated[0]]
            del self._seated[chat]
        if wanted is not None:
            self._lines.setdefault(wanted[0], Line()).seat(chat, self._shares.place(chat))
            self._seated[chat] = wanted
