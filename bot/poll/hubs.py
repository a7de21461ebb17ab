"""What polls and hubs tell each other: which hubs a feed names, and what they had pushed before a poll found it."""

from bot.feeds.websub.subscriber import Subscriber
from bot.model import FeedState
from bot.poll.outcome import PollOutcome
from bot.runtime.clocks import Clock


class Hubs:
    """Observes polls on behalf of a `Subscriber`."""

    def __init__(self, subscriber: Subscriber, clock: Clock) -> None:
        self._subscriber = subscriber
        self._clock = clock
        self._hinted: set[str] = set()

    def hinted(self, feed: str) -> None:
        """Note that a hub has told of news, if not what."""
        self._hinted.add(feed)

    def polled(self, outcome: PollOutcome) -> None:
        """Learn from a poll or a push; an observer of the pipeline."""
        if outcome.failure is not None:
            return
        name, now = outcome.feed.name, self._clock()
        if outcome.pushed:
            self._subscriber.took(name, now)
            return
        if outcome.state.hubs or outcome.hubs is not None:  # an unchanged feed says what it said last
            self._subscriber.heard(name, outcome.state.hubs, outcome.state.topic, now=now)
        if name in self._hinted:
            self._hinted.discard(name)
            self._subscriber.took(name, now)
        else:
            self._subscriber.polled(name, news=len(outcome.new), now=now)

    def added(self, state: FeedState) -> None:
        """Learn what hubs a feed names that was just added: its first poll is done."""
        if state.hubs:
            self._subscriber.heard(state.feed, state.hubs, state.topic, now=self._clock())

    def forget(self, feed: str) -> None:
        """Give up the lease of a feed that is no longer watched."""
        self._subscriber.forget(feed, now=self._clock())
