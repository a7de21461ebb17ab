"""All that has to do with hubs and the bot's own door, put together. Without [web] listen and public_url it is empty.

poll -> `look`: which hubs the feed names -> Subscriber -> the hub -> Listener -> Intake -> Pipeline.push
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from bot.feeds.fetch.http import Caps
from bot.feeds.push.intake import Intake
from bot.feeds.push.subscriber import Subscriber
from bot.model import Feed, FeedState
from bot.pipeline import Look, Pipeline
from bot.poller import Poller
from bot.ports import Clock, Poster, PushStore
from bot.settings import Settings
from bot.watchdog import Watchdog
from bot.web.listener import Listener
from bot.web.websub import WebSubDoor


class Pushing:
    """Listens between `start` and `close`. `look` is told of every poll, `tick` is called by the clock."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: PushStore,
        poster: Poster,
        pipeline: Pipeline,
        poller: Poller,
        watchdog: Watchdog,
        clock: Clock,
    ) -> None:
        self._pipeline = pipeline
        self._poller = poller
        self._clock = clock
        self._subscriber: Subscriber | None = None
        self._intake = Intake(take=self._take, poll_soon=self._hint, max_decoded=Caps().decoded)
        self._hinted: set[str] = set()
        self._longest = settings.poll.max_interval
        self._listener: Listener | None = None
        listen, public_url = settings.web.listen, settings.websub.public_url
        if listen is None:
            return
        door: WebSubDoor | None = None
        if public_url:
            self._subscriber = Subscriber(
                home_of=self._home_of, store=store, poster=poster, public_url=public_url, now=clock()
            )
            door = WebSubDoor(
                subscriber=self._subscriber, intake=self._intake, prefix=urlsplit(public_url).path, clock=clock
            )
        self._listener = Listener(listen.host, listen.port, stalled=watchdog.stalled, websub=door)

    async def start(self) -> None:
        """Begin to listen. Raises CannotListen."""
        if self._listener is not None:
            await self._listener.start()

    def tick(self) -> None:
        """Ask the hubs that are due."""
        if self._subscriber is not None:
            self._subscriber.tick(self._clock())

    def before(self, observe: Callable[[Look], None]) -> Callable[[Look], None]:
        """Give an observer of polls that tells `look` first."""

        def both(look: Look) -> None:
            self.look(look)
            observe(look)

        return both

    def look(self, look: Look) -> None:
        """Learn from a poll what hubs its feed names, and whether they had pushed what it found."""
        if self._subscriber is None or look.failure is not None:
            return
        now = self._clock()
        if look.hubs is not None:
            self._subscriber.heard(look.feed.name, look.hubs, look.topic, now=now)
        elif look.state.hubs:  # an unchanged feed says what it said last
            self._subscriber.heard(look.feed.name, look.state.hubs, look.state.topic, now=now)
        if look.feed.name in self._hinted:  # its hub had told, if not what
            self._hinted.discard(look.feed.name)
            self._subscriber.took(look.feed.name, now)
        else:
            self._subscriber.polled(look.feed.name, news=len(look.plan.items), now=now)

    def added(self, state: FeedState) -> None:
        """Learn what hubs a feed names that was looked at to be added: its first poll is done."""
        if self._subscriber is not None and state.hubs:
            self._subscriber.heard(state.feed, state.hubs, state.topic, now=self._clock())

    def forget(self, feed: str) -> None:
        """Give up the lease of a feed that is no longer watched."""
        if self._subscriber is not None:
            self._subscriber.forget(feed, now=self._clock())

    def relaxed(self, feed: Feed, usual: float) -> float:
        """Give the seconds between two polls of a feed that may be pushed: its usual interval if it is not."""
        if self._subscriber is None:
            return usual
        return self._subscriber.relaxed(feed.name, usual=usual, longest=self._longest, now=self._clock()).seconds

    async def close(self, seconds: float) -> None:
        """Listen no longer, and finish what is under way within so many seconds."""
        if self._listener is not None:
            await self._listener.close()
        await self._intake.drain(seconds)
        if self._subscriber is not None:
            await self._subscriber.drain(1.0)

    def _home_of(self, name: str) -> str:
        feed = self._poller.feeds.get(name)
        return "" if feed is None else feed.url

    def _hint(self, name: str) -> None:
        self._hinted.add(name)
        self._poller.poll_soon(name)

    async def _take(self, name: str, body: bytes, content_type: str) -> bool:
        feed = self._poller.feeds.get(name)
        look = None if feed is None else await self._pipeline.push(feed, body, content_type)
        if look is not None and self._subscriber is not None:
            self._subscriber.took(name, self._clock())
        return look is not None
