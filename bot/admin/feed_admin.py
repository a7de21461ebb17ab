"""Adds feeds while the bot runs, and changes and removes them: on behalf of a chat, or of the bot's owner.

    address -> look (one request) -> Offer: title, newest items -> take -> first, silent poll of that body -> watched

What a chat adds is its own, whoever else has the same: under a title of its own, known by itself, told to it alone.
What the operator adds is for everybody.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from bot.admin.looks import Looks
from bot.admin.offers import Choice, Offer, Offers
from bot.errors import RequestRefused
from bot.feeds.address import typed_address
from bot.feeds.discover.finder import Finder, FoundFeed
from bot.feeds.discover.naming import feed_name
from bot.feeds.discover.opml import read_opml
from bot.feeds.schedule.wait import PollBounds, resumed
from bot.model import Changes, Feed, FeedState, own_name
from bot.model.bounds import FEEDS
from bot.poll.feedlist import FeedList
from bot.poll.pipeline import Pipeline
from bot.poll.validators import body_hash
from bot.poll.visibility import OPERATOR
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
        poll: PollBounds,
        clocks: Clocks,
        on_added: Callable[[Feed], None],
        on_removed: Callable[[str], None],
    ) -> None:
        self._finder = finder
        self._pipeline = pipeline
        self._store = store
        self._feeds = feeds
        self._poll = poll
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
        known = self._feeds.at(address, chat)
        if known is not None:
            return self._offers.add(chat, [Choice(title=known.title, url=known.url, known=known)])
        with self._looks.of(chat):
            found = await self._finder.look(text, _owners(chat))
        choices = [_choice_of(found.feed)] if found.feed else []
        choices += [Choice(title=each.title or each.url, url=each.url) for each in found.candidates]
        return self._offers.add(chat, choices)

    async def take(self, offer_id: str, number: int, chat: int) -> Feed:
        """Take a choice of an offer, counted from 0. Raises FeedError, RequestRefused."""
        offer = self._offers.get(offer_id, chat)
        if offer is None or not 0 <= number < len(offer.choices):
            raise RequestRefused("choice expired")
        choice = offer.choices[number]
        known = self._feeds.at(choice.url, chat)  # as it is now: it may have changed since it was offered
        if known is None:
            if choice.known is not None:
                raise RequestRefused("feed removed")
            if choice.found is None:
                with self._looks.of(chat):
                    choice = _choice_of(await self._finder.take(choice.candidate, _owners(chat)))
            known = self._feeds.at(choice.url, chat)  # somebody else in the chat may have been quicker
        feed = known or await self._add(choice, chat)
        self._offers.drop(offer_id, chat)  # not before: where the disk refused, the same button can be pressed again
        return feed

    def turn_down(self, offer_id: str, chat: int) -> None:
        """Forget an offer that nobody wants."""
        self._offers.drop(offer_id, chat)

    def remove(self, name: str, chat: int) -> Feed:
        """Give a feed up."""
        feed = self._own(name, chat)
        self._store.commit(Changes(removed_feeds=(feed.name,)))
        self._on_removed(feed.name)
        return feed

    def rename(self, name: str, title: str, chat: int) -> Feed:
        """Give a feed another title, which alerts show."""
        feed = self._own(name, chat)
        title = " ".join(title.split())
        if not title or len(title) > 100 or not title.isprintable():
            raise RequestRefused("bad title")
        renamed = replace(feed, title=title)
        self._store.commit(Changes(feeds=(renamed,)))
        return renamed

    def pause(self, name: str, chat: int) -> Feed:
        """Stop polling a feed until it is resumed."""
        feed = self._known(name, chat) if chat == OPERATOR else self._own(name, chat)
        self._save(replace(self._store.feed_state(feed.name), paused=True))
        return feed

    def resume(self, name: str, chat: int) -> Feed:
        """Poll a paused feed again, also one that has failed for long: as soon as its publisher lets it."""
        feed = self._known(name, chat) if chat == OPERATOR else self._own(name, chat)
        state = self._store.feed_state(feed.name)
        schedule = resumed(state.schedule, poll=self._poll, now=self._now())
        self._save(replace(state, paused=False, schedule=schedule))
        self._on_added(feed)
        return feed

    async def bring_in(self, opml: bytes, chat: int) -> Import:
        """Add all feeds of an OPML list, unseen: each is polled in its turn, and its first poll is silent.

        Raises OpmlUnreadable; RequestRefused if there are more than the chat may have.
        """
        listed = await asyncio.to_thread(read_opml, opml)  # a list made to be slow takes a second
        wanted: dict[str, Feed] = {}
        labels = self._feeds.labels(chat)
        watched = {feed.url for feed in self._feeds if not feed.chats or chat in feed.chats}
        already = 0
        for outline in listed.feeds:
            url = outline.url
            if url in wanted or url in watched:
                already += 1
                continue
            feed = _feed(outline.title, url, chat, labels)
            labels.add(feed.label)
            wanted[url] = replace(feed, title=(outline.title or feed.label)[:100])
        self._check_quota(chat, more=len(wanted))
        added = tuple(wanted.values())
        self._store.commit(Changes(feeds=added))
        for feed in added:
            self._on_added(feed)
        return Import(added=added, already=already, complaints=listed.complaints)

    async def _add(self, choice: Choice, chat: int) -> Feed:
        self._check_quota(chat)
        assert choice.found is not None  # it was fetched, or is now
        feed = _feed(choice.title, choice.url, chat, self._feeds.labels(chat))
        self._store.commit(Changes(feeds=(feed,)))
        try:
            await self._pipeline.first_poll(feed, choice.found.fetched, choice.found.parsed, choice.body_hash)
        finally:  # it is there all the same; then its next poll is its first
            if self._feeds.get(feed.name) is not None:
                self._on_added(feed)
        return feed

    def _save(self, state: FeedState) -> None:
        self._store.commit(Changes(states=(state,)))

    def _known(self, name: str, chat: int) -> Feed:
        feed = self._feeds.find(name, chat)
        if feed is None:
            raise RequestRefused("no feed", name=name[:64])
        return feed

    def _own(self, name: str, chat: int) -> Feed:
        feed = self._known(name, chat)
        if not feed.added:
            raise RequestRefused("feed of the config", name=feed.label)
        if chat != OPERATOR and chat not in feed.chats:
            raise RequestRefused("feed of all", name=feed.label)
        return feed

    def _check_quota(self, chat: int, more: int = 1) -> None:
        has = len(self._feeds.of(chat))
        if chat != OPERATOR and has + more > FEEDS:
            raise RequestRefused("too many feeds", quota=FEEDS, has=has)


def _owners(chat: int) -> tuple[int, ...]:
    """Return the chats that a feed belongs to that a chat adds; none if it is for everybody."""
    return (chat,) if chat != OPERATOR else ()


def _feed(title: str, url: str, chat: int, labels: Collection[str]) -> Feed:
    """Return a feed that a chat adds, under a label that it does not have yet."""
    label = feed_name(title, url, labels)
    name = label if chat == OPERATOR else own_name(label, chat)
    return Feed(name=name, title=title, url=url, added=True, chats=_owners(chat))


def _choice_of(found: FoundFeed) -> Choice:
    return Choice(
        title=found.title,
        url=found.url,
        newest=tuple(
            replace(entry, summary="", body="", paragraphs=(), named_by="") for entry in found.parsed.entries[:NEWEST]
        ),
        found=replace(found, fetched=replace(found.fetched, body=b"")),
        body_hash=body_hash(found.fetched),
    )
