"""All feeds that are watched: those of feeds.toml, and those that commands have added, which the store keeps."""

from collections.abc import Iterator, Sequence

from bot.model import Feed
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
        """Give the feed of that name."""
        added = self._store.added_feeds().get(name)
        return self._config.get(name) or (added if added and not self._stands_in_config(added) else None)

    def at(self, url: str) -> Feed | None:
        """Give the feed with that address."""
        return next((feed for feed in self if feed.url == url), None)

    def seen_by(self, chat: int) -> list[Feed]:
        """Give the feeds that a chat is told of."""
        return [feed for feed in self if not feed.chats or chat in feed.chats]

    def hidden_from(self, chat: int) -> frozenset[str]:
        """Name the feeds that are others' own."""
        return frozenset(feed.name for feed in self if feed.chats and chat not in feed.chats)

    def own(self) -> Sequence[Feed]:
        """Give the feeds that are some chats' own."""
        return [feed for feed in self if feed.chats]

    def _stands_in_config(self, feed: Feed) -> bool:
        return feed.name in self._config or feed.url in self._addresses
