"""A store with what keeps it: the outbox that mirrors it, and subscriptions; and polls that need no publisher."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from examples import NOW

from bot.delivery.outbox import Outbox
from bot.delivery.settle import Settlement, changes_of
from bot.delivery.subscriptions import Subscriptions
from bot.delivery.upkeep import Upkeep
from bot.feeds.schedule.wait import PollBounds
from bot.model import Changes, Delivery, Feed, Fetched, Item, MatchedItem, Notice, ParsedFeed
from bot.poll.decide import Rules, decide
from bot.poll.outcome import PollOutcome
from bot.poll.slices import Answer
from bot.settings import PollSettings
from bot.store import open_store

URL = "tinydb:newsvane.db"
POLL: PollBounds = PollSettings()


def feed_named(name: str, chats: tuple[int, ...] = ()) -> Feed:
    """A feed of that name; of everybody, or of these chats."""
    return Feed(name=name, title=name, url=f"https://{name}.example/rss", added=bool(chats), chats=chats)


class Memory:
    """All that a bot remembers. What a store has is asked of it as of a store."""

    def __init__(self, path: Path, *, read_only: bool = False, url: str = URL) -> None:
        self._open = partial(open_store, url, path, read_only=read_only)
        self._begin()

    def _begin(self) -> None:
        self.outbox = Outbox()
        self.store = self._open(outbox=self.outbox)
        self.subscriptions = Subscriptions(self.store)

    def reopen(self) -> None:
        """Close the store and open it again, as a restart does."""
        self.store.close()
        self._begin()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store if hasattr(type(self.store), name) else self.subscriptions, name)

    def heads(self) -> list[Delivery]:
        """The oldest open delivery of each chat that can be reached."""
        return self.outbox.heads()

    def interrupted(self) -> list[Delivery]:
        """What was being sent when the process ended."""
        return list(self.store.deliveries(states=("sending",)))

    def claim(self, *rows: Delivery) -> None:
        """Begin to send."""
        self.store.commit(Changes(deliveries=tuple(replace(row, state="sending") for row in rows)))

    def settle(self, *settlements: Settlement) -> None:
        """Remember what came of sends to one chat, as a deliverer does."""
        chat = settlements[0].delivery.chat
        self.store.commit(changes_of(settlements, self.store.chat(chat)))
        for each in settlements:
            if each.move_to is not None:
                self.subscriptions.move(chat, each.move_to)

    def poll(
        self, *arrivals: MatchedItem, feed: str | Feed = "moscow-times", at: float = NOW, primed: bool = True
    ) -> PollOutcome:
        """Poll a feed that shows these items; all but its very first poll unless it is not `primed`."""
        outcome = self.plan(*arrivals, feed=feed, at=at, primed=primed)
        self.store.commit(outcome.changes)
        return outcome

    def plan(
        self, *arrivals: MatchedItem, feed: str | Feed = "moscow-times", at: float = NOW, primed: bool = True
    ) -> PollOutcome:
        """What such a poll leads to, and remember nothing."""
        polled = feed if isinstance(feed, Feed) else feed_named(feed)
        items = tuple(replace(arrival.item, feed=polled.name) for arrival in arrivals)
        matches = {item: arrival.matches for item, arrival in zip(items, arrivals, strict=True)}
        facts = self.store.poll_facts(polled, {name for item in items for name in item.keys})
        facts = replace(facts, state=replace(facts.state, url=polled.url, primed=facts.state.primed or primed))
        came = Fetched(body=b"", etag='W/"1"')
        answer = Answer(at=at, answer=came, parsed=ParsedFeed(title="", entries=()), items=items)
        return decide(facts, answer, Rules(match=matches.__getitem__, could=None, watches=(), poll=POLL))

    def known(self, names: Sequence[str], feed: str = "moscow-times") -> set[str]:
        """Those of these names that are known in a feed."""
        return set(self.store.poll_facts(feed_named(feed), names).known)

    def audience(self) -> dict[str, list[int]]:
        """The chats by watch."""
        return {watch: list(chats) for watch, chats in self.store.poll_facts(feed_named("f"), ()).subscribers.items()}

    def keep_up(self, now: float) -> int:
        """Give up and forget what is old; how many deliveries were given up."""
        times = iter((now - 3_600, now))  # nothing is forgotten when it is done for the first time
        upkeep = Upkeep(store=self.store, outbox=self.outbox, clock=lambda: next(times))
        return sum(upkeep.slices()) + sum(upkeep.slices())

    def items(self) -> list[Item]:
        """The items that are kept whole and that no open or failed delivery is about."""
        items: list[Item] = []
        cursor: int | None = 0
        while cursor is not None:
            entries, cursor = self.store.items_after(cursor, 7)
            items += [entry.item for entry in entries]
        return items

    def content_of(self, item: str, feed: str = "moscow-times") -> MatchedItem | None:
        """An item that is kept whole."""
        about = Delivery(id="", item=item, feed=feed, chat=0, watches=("any",))
        found = self.store.content(about)
        assert not isinstance(found, Notice)
        return found
