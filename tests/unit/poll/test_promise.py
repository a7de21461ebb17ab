"""One person, one item, one message, and none lost: random feeds, owners, watches, restarts beside a simple model."""

import tempfile
from dataclasses import replace
from pathlib import Path

from examples import NOW, a_match, an_item
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from memory import Memory, feed_named

from bot.model import Changes, Chat, MatchedItem

WORDS = {"idlib": "Idlib", "s-400": "S-400"}
CHATS = (1, 2, 3)
PUBLIC, OWN = ("times", "wire"), ("blog", "diary")
SHOWN = 3

feeds = st.sampled_from(PUBLIC + OWN)
chats = st.sampled_from(CHATS)
watches = st.sampled_from(tuple(WORDS))
articles = st.integers(0, 2)
texts = st.frozensets(watches)


def names_of(feed: str, article: int) -> tuple[str, ...]:
    """What a feed calls an article: some by a number and an address, some by the address alone."""
    address = f"url:news.example/{article}"
    return (f"id:{article}", address) if feed in {"times", "blog"} else (address,)


class Promise(RuleBasedStateMachine):
    """What the bot remembers and tells, beside a model that knows all at once."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="newsvane-promise-")
        self.memory = Memory(Path(self.folder.name))
        self.now, self.version = NOW, 0
        self.owners: dict[str, set[int]] = {"blog": {1}, "diary": {2, 3}}
        self.memory.commit(Changes(feeds=tuple(feed_named(name, self.chats_of(name)) for name in OWN)))
        self.window: dict[str, dict[int, tuple[str, frozenset[str]]]] = {name: {} for name in PUBLIC + OWN}
        self.subscribed: dict[int, set[str]] = {chat: set() for chat in CHATS}
        self.met: dict[str, dict[int, set[str]]] = {}
        self.told: dict[int, list[int]] = {chat: [] for chat in CHATS}

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.memory.close()
        self.folder.cleanup()

    def chats_of(self, feed: str) -> tuple[int, ...]:
        """Whose a feed is; empty if it is everybody's."""
        return tuple(sorted(self.owners.get(feed, ())))

    @initialize(taken=st.tuples(texts, texts, texts), primed=st.frozensets(feeds))
    def begin(self, taken: tuple[frozenset[str], ...], primed: frozenset[str]) -> None:
        """Chats have taken watches, and some feeds have had their first poll."""
        for chat, names in zip(CHATS, taken, strict=True):
            for watch in sorted(names):
                self.subscribe(chat, watch)
        for feed in sorted(primed):
            self.poll(feed)

    @rule(chat=chats, watch=watches)
    def subscribe(self, chat: int, watch: str) -> None:
        """A chat takes a watch."""
        self.memory.subscribe(Chat(id=chat), [watch])
        self.subscribed[chat].add(watch)

    @rule(chat=chats, watch=watches)
    def unsubscribe(self, chat: int, watch: str) -> None:
        """A chat gives a watch back; what waits is sent first, for this is not about what waits."""
        self.deliver()
        self.memory.unsubscribe(chat, [watch])
        self.subscribed[chat].discard(watch)

    @rule(feed=feeds, article=articles, words=texts)
    def publish(self, feed: str, article: int, words: frozenset[str]) -> None:
        """A feed shows an article, or shows it in other words."""
        self.version += 1
        title = f"Version {self.version}: {' and '.join(WORDS[word] for word in sorted(words))}"
        self.window[feed].pop(article, None)
        self.window[feed] = dict([(article, (title, words)), *self.window[feed].items()][:SHOWN])

    @rule(feed=feeds, article=articles, words=texts)
    def bring(self, feed: str, article: int, words: frozenset[str]) -> None:
        """A feed shows an article and is polled."""
        self.publish(feed, article, words)
        self.poll(feed)

    @rule(feed=st.sampled_from(OWN), chat=chats)
    def share(self, feed: str, chat: int) -> None:
        """A chat adds a feed that others have."""
        if self.owners.get(feed):
            self.owners[feed].add(chat)
            self.memory.commit(Changes(feeds=(feed_named(feed, self.chats_of(feed)),)))

    @rule(feed=st.sampled_from(OWN))
    def open_to_all(self, feed: str) -> None:
        """The operator adds a feed that chats have."""
        self.owners[feed] = set()
        self.memory.commit(Changes(feeds=(replace(feed_named(feed), added=True),)))

    @rule()
    def restart(self) -> None:
        """The process ends and begins again."""
        self.memory.close()
        self.memory = Memory(Path(self.folder.name))

    @rule(feed=feeds)
    def poll(self, feed: str) -> None:
        """A feed is polled: what is told is what the model says, and nothing else."""
        self.now += 60.0
        arrivals = []
        for article, (title, words) in self.window[feed].items():
            item = an_item(
                feed=feed, keys=names_of(feed, article), title=title, link=f"https://news.example/{article}",
                published=None, seen=self.now,
            )  # fmt: skip
            matches = tuple(a_match(item, word, WORDS[word]) for word in sorted(words))
            arrivals.append(MatchedItem(item=item, matches=matches))
        outcome = self.memory.poll(*arrivals, feed=feed_named(feed, self.chats_of(feed)), at=self.now, primed=False)
        article_of = {names_of(feed, article)[0]: article for article in self.window[feed]}
        told = {(row.chat, article_of[row.item]) for row in outcome.deliveries}
        assert told == self.expected(feed)
        for chat, article in told:
            self.told[chat].append(article)

    def expected(self, feed: str) -> set[tuple[int, int]]:
        """Whom the model tells of what, and what it knows afterwards."""
        first = feed not in self.met
        known = self.met.setdefault(feed, {})
        told = set()
        for article, (_, words) in self.window[feed].items():
            newly = words - known.get(article, set())
            known.setdefault(article, set()).update(words)
            if first:
                continue
            for chat in CHATS:
                sees = not self.owners.get(feed) or chat in self.owners[feed]
                if sees and self.subscribed[chat] & newly and article not in self.told[chat]:
                    told.add((chat, article))
        return told

    def deliver(self) -> None:
        """Everything that waits is sent."""
        rows = self.memory.deliveries()
        self.memory.commit(Changes(deliveries=tuple(replace(row, state="sent", settled=self.now) for row in rows)))

    @invariant()
    def nobody_is_told_twice(self) -> None:
        """One person, one article, one message."""
        assert all(len(told) == len(set(told)) for told in self.told.values())


TestPromise = Promise.TestCase
TestPromise.settings = settings(max_examples=60, stateful_step_count=30)
