"""The nouns: what every other file speaks of. Values only, no behaviour, no imports from the house.

Long because the nouns are read together, and in one place.

Times are Unix seconds (float, UTC). Durations are seconds (float). Texts are readable text: no markup, no entities.
"""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

FieldName = Literal["title", "summary", "body", "source", "lang", "url", "author"]
Scope = Literal["anywhere", "about"]
Tier = Literal["about", "mention"]
ChatKind = Literal["private", "group", "supergroup", "channel"]
DeliveryState = Literal["queued", "sending", "sent", "uncertain", "dead", "expired"]
LeaseState = Literal["asked", "verified", "denied"]


# --- what is looked for -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A watchlist as somebody wrote it. `query` is text in the watch language; `feeds` empty means all feeds."""

    name: str
    title: str
    query: str
    scope: Scope = "anywhere"
    feeds: tuple[str, ...] = ()
    silent: bool = False


# --- what comes in ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed to poll. `identity` is a regular expression on the link whose first group names the article.

    `added` says that a command added it; else it stands in feeds.toml. `chats` are those that it is for, empty if it is
    for everybody: what one person adds reaches nobody else.
    """

    name: str
    title: str
    url: str
    identity: str = ""
    interval: float | None = None
    added: bool = False
    chats: tuple[int, ...] = ()


class Poll(NamedTuple):
    """One poll as it is kept to be shown: when it ended, how many seconds it took, what came of it, how much was new.

    `outcome` is `200`, `304`, another status, or a word such as `unreachable`.
    """

    at: float
    seconds: float
    outcome: str
    new: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed between polls.

    `etag` and `last_modified` are the validators byte for byte as last received (RFC 9110 §8.8), empty if none;
    they belong to `url`, the address in feeds.toml or as it was added.
    `address` is where permanent redirects have moved it, empty if nowhere; `moving_to` and `moving` are a permanent
    redirect that is being watched, and how often in a row it came.
    `body_hash` is of the last body that was parsed and stored. `primed` says that the first, silent poll is done;
    `private` that the feed was some chats' own then, whose items are known apart from those of others.
    `wish` is the seconds between polls that the publisher asks for, 0 if nothing; `fresh_until` when its cache's copy
    ends; `skip_hours` (0 to 23, GMT) and `skip_days` (0 is Monday) when it does not want to be asked.
    `hubs` are what its last body named, and `topic` the address that they know it by.
    `every` is the interval by which `next_poll` was decided, 0 after a failure. `gap` is the longest silence that is
    usual for it, in seconds, 0 if unknown. `told` is the trouble that people were last told of, empty if none. `polls`
    are the last ones, newest last. `counted` says that the names which are known in this feed alone have been written
    down (see `alerts.plan.Scope`).
    """

    feed: str
    url: str = ""
    address: str = ""
    moving_to: str = ""
    moving: int = 0
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    primed: bool = False
    private: bool = False
    paused: bool = False
    last_poll: float = 0.0
    last_success: float = 0.0
    last_new: float = 0.0
    next_poll: float = 0.0
    every: float = 0.0
    failures: int = 0
    failing_since: float = 0.0
    status: int = 0
    error: str = ""
    wish: float = 0.0
    fresh_until: float = 0.0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    hubs: tuple[str, ...] = ()
    topic: str = ""
    gap: float = 0.0
    told: str = ""
    polls: tuple[Poll, ...] = ()
    counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A 200: the decoded body and the validators that came with it. `content_type` is the header's value.

    `address` is where the body came from in the end, `permanent` where nothing but permanent redirects (301, 308) led
    to, empty if there were none. `fresh_for` is how many seconds a cache may still give this copy, None if the
    publisher does not say (RFC 9111 §4.2). `hubs` and `topic` are the Link headers' (WebSub §4), empty if none.
    """

    body: bytes
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    address: str = ""
    permanent: str = ""
    fresh_for: float | None = None
    hubs: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304 (RFC 9110 §15.4.5). Validators that it brought, empty where it brought none; the rest as in `Fetched`."""

    etag: str = ""
    last_modified: str = ""
    permanent: str = ""
    fresh_for: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A feed's subscription at a hub, from the moment of asking on (WebSub §5).

    `topic` is the address that the hub knows the feed by. `callback` is the address that the hub calls; its last part,
    the token, is known to this hub alone. What the hub pushes is signed with `secret`.
    `asked_at` is when the hub was last asked, `asks` how often since it last verified; `verified_at` and `expires_at`
    are of the lease that it granted, 0 if none. `reason` is why it denied.
    `pushed_at` is when it was last known to push, `missed` how many polls in a row found news that it had not pushed.
    """

    feed: str
    hub: str
    topic: str
    callback: str = field(repr=False)
    secret: str = field(repr=False)
    state: LeaseState = "asked"
    asked_at: float = 0.0
    asks: int = 0
    verified_at: float = 0.0
    expires_at: float = 0.0
    reason: str = ""
    pushed_at: float = 0.0
    missed: int = 0

    @property
    def token(self) -> str:
        """The part of the callback that cannot be guessed."""
        return self.callback.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a parsed feed, as plain readable values. Empty strings where the publisher gave nothing."""

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    author: str = ""
    lang: str = ""
    published: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """What a feed's body says: its title and its entries, in the publisher's order.

    `link` is the site that it is of. `wish` is the seconds between polls that it asks for (RSS ttl, sy:updatePeriod),
    None if it does not; `skip_hours` (0 to 23, GMT) and `skip_days` (0 is Monday) are RSS 2.0's. `hubs` and `topic` are
    its atom:link elements rel=hub and rel=self (WebSub §4).
    """

    title: str
    entries: tuple[Entry, ...]
    link: str = ""
    wish: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    hubs: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A news item with its identity.

    `keys` are all names under which the item may be known; the first is its own key. An item is known if any
    of them is. `source` is the feed's title. `body` is the article's text where it was read.
    """

    keys: tuple[str, ...]
    feed: str
    source: str
    title: str
    summary: str = ""
    body: str = ""
    link: str = ""
    author: str = ""
    lang: str = ""
    published: float | None = None
    seen: float = 0.0

    @property
    def key(self) -> str:
        """The item's own key."""
        return self.keys[0]


