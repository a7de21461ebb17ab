"""All feeds that are watched: those of feeds.toml, and those that commands have added, which the store keeps."""

from collections.abc import Iterator, Sequence

from bot.model import Feed
from bot.poll.visibility import visibility_of
from bot.ports import FeedStore


class FeedList:
    """Looks feeds up. It keeps nothing of its own, so it is never behind the store."""

    def __init__(self, config: Sequence[Feed], store: FeedStore) -> None:
        self._config = {feed.name: feed for feed in config}
        self._addresses = {feed.url for feed in config}
        self._store = store

    def __iter__(self) -> Iterator[Feed]:
        yield from self._config.values()
        yield from (feed for feed in self._store.added_feeds().values() if not self._stands_in_config(feed))

    def __len__(self) -> int:
        return len(self._config) + len(self._store.added_feeds())

    def get(self, name: str) -> Feed | None:
        """Return the feed of that name."""
        added = self._store.added_feeds().get(name)
        return self._config.get(name) or (added if added and not self._stands_in_config(added) else None)

    def at(self, url: str) -> Feed | None:
        """Return the feed at that address."""
        return next((feed for feed in self if feed.url == url), None)

    def seen_by(self, chat: int) -> list[Feed]:
        """Return the feeds that a chat sees."""
        return [feed for feed in self if visibility_of(feed).allows(chat)]

    def hidden_from(self, chat: int) -> frozenset[str]:
        """Return the names of the feeds that a chat does not see."""
        return frozenset(feed.name for feed in self if not visibility_of(feed).allows(chat))

    def of(self, chat: int) -> Sequence[Feed]:
        """Return the feeds that belong to a chat."""
        return [feed for feed in self if chat in feed.chats]

    def _stands_in_config(self, feed: Feed) -> bool:
        return feed.name in self._config or feed.url in self._addresses
