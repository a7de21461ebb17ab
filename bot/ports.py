"""The Protocols that the outside must meet: the publisher, the disk and Telegram, as the house sees them.

A port speaks of polls, deliveries and subscriptions, never of rows, requests or chats of a library.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.alerts.plan import Plan
from bot.alerts.settle import Outcome, Settlement
from bot.model import (
    Chat,
    Counts,
    Delivery,
    Feed,
    FeedState,
    Fetched,
    Item,
    Lease,
    MatchedItem,
    Message,
    Notice,
    NotModified,
    ParsedFeed,
)

Clock = Callable[[], float]
"""Gives the time now, in Unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """The two clocks that the house goes by. Trials put others in their place.

    `wall` gives Unix seconds and is for what is written down; it may be set, back too. `steady` gives seconds from any
    beginning, only ever goes forward, and is for what is waited for: it must be the clock of the event loop.
    """

    wall: Clock = time.time
    steady: Clock = time.monotonic


REAL_CLOCKS = Clocks()
"""The clocks of the machine."""


class Fetcher(Protocol):
    """Asks a publisher for a feed."""

    async def fetch(self, feed: Feed, state: FeedState) -> Fetched | NotModified:
        """Ask once, conditionally if `state` has validators. Raises FeedError."""


class Parser(Protocol):
    """Reads a feed's body."""

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        """Read any RSS, Atom or JSON Feed body; `base` is its address.

        Raises FeedError, and nothing else, within its deadline.
        """


class Messenger(Protocol):
    """Brings one message to one chat."""

    async def send(self, chat: int, message: Message, *, plain: bool = False) -> Outcome:
        """Try once and say how it went. Never raises for what Telegram or the network does."""

    async def answers(self) -> bool:
        """Tell whether Telegram answers at present, by asking it something harmless.

        Raises TokenRefused if it says again and again that it does not know the token.
        """


class Poster(Protocol):
    """Sends a form to a hub."""

    async def post(self, url: str, form: Mapping[str, str], *, home: str) -> int:
        """Send it once and give the status of the answer. Raises FeedError.

        `home` is the address of the feed that names the hub: networks that were opened for feeds are open on its host
        alone, for a feed's words must not send forms to whatever else is there.
        """


class PollStore(Protocol):
    """What polling needs to be remembered."""

    def feed_state(self, feed: str) -> FeedState:
        """Tell what is remembered of a feed; a fresh FeedState if it was never polled."""

    def known(self, names: Iterable[str]) -> Mapping[str, str]:
        """Tell which of these names of items are known, each with its item's own name."""

    def delivered(self, pairs: Iterable[tuple[str, int]]) -> frozenset[tuple[str, int]]:
        """Tell for which of these (item's own name, chat) there is a delivery, settled or not."""

    def audience(self) -> Mapping[str, Sequence[int]]:
        """Tell which chats subscribe to each watch, suspended ones among them."""

    def commit_poll(self, plan: Plan, state: FeedState, *, habit: str = "") -> None:
        """Remember in one atomic, durable write what is known, what is to be sent and how the feed stands.

        `habit` is the feed's publishing habit where the poll has taught something of it, as text.
        """

    def habit(self, feed: str) -> str:
        """Give the text of a feed's publishing habit; empty if there is none."""

    def chats_of(self, watches: Iterable[str]) -> Sequence[int]:
        """Tell which chats subscribe to any of these watches."""

    def matched_item(self, key: str) -> MatchedItem | None:
        """Give an item that is kept whole, by its own name."""

    def open_of(self, chat: int) -> Sequence[Delivery]:
        """Give a chat's open deliveries, oldest first."""

    def notice(self, key: str) -> Notice | None:
        """Give a notice that a delivery is about."""

    def items(self) -> Sequence[Item]:
        """Give the items that are kept whole."""

    def filed_for(self) -> str:
        """Tell for which watchlists the kept items were matched: what `refile` was told last."""

    def refile(self, items: Sequence[MatchedItem], filed_for: str) -> None:
        """Replace the matches of kept items after the watchlists changed; not of items that a delivery waits for."""


