"""What waits, in the order of turns: what is asked at every step of delivering.

It follows a store (`ports.OutboxMirror`) and never leads it. A chat's head is its oldest open delivery, the only one
that may be sent; of what waits behind it, which the store has, only the number is known. Heads are kept by item and
lane, with a count of the recipients that an item has left, so that whose turn it is takes a look at the items, not at
thousands of chats.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from bot.delivery.order import faded, lane, recipients, turn
from bot.model import OPEN, Chat, Delivery

_Item = tuple[str, str]
_Seat = tuple[str, str, int]
_FADED = 0.5  # what a chat got of late, once it counts for no more


class Outbox:
    """The heads of chats, and how much waits; those of suspended chats are held."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all."""
        self._waiting: dict[int, int] = {}
        self._head: dict[int, Delivery] = {}
        self._headless: set[int] = set()
        self._heads: dict[_Seat, dict[int, Delivery]] = {}
        self._seat_of: dict[int, _Seat] = {}
        self._lately: dict[int, tuple[float, float]] = {}  # chat: (deliveries that it got, as of when)
        self._swept = 100  # how many of these there may be before those that no longer count are forgotten
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
            self._got(row.chat, row.settled)
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
        """Return what `heads` returns in the order of turns, those of one item in the order of waiting.

        Cheap if only the first few are taken.
        """

        def place(seat: _Seat) -> float:
            feed, item, lane = seat
            first = next(iter(self._heads[seat].values()))
            return turn(recipients(self._remaining[feed, item], lane), now - first.created)

        for seat in sorted(self._heads, key=place):
            yield from [row for chat, row in self._heads.get(seat, {}).items() if chat not in self._held]

    def _is_head(self, row: Delivery) -> bool:
        head = self._head.get(row.chat)
        return head is not None and (head.feed, head.item) == (row.feed, row.item)

    def _count(self, row: Delivery, step: int) -> None:
        """Count the recipients that an item has left, if they were counted before."""
        about = row.feed, row.item
        if about in self._remaining:
            self._remaining[about] += step
            if self._remaining[about] <= 0:
                del self._remaining[about]

    def _got(self, chat: int, at: float) -> None:
        """Count a delivery among those that a chat got of late."""
        count, as_of = self._lately.get(chat, (0.0, at))
        self._lately[chat] = (faded(count, at - as_of) + 1.0, max(at, as_of))
        if len(self._lately) > self._swept:
            self._lately = {chat: got for chat, got in self._lately.items() if self._load(chat, at) > _FADED}
            self._swept = 2 * len(self._lately) + 100

    def _seat(self, chat: int) -> None:
        """Put a chat's head in its place, after its deliveries changed."""
        old = self._seat_of.pop(chat, None)
        head = self._head.get(chat)
        new: _Seat | None = None
        if head is not None:
            new = head.feed, head.item, lane(self._waiting[chat] + self._load(chat, head.created))
            self._seat_of[chat] = new
            self._heads.setdefault(new, {})[chat] = head
            if (head.feed, head.item) not in self._remaining:
                self._uncounted.add((head.feed, head.item))
        if old is not None and old != new:
            seats = self._heads[old]
            del seats[chat]
            if not seats:
                del self._heads[old]

    def _load(self, chat: int, now: float) -> float:
        """Count what a chat got of late; `now` may be anything that is not later than now."""
        count, as_of = self._lately.get(chat, (0.0, now))
        return faded(count, now - as_of)
