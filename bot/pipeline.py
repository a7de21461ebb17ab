"""The path of one item, from the publisher to the outbox. The file to open first.

    due feed -> fetch -> parse -> identify -> known? -> match -> plan -> COMMIT -> (outbox; see alerts/deliver)
                304      a child  key        store     index    pure   one atomic write

Left of COMMIT nothing is remembered, so a crash replays it. Right of it nothing is forgotten.
This file calls and decides nothing: what a poll leads to is decided in `alerts/plan`, when to ask again in
`feeds/cadence`, what an item's name is in `stories/identity`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypedDict

import structlog

from bot.alerts.overflow import Queue, is_overflow, queue_of, within_limit
from bot.alerts.plan import Plan, Scope, plan
from bot.errors import FeedError, FeedUnreachable
from bot.feeds import health
from bot.feeds.cadence import wait
from bot.feeds.cadence.habit import learn, next_poll, read_habit, written_habit
from bot.feeds.cadence.wait import PollSettings
from bot.feeds.line import Line
from bot.model import Feed, FeedState, Fetched, Item, MatchedItem, NotModified, ParsedFeed
from bot.ports import Clocks, Fetcher, Parser, PollStore
from bot.reach import Reach, owner_of, with_notices
from bot.stories.identity import poll_keys
from bot.stories.items import item_of
from bot.watches.index import Index

PUSHED_KEPT = 200
"""Pushed items of a feed that its habit is taught of by the next poll."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One poll, all but remembered: what it would lead to, and how the feed would stand.

    `hubs` and `topic` are what the feed said of hubs; None if it said nothing, as in a 304.
    """

    feed: Feed
    plan: Plan
    state: FeedState
    failure: FeedError | None = None
    habit: str = ""
    hubs: tuple[str, ...] | None = None
    topic: str = ""


class Pipeline:
    """Walks items along the path."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        parser: Parser,
        store: PollStore,
        index: Index,
        poll: PollSettings,
        clocks: Clocks,
        reach: Reach,
    ) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._store = store
        self._index = index
        self._poll = poll
        self._now = clocks.wall
        self._steady = clocks.steady
        self._reach = reach
        self._line = Line()
        self._queued: Callable[[], None] = lambda: None
        self._pushed: dict[str, list[float | None]] = {}  # when what came between two polls was published
        self.relaxed: Callable[[Feed, float], float] = lambda _, usual: usual

    def when_queued(self, call: Callable[[], None]) -> None:
        """Call this after each commit that left something to send."""
        self._queued = call

    async def poll(self, feed: Feed) -> Look:
        """Poll a feed and remember all that follows. Raises StoreUnwritable: then nothing was remembered."""
        return self._remember(await self.look(feed))

    async def push(self, feed: Feed, body: bytes, content_type: str) -> Look | None:
        """Take a body that a hub has pushed and remember all that follows. Raises FeedError, StoreUnwritable.

        Gives None for what is no use: no entries, or a feed that is paused or has not had its first, silent poll.
        A push has no validators, so those of the last poll stay, and the next one finds what was not pushed.
        """
        parsed = await self._parser.parse(body, content_type, feed.url)
        feed = self._reach.as_it_is(feed)
        state = _as_of_now(self._store.feed_state(feed.name), feed)  # now, for a poll may have ended in the meantime
        if not parsed.entries or not state.primed or state.paused:
            return None
        now = self._now()
        planned = self._plan(parsed, feed, state, now)
        if planned.items:
            counted = state.counted and self._reach.counts(feed)
            state = replace(state, last_new=now, gap=health.usual_gap(state, now), counted=counted)
            published = [*self._pushed.get(feed.name, ()), *(matched.item.published for matched in planned.items)]
            self._pushed[feed.name] = published[-PUSHED_KEPT:]
        return self._remember(Look(feed=feed, plan=planned, state=state), event="push.done")

    def _remember(self, look: Look, event: str = "poll.done") -> Look:
        # No await from the plan to the commit: what was unknown a moment ago still is.
        if not self._reach.is_watched(look.feed):  # it was given up while it was asked
            return replace(look, plan=Plan())
        paused = self._store.feed_state(look.feed.name).paused  # said, maybe, while it was asked
        self._store.commit_poll(look.plan, replace(look.state, paused=paused), habit=look.habit)
        if look.plan.deliveries:
            self._queued()
        _report(look, event)
        return look

    async def look(self, feed: Feed, *, unconditional: bool = False) -> Look:
        """Do all that comes left of COMMIT. `unconditional` asks for the whole feed even if it has not changed."""
        remembered = self._store.feed_state(feed.name)
        state = _as_of_now(remembered, feed)
        asked = replace(state, etag="", last_modified="", body_hash="") if unconditional else state
        parsed: ParsedFeed | None = None
        started = self._steady()
        try:
            answer = await self._fetcher.fetch(feed, asked)
            if isinstance(answer, Fetched) and body_hash(answer) != asked.body_hash:
                parsed = await self._parser.parse(answer.body, answer.content_type, answer.address or feed.url)
        except FeedError as error:
            return self._failed(self._reach.as_it_is(feed), state, error, self._steady() - started)
        feed = self._reach.as_it_is(feed)
        if parsed and isinstance(answer, Fetched):
            state = replace(state, body_hash=body_hash(answer))
        pushed = self._store.feed_state(feed.name)  # a push may have brought something in the meantime
        if pushed.last_new > state.last_new and pushed.url == state.url:
            state = replace(state, last_new=pushed.last_new, gap=pushed.gap)
        return self._answered(feed, state, answer, parsed, seconds=self._steady() - started)

    def first_look(self, feed: Feed, answer: Fetched, parsed: ParsedFeed, body_hash: str) -> Look:
        """Make the first, silent poll of a feed of what was fetched to look at it. `answer` need have no body."""
        state = replace(_as_of_now(FeedState(feed=feed.name), feed), body_hash=body_hash)
        return self._answered(feed, state, replace(answer, permanent=""), parsed, seconds=0.0)

    def _answered(
        self, feed: Feed, state: FeedState, answer: Fetched | NotModified, parsed: ParsedFeed | None, *, seconds: float
    ) -> Look:
        """Decide what an answer leads to. `parsed` is what its body says, None if that is nothing new."""
        now = self._now()
        self._line.heard(now)
        planned = self._plan(parsed, feed, state, now) if parsed else Plan()
        before, new = state, len(planned.items)
        state = wait.after_success(
            state, answer, feed=feed, poll=self._poll, now=now, parsed=parsed, new=new, seconds=seconds
        )
        if parsed:
            gap = health.usual_gap(state, now) if state.primed else health.gap_of(parsed.entries, now)
            counted = self._reach.counts(feed)
            state = replace(state, private=bool(feed.chats), gap=gap if new else state.gap, counted=counted)
        hubs = _hubs(answer, parsed)
        state = replace(state, primed=True, last_new=now if new else state.last_new, **hubs)
        habit, state = self._next(feed, state, planned, now, anew=not before.last_poll)
        return replace(self._told(feed, before, state, planned, now), habit=habit, **hubs)

    def _next(self, feed: Feed, state: FeedState, planned: Plan, now: float, *, anew: bool) -> tuple[str, FeedState]:
        """Learn from a poll how the feed publishes, and say by that when it is asked next; `anew` at a new address."""
        every = self.relaxed(feed, state.every)
        if every < wait.WISHES_FROM:  # no habit is as fine as that
            return "", state
        published = [*self._pushed.pop(feed.name, ()), *(matched.item.published for matched in planned.items)]
        fresh_until = state.fresh_until if state.fresh_until > now else 0.0
        habit = read_habit("" if anew else self._store.habit(feed.name))
        habit = learn(habit, published, now=now, every=every, fresh_until=fresh_until)
        poll = self._poll
        late = wait.own_share(feed, self._reach.feeds)
        at = late + next_poll(
            habit,
            now=now - late,
            every=every,
            shortest=min(poll.min_interval, every),
            longest=max(poll.max_interval, every),
            fresh_until=fresh_until - late if fresh_until else 0.0,
        )
        return written_habit(habit), replace(state, next_poll=wait.allowed_from(at, state))

    def _failed(self, feed: Feed, before: FeedState, error: FeedError, seconds: float) -> Look:
        now = self._now()
        if not isinstance(error, FeedUnreachable):
            self._line.heard(now)
        state = wait.after_failure(before, error, feed=feed, poll=self._poll, now=now, seconds=seconds)
        look = self._told(feed, before, state, Plan(), now)
        planned, state = self._line.told(look.plan, before, look.state, error, feeds=self._reach.feeds)
        return replace(look, plan=planned, state=state, failure=error)

    def _told(self, feed: Feed, before: FeedState, state: FeedState, planned: Plan, now: float) -> Look:
        """Add what is to be said of the feed itself."""
        state, news = health.news(before, state, feed, now)
        return Look(feed=feed, plan=with_notices(planned, feed, news, self._reach, now), state=state)

    def _plan(self, parsed: ParsedFeed, feed: Feed, state: FeedState, now: float) -> Plan:
        names = poll_keys(parsed.entries, feed)
        items = [item_of(entry, keys, feed, now) for entry, keys in zip(parsed.entries, names, strict=True)]
        scope = self._reach.scope(feed, counted=state.counted, opened=state.private and not feed.chats)
        known = self._store.known(name for item in items for name in {*item.keys, *scope.names(item.keys)})
        kept = self._reach.edited(items, known, scope)
        arrivals = [
            MatchedItem(
                item=item, matches=self._index.match(item) if self._may_be_new(item, known, scope, kept) else ()
            )
            for item in items
        ]
        # A feed that moved shows something that is known. An address that does not is another publisher's, and its
        # first poll is silent too.
        moved = state.last_new > 0 and bool(known)
        audience = self._reach.audience(feed, arrivals)
        planned = plan(
            arrivals,
            known=known,
            audience=audience,
            primed=state.primed or moved,
            now=now,
            scope=scope,
            told=self._reach.told(feed, arrivals, known, scope) | self._reach.told_before(kept, audience),
            kept=kept,
        )
        if not feed.chats or not planned.deliveries:
            return planned
        return within_limit(planned, {chat: self._queue(chat) for chat in feed.chats}, feed, now)

    def _queue(self, chat: int) -> Queue:
        rows = self._store.open_of(chat)
        overflow = next((row for row in rows if is_overflow(row)), None)
        return queue_of(rows, self._store.notice(overflow.item) if overflow else None)

    @staticmethod
    def _may_be_new(item: Item, known: Mapping[str, str], scope: Scope, kept: Collection[str]) -> bool:
        """Tell whether an item's matches can matter."""
        names, own = known.keys(), scope.own(item.keys)
        if owner_of(item, known, scope) in kept:
            return True
        return names.isdisjoint(item.keys) or (bool(own) and names.isdisjoint(own))


