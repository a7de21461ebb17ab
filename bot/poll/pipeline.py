"""The path of one item, from the publisher to the outbox. The file to open first.

    due feed -> fetch -> parse -> identify -> FACTS -> decide -> COMMIT -> observers (deliverer, hubs, page)
                304,     a child  names       ONE      PURE      ONE
                caps     process              read               write

Left of COMMIT nothing is remembered, so a crash replays it. Right of it nothing is forgotten. This file calls and
decides nothing: every rule of a poll stands in `decide`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from bot.errors import FeedError
from bot.model import Feed, FeedState, Fetched, NotModified, ParsedFeed, PollFacts, Validators
from bot.poll.decide import Answer, PollOutcome, Rules, decide, decide_push, state_for
from bot.poll.feedlist import FeedList
from bot.poll.identity import items_of
from bot.poll.outage import Connections
from bot.poll.validators import body_hash
from bot.ports import Fetcher, Parser, PollStore
from bot.runtime.clocks import Clocks

Observer = Callable[[PollOutcome], None]
"""Is told of every poll that was remembered."""

log = structlog.get_logger()


class Pipeline:
    """Walks items along the path. `observers` are told of each poll once it is remembered.

    `private_parser` reads chats' own feeds, so that no number of them makes everybody's wait.
    """

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        parser: Parser,
        private_parser: Parser,
        store: PollStore,
        feeds: FeedList,
        rules: Rules,
        clocks: Clocks,
        observers: Sequence[Observer],
    ) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._private_parser = private_parser
        self._store = store
        self._feeds = feeds
        self._rules = rules
        self._now = clocks.wall
        self._steady = clocks.steady
        self._observers = observers
        self._connections = Connections()

    async def poll(self, feed: Feed) -> PollOutcome | None:
        """Poll a feed and remember what follows. Raises StoreUnwritable: then nothing was remembered.

        Returns None for a feed that was removed while it was polled.
        """
        answer = await self._ask(feed, state_for(self._store.feed_state(feed.name), feed))
        outcome = self._decided(feed, answer)
        return self._remember(outcome) if outcome else None

    async def look(self, feed: Feed) -> PollOutcome | None:
        """Return what a poll of the whole feed would lead to, and remember nothing."""
        state = state_for(self._store.feed_state(feed.name), feed)
        answer = await self._ask(feed, replace(state, validators=Validators(address=state.validators.address)))
        return self._decided(feed, answer)

    async def push(self, feed: Feed, body: bytes, content_type: str) -> PollOutcome | None:
        """Take a body that a hub has pushed and remember what follows. Raises FeedError, StoreUnwritable.

        Returns None for what is of no use (see `decide_push`), or if the feed was removed meanwhile.
        """
        parsed = await self._parser_of(feed).parse(body, content_type, feed.url)
        now = self._now()
        answer = Answer(at=now, parsed=parsed, items=items_of(parsed.entries, feed, now))
        facts = self._facts(feed, answer)
        outcome = decide_push(facts, answer, self._rules) if facts else None
        return self._remember(outcome) if outcome else None

    def first_poll(self, feed: Feed, answer: Fetched, parsed: ParsedFeed, hashed: str) -> PollOutcome:
        """Return what the first, silent poll of a feed leads to that was fetched to look at it.

        `answer` need have no body; `hashed` is the hash of what it had.
        """
        now = self._now()
        came = Answer(
            at=now,
            answer=replace(answer, permanent=""),
            parsed=parsed,
            items=items_of(parsed.entries, feed, now),
            body_hash=hashed,
        )
        facts = PollFacts(feed=feed, state=FeedState(feed=feed.name), feeds=self._feeds.around(feed))
        return decide(facts, came, self._rules)

    async def _ask(self, feed: Feed, state: FeedState) -> Answer:
        """Fetch a feed and parse what is new."""
        started = self._steady()
        answer: Fetched | NotModified | None = None
        parsed: ParsedFeed | None = None
        hashed, failed = "", None
        try:
            answer = await self._fetcher.fetch(feed, state)
            hashed = body_hash(answer) if isinstance(answer, Fetched) else ""
            if isinstance(answer, Fetched) and hashed != state.validators.body_hash:
                where = answer.address or feed.url
                parsed = await self._parser_of(feed).parse(answer.body, answer.content_type, where)
        except FeedError as error:
            failed = error
        now = self._now()
        return Answer(
            at=now,
            seconds=self._steady() - started,
            answer=answer,
            error=failed,
            parsed=parsed,
            items=items_of(parsed.entries, feed, now) if parsed else (),
            body_hash=hashed,
        )

    def _parser_of(self, feed: Feed) -> Parser:
        return self._private_parser if feed.chats else self._parser

    def _facts(self, feed: Feed, answer: Answer) -> PollFacts | None:
        """Read what the poll is decided by, for the feed as it is now; None if it was removed meanwhile."""
        now = self._feeds.get(feed.name)
        if now is None or now.url != feed.url:
            return None
        facts = self._store.poll_facts(now, {name for item in answer.items for name in item.keys})
        return replace(facts, feeds=self._feeds.around(now), connection=self._connections.of(now))

    def _decided(self, feed: Feed, answer: Answer) -> PollOutcome | None:
        facts = self._facts(feed, answer)
        return None if facts is None else decide(facts, answer, self._rules)

    def _remember(self, outcome: PollOutcome) -> PollOutcome:
        # No await from the read to the commit: what was unknown a moment ago still is.
        self._store.commit(outcome.changes)
        if not outcome.pushed:
            self._connections.note(outcome.feed, outcome.connection)
        _report(outcome)
        for observe in self._observers:
            observe(outcome)
        return outcome


def _report(outcome: PollOutcome) -> None:
    name = outcome.feed.name
    if outcome.failure is not None:
        log.warning("poll.failed", feed=name, reason=str(outcome.failure), failures=outcome.state.health.failures)
        return
    matched = sum(bool(entry.matches) for entry in outcome.new)
    tell = log.info if outcome.new else log.debug
    event = "push.done" if outcome.pushed else "poll.done"
    tell(event, feed=name, new=len(outcome.new), matched=matched, queued=len(outcome.deliveries))
