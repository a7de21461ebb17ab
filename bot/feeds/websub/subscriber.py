"""Keeps one lease for each feed whose hub can be asked: the loop around `leases`, which decides.

    tick -> next_step -> the lease is remembered -> the hub is asked -> it calls back: `called`
    after each poll: `heard` tells what hubs the feed names

A lease is remembered before its hub is asked, for a hub may call back before it has answered. Leases that are given up
are kept here for a while, so that the hub's question whether that is meant finds an answer.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.errors import FeedError, StoreUnwritable
from bot.feeds.websub import leases
from bot.feeds.websub.hub import ask_hub
from bot.feeds.websub.leases import CallRefused, Confirmed, Denied, Leave, Relaxed, Renew, Subscribe, Wait
from bot.model import Changes, Feed, Lease
from bot.ports import LeaseStore, Poster
from bot.runtime.draining import drained

PATH = "/websub/"
"""What stands between the public address and a token."""
LEAVING = 3_600.0
"""Seconds that a lease that was given up can still be confirmed as such."""
MAX_LEAVING = 1_000
SWEEP = 60.0
"""Seconds between two looks for leases whose feed is gone."""
SILENT = 3
"""Bodies in a row that name no hub, after which there is none."""
_AGAIN = 60.0  # seconds until a lease is looked at again that could not be remembered
_NEVER = float("inf")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What a feed says of hubs, as last heard; `silent` is how many bodies since have named none."""

    hubs: Sequence[str]
    topic: str
    silent: int = 0