def _as_of_now(state: FeedState, feed: Feed) -> FeedState:
    """Give what is remembered of a feed, as far as it holds for the feed as it is now."""
    if state.private and not feed.chats and state.url == feed.url:  # it has to be read as a whole once more
        return replace(state, etag="", last_modified="", body_hash="")
    if state.private != bool(feed.chats):  # its items are known under other names: its next poll is its first
        return FeedState(feed=feed.name, url=feed.url, private=bool(feed.chats))
    if state.url != feed.url:  # validators and health belong to the address that they came from
        return FeedState(
            feed=feed.name, url=feed.url, private=state.private, last_new=state.last_new, counted=state.counted
        )
    return state


def body_hash(answer: Fetched) -> str:
    """Tell a body from others."""
    return blake2b(answer.body, digest_size=16).hexdigest()


class _Hubs(TypedDict, total=False):
    hubs: tuple[str, ...]
    topic: str


def _hubs(answer: Fetched | NotModified, parsed: ParsedFeed | None) -> _Hubs:
    """Give what a feed says of hubs: in its headers, else in its body (WebSub §4)."""
    if parsed is None or not isinstance(answer, Fetched):
        return {}
    hubs = answer.hubs or parsed.hubs
    topic = (answer.topic if answer.hubs else "") or parsed.topic or answer.address
    return {"hubs": hubs, "topic": topic if hubs else ""}


def _report(look: Look, event: str) -> None:
    if look.failure is not None:
        failures = look.state.failures
        log.warning("poll.failed", feed=look.feed.name, reason=str(look.failure), failures=failures)
        return
    matched: Sequence[MatchedItem] = [entry for entry in look.plan.items if entry.matches]
    tell = log.info if look.plan.items else log.debug
    tell(
        event,
        feed=look.feed.name,
        new=len(look.plan.items),
        matched=len(matched),
        queued=len(look.plan.deliveries),
    )
