"""Who may be told of what: a feed, or a watch, belongs to everybody or to some chats. Pure; nothing else decides it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.model import Feed, Watch, owner_of

OPERATOR = 0
"""In the place of a chat: whoever runs the bot, who sees everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """The chats that something belongs to; None if it belongs to everybody."""

    chats: frozenset[int] | None = None

    def allows(self, chat: int) -> bool:
        """Return whether a chat may be told."""
        return self.chats is None or chat in self.chats or chat == OPERATOR

    def among(self, chats: Iterable[int]) -> list[int]:
        """Return those of these chats that may be told, in their order."""
        return list(chats) if self.chats is None else [chat for chat in chats if self.allows(chat)]


EVERYBODY = Visibility()


def visibility_of(feed: Feed) -> Visibility:
    """Return who sees a feed and what it brings."""
    return Visibility(chats=frozenset(feed.chats)) if feed.chats else EVERYBODY


def concerned(
    feed: Feed,
    watches: Sequence[Watch],
    subscribers: Mapping[str, Sequence[int]],
    *,
    operator: int,
    operator_only: bool = False,
) -> list[int]:
    """Return the chats that are told how a feed is doing: those it belongs to, else all who watch it.

    Not those that have unsubscribed from everything. `operator` is the Telegram id of the bot's owner, 0 if unknown.
    """
    visibility = visibility_of(feed)
    watching = [watch.name for watch in watches if feed.chats or not watch.feeds or feed.name in watch.feeds]
    watching += [name for name in subscribers if owner_of(name)]  # chats' own watches look at all feeds
    listening = dict.fromkeys(chat for name in watching for chat in subscribers.get(name, ()))
    if visibility.chats is not None:
        return [chat for chat in feed.chats if chat in listening]
    told = [operator] if operator else []
    return told if operator_only else list(dict.fromkeys([*told, *listening]))
