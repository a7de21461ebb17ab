"""Chats: who is told."""

from dataclasses import dataclass
from typing import Literal

ChatKind = Literal["private", "group", "supergroup", "channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A Telegram chat and what it subscribes to: the names of watches, in the order of subscribing.

    `suspended` is why nothing can be sent there at present, empty if it can. `topic` is the thread of a forum in which
    it was last spoken to, 0 for General or where there are none. `formerly` are the ids that it had before groups
    became supergroups.
    """

    id: int
    kind: ChatKind = "private"
    title: str = ""
    suspended: str = ""
    topic: int = 0
    watches: tuple[str, ...] = ()
    formerly: tuple[int, ...] = ()
