"""Adds feeds while the bot runs, and changes and removes them: on behalf of a chat, or of the bot's owner.

    address -> look (one request) -> Offer: title, newest items -> take -> first, silent poll of that body -> watched

What a chat adds is its own: it alone is told of it. What the operator adds is for everybody. A feed that is watched
already is asked nothing more, and serves all who want it.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.admin.looks import Looks
from bot.admin.offers import Choice, Offer, Offers
from bot.errors import RequestRefused
from bot.feeds.address import host_of, typed_address
from bot.feeds.discover.finder import Finder, FoundFeed
from bot.feeds.discover.naming import feed_name
from bot.feeds.discover.opml import read_opml
from bot.model import Changes, Feed, FeedState
from bot.model.bounds import FEEDS
from bot.poll.feedlist import FeedList
from bot.poll.pipeline import Pipeline
from bot.poll.validators import body_hash
from bot.poll.visibility import OPERATOR, visibility_of
from bot.ports import FeedStore
from bot.runtime.clocks import Clocks

NEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What came of a list: the feeds that were added, how many were there already, and what could not be used."""

    added: tuple[Feed, ...]
    already: int
    complaints: tuple[str, ...]


class FeedAdmin:
    """Looks after the list of feeds.

    `on_added` is told of each feed that is to be polled from now on, `on_removed` the name of each that is gone.
    Whatever is not possible raises RequestRefused or FeedError, whose message is for whoever asked; then nothing has
    changed.
    """

    def __init__(
        self,
        *,
        finder: Finder,
        pipeline: Pipeline,
        store: FeedStore,
        feeds: FeedList,
        clocks: Clocks,
        on_added: Callable[[Feed], None],
        on_removed: Callable[[str], None],
    ) -> None:
        self._finder = finder
        self._pipeline = pipeline
        self._store = store
        self._feeds = feeds
        self._now = clocks.wall
        self._offers = Offers(clocks.wall)
        self._looks = Looks()
        self._on_added = on_added
        self._on_removed = on_removed

    def look_refused(self, chat: int) -> str:
        """Return why a chat's address cannot be looked at now, as a key of `en.REFUSALS`; empty if it can."""
        return self._looks.refusal(chat)

    async def look(self, text: str, chat: int) -> Offer:
        """Look at an address as somebody typed it. Raises FeedError, RequestRefused."""
        self._check_quota(chat)
        address = typed_address(text)
        known = self._feeds.at(address)
        if known is not None:
            # That others watch it, and how they call it, is theirs.
            title = known.title if visibility_of(known).allows(chat) else host_of(known.url)
            return self._offers.add(chat, [Choice(title=title, url=known.url, known=known)])
        with self._looks.of(chat):
            found = await self._finder.look(text, _owners(chat))
        choices = [_choice_of(found.feed)] if found.feed else []
        choices += [Choice(title=each.title or each.url, url=each.url, candidate=each) for each in found.candidates]
        return self._offers.add(chat, choices)

    async def take(self, offer_id: str, number: int, chat: int) -> Feed:
        """Take a choice of an offer, counted from 0. Raises FeedError, RequestRefused."""
        offer = self._offers.get(offer_id, chat)
        if offer is None or not 0 <= number < len(offer.choices):
            raise RequestRefused("choice expired")
        choice = offer.choices[number]
        known = self._feeds.at(choice.url)  # as it is now: others may have changed it since it was offered
        if known is None:
            if choice.known is not None:
                raise RequestRefused("feed removed")
            if choice.candidate is not None:
                with self._looks.of(chat):
                    choice = _choice_of(await self._finder.take(choice.candidate, _owners(chat)))
            known = self._feeds.at(choice.url)  # somebody else may have been quicker
        feed = await self._add(choice, chat) if known is None else self._share(known, chat)
        self._offers.drop(offer_id, chat)  # not before: where the disk refused, the same button can be pressed again
        return feed

    def turn_down(self, offer_id: str, chat: int) -> None:
        """Forget an offer that nobody wants."""
        self._offers.drop(offer_id, chat)

    def remove(self, name: str, chat: int) -> Feed:
        """Return a feed up. What others share stays with them."""
        feed = self._own(name, chat)
        others = tuple(other for other in feed.chats if other != chat)
        if chat != OPERATOR and others:
            self._store.commit(Changes(feeds=(replace(feed, chats=others),)))
        else:
            self._store.commit(Changes(removed_feeds=(feed.name,)))
            self._on_removed(feed.name)
        return feed

    def rename(self, name: str, title: str, chat: int) -> Feed:
        """Return a feed another title, which alerts show."""
        feed = self._sole(name, chat)
        title = " ".join(title.split())
        if not title or len(title) > 100 or not title.isprintable():
            raise RequestRefused("bad title")
        renamed = replace(feed, title=title)
        self._store.commit(Changes(feeds=(renamed,)))
        return renamed

    def pause(self, name: str, chat: int) -> Feed:
        """Stop polling a feed until it is resumed."""
        feed = self._known(name, chat) if chat == OPERATOR else self._sole(name, chat)
        self._save(replace(self._store.feed_state(feed.name), paused=True))
        return feed

    def resume(self, name: str, chat: int) -> Feed:
        """Poll a paused feed again, also one that is gone or has failed for long: it is asked at once.

        Whoever has it may: that hurts nobody who shares it.
        """
        feed = self._known(name, chat) if chat == OPERATOR else self._own(name, chat)
        state = self._store.feed_state(feed.name)
        self._save(replace(state, paused=False, schedule=replace(state.schedule, next_poll=0.0)))
        self._on_added(feed)
        return feed

    async def bring_in(self, opml: bytes, chat: int) -> Import:
        """Add all feeds of an OPML list, unseen: each is polled in its turn, and its first poll is silent.

        Raises OpmlUnreadable; RequestRefused if there are more than the chat may have.
        """
        listed = await asyncio.to_thread(read_opml, opml)  # a list made to be slow takes a second
        wanted: dict[str, Feed] = {}
        taken = {feed.name for feed in self._feeds}
        watched = {feed.url: feed for feed in self._feeds}
        already = 0
        for outline in listed.feeds:
            url = outline.url
            if url in wanted or (url in watched and not watched[url].chats):
                already += 1
                continue
            name = feed_name(outline.title, url, taken)
            taken.add(name)
            wanted[url] = Feed(name=name, title=(outline.title or name)[:100], url=url, added=True, chats=_owners(chat))
        self._check_quota(chat, more=len(wanted))
        added = [feed for feed in wanted.values() if feed.url not in watched]
        self._store.commit(Changes(feeds=tuple(added)))
        for feed in added:
            self._on_added(feed)
        shared = [self._share(watched[url], chat) for url in wanted if url in watched]
        return Import(added=(*added, *shared), already=already, complaints=listed.complaints)

    async def _add(self, choice: Choice, chat: int) -> Feed:
        self._check_quota(chat)
        assert choice.found is not None  # it was fetched, or is now
        name = feed_name(choice.title, choice.url, {feed.name for feed in self._feeds})
        feed = Feed(name=name, title=choice.title, url=choice.url, added=True, chats=_owners(chat))
        self._store.commit(Changes(feeds=(feed,)))
        try:
            await self._pipeline.first_poll(feed, choice.found.fetched, choice.found.parsed, choice.body_hash)
        finally:  # it is there all the same; then its next poll is its first
            if self._feeds.get(feed.name) is not None:
                self._on_added(feed)
        return feed

    def _save(self, state: FeedState) -> None:
        self._store.commit(Changes(states=(state,)))

    def _share(self, feed: Feed, chat: int) -> Feed:
        """Let a chat, or everybody, have a feed that is watched already."""
        if not feed.chats or chat in feed.chats:
            return feed
        if chat != OPERATOR:
            self._check_quota(chat)
        shared = replace(feed, chats=(*feed.chats, chat) if chat != OPERATOR else ())
        self._store.commit(Changes(feeds=(shared,)))
        if self._store.feed_state(shared.name).paused:  # by who had it alone; whoever comes in wants its news
            self.resume(shared.name, OPERATOR)
        return shared

    def _known(self, name: str, chat: int) -> Feed:
        feed = self._feeds.get(name)
        if feed is None or not visibility_of(feed).allows(chat):
            raise RequestRefused("no feed", name=name[:64])
        return feed

    def _own(self, name: str, chat: int) -> Feed:
        feed = self._known(name, chat)
        if not feed.added:
            raise RequestRefused("feed of the config", name=feed.name)
        if chat != OPERATOR and chat not in feed.chats:
            raise RequestRefused("feed of all", name=feed.name)
        return feed

    def _sole(self, name: str, chat: int) -> Feed:
        feed = self._own(name, chat)
        if chat != OPERATOR and len(feed.chats) > 1:
            raise RequestRefused("feed of others", name=feed.name)
        return feed

    def _check_quota(self, chat: int, more: int = 1) -> None:
        has = len(self._feeds.of(chat))
        if chat != OPERATOR and has + more > FEEDS:
            raise RequestRefused("too many feeds", quota=FEEDS, has=has)


def _owners(chat: int) -> tuple[int, ...]:
    """Return the chats that a feed belongs to that a chat adds; none if it is for everybody."""
    return (chat,) if chat != OPERATOR else ()


def _choice_of(found: FoundFeed) -> Choice:
    return Choice(
        title=found.title,
        url=found.url,
        newest=found.parsed.entries[:NEWEST],
        found=replace(found, fetched=replace(found.fetched, body=b"")),
        body_hash=body_hash(found.fetched),
    )


def give_way(feeds: FeedList, store: FeedStore) -> Sequence[tuple[str, str]]:
    """Rename added feeds whose name the config has taken for another address. Returns (old, new) of each.

    They begin anew under it, with a silent poll.
    """
    taken = {feed.name for feed in feeds} | set(store.added_feeds())
    renamed: list[tuple[str, str]] = []
    for feed in list(store.added_feeds().values()):
        holder = feeds.get(feed.name)
        if holder is None or holder.added or feeds.at(feed.url) is not None:
            continue
        name = feed_name(feed.title, feed.url, taken)
        taken.add(name)
        store.commit(Changes(feeds=(replace(feed, name=name),), removed_feeds=(feed.name,)))
        renamed.append((feed.name, name))
    return renamed
