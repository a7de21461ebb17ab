"""Puts the bot's parts together. The only place that knows everyone; `app` makes them live.

Order of building: outbox, store, index, deliverer, hub subscriber, pipeline, poller, feed admin. Each is given all it
needs. Long because each part is named here once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlsplit

import structlog

from bot import __version__
from bot.admin.feed_admin import FeedAdmin
from bot.admin.lookout import Trouble
from bot.admin.own_watches import OwnWatches
from bot.chat.commands import COMMANDS
from bot.chat.commands.command import Context
from bot.delivery.subscriptions import Subscriptions
from bot.errors import QueryError, StoreUnwritable
from bot.feeds.article.extra import pages_note
from bot.feeds.article.extractor import ChildExtractor
from bot.feeds.article.pages import ArticleReader, ReadsPages
from bot.feeds.discover.finder import Finder
from bot.feeds.fetch.asking import Caps
from bot.feeds.fetch.http import HttpFetcher
from bot.feeds.fetch.shared import SharedAnswers
from bot.feeds.parse.child import ChildParser
from bot.feeds.parse.one_by_one import OneByOne
from bot.feeds.schedule.wait import PollBounds
from bot.feeds.websub.intake import Intake
from bot.feeds.websub.subscriber import Subscriber
from bot.model import Changes, Feed, MatchedItem, Watch
from bot.poll.decide import Rules
from bot.poll.feedlist import FeedList
from bot.poll.hubs import Hubs
from bot.poll.lineup import Lineup
from bot.poll.page_poller import PagePoller
from bot.poll.pipeline import Observer, Pipeline
from bot.poll.poller import Poller
from bot.ports import ItemStore, PageReader, Parser, Store
from bot.runtime.clocks import REAL_CLOCKS, Clocks
from bot.runtime.lag import BEAT
from bot.runtime.ticking import TICK
from bot.settings import Settings
from bot.watches.match.index import Index
from bot.web.callback import WebSubDoor
from bot.web.listener import Listener

HOST_SPACING = 2.0
"""Seconds between two requests to one host."""
REFILED_AT_ONCE = 20
"""Items that are matched anew in one go: some milliseconds."""
AGENT = "Newsvane"
USER_AGENT = f"{AGENT}/{__version__} (+https://github.com/newsvane/newsvane)"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How fast the clockwork runs, in seconds. The demo and the tests are in a hurry; publishers are not.

    `beat` is how often the loop's lag is measured. Where time is not the machine's, it is 0: never; `clocks` give the
    time; `parser` reads feeds and `extractor` pages in the place of child processes, which live in real time. `pages`
    stands for all that asks for pages and reads them.
    """

    tick: float = TICK
    beat: float = BEAT
    host_spacing: float = HOST_SPACING
    first_pause: float = 1.0  # before Telegram is asked again after a failure; doubled each time
    clocks: Clocks = REAL_CLOCKS
    parser: Parser | None = None
    extractor: ReadsPages | None = None
    pages: PageReader | None = None


UNHURRIED = Tempo()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The half of the bot that reads news: the feeds, the path of an item, who asks publishers, and hubs if there are.

    `warm_up` starts what reads feeds ahead of the first one.
    """

    feeds: FeedList
    pipeline: Pipeline
    pages: PageReader | None
    page_poller: PagePoller
    finder: Finder
    index: Index
    subscriber: Subscriber | None
    hubs: Hubs | None
    warm_up: Callable[[], Awaitable[None]]


def reading(
    settings: Settings,
    store: Store,
    tempo: Tempo,
    closing: AsyncExitStack,
    *,
    index: Index,
    on_queued: Callable[[], None],
    observers: Sequence[Observer] = (),
    with_hubs: bool = False,
) -> Reading:
    """Put together what reads news. `closing` ends what it has opened; `on_queued` is for whoever sends."""
    clocks = tempo.clocks
    feeds = FeedList(settings.feeds, store)
    fetcher = HttpFetcher(
        timeout=settings.fetch.timeout,
        allow_addresses=settings.fetch.allow_addresses,
        chats_may_reach=settings.fetch.chats_may_reach,
        ca_file=settings.fetch.ca_file,
        user_agent=USER_AGENT,
        spacing=tempo.host_spacing,
        clock=clocks.wall,
    )
    closing.push_async_callback(fetcher.close)
    shared = SharedAnswers(fetcher, poll=settings.poll, steady=clocks.steady)
    parser, warm_up = tempo.parser, _nothing
    if parser is None:
        parser = child = ChildParser(clock=clocks.wall)
        closing.push_async_callback(child.close)
        warm_up = child.start
    private_parser = OneByOne(parser)
    subscriber, hubs = None, None
    if with_hubs and settings.web.listen is not None and settings.websub.public_url:
        subscriber = Subscriber(
            feed_of=feeds.get, store=store, poster=fetcher, public_url=settings.websub.public_url, now=clocks.wall()
        )
        hubs = Hubs(subscriber, clocks.wall)
    pages, lineup = tempo.pages, Lineup(settings.fetch.pages_an_hour)
    if pages is None and not pages_note():
        extractor = tempo.extractor
        if extractor is None:
            extractor = reads = ChildExtractor()
            closing.push_async_callback(reads.close)
        pages = ArticleReader(
            fetcher=fetcher,
            extractor=extractor,
            agent=AGENT,
            steady=clocks.steady,
            may_ask=lambda host, of_chats: lineup.admit(host, clocks.steady(), of_chats=of_chats),
        )
    rules = Rules(
        match=index.match,
        could=index.could_match if pages is not None else None,
        watches=settings.watches,
        poll=settings.poll,
        operator=settings.telegram.owner,
        leases=subscriber is not None,
    )
    pipeline = Pipeline(
        fetcher=shared,
        parser=parser,
        private_parser=private_parser,
        store=store,
        feeds=feeds,
        rules=rules,
        clocks=clocks,
        on_queued=on_queued,
        on_wanted=lineup.add,
        observers=(*observers, *([hubs.polled] if hubs else ())),
    )
    page_poller = PagePoller(pages=pages, pipeline=pipeline, store=store, lineup=lineup, clocks=clocks)
    return Reading(
        feeds=feeds,
        pipeline=pipeline,
        pages=pages,
        page_poller=page_poller,
        finder=Finder(fetcher=shared, parser=private_parser),
        index=index,
        subscriber=subscriber,
        hubs=hubs,
        warm_up=warm_up,
    )


def feed_admin(
    read: Reading,
    store: Store,
    poll: PollBounds,
    clocks: Clocks,
    *,
    on_added: Callable[[Feed], None],
) -> FeedAdmin:
    """Put together who adds feeds. `on_added` is told of each feed that is to be polled from now on."""
    hubs = read.hubs

    def added(feed: Feed) -> None:
        on_added(feed)
        if hubs is not None:
            hubs.added(store.feed_state(feed.name))

    def removed(name: str) -> None:
        if hubs is not None:
            hubs.forget(name)

    return FeedAdmin(
        finder=read.finder,
        pipeline=read.pipeline,
        store=store,
        feeds=read.feeds,
        poll=poll,
        clocks=clocks,
        on_added=added,
        on_removed=removed,
    )


def own_watches(settings: Settings, store: Store, index: Index, clocks: Clocks) -> OwnWatches:
    """Put together who keeps chats' own watches."""
    names = [watch.name for watch in settings.watches]
    return OwnWatches(store=store, index=index, aliases=settings.aliases, taken=names, clock=clocks.wall)


