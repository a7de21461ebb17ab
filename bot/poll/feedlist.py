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

    def around(self, feed: Feed) -> int:
        """Count the feeds that decisions on one may hang on: everybody's, and itself. Others' own are no business."""
        return len(self._config) + self._store.added_for_all() + len(feed.chats)

    def get(self, name: str) -> Feed | None:
        """Return the feed of that name."""
        added = self._store.added_feeds().get(name)
        return self._config.get(name) or (added if added and not self._stands_in_config(added) else None)

    def find(self, label: str, chat: int) -> Feed | None:
        """Return the feed that a chat calls so: its own, or everybody's. The operator names chats' own in full."""
        own = next((feed for feed in self.of(chat) if feed.label == label), None)
        found = own or self.get(label)
        return found if found and visibility_of(found).allows(chat) else None

    def at(self, url: str, chat: int) -> Feed | None:
        """Return the feed at that address that a chat has: its own, or everybody's."""
        return next((feed for feed in self if feed.url == url and (not feed.chats or chat in feed.chats)), None)

    def seen_by(self, chat: int) -> list[Feed]:
        """Return the feeds that a chat sees."""
        return [feed for feed in self if visibility_of(feed).allows(chat)]

    def of(self, chat: int) -> Sequence[Feed]:
        """Return the feeds that belong to a chat."""
        return [feed for feed in self if chat in feed.chats]

    def labels(self, chat: int) -> set[str]:
        """Return what the feeds that a chat has are called there; those of everybody for the operator."""
        return {feed.label for feed in self if not feed.chats or chat in feed.chats}

    def _stands_in_config(self, feed: Feed) -> bool:
        return feed.name in self._config or feed.url in self._addresses
