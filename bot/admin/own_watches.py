"""Watches that chats have of their own: tried on the kept items first, then kept, renamed, given up.

words -> Trial on the kept items, in slices -> WatchOffer, until it is taken -> Watch: committed, then in the index
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.errors import QueryError, RequestRefused
from bot.model import Changes, Chat, MatchedItem, Scope, Watch, own_name, owner_of
from bot.model.bounds import ITEMS_DAYS, OFFER_SECONDS, TRIALS, WATCH_OFFERS, WATCHES
from bot.ports import OwnWatchStore
from bot.runtime.clocks import Clock
from bot.runtime.rounds import PIECE, Rounds
from bot.watches.corpus import ItemList, SlicedCorpus
from bot.watches.echo import examples, reading, wider_queries
from bot.watches.match.index import Index
from bot.watches.parser import parse
from bot.watches.relatives.gains import Relative, gain_of, in_turn, relative_of
from bot.watches.tree import Query

COUNTED, RELATIVES = 12, 3
"""Relatives of a query's words that are counted in a trial, and how many of them are offered."""
SHOWN = 3
"""Items that are shown of a trial."""
DRAWN = 5_000
"""Items of a trial whose days are drawn; of what fires more often the newest."""
LONGEST_TITLE = 60
_DAY = 86_400.0
_LABEL, _LABEL_BYTES = 24, 48
"""Characters and bytes of a label before its number: Telegram takes 64 bytes of a button, "unwatch " among them."""
_OPERATORS = frozenset({"and", "or", "not", "near"})
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a query would have found among the kept items: how many of how many, of how many days, and on which.

    `per_day` counts the oldest day first; its last day is today. `wider` is a query that finds something where this
    one finds nothing, empty if there is none, and `wider_count` how often it does. `relatives` are words beside its own
    with which it would find more, those that find most first.
    """

    query: str
    said: str
    fired: int
    items: int
    per_day: tuple[int, ...]
    examples: tuple[MatchedItem, ...]
    wider: str = ""
    wider_count: int = 0
    relatives: tuple[Relative, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOffer:
    """A query that a chat may keep as a watch, and others that it may try, until then (Unix seconds)."""

    id: str
    chat: int
    query: str
    others: tuple[str, ...]
    until: float


class OwnWatches:
    """Keeps chats' own watches in the store and in the index. Raises RequestRefused, QueryError and StoreUnwritable."""

    def __init__(
        self, *, store: OwnWatchStore, index: Index, aliases: Mapping[str, str], taken: Sequence[str], clock: Clock
    ) -> None:
        """Take what there is to watch with; `taken` are the names of the watchlists of the config."""
        self._store = store
        self._index = index
        self._aliases = aliases
        self._taken = frozenset(taken)
        self._clock = clock
        self._trying: set[int] = set()
        self._offers: dict[int, WatchOffer] = {}  # by chat, the oldest first
        self._rounds = Rounds(rest=PIECE)

    def of(self, chat: int) -> list[Watch]:
        """Return the watches that a chat has of its own, in the order in which they were made."""
        return [watch for watch in self._store.own_watches().values() if watch.chat == chat]

    async def tried(self, query: str, chat: int, own_feeds: Sequence[str], scope: Scope = "about") -> Trial:
        """Try a query on the items of everybody's feeds and of these own ones. Raises QueryError.

        On headlines and summaries: which sentences of an article are kept follows from what others watch, and who
        tries words must not learn that somebody has a watch for them.

        One at a time for a chat, and so many at all: each takes some tenths of a second of everybody's.
        """
        if chat in self._trying:
            raise RequestRefused("trying")
        if len(self._trying) >= TRIALS:
            raise RequestRefused("too many trials")
        self._trying.add(chat)
        try:
            return await self._tried(query, own_feeds, scope)
        finally:
            self._trying.discard(chat)

    async def _tried(self, query: str, own_feeds: Sequence[str], scope: Scope) -> Trial:
        read = parse(query, self._aliases)
        corpus = self._store.archive(own_feeds)
        times = await self._answer(corpus.dating(read.node, DRAWN, scope))
        fired = len(times) if len(times) < DRAWN else await self._answer(corpus.counting(read.node, scope))
        found = await self._answer(corpus.seeking(read.node, SHOWN, scope)) if fired else []
        text, count = ("", 0) if fired else await self._wider(read, corpus, scope)
        now = self._clock()
        return Trial(
            query=query,
            said=reading(read),
            fired=fired,
            items=corpus.size(),
            per_day=_per_day(times, corpus.span()[0], now),
            examples=examples(Watch(name="tried", title="", query=query), found, self._aliases),
            wider=text,
            wider_count=count,
            relatives=await self._relatives(read, corpus, scope),
        )

    async def _relatives(self, query: Query, corpus: SlicedCorpus, scope: Scope) -> tuple[Relative, ...]:
        """Count what relatives of a query's words would find more: those that are known without a look at the news."""
        found = []
        for candidate in in_turn(query, ItemList([]), self._aliases)[:COUNTED]:
            more = await self._answer(corpus.counting(gain_of(query.node, candidate), scope))
            relative = relative_of(query.node, candidate, more, self._aliases) if more else None
            if relative is not None:
                found.append(relative)
        return tuple(sorted(found, key=lambda each: -each.more)[:RELATIVES])

    async def _wider(self, query: Query, corpus: SlicedCorpus, scope: Scope) -> tuple[str, int]:
        """Return the least wide query that fires, and how often; nothing if none does."""
        for wide in wider_queries(query, self._aliases):
            if count := await self._answer(corpus.counting(wide.node, scope)):
                return wide.text, count
        return "", 0

    async def _answer(self, steps: Iterator[_T | None]) -> _T:
        """Take steps of some milliseconds each, with others let in between, and return what the last one gives."""
        *_, last = await self._rounds.all_of(steps)
        return last

    def offer(self, chat: int, query: str, others: Sequence[str] = ()) -> WatchOffer:
        """Let a chat keep a query, or try another, in place of what it was offered before."""
        now = self._clock()
        self._offers.pop(chat, None)
        while self._offers and (len(self._offers) >= WATCH_OFFERS or self._oldest().until < now):
            del self._offers[self._oldest().chat]
        offer = WatchOffer(
            id=secrets.token_hex(4), chat=chat, query=query, others=tuple(others), until=now + OFFER_SECONDS
        )
        self._offers[chat] = offer
        return offer

    def offered(self, offer: str, chat: int) -> WatchOffer:
        """Return an offer that a chat may still take. Raises RequestRefused."""
        found = self._offers.get(chat)
        if found is None or found.id != offer or found.until < self._clock():
            raise RequestRefused("watch offer expired")
        return found

    def keep(self, chat: Chat, offer: str, scope: Scope) -> Watch:
        """Keep what was offered as a watch of a chat, which is told of it from now on."""
        query = self.offered(offer, chat.id).query
        parse(query, self._aliases)  # for what is wrong only others are offered, but a press may be forged
        own = self.of(chat.id)
        if len(own) >= WATCHES:
            raise RequestRefused("too many watches", quota=WATCHES)
        label = _label(query, {watch.label for watch in own} | self._taken)
        watch = Watch(name=own_name(label, chat.id), title=_title(query), query=query, scope=scope, chat=chat.id)
        known = self._store.chat(chat.id)
        has, formerly = (known.watches, known.formerly) if known else ((), ())
        chat = replace(chat, suspended="", watches=(*has, watch.name), formerly=formerly)
        self._store.commit(Changes(watches=(watch,), chats=(chat,)))
        self._index.add(watch, self._aliases)
        del self._offers[chat.id]
        return watch

    def rename(self, chat: int, label: str, title: str) -> Watch:
        """Call a watch of a chat otherwise in its alerts."""
        watch = next((each for each in self.of(chat) if each.label == label), None)
        if watch is None:
            raise RequestRefused("no watch", name=label)
        if not title.strip() or len(title) > LONGEST_TITLE or not title.isprintable():
            raise RequestRefused("bad watch title", most=LONGEST_TITLE)
        watch = replace(watch, title=title.strip())
        self._store.commit(Changes(watches=(watch,)))
        if self.reads(watch):
            self._index.add(watch, self._aliases)
        return watch

    def reads(self, watch: Watch) -> bool:
        """Return whether a watch can still be read: an alias that it names may have gone from the config."""
        try:
            parse(watch.query, self._aliases)
        except QueryError:
            return False
        return True

    def forget(self, names: Sequence[str]) -> None:
        """Look no longer for chats' own watches among these, which were given up and the store has forgotten."""
        for name in names:
            if owner_of(name):
                self._index.remove(name)

    def turn_down(self, offer: str, chat: int) -> None:
        """Forget an offer."""
        if self.offered(offer, chat):
            del self._offers[chat]

    def _oldest(self) -> WatchOffer:
        return next(iter(self._offers.values()))


def _per_day(times: Sequence[float], first: float, now: float) -> tuple[int, ...]:
    """Count items by the day on which they came, for as many days as there are items of."""
    days = min(int(max(now - first, 0.0) / _DAY) + 1, int(ITEMS_DAYS)) if first else 0
    counts = [0] * days
    for time in times:
        ago = int((now - time) / _DAY)
        if 0 <= ago < days:
            counts[days - 1 - ago] += 1
    return tuple(counts)


def _label(query: str, taken: set[str]) -> str:
    """Return a short name for a watch, of the first words of its query: "turkish-planes"."""
    words = "".join(letter if letter.isalnum() else " " for letter in query.casefold()).split()
    label = ""
    for word in [word for word in words if word not in _OPERATORS]:
        longer = f"{label}-{word}" if label else _cut(word)
        if longer != _cut(longer):
            break
        label = longer
    label = label or "watch"
    number, free = 1, label
    while free in taken:
        number += 1
        free = f"{label}-{number}"
    return free


def _cut(word: str) -> str:
    return word[:_LABEL].encode()[:_LABEL_BYTES].decode(errors="ignore")


def _title(query: str) -> str:
    line = " ".join(query.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"
