"""The archive finds what matching each kept item finds, whatever was kept, changed, forgotten, filed or cut off."""

import json
import random
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import pytest
from examples import NOW
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from memory import Memory, feed_named
from pairs import ALIASES, VOCABULARY, random_item, random_query, terms

from bot.errors import QueryError
from bot.model import Changes, FeedState, Item, MatchedItem, Retention
from bot.store.backup import findings
from bot.store.storage import dumped
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.parser import parse

OWN = feed_named("mine@7", (7,))
WORDS = [
    *VOCABULARY,
    *"""
    US us U.S. UN un Un NATO Nato May may Mays Shell shell shells shelling Shelling shelled Russia russia Russian Boeing
    boeing ceasefire cease-fire cease fire Kiev Kyiv organise organizing e-mail email S-300/400 Deir ez-Zor Deirezzor
    S-300s -400s went going Ankara. Then В/С a\x00b
    """.split(),  # noqa: SIM905  # words without quotes and commas are easier to read
]
TERMS = [
    *terms(),
    *"""
    US UN U.N. NATO Nato May Shell shell Shelling Russia Russian Boeing ceasefire Kyiv organise e-mail go Shel* =US
    S-300 ~Russia Rus* Goi*
    """.split(),  # noqa: SIM905
    *('"cease fire"', '"Deir ez-Zor"', '"US army"', '"May ceasefire"~2'),
]
STATIC = [
    "Russia", "May", "US", "Shell", "Boeing", "ceasefire", "Russia -Shell", "US AND May", "Russia NEAR/3 (US, May)",
    '"US Shell"', "US, UN, May", "title:Russia", "source:daily", "url:jet", "Shel*", "(Shell, May) AND jet -US",
    "source:dail* AND jet", "Russia -title:May", "title:(Russia -May)", "S-400 NEAR/5 jet", '"e-mail"~3, Kyiv',
]  # fmt: skip


def an_item(rnd: random.Random, number: int, feed: str = "daily") -> Item:
    """An item of random words, now and then a very long one."""
    text = " ".join(rnd.choices(WORDS, k=rnd.randint(0, 12)))
    item = random_item(rnd, number, short=True)
    title = f"{item.title} {text}" if rnd.random() < 0.7 else text
    body = "jet Russia " * 500 if rnd.random() < 0.02 else item.body
    return replace(item, keys=(f"k{number}",), feed=feed, title=title, body=body, seen=NOW + number, published=None)


def a_query(rnd: random.Random) -> str:
    """A query of random terms."""
    if rnd.random() < 0.4:
        return random_query(rnd)
    one, two, three = rnd.choices(TERMS, k=3)
    forms = (
        one,
        f"{one}, {two}",
        f"{one} AND {two}",
        f"{one} -{two}",
        f"({one}, {two}) NEAR/4 {three}",
        f"title:({one})",
    )
    return rnd.choice(forms)


def nodes(rnd: random.Random, many: int) -> list:
    """Watches on random terms, and some that are always there."""
    made = [parse(query, ALIASES).node for query in STATIC]
    while len(made) < many:
        try:
            made.append(parse(a_query(rnd), ALIASES).node)
        except QueryError:
            continue
    return made


def keep(memory: Memory, *items: Item) -> None:
    """Keep items, as a poll does."""
    memory.commit(Changes(items=tuple(MatchedItem(item=item, matches=()) for item in items)))


def kept(memory: Memory, *, own: bool, shared: bool) -> list[Item]:
    """All that somebody may see: a feed that was shared has brought its items to everybody."""
    return [item for item in memory.items() if item.feed != OWN.name or own or shared]


def matching(items: list[tuple[Item, TokenizedItem]], node, scope: str) -> list[Item]:
    """Match each item by itself."""
    return [item for item, read in items if node.find(read, read.looked_at(scope))]


def check(memory: Memory, watches: list, *, most: int = 3, shared: bool = False) -> int:
    """Compare the archive's answers with those of matching each item. Returns how many items were found."""
    total = 0
    for own in (False, True):
        items = kept(memory, own=own, shared=shared)
        archive = memory.archive([OWN.name] if own else [])
        assert archive.size() == len(items)
        read = [(item, TokenizedItem(item)) for item in items]
        for node in watches:
            for scope in ("all", "about"):
                expected = matching(read, node, scope)
                assert archive.count(node, scope) == len(expected), (node.render(), scope)
                newest = archive.newest(node, most, scope)
                assert [item.seen for item in newest] == sorted((item.seen for item in expected), reverse=True)[:most]
                assert all(item in expected for item in newest)
                *_, times = archive.dating(node, 10_000, scope)
                assert sorted(times) == sorted(min(item.published or item.seen, item.seen) for item in expected)
                total += len(expected)
    return total


