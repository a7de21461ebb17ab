"""The half of the bot that reads news, put together: for the service, and for commands that do without Telegram."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import blake2b

from bot import __version__
from bot.curator import Curator
from bot.feeds.cadence.wait import PollSettings
from bot.feeds.feedlist import FeedList
from bot.feeds.fetch.http import HttpFetcher
from bot.feeds.find.finder import Finder
from bot.feeds.parse.child import ChildParser
from bot.model import MatchedItem
from bot.pipeline import Pipeline
from bot.ports import REAL_CLOCKS, Clocks, Parser, PollStore, Store
from bot.reach import Reach
from bot.schedule import TICK
from bot.settings import Settings
from bot.watches.index import Index

HOST_SPACING = 2.0
"""Seconds between two requests to one host."""
USER_AGENT = f"Newsvane/{__version__} (+https://github.com/newsvane/newsvane)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How fast the house's clockwork runs, in seconds. The demo and the tests are in a hurry; publishers are not.

    In trials whose time is not the machine's, `clocks` give it, and `parser` reads feeds in the place of the child
    process, which lives in real time.
    """

    tick: float = TICK
    host_spacing: float = HOST_SPACING
    first_pause: float = 1.0  # before Telegram is asked again after a failure; doubled each time
    clocks: Clocks = REAL_CLOCKS
    parser: Parser | None = None


UNHURRIED = Tempo()


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsroom:
    """The feeds, the path of an item, who adds feeds, and who asks publishers.

    `warm_up` starts what reads feeds ahead of the first one.
    """

    feeds: FeedList
    pipeline: Pipeline
    curator: Curator
    fetcher: HttpFetcher
    poll: PollSettings
    warm_up: Callable[[], Awaitable[None]]

    @classmethod
    def assemble(cls, settings: Settings, store: Store, tempo: Tempo, closing: AsyncExitStack) -> "Newsroom":
        """Put it together. `closing` ends what it has opened."""
        clocks = tempo.clocks
        feeds = FeedList(settings.feeds, store)
        fetcher = HttpFetcher(
            timeout=settings.fetch.timeout,
            allow_addresses=settings.fetch.allow_addresses,
            ca_file=settings.fetch.ca_file,
            user_agent=USER_AGENT,
            spacing=tempo.host_spacing,
            clock=clocks.wall,
        )
        closing.push_async_callback(fetcher.close)
        parser, warm_up = tempo.parser, _nothing
        if parser is None:
            parser = child = ChildParser(clock=clocks.wall)
            closing.push_async_callback(child.close)
            warm_up = child.start
        index = index_of(settings)
        refile(store, index, repr((settings.watches, sorted(settings.aliases.items()))))
        bounds = settings.poll
        poll = PollSettings(
            interval=bounds.interval, min_interval=bounds.min_interval, max_interval=bounds.max_interval
        )
        pipeline = Pipeline(
            fetcher=fetcher,
            parser=parser,
            store=store,
            index=index,
            poll=poll,
            clocks=clocks,
            reach=Reach(store, feeds, settings.watches, operator=settings.telegram.owner),
        )
        finder = Finder(fetcher=fetcher, parser=parser)
        curator = Curator(finder=finder, pipeline=pipeline, store=store, feeds=feeds, clocks=clocks)
        return cls(feeds=feeds, pipeline=pipeline, curator=curator, fetcher=fetcher, poll=poll, warm_up=warm_up)


async def _nothing() -> None:
    """Warm up what needs no warming."""


def index_of(settings: Settings) -> Index:
    """Index the watchlists of the config."""
    index = Index()
    index.add_all(settings.watches, settings.aliases)
    return index


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
