"""What a poll, or a slice of it, leads to."""

from dataclasses import dataclass, replace
from itertools import chain

from bot.errors import FeedError
from bot.model import UNHEARD, Changes, Connection, Delivery, Feed, FeedState, MatchedItem
from bot.poll.news import Skip
from bot.poll.slices import Rest

REPORTED = 10_000
"""Deliveries of a whole poll that are held together to be reported: there may be millions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What a poll, or a slice of it, leads to. `changes` is all of it that is remembered, with `queued` deliveries.

    Of a whole poll in slices, `changes` has what is to be sent and what was said of the feed.
    `rest` is what is left to decide, None if nothing is, and `weight` what it was to decide. `pushed` says that a hub
    has brought it. `hubs` are those that the feed named, None if it said nothing of hubs, as in a 304. `failure` is why
    it brought nothing. `connection` is what is known of the bot's own connection now.
    """

    feed: Feed
    state: FeedState
    changes: Changes
    queued: int = 0
    new: tuple[MatchedItem, ...] = ()
    skipped: tuple[Skip, ...] = ()
    rest: Rest | None = None
    weight: float = 0.0
    failure: FeedError | None = None
    pushed: bool = False
    hubs: tuple[str, ...] | None = None
    connection: Connection = UNHEARD

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What is to be sent; of a whole poll in slices the first of it."""
        return self.changes.deliveries


class Slices:
    """Holds what the slices of a poll led to until it is reported."""

    def __init__(self) -> None:
        self._slices: list[PollOutcome] = []
        self._room = REPORTED

    def add(self, outcome: PollOutcome) -> None:
        """Take the next slice."""
        deliveries = outcome.deliveries[: self._room]
        self._room -= len(deliveries)
        if outcome.rest is not None or self._slices:
            outcome = replace(outcome, changes=Changes(deliveries=deliveries, notices=outcome.changes.notices))
        self._slices.append(outcome)

    def together(self) -> PollOutcome:
        """Return what they all come to: the last one's, with the news of all."""
        last = self._slices[-1]
        if len(self._slices) == 1:
            return last
        return replace(
            last,
            changes=Changes(
                deliveries=tuple(chain.from_iterable(each.deliveries for each in self._slices)),
                notices=tuple(chain.from_iterable(each.changes.notices for each in self._slices)),
            ),
            queued=sum(each.queued for each in self._slices),
            new=tuple(chain.from_iterable(each.new for each in self._slices)),
            skipped=tuple(chain.from_iterable(each.skipped for each in self._slices)),
            weight=sum(each.weight for each in self._slices),
        )
