"""The Protocols that the outside must meet: the publisher, the disk and Telegram, as the house sees them.

A port speaks of polls, deliveries and subscriptions, never of rows, requests or chats of a library.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot.model import (
    Changes,
    Chat,
    Counts,
    Delivery,
    DeliveryState,
    Feed,
    FeedState,
    Fetched,
    Item,
    Lease,
    MatchedItem,
    Message,
    Notice,
    NotModified,
    Outcome,
    ParsedFeed,
    PollFacts,
)


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
        """Return whether Telegram answers at present, by asking it something harmless.

        Raises TokenRefused if it says again and again that it does not know the token.
        """


class Poster(Protocol):
    """Sends a form to a hub."""

    async def post(self, url: str, form: Mapping[str, str], *, home: str, of_chats: bool) -> int:
        """Send it once and return the status of the answer. Raises FeedError.

        `home` is the address of the feed that names the hub: networks that were opened for feeds are open on its host
        alone, for a feed's words must not send forms to whatever else is there. `of_chats` says that it is a feed of
        chats, or of who knows whom: for those other networks are open.
        """


class Committing(Protocol):
    """The one way to change what is remembered."""

    def commit(self, changes: Changes) -> None:
        """Remember a decision in one atomic, durable write. Raises StoreUnwritable: then nothing has changed."""


class PollStore(Committing, Protocol):
    """What polling needs to be remembered."""

    def poll_facts(self, feed: Feed, names: Collection[str]) -> PollFacts:
        """Return what a poll of a feed is decided by, given the names of the items that it brought; one read."""

    def feed_state(self, feed: str) -> FeedState:
        """Return what is remembered of a feed; a fresh FeedState if it was never polled."""


class DeliveryStore(Committing, Protocol):
    """What delivering needs to be remembered. Open deliveries are mirrored in an `Outbox` too."""

    def content(self, row: Delivery) -> MatchedItem | Notice | None:
        """Return what a delivery is about; None if it is no longer kept."""

    def chat(self, chat: int) -> Chat | None:
        """Return a chat that has ever subscribed or was ever suspended."""

    def deliveries(self, *, chat: int | None = None, states: Collection[DeliveryState] = ()) -> Sequence[Delivery]:
        """Return the deliveries of a chat, or all, in these states, or in any; oldest first."""

    def crashes(self, feed: str, item: str) -> int:
        """Return how often the process ended while alerts on this item were being written."""

    def feed_states(self) -> Sequence[FeedState]:
        """Return what is remembered of all feeds."""


class SubscribersStore(Committing, Protocol):
    """What keeping subscriptions needs to be remembered."""

    def chat(self, chat: int) -> Chat | None:
        """Return a chat that has ever subscribed or was ever suspended."""

    def deliveries(self, *, chat: int | None = None, states: Collection[DeliveryState] = ()) -> Sequence[Delivery]:
        """Return the deliveries of a chat, or all, in these states, or in any; oldest first."""

    def added_feeds(self) -> Mapping[str, Feed]:
        """Return the feeds that commands have added, by name, in the order of adding."""


class ItemStore(Committing, Protocol):
    """The items that are kept whole: what /latest shows, and what is matched anew when the watchlists change."""

    def latest(self, watches: Iterable[str], limit: int, *, hidden: Collection[str] = ()) -> Sequence[MatchedItem]:
        """Return the newest items that met any of these watches, newest first; none of the feeds that are `hidden`."""

    def items(self) -> Sequence[Item]:
        """Return the items that are kept whole and that no open or failed delivery is about."""

    def filed_for(self) -> str:
        """Return for which watchlists the kept items were matched: the last `Changes.filed_for`."""


class FeedStore(Committing, Protocol):
    """What adding feeds, and looking after them, needs to be remembered."""

    def feed_state(self, feed: str) -> FeedState:
        """Return what is remembered of a feed; a fresh FeedState if it was never polled."""

    def added_feeds(self) -> Mapping[str, Feed]:
        """Return the feeds that commands have added, by name, in the order of adding."""


class LeaseStore(Committing, Protocol):
    """What pushed feeds need to be remembered: one lease a feed at most."""

    def leases(self) -> Sequence[Lease]:
        """Return all leases."""


class StatusStore(Protocol):
    """What an operator may ask."""

    def counts(self) -> Counts:
        """Count what is remembered."""

    def feed_state(self, feed: str) -> FeedState:
        """Return what is remembered of a feed."""


class KeptStore(Committing, Protocol):
    """What looking after the state itself needs: that the disk takes it, and that its files are where they were."""

    def refusal(self) -> str:
        """Return what the disk said when it refused, until it has taken something again; empty if it takes all."""

    def try_disk(self) -> None:
        """Write something that changes nothing. Raises StoreUnwritable."""

    def misplaced(self) -> Sequence[str]:
        """Return the names of the state's files that were removed or replaced while they were open."""

    def put_back(self) -> Sequence[Path]:
        """Write the state anew, in its place, from what is still open. Returns where what stood there is kept.

        Raises StoreError; then nothing has changed.
        """


class Store(
    PollStore, DeliveryStore, SubscribersStore, ItemStore, FeedStore, LeaseStore, StatusStore, KeptStore, Protocol
):
    """All that is remembered, behind one door; `close` lets go."""

    def close(self) -> None:
        """Release the state for another process."""


class OutboxMirror(Protocol):
    """Follows the deliveries of a store: what is put into the outbox and what leaves it, and who is suspended."""

    def put(self, row: Delivery) -> None:
        """Take a delivery, or its new state."""

    def remove(self, row: Delivery) -> None:
        """Forget a delivery."""

    def chat(self, chat: Chat) -> None:
        """Take what is known of a chat."""

    def clear(self) -> None:
        """Forget all: what is remembered follows anew."""