def file(memory: Memory, steps: int = -1, least: int = 1) -> None:
    """File items, all of them or so many steps."""
    for number, _ in enumerate(memory.store.file(least=least)):
        if number == steps:
            break


@pytest.mark.parametrize("seed", range(1))
def test_the_archive_agrees_with_matching_each_item(tmp_path, seed):
    rnd = random.Random(seed)  # noqa: S311  # the same items every time
    with closing(Memory(tmp_path)) as memory:
        for begin in range(0, 240, 40):
            keep(memory, *(an_item(rnd, number) for number in range(begin, begin + 40)))
            if begin < 200:
                file(memory)
        assert len(memory.store._filing.segments()) == 5
        assert check(memory, nodes(rnd, 150)) > 1_000


class Life(RuleBasedStateMachine):
    """Keeps, changes, forgets and files, in any order, with restarts and ends of the process."""

    @initialize(seed=st.integers(0, 2**20))
    def begin(self, seed):
        self.rnd = random.Random(seed)  # noqa: S311  # the same items every time
        self.watches = nodes(self.rnd, 26)
        self.number, self.shared = 0, False
        self.at = Path(mkdtemp())
        self.memory = Memory(self.at)
        self.memory.commit(Changes(feeds=(OWN,), states=(FeedState(feed=OWN.name),)))

    @rule(many=st.integers(1, 12), own=st.booleans())
    def keep(self, many, own):
        feed = OWN.name if own and OWN.name in self.memory.added_feeds() else "daily"
        items = [an_item(self.rnd, self.number + n, feed) for n in range(many)]
        self.number += many
        keep(self.memory, *items)

    @rule(back=st.integers(1, 20))
    def change(self, back):
        """An item that may have been filed reads otherwise, or comes again after it was forgotten."""
        if self.number >= back:
            keep(self.memory, an_item(self.rnd, self.number - back))

    @rule(back=st.integers(0, 30))
    def forget(self, back):
        self.memory.store.forget(Retention(seen=NOW + self.number - back))

    @rule()
    def forget_many(self):
        self.memory.store.forget(Retention(items=3, own={OWN.name: 2}), 500)

    @rule(steps=st.integers(-1, 6), least=st.integers(1, 9))
    def file(self, steps, least):
        file(self.memory, steps, least)

    @rule()
    def tidy(self):
        for _ in self.memory.store.file(thorough=True, least=99):
            pass

    @rule()
    def give_up_own_feed(self):
        self.memory.commit(Changes(removed_feeds=(OWN.name,)))

    @rule()
    def share_own_feed(self):
        if OWN.name in self.memory.added_feeds():
            self.shared = True
            self.memory.commit(Changes(feeds=(replace(OWN, chats=()),)))
            self.memory.commit(Changes(removed_feeds=(OWN.name,)))

    @rule()
    def reopen(self):
        self.memory.reopen()

    @rule()
    def end_without_closing(self):
        """What was committed goes on from the files as they stand."""
        other = self.at.with_name(self.at.name + "x")
        shutil.copytree(self.at, other)
        self.memory.close()
        shutil.rmtree(self.at)
        other.rename(self.at)
        self.memory = Memory(self.at)

    @rule()
    def read_otherwise(self):
        """A version that reads texts in another way has filed all this."""
        storage = self.memory.store._db.storage
        for number, text in storage.texts("segments"):
            storage.put("segments", [(number, dumped(json.loads(text) | {"reads": "otherwise"}))])
        self.memory.reopen()

    @rule()
    def come_from_before(self):
        """A version without an archive has kept all this."""
        storage = self.memory.store._db.storage
        for table in ("filing", "unfiled", "segments", "postings"):
            storage.drop(table)
        self.memory.reopen()

    @invariant()
    def agrees(self):
        check(self.memory, self.rnd.sample(self.watches, 4), shared=self.shared)

    def teardown(self):
        if hasattr(self, "memory"):
            self.memory.close()
            assert findings(self.at / "newsvane.db") == []
            shutil.rmtree(self.at)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=20, stateful_step_count=15, phases=[Phase.generate])