class Subscriber:
    """Asks hubs, answers them, and knows which call is whose. `callback_base` is the public address."""

    def __init__(
        self,
        *,
        feed_of: Callable[[str], Feed | None],
        store: LeaseStore,
        poster: Poster,
        public_url: str,
        now: float,
        new_token: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        """Take who knows a feed by its name, None for one that is gone: its lease is given up.

        `new_token` gives what cannot be guessed.
        """
        self._feed_of = feed_of
        self._store = store
        self._poster = poster
        self._base = public_url.rstrip("/") + PATH
        self._new_token = new_token
        self._leases: dict[str, Lease] = {}
        self._named: dict[str, _Named] = {}
        self._due: dict[str, float] = {}
        self._of_token: dict[str, str] = {}
        self._leaving: dict[str, tuple[Lease, float]] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._last_tick = self._swept = now
        for lease in store.leases():
            self._leases[lease.feed] = self._reachable(lease)
            self._of_token[self._leases[lease.feed].token] = lease.feed
            self._named[lease.feed] = _Named(hubs=(lease.hub,), topic=lease.topic)
            self._due[lease.feed] = now
        self._forget_gone(now)

    def _reachable(self, lease: Lease) -> Lease:
        """Return a lease as it is, or to be asked for anew if this bot was called elsewhere when it was granted."""
        if lease.callback.startswith(self._base):
            return lease
        return replace(lease, callback=self._base + self._new_token(), state="asked", asked_at=0.0, asks=0)

    def lease(self, feed: str) -> Lease | None:
        """Return a feed's lease, None if it has none."""
        return self._leases.get(feed)

    def relaxed(self, feed: str, *, usual: float, longest: float, now: float) -> Relaxed:
        """Return how often a feed need be polled. See `leases.relaxed`."""
        return leases.relaxed(self._leases.get(feed), usual=usual, longest=longest, now=now)

    # --- from the poller and the clock ----------------------------------------------------------------------

    def heard(self, feed: str, hubs: Sequence[str], topic: str, *, now: float) -> None:
        """Take what the body of a feed named, nothing too. `topic` is its own address if it names none.

        A publisher has several servers, and not all may name the hub: that it is gone is believed the third time.
        """
        former = self._named.get(feed)
        named = _Named(hubs=tuple(hubs), topic=topic)
        if former is not None and former.hubs and not hubs and former.silent + 1 < SILENT:
            self._named[feed] = replace(former, silent=former.silent + 1)
        elif former is None or (former.hubs, former.topic) != (named.hubs, named.topic):
            self._named[feed] = named
            self._due[feed] = now
        else:
            self._named[feed] = named

    def polled(self, feed: str, *, news: int, now: float) -> None:
        """Take how much a poll found that nobody had pushed."""
        lease = self._leases.get(feed)
        if lease is not None and (noted := leases.polled(lease, news=news, now=now)) != lease:
            self._note(noted)

    def forget(self, feed: str, *, now: float) -> None:
        """Give up what there is of a feed that was taken away."""
        self._named[feed] = _Named(hubs=(), topic="")
        self._due[feed] = now

    def _forget_gone(self, now: float) -> None:
        """Forget feeds that went without a word."""
        self._swept = now
        for feed in [feed for feed in self._named if self._feed_of(feed) is None]:
            self.forget(feed, now=now)

    def tick(self, now: float) -> None:
        """Do what is due."""
        if now < self._last_tick:  # the clock was put back: what was due later may be due now
            self._due, self._swept = dict.fromkeys(self._due, now), now
        self._last_tick = now
        if now - self._swept >= SWEEP:
            self._forget_gone(now)
        for feed in [feed for feed, at in self._due.items() if at <= now and feed not in self._asking]:
            try:
                self._due[feed] = self._step(feed, now)
            except StoreUnwritable as error:
                log.debug("push.paused", feed=feed, reason=str(error))
                self._due[feed] = now + _AGAIN
            if self._due[feed] == _NEVER:
                del self._due[feed]
                if self._feed_of(feed) is None:
                    del self._named[feed]

    def _step(self, feed: str, now: float) -> float:
        """Take a feed's next step. Returns when to look at it again."""
        named, lease = self._named[feed], self._leases.get(feed)
        step = leases.next_step(lease, named.hubs, named.topic, now)
        match step:
            case Wait():
                return step.until
            case Subscribe() | Renew():
                fresh = self._base + self._new_token()
                lease = leases.asked(lease, step, feed=feed, callback=fresh, secret=self._new_token(), now=now)
                self._replace(lease, now)
                log.info("push.asking", feed=feed, hub=lease.hub, reason=step.reason)
                self._ask(lease)
                return now
            case Leave():
                assert lease is not None
                self._give_up(lease, now)
                self._store.commit(Changes(dropped_leases=(feed,)))
                del self._leases[feed]
                log.info("push.left", feed=feed, hub=lease.hub, reason=step.reason)
                return _NEVER
            case _:
                return _NEVER

    def _replace(self, lease: Lease, now: float) -> None:
        """Remember a lease; give up the one that it takes the place of, if that is another."""
        former = self._leases.get(lease.feed)
        self._store.commit(Changes(leases=(lease,)))
        self._leases[lease.feed] = lease
        self._of_token[lease.token] = lease.feed
        if former is not None and former.token != lease.token:
            self._give_up(former, now)

    def _give_up(self, lease: Lease, now: float) -> None:
        """Tell the hub to stop, if it may be pushing, and be ready to confirm it."""
        self._of_token.pop(lease.token, None)
        self._leaving = {token: kept for token, kept in self._leaving.items() if kept[1] > now}
        if leases.is_live(lease, now) and len(self._leaving) < MAX_LEAVING:
            self._leaving[lease.token] = (lease, now + LEAVING)
            self._start(f"{lease.feed} {lease.token}", self._tell_to_stop(lease))

    async def _tell_to_stop(self, lease: Lease) -> None:
        try:
            # A hub that has verified may be told so where it is, though the feed that named it may be gone; then nobody
            # knows whose it was.
            feed = self._feed_of(lease.feed)
            of_chats = feed is None or bool(feed.chats)
            await ask_hub(self._poster, lease, "unsubscribe", home=lease.hub, of_chats=of_chats)
        except FeedError as error:
            log.info("push.not-left", feed=lease.feed, hub=lease.hub, reason=f"{error}; the lease will end by itself")

    def _ask(self, lease: Lease) -> None:
        async def ask() -> None:
            feed = self._feed_of(lease.feed)
            if feed is None:
                return
            try:
                await ask_hub(self._poster, lease, "subscribe", home=feed.url, of_chats=bool(feed.chats))
            except FeedError as error:
                log.warning("push.not-asked", feed=lease.feed, hub=lease.hub, reason=str(error), asks=lease.asks)

        self._start(lease.feed, ask())

    def _start(self, name: str, call: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(call, name=f"hub {name}")
        self._asking[name] = task
        task.add_done_callback(lambda _: self._asking.pop(name, None))

    async def drain(self, seconds: float) -> None:
        """Wait for questions under way, at most `seconds`."""
        await drained(self._asking.values(), seconds)

    # --- from the hubs --------------------------------------------------------------------------------------

    def lease_of(self, token: str) -> Lease | None:
        """Return the lease that a token is of, None for one that nobody was given."""
        feed = self._of_token.get(token)
        return None if feed is None else self._leases.get(feed)

    def is_leaving(self, token: str, now: float) -> bool:
        """Return whether a token is of a lease that was given up a while ago."""
        return token in self._leaving and now < self._leaving[token][1]

    def called(self, token: str, query: Mapping[str, str], now: float) -> Confirmed | Denied | CallRefused:
        """Judge a call of a hub by GET and remember what it changes. Raises StoreUnwritable."""
        lease, leaving = self.lease_of(token), False
        if lease is None and self.is_leaving(token, now):
            lease, leaving = self._leaving[token][0], True
        if lease is None:
            return CallRefused(reason="nobody was given that address")
        verdict = leases.judged(lease, query, now, leaving=leaving)
        match verdict:
            case Confirmed(lease=fresh) if fresh is not None and fresh != lease:
                self._store.commit(Changes(leases=(fresh,)))
                self._leases[fresh.feed], self._due[fresh.feed] = fresh, now
                log.info("push.verified", feed=lease.feed, hub=lease.hub, seconds=round(fresh.expires_at - now))
            case Denied(lease=fresh):
                self._store.commit(Changes(leases=(fresh,)))
                self._leases[fresh.feed], self._due[fresh.feed] = fresh, now
                log.warning("push.denied", feed=lease.feed, hub=lease.hub, reason=fresh.reason or "it does not say")
            case CallRefused(reason=reason):
                log.info("push.call-refused", feed=lease.feed, reason=reason)
        return verdict

    def took(self, feed: str, now: float) -> None:
        """Note that a push of a feed was taken."""
        lease = self._leases.get(feed)
        if lease is None:
            return
        fresh = leases.pushed(lease, now)
        # A write an hour is enough to know after a restart that the hub pushes.
        if lease.missed or not lease.pushed_at or now - lease.pushed_at > 3_600 or lease.pushed_at > now:
            self._note(fresh)

    def _note(self, lease: Lease) -> None:
        """Remember something that would be learnt again, should the disk refuse it."""
        self._leases[lease.feed] = lease
        try:
            self._store.commit(Changes(leases=(lease,)))
        except StoreUnwritable as error:
            log.debug("push.paused", feed=lease.feed, reason=str(error))
