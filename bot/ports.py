"""The Protocols that the outside must meet: the publisher, the disk and Telegram, as the house sees them.

A port speaks of polls, deliveries and subscriptions, never of rows, requests or chats of a library. Long because all
that the outside must meet is in one list.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot.model import (
    Article,
    Changes,
    Chat,
    Counts,
    Delivery,
    DeliveryState,
    Feed,
    FeedState,
    Fetched,
    HostHold,
    Lease,
    MatchedItem,
    Message,
    Notice,
    NotModified,
    Outcome,
    ParsedFeed,
    PollFacts,
    Retention,
    Unread,
    Wanted,
    Watch,
)
from bot.watches.corpus import SlicedCorpus


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


class PageReader(Protocol):
    """Reads the page behind a link."""

    async def read(self, link: str, *, title: str, summary: str, of_chats: bool) -> Article | Unread:
        """Ask for the page once and return its article, or why there is none. Never raises for what a host does.

        `title` and `summary` are the item's own: what shows something else is not its article. `of_chats` says that the
        link came of a feed of chats.
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

    def known(self, feed: Feed, names: Collection[str]) -> frozenset[str]:
        """Return which of these names are known in a feed."""

    def feed_state(self, feed: str) -> FeedState:
        """Return what is remembered of a feed; a fresh FeedState if it was never polled."""

    def wanted(self) -> Sequence[Wanted]:
        """Return the pages that are to be read, those that were first wanted earliest first."""

    def holds(self) -> Sequence[HostHold]:
        """Return the hosts that want to be left alone, some of which may do no longer."""


class DeliveryStore(Committing, Protocol):
    """What delivering needs to be remembered. Open deliveries are mirrored in an `Outbox` too."""

    def content(self, row: Delivery) -> MatchedItem | Notice | None:
        """Return what a delivery is about; None if it is no longer kept."""

    def chat(self, chat: int) -> Chat | None:
        """Return a chat that has ever subscribed or was ever suspended."""

    def deliveries(self, *, chat: int | None = None, states: Collection[DeliveryState] = ()) -> Sequence[Delivery]:
        """Return the deliveries of a chat, or all, in these states, or in any; oldest first.

        Those that wait or are in trouble: one that was sent is none any more.
        """

    def queue(self, chat: int, most: int) -> Sequence[Delivery]:
        """Return the first open deliveries of a chat, in the order in which they were queued."""

    def message_of(self, row: Delivery) -> int:
        """Return the id of the message that told a delivery's chat of its item, 0 if there is none of its own.

        What told it under an id that it had before, as a group, cannot be changed any more.
        """

    def feed_state(self, feed: str) -> FeedState:
        """Return what is remembered of a feed; a fresh FeedState if it was never polled."""

    def waited_before(self, row: Delivery) -> bool:
        """Return whether a delivery has been waiting since before this process."""

    def crashes(self, feed: str, item: str) -> int:
        """Return how often the process ended while alerts on this item were being written."""


class UpkeepStore(Committing, Protocol):
    """What forgetting needs to know. Deliveries that wait are mirrored in an `Outbox`."""

    def queue(self, chat: int, most: int) -> Sequence[Delivery]:
        """Return the first open deliveries of a chat, in the order in which they were queued."""

    def next_feed(self, name: str) -> str:
        """Return the first feed after a name, in the order of names, of which names are known or own items kept.

        Empty if there is none.
        """

    def feed_state(self, feed: str) -> FeedState:
        """Return what is remembered of a feed; a fresh FeedState if it was never polled."""

    def added_feeds(self) -> Mapping[str, Feed]:
        """Return the feeds that commands have added, by name, in the order of adding."""

    def forget(self, retention: Retention) -> int:
        """Forget some of what is not kept any longer, in one durable write of a few milliseconds.

        Returns how much; 0 once nothing is left to forget. Raises StoreUnwritable.
        """

    def is_to_file(self) -> bool:
        """Return whether there are items to be filed for `ItemStore.archive`."""

    def file(self, *, thorough: bool = False) -> Iterator[None]:
        """File them, some milliseconds each step. `thorough` files also anew what forgetting has left gaps in.

        What is not filed is read one by one when the archive is asked. Raises StoreUnwritable.
        """


