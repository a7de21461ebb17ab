"""The path of one item, from the publisher to the outbox. The file to open first.

    due feed -> fetch -> parse -> identify -> known? -> match -> plan -> COMMIT -> (outbox; see alerts/deliver)
                304      a child  key        store     index    pure   one atomic write

Left of COMMIT nothing is remembered, so a crash replays it. Right of it nothing is forgotten.
This file calls and decides nothing: what a poll leads to is decided in `alerts/plan`, when to ask again in
`feeds/cadence`, what an item's name is in `stories/identity`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypedDict

import structlog

from bot.alerts.plan import Plan, plan
from bot.errors import FeedError
from bot.feeds.cadence import wait
from bot.feeds.cadence.wait import PollSettings
from bot.model import Entry, Feed, FeedState, Fetched, Item, MatchedItem, NotModified, ParsedFeed
from bot.ports import Clock, Fetcher, Parser, PollStore
from bot.stories.identity import poll_keys
from bot.watches.index import Index

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
        clock: Clock,
    ) -> None:
        self._fetcher = fetcher
        self._parser = parser
        self._store = store
        self._index = index
        self._poll = poll
        self._clock = clock
        self._queued: Callable[[], None] = lambda: None

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
        state = self._store.feed_state(feed.name)  # now, for a poll may have ended in the meantime
        if not parsed.entries or not state.primed or state.paused or state.url != feed.url:
            return None
        now = self._clock()
        planned = self._plan(parsed, feed, state, now)
        state = replace(state, last_new=now if planned.items else state.last_new)
        return self._remember(Look(feed=feed, plan=planned, state=state), event="push.done")

    def _remember(self, look: Look, event: str = "poll.done") -> Look:
        # No await from the plan to the commit: what was unknown a moment ago still is.
        self._store.commit_poll(look.plan, look.state)
        if look.plan.deliveries:
            self._queued()
        _report(look, event)
        return look

    async def look(self, feed: Feed, *, unconditional: bool = False) -> Look:
        """Do all that comes left of COMMIT. `unconditional` asks for the whole feed even if it has not changed."""
        remembered = self._store.feed_state(feed.name)
        state = remembered
        if state.url != feed.url:  # validators and health belong to the address that they came from
            state = FeedState(feed=feed.name, url=feed.url, last_new=state.last_new)
        asked = replace(state, etag="", last_modified="", body_hash="") if unconditional else state
        parsed: ParsedFeed | None = None
        try:
            answer = await self._fetcher.fetch(feed, asked)
            if isinstance(answer, Fetched) and _hash(answer) != asked.body_hash:
                parsed = await self._parser.parse(answer.body, answer.content_type, feed.url)
        except FeedError as error:
            failed = wait.after_failure(state, error, feed=feed, poll=self._poll, now=self._clock())
            return Look(feed=feed, plan=Plan(), state=failed, failure=error)
        now = self._clock()
        planned = self._plan(parsed, feed, remembered, now) if parsed else Plan()
        state = wait.after_success(state, answer, feed=feed, poll=self._poll, now=now)
        if parsed and isinstance(answer, Fetched):
            state = replace(state, body_hash=_hash(answer))
        return Look(
            feed=feed,
            plan=planned,
            state=replace(state, primed=True, last_new=now if planned.items else state.last_new),
            **_hubs(answer, parsed),
        )

    def _plan(self, parsed: ParsedFeed, feed: Feed, remembered: FeedState, now: float) -> Plan:
        names = poll_keys(parsed.entries, feed)
        items = [item_of(entry, keys, feed, now) for entry, keys in zip(parsed.entries, names, strict=True)]
        known = self._store.known(key for item in items for key in item.keys)
        arrivals = [
            MatchedItem(item=item, matches=self._index.match(item) if known.isdisjoint(item.keys) else ())
            for item in items
        ]
        # A feed that moved shows something that is known. An address that does not is another publisher's, and its
        # first poll is silent too.
        moved = remembered.last_new > 0 and bool(known)
        primed = moved or (remembered.primed and remembered.url == feed.url)
        return plan(arrivals, known=known, audience=self._store.audience(), primed=primed, now=now)


def _hash(answer: Fetched) -> str:
    return blake2b(answer.body, digest_size=16).hexdigest()


class _Hubs(TypedDict, total=False):
    hubs: tuple[str, ...]
    topic: str


def _hubs(answer: Fetched | NotModified, parsed: ParsedFeed | None) -> _Hubs:
    """Give what a feed says of hubs: in its headers, else in its body (WebSub §4)."""
    if parsed is None or not isinstance(answer, Fetched):
        return {}
    said = answer if answer.hubs else parsed
    return {"hubs": said.hubs, "topic": said.topic or answer.address}


def item_of(entry: Entry, keys: tuple[str, ...], feed: Feed, now: float) -> Item:
    """Make an entry of a feed an item."""
    return Item(
        keys=keys,
        feed=feed.name,
        source=feed.title,
        title=entry.title,
        summary=entry.summary,
        link=entry.link,
        author=entry.author,
        lang=entry.lang,
        published=entry.published,
        seen=now,
    )


def refile(store: PollStore, index: Index, watchlists: str) -> int:
    """Match the kept items anew if the watchlists are not those they were matched for. Returns how many match.

    So /latest knows of a watchlist that was added a moment ago; alerts come of new items only.
    """
    fingerprint = blake2b(watchlists.encode(), digest_size=16).hexdigest()
    if store.filed_for() == fingerprint:
        return 0
    filed = [MatchedItem(item=item, matches=index.match(item)) for item in store.items()]
    store.refile(filed, fingerprint)
    return sum(bool(matched.matches) for matched in filed)


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
