"""Feeds: what is polled, what is remembered of it, and what it answers. Durations are seconds."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bot.model.item import Paragraph

ArticlePolicy = Literal["never", "if needed", "always"]
"""When the page behind an item is read: never; while it could tell somebody something; always."""
LeaseState = Literal["asked", "verified", "denied"]


def own_name(label: str, chat: int) -> str:
    """Return the name of a chat's own feed: all chats may have one of that label."""
    return f"{label}@{chat}"


def label_of(name: str) -> str:
    """Return what a chat calls its own feed or watch of that name; one that is everybody's goes by its name."""
    return name.partition("@")[0]


def owner_of(name: str) -> int:
    """Return the chat whose own feed has that name, as it was when the feed was added; 0 for everybody's."""
    _, _, chat = name.partition("@")
    return int(chat) if chat else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed to poll. `identity` is a regular expression on the link whose first group names the article.

    `added` says that a command added it; otherwise it stands in feeds.toml. `chats` has the one chat that it belongs
    to, empty if it belongs to everybody. `formerly` are the names that it had, oldest first: what was known under them
    still is. `article` is when the pages behind its items are read.
    """

    name: str
    title: str
    url: str
    identity: str = ""
    interval: float | None = None
    added: bool = False
    chats: tuple[int, ...] = ()
    formerly: tuple[str, ...] = ()
    article: ArticlePolicy = "if needed"

    @property
    def label(self) -> str:
        """What its chat calls it; the name of one that is everybody's."""
        return label_of(self.name)

    @property
    def scope(self) -> str:
        """What its items' own numbers are unique within: the first name that it had."""
        return self.formerly[0] if self.formerly else self.name


class Poll(NamedTuple):
    """One poll as it is kept to be shown: when it ended, how many seconds it took, what came of it, how much was new.

    `outcome` is `200`, `304`, another status, or a word such as `unreachable`.
    """

    at: float
    seconds: float
    outcome: str
    new: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the next request carries, and where it goes.

    `etag` and `last_modified` are byte for byte as last received (RFC 9110 §8.8), empty if none. `body_hash` is of the
    last body that was parsed and stored. `address` is where permanent redirects have moved the feed, empty if nowhere;
    `moving_to` and `moving` are a permanent redirect that is not followed for good yet, and how often in a row it came.
    """

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    address: str = ""
    moving_to: str = ""
    moving: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a feed is polled.

    `every` is the interval by which `next_poll` was decided, 0 after a failure. `wish` is the seconds between polls
    that the publisher asks for, 0 if it does not; `fresh_until` is when its cache's copy ends; `skip_hours` (0 to 23,
    GMT) and `skip_days` (0 is Monday) are when it does not want to be asked. `held_until` is until when the publisher
    has asked to be left alone, 0 if it has not: nobody asks it sooner. `seconds` is how long its answers usually take,
    0 if unknown; `late` is how many in a row took very long, or did not come in time.
    """

    last_poll: float = 0.0
    next_poll: float = 0.0
    every: float = 0.0
    wish: float = 0.0
    fresh_until: float = 0.0
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    held_until: float = 0.0
    seconds: float = 0.0
    late: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a feed is doing.

    `gap` is its longest usual silence, 0 if unknown. `told` is the trouble that people were last told of, empty if
    none. `polls` are the last ones, newest last. `status` is the HTTP status of the last refusal, 0 if there was none.
    `passed` counts the entries that the poll under way has passed over, as there were too many; `flooded` says that
    this was told.
    """

    last_success: float = 0.0
    last_new: float = 0.0
    gap: float = 0.0
    failures: int = 0
    failing_since: float = 0.0
    status: int = 0
    error: str = ""
    told: str = ""
    passed: int = 0
    flooded: bool = False
    polls: tuple[Poll, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What came of the pages behind a feed's items, in numbers: `read`, behind a wall, not readable, dropped unasked.

    `unchanged` counts messages that were out and could not gain the words. `last` is why the last one was not read.
    """

    read: int = 0
    walled: int = 0
    failed: int = 0
    dropped: int = 0
    unchanged: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed between polls, all of it for the address `url`.

    `primed` says that the first, silent poll is done. `hubs` are what its last body named, and `topic` the address that
    they know it by. `pushed` is when the items were published that a hub has pushed since the last poll, None for each
    that does not say.
    """

    feed: str
    url: str = ""
    primed: bool = False
    paused: bool = False
    validators: Validators = Validators()
    schedule: Schedule = Schedule()
    health: Health = Health()
    hubs: tuple[str, ...] = ()
    topic: str = ""
    pushed: tuple[float | None, ...] = ()
    pages: Pages = Pages()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A 200: the decoded body and the validators that came with it. `content_type` is the header's value.

    `address` is where the body came from in the end, `permanent` where nothing but permanent redirects (301, 308) led
    to, empty if there were none. `fresh_for` is how many seconds a cache may still give this copy, None if the
    publisher does not say (RFC 9111 §4.2). `hubs` and `topic` are the Link headers' (WebSub §4), empty if none.
    `seconds` is how long the publisher took, `late` if that is more than half of what it may.
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
    seconds: float = 0.0
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304 (RFC 9110 §15.4.5). Validators that it brought, empty where it brought none; the rest as in `Fetched`."""

    etag: str = ""
    last_modified: str = ""
    permanent: str = ""
    fresh_for: float | None = None
    seconds: float = 0.0
    late: bool = False


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
    """One entry of a parsed feed, as plain readable values. Empty strings where the publisher gave nothing.

    `body` is the article where the feed carries it, a paragraph a line; `paragraphs` say what each line is. `named_by`
    is the text that the entry is named by if it has neither link nor guid, where that is not the summary.
    """

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    author: str = ""
    lang: str = ""
    published: float | None = None
    body: str = ""
    paragraphs: tuple[Paragraph, ...] = ()
    named_by: str = ""


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
