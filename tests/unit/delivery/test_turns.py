"""A turn belongs to a chat: strangers whose own feeds never end make no reader late, and nobody waits for ever.

The deliverer works on a real store, in virtual time, against a Telegram that refuses whatever is too much.
"""

import asyncio
import re
import tempfile
from itertools import count, cycle, islice
from pathlib import Path

import leaping
import pytest
from examples import a_matched_item
from hypothesis import example, given, settings
from hypothesis import strategies as st
from memory import Memory, feed_named
from strict import Strict

from bot.delivery.deliver import Deliverer
from bot.delivery.pace import CHAT_RATE, OVERALL_SPACING, Pace
from bot.model import Chat
from bot.watches.match.index import Index

READER, STRANGER = 1_000, 50_000
READERS = 100
_ID = re.compile(r"turkish-warplanes-([\w-]+)")


class Delivering:
    """A deliverer at work on a store of its own."""

    def __init__(self, time, folder: Path) -> None:
        self.time = time
        folder.mkdir(exist_ok=True)
        self.memory = Memory(folder)
        self.telegram = Strict(time.clocks.steady)
        self._deliverer = Deliverer(
            store=self.memory.store,
            outbox=self.memory.outbox,
            subscriptions=self.memory.subscriptions,
            messenger=self.telegram,
            pace=Pace(),
            clocks=time.clocks,
            progress=lambda: None,
            again=Index().again,
        )
        self._running = None

    async def __aenter__(self):
        self._running = asyncio.create_task(self._deliverer.run())
        return self

    async def __aexit__(self, *_):
        await self._deliverer.drain(60.0)
        await self._running
        self.memory.close()

    def subscribe(self, *chats: int) -> None:
        for chat in chats:
            self.memory.subscribe(Chat(id=chat), ["idlib"])

    def publish(self, *keys: str, own: int = 0) -> None:
        """A feed of everybody, or the own one of a chat, shows new items."""
        feed = feed_named(f"own-{own}", (own,)) if own else "moscow-times"
        items = [a_matched_item(key, "idlib") for key in keys]
        self.memory.poll(*items, feed=feed, at=self.time.clocks.wall())
        self._deliverer.wake()

    def got(self, chat: int) -> list[str]:
        """The items that a chat was told of, in order."""
        return [key for message in self.telegram.to(chat) for key in _ID.findall(message.text)]

    async def all_told(self, chats, key: str) -> float:
        """Wait until these chats were told of an item. Returns when the last was."""
        told, seen = {}, 0
        while len(told) < len(chats):  # in virtual time
            for each in self.telegram.told[seen:]:
                if each.chat in chats and key in _ID.findall(each.text):
                    told[each.chat] = each.at
            seen = len(self.telegram.told)
            await asyncio.sleep(0.1)
        return max(told.values())


def last_told(strangers: int, folder: Path, *, rounds: int = 2) -> list[float]:
    """Seconds until the last of the readers was told of an alert, for each of some alerts beside so many strangers."""

    async def trial(time):
        async def flood():
            """Show something of each stranger's, and then in every second more than can be told in it."""
            chats = cycle(range(STRANGER, STRANGER + strangers))
            for number in count():
                for chat in islice(chats, 32 if number else strangers):
                    it.publish(f"own{number}-{chat}", own=chat)
                await asyncio.sleep(1.0)

        async with Delivering(time, folder) as it:
            readers = range(READER, READER + READERS)
            it.subscribe(*readers, *range(STRANGER, STRANGER + strangers))
            flooding = asyncio.create_task(flood()) if strangers else None
            await asyncio.sleep(2.0)
            taken = []
            for number in range(rounds):
                start = time.now
                it.publish(f"all{number}")
                taken.append(await it.all_told(readers, f"all{number}") - start)
                await asyncio.sleep(1.0)
            if flooding:
                flooding.cancel()
                busy = [each for each in it.telegram.told if each.chat >= STRANGER]
                assert len(busy) + READERS * rounds >= 0.95 * time.now / OVERALL_SPACING  # no moment was left
            assert not it.telegram.refused
            return taken

    return leaping.run(trial)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What an alert takes beside nobody."""
    return max(last_told(0, tmp_path_factory.mktemp("alone")))


@pytest.mark.parametrize("strangers", [45, 500])
def test_readers_are_told_at_most_half_as_late_again_beside_strangers_whose_feeds_never_end(strangers, alone, tmp_path):
    """Though the strangers subscribe to the same watchlist, and use every moment that is left."""
    assert max(last_told(strangers, tmp_path)) <= 1.5 * alone


CHATS = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("all"), st.integers(1, 3)),
        st.tuples(st.just("own"), CHATS, st.integers(1, 30)),
        st.tuples(st.just("wait"), st.floats(0.0, 20.0)),
        st.tuples(st.just("slow"), CHATS, st.floats(1.0, 40.0)),
    ),
    max_size=14,
)


@settings(max_examples=40)
@given(STEPS)
@example([("all", 1), ("slow", 0, 11.0), ("wait", 1.0), ("slow", 0, 1.0)])
def test_whatever_comes_every_chat_is_told_all_in_order_within_what_the_load_allows(steps):
    """Readers, floods of own feeds, bursts, and chats that refuse for a while: nothing is late beyond its load."""
    chats = [READER + number for number in range(3)] + [STRANGER + number for number in range(3)]

    async def trial(time, folder):
        async with Delivering(time, folder) as it:
            it.subscribe(*chats)
            wanted = {chat: [] for chat in chats}
            slow = 0.0  # until when any chat was ever told to wait: that holds, whatever Telegram would say later
            for number, (what, *how) in enumerate(steps):
                match what, *how:
                    case "all", count:
                        keys = [f"all{number}-{each}" for each in range(count)]
                        it.publish(*reversed(keys))
                        for chat in chats:
                            wanted[chat] += keys
                    case "own", which, count:
                        keys = [f"own{number}-{each}" for each in range(count)]
                        it.publish(*reversed(keys), own=chats[which])
                        wanted[chats[which]] += keys
                    case "slow", which, seconds:
                        it.telegram.slow[chats[which]] = time.now + seconds
                        slow = max(slow, time.now + seconds)
                    case "wait", seconds:
                        await asyncio.sleep(seconds)
            open_rows = sum(map(len, wanted.values()))
            # Each message takes its chat's pace at most; a slow chat is asked again when it said.
            await asyncio.sleep(max(slow - time.now, 0.0) * 2 + 1 + open_rows * (1 / CHAT_RATE + OVERALL_SPACING))
            assert {chat: it.got(chat) for chat in chats} == wanted

    with tempfile.TemporaryDirectory() as folder:
        leaping.run(lambda time: trial(time, Path(folder)))


def test_two_chats_in_slow_mode_hold_nobody_else(tmp_path):
    """Whoever makes the bot write to two groups that refuse it for an hour delays no reader."""

    async def trial(time):
        async with Delivering(time, tmp_path) as it:
            readers = range(READER, READER + READERS)
            it.subscribe(-7, -8, *readers)
            it.telegram.slow = {-7: 3_600.0, -8: 3_600.0}
            start = time.now
            it.publish("all")
            return await it.all_told(readers, "all") - start

    assert leaping.run(trial) <= READERS * OVERALL_SPACING + 1