class SubscribersStore(Committing, Protocol):
    """What keeping subscriptions needs to be remembered."""

    def chat(self, chat: int) -> Chat | None:
        """Return a chat that has ever subscribed or was ever suspended."""

    def deliveries(self, *, chat: int | None = None, states: Collection[DeliveryState] = ()) -> Sequence[Delivery]:
        """Return the deliveries of a chat, or all, in these states, or in any; oldest first."""

    def added_feeds(self) -> Mapping[str, Feed]:
        """Return the feeds that commands have added, by name, in the order of adding."""

    def own_watches(self) -> Mapping[str, Watch]:
        """Return the watches that chats have of their own, by name."""


class OwnWatchStore(Committing, Protocol):
    """What keeping chats' own watches needs to be remembered."""

    def chat(self, chat: int) -> Chat | None:
        """Return a chat that has ever subscribed or was ever suspended."""

    def own_watches(self) -> Mapping[str, Watch]:
        """Return the watches that chats have of their own, by name, in the order in which they were made."""

    def archive(self, own: Iterable[str] = ()) -> SlicedCorpus:
        """Return the items of everybody's feeds and of these own ones, to try watches on."""


class ItemStore(Committing, Protocol):
    """The items that are kept whole: what /latest shows, and what is matched anew when the watchlists change."""

    def latest(self, watches: Iterable[str], limit: int, *, own: Iterable[str] = ()) -> Sequence[MatchedItem]:
        """Return the newest items that met any of these watches, newest first.

        Those of everybody's feeds, and of chats' own feeds those of the feeds `own`. What is dated later than it was
        seen counts as of then.
        """

    def met(self, watches: Iterable[str], since: float, *, own: Iterable[str] = ()) -> Mapping[str, int]:
        """Count for each of these watches the kept items that met it and are of after a time, as `latest` has them."""

    def items_after(self, cursor: int, most: int) -> tuple[Sequence[MatchedItem], int | None]:
        """Return some items that are kept whole and that no open or failed delivery is about, from a cursor on.

        0 is the first. Returns also the next cursor, None at the end.
        """

    def archive(self, own: Iterable[str] = ()) -> SlicedCorpus:
        """Return the items of everybody's feeds and of these own ones, to try watches on."""

    def filed_for(self) -> str:
        """Return for which watchlists the kept items were matched: the last `Changes.filed_for`."""


class FeedStore(Committing, Protocol):
    """What adding feeds, and looking after them, needs to be remembered."""

    def feed_state(self, feed: str) -> FeedState:
        """Return what is remembered of a feed; a fresh FeedState if it was never polled."""

    def added_feeds(self) -> Mapping[str, Feed]:
        """Return the feeds that commands have added, by name, in the order of adding."""

    def added_for_all(self) -> int:
        """Count those of them that belong to everybody."""


class LeaseStore(Committing, Protocol):
    """What pushed feeds need to be remembered: one lease a feed at most."""

    def leases(self) -> Sequence[Lease]:
        """Return all leases."""


class StatusStore(Protocol):
    """What an operator may ask."""

    def counts(self, chat: int | None = None) -> Counts:
        """Count what is remembered; of one chat, only what its deliveries have come to."""

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
    PollStore,
    DeliveryStore,
    UpkeepStore,
    SubscribersStore,
    OwnWatchStore,
    ItemStore,
    FeedStore,
    LeaseStore,
    StatusStore,
    KeptStore,
    Protocol,
):
    """All that is remembered, behind one door; `close` lets go."""

    def close(self) -> None:
        """Release the state for another process."""


class OutboxMirror(Protocol):
    """Follows what waits in a store: how much for each chat, the oldest of each (its head), and who is suspended.

    It is told of every change of what waits. What it needs besides, it asks for: heads, and recipients of items.
    """

    def waiting(self, counts: Mapping[int, int]) -> None:
        """Take how many deliveries wait, by chat."""

    def put(self, row: Delivery, *, new: bool) -> None:
        """Take a delivery: a `new` one that waits from now on, or the new state of one that waited."""

    def remove(self, row: Delivery) -> None:
        """Forget a delivery that waited."""

    def headless(self) -> Collection[int]:
        """Return the chats whose heads it does not know."""

    def head(self, row: Delivery) -> None:
        """Take the head of a chat."""

    def uncounted(self) -> Collection[tuple[str, str]]:
        """Return the items, by feed and own name, whose recipients it does not know."""

    def recipients(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Take how many chats items wait for."""

    def oldest(self) -> float:
        """Return when the oldest delivery that waits was queued, 0 if none does."""

    def chat(self, chat: Chat) -> None:
        """Take what is known of a chat."""

    def clear(self) -> None:
        """Forget all: what is remembered follows anew."""
