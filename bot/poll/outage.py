"""Whether the way to publishers is open at all: if none answers, that is told once and not once for each feed. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import FeedError, FeedUnreachable
from bot.messages import en
from bot.model import UNHEARD, Connection, Feed, Health
from bot.poll.health import FeedNews


def after(connection: Connection, error: FeedError | None, now: float) -> Connection:
    """Return what is known of the connection after a poll: a refusal is an answer too."""
    return connection if isinstance(error, FeedUnreachable) else Connection(heard=now)


def told_once(
    connection: Connection, before: Health, health: Health, news: Sequence[FeedNews], error: FeedError, *, feeds: int
) -> tuple[Connection, Health, tuple[FeedNews, ...]]:
    """Keep back that one of many feeds is broken while none answers, except for the first, which says so."""
    silent = feeds > 1 and isinstance(error, FeedUnreachable) and connection.heard <= health.failing_since
    if not silent or health.told != "broken" or before.told == "broken":
        return connection, health, tuple(news)
    if connection.said:
        return connection, replace(health, told=before.told), ()
    said = tuple(replace(each, text=f"{each.text} {en.NOBODY_ANSWERS}") for each in news)
    return connection._replace(said=True), health, said


class Connections:
    """What is known of the bot's own connection, as far as it may be told: by everybody's feeds, and by a chat's own.

    What a chat is told of its feeds would else hang on whether others' answer.
    """

    def __init__(self) -> None:
        self._known: dict[int, Connection] = {}

    def of(self, feed: Feed) -> Connection:
        """Return what is known to those that a feed belongs to."""
        shared, own = self._known.get(0, UNHEARD), self._known.get(_owner(feed), UNHEARD)
        return own if own.heard >= shared.heard else Connection(heard=shared.heard)

    def note(self, feed: Feed, connection: Connection) -> None:
        """Take what is known after a poll of a feed."""
        self._known[_owner(feed)] = connection


def _owner(feed: Feed) -> int:
    return feed.chats[0] if feed.chats else 0
