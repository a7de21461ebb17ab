"""Alerts: what is to be told, to whom, how it reads, and what came of sending it."""

from dataclasses import dataclass
from typing import Literal

DeliveryState = Literal["queued", "sending", "sent", "uncertain", "dead", "expired"]
OPEN: frozenset[DeliveryState] = frozenset({"queued", "sending"})
"""The states of a delivery that is not settled."""
TROUBLED: tuple[DeliveryState, ...] = ("uncertain", "dead", "expired")
"""The states of one that went wrong, which is shown and may be sent again."""
UNSENT: tuple[DeliveryState, ...] = ("queued", "sending", *TROUBLED)
"""All states but that of one that was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """News of a feed itself: that it is broken, gone, stale, moved, or works again. One readable text for a chat.

    `more` counts the items that this notice stands for instead of alerts.
    """

    key: str
    feed: str
    text: str
    created: float = 0.0
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the outbox: one item of a feed for one chat, or a notice, which has no `watches`.

    `id` is short and the same for every copy of the alert. `item` is the item's own name, or the notice's key.
    `watches` are those of the chat's subscriptions that the item met. `private` says that it comes of a feed of chats'
    own. `attempts` counts sends whose outcome is unknown; `failures` those that certainly did not arrive. `not_before`
    is when it may next be tried, which was decided `pause` seconds before. `alone` says that Telegram refused a message
    that it shared with others, `plain` that it refused the markup once. `edits` says that it gives an alert that is out
    the words of its article: it makes no sound, and nothing where there is no message. `shared` says of one that was
    sent that other alerts are in its message.
    """

    id: str
    item: str
    feed: str
    chat: int
    watches: tuple[str, ...]
    silent: bool = False
    private: bool = False
    state: DeliveryState = "queued"
    created: float = 0.0
    not_before: float = 0.0
    pause: float = 0.0
    attempts: int = 0
    failures: int = 0
    alone: bool = False
    plain: bool = False
    edits: bool = False
    shared: bool = False
    message_id: int = 0
    settled: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes to Telegram: `html` in its HTML mode, `plain` the same without markup, should HTML be refused.

    `buttons` stand below it, one in a row: what they say, and what comes back when they are pressed (1 to 64 bytes).
    `topic` is the thread of a forum that it goes to, 0 for none; `edits` the id of the message whose place it takes,
    0 for a new one. Where that cannot be changed it goes out as a new one, unless it is `only_edits`.
    """

    html: str
    plain: str
    silent: bool = False
    buttons: tuple[tuple[str, str], ...] = ()
    topic: int = 0
    edits: int = 0
    only_edits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Telegram has it, under this message id. `elsewhere` says that its topic is closed or gone: it is in General."""

    message_id: int
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Flood control (429): try again in `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """It certainly did not arrive; trying again is safe."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The request went out and no answer came: it may have arrived. Telegram has no key to ask by."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Telegram will not take this text."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The chat cannot be reached: the bot was blocked or removed, or the chat is no more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The group became a supergroup and goes by this id."""

    chat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unauthorised:
    """Telegram does not know the token, or so it was said: nothing can be sent until that is cleared up."""

    reason: str


Outcome = Sent | Held | NotSent | Unknown | Refused | Gone | Moved | Unauthorised
