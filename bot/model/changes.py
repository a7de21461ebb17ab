"""What a decision reads and what it changes, in the store's words. Every change is one value and one durable write."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.model.alert import Delivery, Notice
from bot.model.article import HostHold, Wanted
from bot.model.chat import Chat
from bot.model.feed import Feed, FeedState, Lease
from bot.model.watch import Asides, MatchedItem, Watch


class KnownName(NamedTuple):
    """A name under which an item is known in a feed: `own` is the item's own name, `seen` when it was last written."""

    feed: str
    name: str
    own: str
    seen: float


class Queue(NamedTuple):
    """What waits for a chat: how many deliveries, and the notice among them that says how many more there were."""

    deliveries: int
    notice: Notice | None = None


class FeedBounds(NamedTuple):
    """How many of a feed's newest names stay known, and of its newest items whole; None for all."""

    names: int | None = None
    items: int | None = None


class Crash(NamedTuple):
    """How often (`times`) the process ended while alerts on an item of a feed were being written."""

    feed: str
    item: str
    times: int


class Connection(NamedTuple):
    """The bot's own connection: when any publisher was last heard, and whether it was said since that none is."""

    heard: float = 0.0
    said: bool = False


UNHEARD = Connection()

Told = Callable[[Collection[str], Collection[int]], frozenset[int]]
"""Returns which of these chats have been told of an item by any of these names of it."""


def nobody(names: Collection[str], chats: Collection[int]) -> frozenset[int]:
    """Return none: nobody has been told of anything."""
    del names, chats
    return frozenset()


OpenRows = Callable[[str, Collection[int]], Mapping[int, Delivery]]
"""Returns the alerts on an item of the feed, by its own name, that wait for these chats or are being sent."""


def no_rows(item: str, chats: Collection[int]) -> Mapping[int, Delivery]:
    """Return none: nothing waits."""
    del item, chats
    return {}


AsidesOf = Callable[[Collection[str]], Mapping[str, Asides]]
"""Returns what is remembered of how often these watches were met beside the matter."""


def no_asides(watches: Collection[str]) -> Mapping[str, Asides]:
    """Return none: no watch was."""
    del watches
    return {}


HasMessage = Callable[[str, Collection[int]], frozenset[int]]
"""Returns which of these chats have a message that tells of an item of the feed, by its own name, and of nothing else.
"""


def no_message(item: str, chats: Collection[int]) -> frozenset[int]:
    """Return none: nothing was sent."""
    del item, chats
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFacts:
    """What one poll of a feed is decided by, as one read found it.

    `feed` is the feed as it is now, one of `feeds` that decisions on it may hang on. `known` has those of the poll's
    names that are known in this feed, by its present name or a former one; `names` is how many are known by its present
    one in all, `newest` is when the last name of any feed was written. `kept` are the known items as they were last
    read, by their own names. `subscribers` are the chats by watch. `told` looks up who was told, for there may be very
    many and few are asked about; `open_rows` likewise which alerts are not settled,
    `has_message` which of them are out, `asides` how often watches were met beside the matter. `waiting` says what
    waits for the chats that the feed belongs to, and `wanted` how many pages are to be read for these, or of
    everybody's feeds.
    """

    feed: Feed
    state: FeedState
    habit: str = ""
    lease: Lease | None = None
    known: Mapping[str, KnownName] = field(default_factory=dict)
    names: int = 0
    newest: float = 0.0
    kept: Mapping[str, MatchedItem] = field(default_factory=dict)
    subscribers: Mapping[str, Sequence[int]] = field(default_factory=dict)
    told: Told = nobody
    open_rows: OpenRows = no_rows
    has_message: HasMessage = no_message
    asides: AsidesOf = no_asides
    waiting: Mapping[int, Queue] = field(default_factory=dict)
    wanted: int = 0
    feeds: int = 1
    connection: Connection = UNHEARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is not kept any longer. Items that an unsettled or failed delivery is about stay, and notices likewise.

    `told` says before when somebody was told of something, `settled` before when a delivery in trouble was settled,
    `sent` before when those were sent that are counted, `seen` before when an item of everybody's feeds was first seen;
    of these the `items` newest stay. `known` says for each feed before when its names were last written, and `own` how
    many of the newest items of a chat's own feed stay.
    """

    told: float = 0.0
    settled: float = 0.0
    sent: float = 0.0
    seen: float = 0.0
    items: int | None = None
    known: Mapping[str, float] = field(default_factory=dict)
    own: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one decision changes. It is remembered whole, in one durable write, or not at all.

    What is named replaces what has its key: a feed's name, an item's feed and own name, a delivery's feed, item and
    chat, a chat's id. `told` adds the chats that are being told of an item to each of its names, as of `at`. `moved`
    are chats that go by another id now. `written` are items whose `crashes` are forgotten. `bounds` say of how many
    names and items of a feed the rest is forgotten. Pages that are `wanted` are kept until they are `unwanted`; one has
    the key of its item, and `asides` that of their watch. Hosts that want to be left alone (`holds`) are kept until
    they are `released`. `filed_for` says for which watchlists the kept items were matched.
    """

    at: float = 0.0
    states: tuple[FeedState, ...] = ()
    habits: Mapping[str, str] = field(default_factory=dict)
    feeds: tuple[Feed, ...] = ()
    removed_feeds: tuple[str, ...] = ()
    leases: tuple[Lease, ...] = ()
    dropped_leases: tuple[str, ...] = ()
    known: tuple[KnownName, ...] = ()
    items: tuple[MatchedItem, ...] = ()
    notices: tuple[Notice, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    dropped: tuple[Delivery, ...] = ()
    told: Mapping[str, frozenset[int]] = field(default_factory=dict)
    watches: tuple[Watch, ...] = ()
    removed_watches: tuple[str, ...] = ()
    chats: tuple[Chat, ...] = ()
    moved: Mapping[int, int] = field(default_factory=dict)
    crashes: tuple[Crash, ...] = ()
    written: tuple[tuple[str, str], ...] = ()
    bounds: Mapping[str, FeedBounds] = field(default_factory=dict)
    asides: tuple[Asides, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    unwanted: tuple[Wanted, ...] = ()
    holds: tuple[HostHold, ...] = ()
    released: tuple[HostHold, ...] = ()
    filed_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much is remembered, and how the outbox stands; `sent` are those of the last week.

    `oldest_queued` is a time, 0 if nothing waits; `oldest` and `newest` are when items were first seen that are kept.
    """

    known: int = 0
    items: int = 0
    chats: int = 0
    suspended: int = 0
    subscriptions: int = 0
    queued: int = 0
    sending: int = 0
    sent: int = 0
    uncertain: int = 0
    dead: int = 0
    expired: int = 0
    oldest_queued: float = 0.0
    oldest: float = 0.0
    newest: float = 0.0