class DeliveryStore(Protocol):
    """What delivering needs to be remembered."""

    def heads(self) -> Sequence[Delivery]:
        """Give the oldest open delivery of each chat that is not suspended, oldest first."""

    def in_turn(self, now: float) -> Iterator[Delivery]:
        """Give what `heads` gives in the order of turns (see `alerts.turns`). Cheap if only the first few are taken."""

    def matched_item(self, key: str) -> MatchedItem | None:
        """Give an item that a delivery is about."""

    def notice(self, key: str) -> Notice | None:
        """Give a notice that a delivery is about."""

    def open_of(self, chat: int) -> Sequence[Delivery]:
        """Give a chat's open deliveries, oldest first."""

    def topic(self, chat: int) -> int:
        """Tell in which thread of a forum a chat subscribed last, 0 for none."""

    def forget_topic(self, chat: int) -> None:
        """Send what comes to a chat's General topic from now on."""

    def begin_writing(self, item: str) -> int:
        """Remember durably, until the next one is or the next `claim`, that alerts on this item are being written.

        Returns how often the process ended meanwhile. What ended it three times is not forgotten.
        """

    def claim(self, *deliveries: Delivery) -> None:
        """Remember durably that these deliveries are being sent from now on."""

    def settle(self, *settlements: Settlement) -> None:
        """Remember in one atomic write how deliveries stand, and what follows from it for their chats."""

    def interrupted(self) -> Sequence[Delivery]:
        """Give the deliveries that were being sent when the process ended."""

    def deliveries(self) -> Sequence[Delivery]:
        """Give all deliveries that are remembered, settled ones too, oldest first."""

    def revive(self, deliveries: Sequence[Delivery], now: float) -> None:
        """Queue settled deliveries again, as if they had never been tried, behind what waits for their chats."""

    def drop(self, deliveries: Sequence[Delivery]) -> None:
        """Forget deliveries for good."""

    def expire(self, before: float, now: float) -> int:
        """Expire open deliveries created before that time whose chat is suspended. Returns how many."""


class SubscriptionStore(Protocol):
    """What talking with people needs to be remembered."""

    def subscriptions(self, chat: int) -> tuple[str, ...]:
        """Give the watches that a chat subscribes to, in the order of subscribing."""

    def subscribe(self, chat: Chat, watches: Sequence[str]) -> tuple[str, ...]:
        """Add subscriptions. Returns those that are new."""

    def unsubscribe(self, chat: int, watches: Sequence[str]) -> tuple[str, ...]:
        """Take subscriptions away, and what is queued for them alone. Returns those that were there."""

    def suspend(self, chat: int, reason: str) -> None:
        """Hold everything for a chat that cannot be reached; its subscriptions stay."""

    def restore(self, chat: int) -> bool:
        """Reach a suspended chat again. Returns False if it was not suspended."""

    def move(self, old: int, new: int) -> None:
        """Give everything of one chat to another id, when a group became a supergroup."""

    def latest(self, watches: Iterable[str], limit: int, *, hidden: Collection[str] = ()) -> Sequence[MatchedItem]:
        """Give the newest items that met any of these watches, newest first; none of the feeds that are `hidden`."""


class FeedStore(Protocol):
    """What adding feeds, and looking after them, needs to be remembered."""

    def feed_state(self, feed: str) -> FeedState:
        """Tell what is remembered of a feed; a fresh FeedState if it was never polled."""

    def added_feeds(self) -> Mapping[str, Feed]:
        """Give the feeds that commands have added, by name, in the order of adding."""

    def add_feed(self, feed: Feed, plan: Plan, state: FeedState, *, habit: str) -> None:
        """Add a feed, or change it, together with its first poll; all in one write."""

    def add_feeds(self, feeds: Sequence[Feed], now: float) -> None:
        """Add feeds that have not been polled yet, all in one write."""

    def change_feed(self, feed: Feed) -> None:
        """Remember an added feed as it is now."""

    def remove_feed(self, name: str) -> None:
        """Forget an added feed and how it stands. What it has told stays known."""

    def save_state(self, state: FeedState) -> None:
        """Remember how a feed stands."""


class PushStore(Protocol):
    """What pushed feeds need to be remembered: one lease a feed at most."""

    def leases(self) -> Sequence[Lease]:
        """Give all leases."""

    def save_lease(self, lease: Lease) -> None:
        """Remember a lease in the place of its feed's former one."""

    def drop_lease(self, feed: str) -> None:
        """Forget a feed's lease, if it has one."""


class StatusStore(Protocol):
    """What an operator may ask."""

    @property
    def findings(self) -> Sequence[str]:
        """What was damaged when the state was opened, and what of it is lost; each a sentence."""

    def counts(self) -> Counts:
        """Count what is remembered."""

    def feed_state(self, feed: str) -> FeedState:
        """Tell what is remembered of a feed."""


class Store(PollStore, DeliveryStore, SubscriptionStore, FeedStore, PushStore, StatusStore, Protocol):
    """All that is remembered, behind one door; `close` flushes and lets go."""

    def close(self) -> None:
        """Release the state for another process."""