def context_of(
    settings: Settings,
    store: Store,
    read: Reading,
    subscriptions: Subscriptions,
    admin: FeedAdmin,
    *,
    trouble: Callable[[], Trouble | None],
    clocks: Clocks,
) -> Context:
    """Put together what commands work with."""
    return Context(
        commands=COMMANDS,
        store=store,
        subscriptions=subscriptions,
        watches=settings.watches,
        feeds=read.feeds,
        admin=admin,
        own_watches=own_watches(settings, store, read.index, clocks),
        clock=clocks.wall,
        trouble=trouble,
        reads_pages=read.pages is not None,
        operator=settings.telegram.owner,
    )


def door(
    settings: Settings,
    read: Reading,
    poller: Poller,
    *,
    stalled: Callable[[], frozenset[str]],
    lag: Callable[[], str],
    state: Callable[[], tuple[bool, str]],
    clocks: Clocks,
) -> tuple[Listener | None, Intake]:
    """Put together where the bot listens, if it does, and what takes in what hubs push."""

    async def take(name: str, body: bytes, content_type: str) -> bool:
        feed = read.feeds.get(name)
        return feed is not None and await read.pipeline.push(feed, body, content_type) is not None

    def hint(name: str) -> None:
        if read.hubs is not None:
            read.hubs.hinted(name)
        poller.poll_soon(name)

    intake = Intake(take=take, poll_soon=hint, max_decoded=Caps().decoded)
    listen = settings.web.listen
    if listen is None:
        return None, intake
    websub: WebSubDoor | None = None
    if read.subscriber is not None:
        prefix = urlsplit(settings.websub.public_url).path
        websub = WebSubDoor(subscriber=read.subscriber, intake=intake, prefix=prefix, clock=clocks.wall)
    return Listener(listen.host, listen.port, stalled=stalled, lag=lag, state=state, websub=websub), intake


def nobody_sends() -> None:
    """Wake nobody: what is queued waits for a bot that sends."""


async def _nothing() -> None:
    """Warm up what needs no warming."""


def index_of(settings: Settings, own: Iterable[Watch] = ()) -> Index:
    """Index the watchlists of the config, and chats' own watches. One of these that cannot be read is left out."""
    index = Index()
    index.add_all(settings.watches, settings.aliases)
    for watch in own:
        try:
            index.add(watch, settings.aliases)
        except QueryError as error:
            log.warning("watch.unreadable", watch=watch.name, reason=str(error))
    return index


def refile(store: ItemStore, settings: Settings, index: Index) -> Iterator[int]:
    """Match the kept items anew if the watchlists are not those they were matched for.

    So /latest knows of a watchlist that was added a moment ago; alerts come of new items only. Each step takes a few
    items, and gives how many changed. What was not done when the bot stops is begun anew at its next start.
    """
    watchlists = repr((settings.watches, sorted(settings.aliases.items())))
    fingerprint = blake2b(watchlists.encode(), digest_size=16).hexdigest()
    cursor = None if store.filed_for() == fingerprint else 0
    while cursor is not None:
        entries, cursor = store.items_after(cursor, REFILED_AT_ONCE)
        filed = [MatchedItem(item=entry.item, matches=index.match(entry.item)) for entry in entries]
        other = tuple(now for now, entry in zip(filed, entries, strict=True) if now != entry)
        done = None if cursor is not None else fingerprint
        if other or done:
            store.commit(Changes(items=other, filed_for=done))
        yield len(other)


async def refile_beside(store: ItemStore, settings: Settings, index: Index) -> None:
    """Match the kept items anew beside all else, with others let in between."""
    try:
        for _ in refile(store, settings, index):
            await asyncio.sleep(0)
    except StoreUnwritable as error:
        log.warning("items.not-refiled", reason=str(error))  # the next start tries again