# --- why it matters -----------------------------------------------------------------------------------------


class Hit(NamedTuple):
    """One place where a watch found what it looks for. A tuple, as `Match` is: hundreds are made of one item.

    `term` is the term as the watch has it (`@aircraft`), `alternative` what of it was found (`warplane`).
    `start` and `end` are offsets into the item's own text of that field, so `field_text[start:end]` is what a
    reader sees.
    """

    term: str
    alternative: str
    field: FieldName
    start: int
    end: int


class Match(NamedTuple):
    """A watch met an item. `title` and `silent` are the watch's, so that an alert can be told without it."""

    watch: str
    title: str
    hits: tuple[Hit, ...]
    tier: Tier = "about"
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedItem:
    """An item together with every watch that it met; what /latest shows and alerts are written from."""

    item: Item
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """News of a feed itself: that it is broken, gone, stale, moved, or well again. One readable text for a chat.

    `more` counts the items of which this notice tells in place of alerts.
    """

    key: str
    feed: str
    text: str
    created: float = 0.0
    more: int = 0


# --- who is told --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A Telegram chat. `suspended` is why nothing can be sent there at present, empty if it can.

    `topic` is the thread of a forum in which it was spoken to, 0 for General or where there are none.
    """

    id: int
    kind: ChatKind = "private"
    title: str = ""
    suspended: str = ""
    topic: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the outbox: one item for one chat, or a notice, which has no `watches`.

    `id` is short and the same for every copy of the alert. `watches` are those of the chat's subscriptions that
    the item met. `attempts` counts sends whose outcome is unknown; `failures` those that certainly did not arrive.
    `not_before` is when it may next be tried, which was decided `pause` seconds before.
    `alone` says that Telegram refused a message that it shared with others, `plain` that it refused the markup once.
    """

    id: str
    item: str
    chat: int
    watches: tuple[str, ...]
    silent: bool = False
    state: DeliveryState = "queued"
    created: float = 0.0
    not_before: float = 0.0
    pause: float = 0.0
    attempts: int = 0
    failures: int = 0
    alone: bool = False
    plain: bool = False
    message_id: int = 0
    settled: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes to Telegram: `html` in its HTML mode, `plain` the same without markup, should HTML be refused.

    `buttons` stand below it, one in a row: what they say, and what comes back when they are pressed (1 to 64 bytes).
    `topic` is the thread of a forum that it goes to, 0 for none; `edits` the id of the message whose place it takes,
    0 for a new one.
    """

    html: str
    plain: str
    silent: bool = False
    buttons: tuple[tuple[str, str], ...] = ()
    topic: int = 0
    edits: int = 0


# --- how it is going ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much is remembered, and how the outbox stands. `oldest_queued` is a time, 0 if nothing waits."""

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
