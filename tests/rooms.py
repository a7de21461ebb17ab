"""The half of a bot that reads news, with what keeps and looks after it, on a state of its own."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from memory import Memory

from bot.assembly import Tempo, feed_admin, index_of, nobody_sends, own_watches, reading, refile
from bot.model import Feed
from bot.poll.pipeline import Observer
from bot.settings import Settings

SHIPPED = Feed(name="shipped", title="Shipped", url="https://shipped.example/rss")
"""A feed of the config, which nobody polls."""


def _nobody(feed: Feed) -> None:
    """Poll nothing by itself."""
    del feed


class Room:
    """Feeds, pipeline and feed admin on a state; closed with `closing`."""

    def __init__(
        self,
        settings: Settings,
        state: Path,
        closing: AsyncExitStack,
        *,
        tempo: Tempo | None = None,
        observers: Sequence[Observer] = (),
        on_added: Callable[[Feed], None] = _nobody,
    ) -> None:
        tempo = tempo or Tempo(host_spacing=0.0)
        self.memory = Memory(state)
        closing.callback(self.memory.close)
        self.store, self.outbox = self.memory.store, self.memory.outbox
        self.subscriptions = self.memory.subscriptions
        index = index_of(settings, self.store.own_watches().values())
        self.reading = reading(
            settings, self.store, tempo, closing, index=index, on_queued=nobody_sends, observers=observers
        )
        sum(refile(self.store, settings, self.reading.index))
        self.feeds, self.pipeline = self.reading.feeds, self.reading.pipeline
        self.own_watches = own_watches(settings, self.store, index, tempo.clocks)
        self.admin = feed_admin(self.reading, self.store, settings.poll, tempo.clocks, on_added=on_added)
