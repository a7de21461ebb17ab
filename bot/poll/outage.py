"""Whether the way to publishers is open at all: if none answers, that is told once and not once for each feed. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.errors import FeedError, FeedUnreachable
from bot.messages import en
from bot.model import Connection, Health
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
