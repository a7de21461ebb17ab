"""The path of one item, from the publisher to the outbox. The file to open first.

                                                 .--- the rest, a slice at a time ---.
                                                 v                                   |
    due feed -> fetch -> parse -> identify -> FACTS -> decide -> COMMIT -> deliverer +-> observers (hubs, page)
                304,     a child  names       ONE      PURE      ONE
                caps     process              read               write

Left of COMMIT nothing is remembered, so a crash replays it. Right of it nothing is forgotten. Nearly every poll is one
slice; what would hold the loop for long goes in several, with others let in between. This file calls and decides
nothing: every rule of a poll stands in `decide`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import thread_time
from weakref import WeakValueDictionary

import structlog

from bot.errors import FeedError
from bot.model import (
    Article,
    Changes,
    Feed,
    FeedState,
    Fetched,
    Item,
    MatchedItem,
    NotModified,
    ParsedFeed,
    PollFacts,
    Unread,
    Validators,
    Wanted,
)
from bot.model.bounds import NEW_ENTRIES
from bot.poll.articles import is_wanted
from bot.poll.decide import Rules, all_of, decide, decide_push, decide_read, settled, state_for
from bot.poll.edits import with_own
from bot.poll.feedlist import FeedList
from bot.poll.identity import identified
from bot.poll.outage import Connections
from bot.poll.outcome import PollOutcome, Slices
from bot.poll.slices import UNSLICED, WHOLE, Answer, ReadPage, Rest, Room, in_steps, names_of, next_room, passed_over
from bot.poll.validators import body_hash
from bot.ports import Fetcher, Parser, PollStore
from bot.runtime.clocks import Clocks
from bot.runtime.rounds import PIECE, Rounds

Observer = Callable[[PollOutcome], None]
"""Is told of every poll that was remembered."""
Decision = Callable[[PollFacts, Answer, Rules, Rest, Room], PollOutcome | None]
"""Decides what the rest of an answer leads to, as far as there is room; None if it is of no use."""

NOTHING = Changes()

log = structlog.get_logger()


class Pipeline:
    """Walks items along the path. `observers` are told of each poll once it is remembered.

    `on_queued` is called whenever something is to be sent, which may be long before the whole poll is remembered, and
    `on_wanted` for each page that is wanted from now on. `private_parser` reads chats' own feeds, so that no number of
    them makes everybody's wait.
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
        on_queued: Callable[[], None],
        on_wanted: Callable[[Wanted], None],
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
        self._on_queued = on_queued
        self._on_wanted = on_wanted
        self._observers = observers
        self._connections = Connections()
        # Everybody's feeds do not wait behind chats' own, and these take half of the loop's time at most.
        self._rounds, self._private_rounds = Rounds(), Rounds(rest=PIECE)
        self._walks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def poll(self, feed: Feed) -> PollOutcome | None:
        """Poll a feed and remember what follows.

        Raises StoreUnwritable: then what is not remembered comes again. Returns None for a feed that was removed, or
        paused, while it was polled.
        """
        answer = await self._ask(feed, state_for(self._store.feed_state(feed.name), feed))
        outcome = await self._walk(feed, answer, decide)
        if outcome:
            self._connections.note(outcome.feed, outcome.connection)
            self._tell(outcome)
        return outcome

    async def look(self, feed: Feed) -> PollOutcome | None:
        """Return what a poll of the whole feed would lead to, and remember nothing; it is decided in one go."""
        state = state_for(self._store.feed_state(feed.name), feed)
        answer = await self._ask(feed, replace(state, validators=Validators(address=state.validators.address)))
        rest = await self._begun(feed, answer)
        facts = self._facts(feed, rest.items)
        return None if facts is None else decide(facts, answer, self._rules, rest)

    def look_read(self, page: Wanted, matched: MatchedItem, came: Article | Unread) -> PollOutcome | None:
        """Return what `read` would lead to for an item that a look has found; remembers nothing."""
        feed = self._feeds.get(page.feed)
        facts = self._facts(feed, (matched.item,)) if feed is not None else None
        if facts is None:
            return None
        answer = Answer(at=self._now(), items=(matched.item,), reading=ReadPage(page, came))
        facts = replace(facts, kept={page.item: matched})
        return decide_read(facts, answer, self._rules, all_of(answer), WHOLE)

    async def push(self, feed: Feed, body: bytes, content_type: str) -> PollOutcome | None:
        """Take a body that a hub has pushed and remember what follows. Raises FeedError, StoreUnwritable.

        Returns None for what is of no use (see `decide_push`), or if the feed was removed meanwhile.
        """
        parsed = await self._parser_of(feed).parse(body, content_type, feed.url)
        now = self._now()
        answer = Answer(at=now, parsed=parsed, items=await self._items(parsed, feed, now))
        outcome = await self._walk(feed, answer, decide_push)
        if outcome:
            self._tell(outcome)
        return outcome

    async def first_poll(self, feed: Feed, answer: Fetched, parsed: ParsedFeed, hashed: str) -> None:
        """Remember the first, silent poll of a feed that was fetched to look at it. Raises StoreUnwritable.

        `answer` need have no body; `hashed` is the hash of what it had. What is not remembered comes with the next
        poll, which is silent then.
        """
        now = self._now()
        came = Answer(
            at=now,
            answer=replace(answer, permanent=""),
            parsed=parsed,
            items=await self._items(parsed, feed, now),
            body_hash=hashed,
        )
        await self._walk(feed, came, decide)

    def wanted_item(self, page: Wanted) -> Item | None:
        """Return the item whose page was wanted, None if it is not any longer: it could tell nobody anything."""
        feed, could = self._feeds.get(page.feed), self._rules.could
        if feed is None or could is None:
            return None
        facts = self._store.poll_facts(feed, [page.item])
        before = facts.kept.get(page.item)
        if before is None or not is_wanted(with_own(before, self._rules.match), facts, could):
            return None
        return before.item

    async def read(self, page: Wanted, came: Article | Unread) -> PollOutcome | None:
        """Take what came of a page that was wanted, and remember what follows. Raises StoreUnwritable.

        Returns None if its feed was removed meanwhile.
        """
        feed = self._feeds.get(page.feed)
        if feed is None:
            return None
        stub = Item(keys=(page.item,), feed=page.feed, source="", title="")
        answer = Answer(at=self._now(), items=(stub,), reading=ReadPage(page, came))
        return await self._walk(feed, answer, decide_read)

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
            items=await self._items(parsed, feed, now) if parsed else (),
            body_hash=hashed,
        )

    def _parser_of(self, feed: Feed) -> Parser:
        return self._private_parser if feed.chats else self._parser

    def _rounds_of(self, feed: Feed) -> Rounds:
        return self._private_rounds if feed.chats else self._rounds

    async def _items(self, parsed: ParsedFeed, feed: Feed, now: float) -> tuple[Item, ...]:
        return tuple(await self._rounds_of(feed).all_of(identified(parsed.entries, feed, now)))

    async def _walk(self, feed: Feed, answer: Answer, decision: Decision) -> PollOutcome | None:
        """Decide and remember an answer, a slice at a time, with others let in between; one walk of a feed at a time.

        Returns what all slices come to; None if the feed was removed or paused meanwhile, or it is of no use.
        """
        slices = Slices()
        async with self._walks.setdefault(feed.name, asyncio.Lock()):
            rest: Rest | None = await self._begun(feed, answer)
            room = Room()
            while rest is not None:
                async with self._rounds_of(feed).turn():
                    began = thread_time()
                    # No await from the read to the commit: what was unknown a moment ago still is.
                    facts = self._facts(feed, rest.first(room.items))
                    if facts is None or (rest.begin and facts.state.paused):
                        return None
                    outcome = decision(facts, answer, self._rules, rest, room)
                    if outcome is None:
                        return None
                    self._remember(outcome.changes)
                    slices.add(outcome)
                    taken = len(rest) - len(outcome.rest or ())
                    room = next_room(room, items=taken, weight=outcome.weight, seconds=thread_time() - began)
                    rest = outcome.rest
        return slices.together()

    async def _begun(self, feed: Feed, answer: Answer) -> Rest:
        """Return all that is to be decided of an answer, once it is clear how much of it is taken, and whose it is.

        Names are asked about ahead for a feed at a new address, and where more came than a chat's own may bring.
        """
        rest = all_of(answer)
        if answer.reading is not None:
            return rest
        state = self._store.feed_state(feed.name)
        unclear = settled(state, feed, familiar=False) is not None and len(rest) > 0
        flooding = bool(feed.chats) and len(rest) > NEW_ENTRIES
        if not unclear and not flooding:
            return rest
        known: set[str] = set()
        for items in in_steps(rest.items, UNSLICED):
            async with self._rounds_of(feed).turn():
                known |= self._store.known(feed, names_of(items))
        state = self._store.feed_state(feed.name)  # as it is now
        if unclear and (now := settled(state, feed, familiar=bool(known))):
            self._store.commit(Changes(states=(now,)))
        return replace(rest, passed=passed_over(rest.items, known, NEW_ENTRIES)) if flooding else rest

    def _facts(self, feed: Feed, items: Sequence[Item]) -> PollFacts | None:
        """Read what items are decided by, for the feed as it is now; None if it was removed meanwhile."""
        now = self._feeds.get(feed.name)
        if now is None or now.url != feed.url:
            return None
        facts = self._store.poll_facts(now, names_of(items))
        return replace(facts, feeds=self._feeds.around(now), connection=self._connections.of(now))

    def _remember(self, changes: Changes) -> None:
        if changes != replace(NOTHING, at=changes.at):
            self._store.commit(changes)
        if changes.deliveries:
            self._on_queued()
        for page in changes.wanted:
            self._on_wanted(page)

    def _tell(self, outcome: PollOutcome) -> None:
        _report(outcome)
        for observe in self._observers:
            observe(outcome)


def _report(outcome: PollOutcome) -> None:
    name = outcome.feed.name
    if outcome.failure is not None:
        log.warning("poll.failed", feed=name, reason=str(outcome.failure), failures=outcome.state.health.failures)
        return
    matched = sum(bool(entry.matches) for entry in outcome.new)
    tell = log.info if outcome.new else log.debug
    event = "push.done" if outcome.pushed else "poll.done"
    tell(event, feed=name, new=len(outcome.new), matched=matched, queued=outcome.queued)
