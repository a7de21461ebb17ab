"""What an alert costs the disk: the poll that finds it, its claim and its settlement, and nothing more."""

import asyncio

import pytest
from examples import a_matched_item
from memory import Memory
from standins.botapi import BotApi

from bot.chat.telegram import Telegram
from bot.delivery.deliver import Deliverer
from bot.delivery.pace import Pace
from bot.model import Changes, Chat
from bot.runtime.clocks import REAL_CLOCKS
from bot.store.documents import doc_id
from bot.watches.match.index import Index

ANNA = 7


class Counted:
    """A store that counts its commits."""

    def __init__(self, store):
        self.store, self.commits = store, 0

    def __getattr__(self, name):
        return getattr(self.store, name)

    def commit(self, changes: Changes) -> None:
        self.commits += 1
        self.store.commit(changes)


@pytest.fixture
async def delivering(tmp_path):
    """A memory, its store that counts, and a way to deliver all that waits."""
    async with BotApi() as api:
        api.unblock(ANNA)
        telegram = Telegram(api.token, api.url)
        await telegram.connect()
        memory = Memory(tmp_path)
        memory.subscribe(Chat(id=ANNA), ["idlib"])
        store = Counted(memory.store)

        async def deliver(messages: int) -> None:
            deliverer = Deliverer(
                store=store,
                outbox=memory.outbox,
                subscriptions=memory.subscriptions,
                messenger=telegram,
                pace=Pace(),
                clocks=REAL_CLOCKS,
                progress=lambda: None,
                again=Index().again,
            )
            running = asyncio.create_task(deliverer.run())
            begin(deliverer)
            await api.wait_for(messages, chat=ANNA)
            await deliverer.drain(60.0)
            await running

        began = []

        def begin(deliverer):
            for step in began:
                step()
            deliverer.wake()

        yield memory, store, deliver, began
        memory.close()
        await telegram.close()


async def test_an_alert_costs_three_durable_writes(delivering):
    memory, store, deliver, began = delivering
    began.append(lambda: memory.poll(a_matched_item("a1", "idlib")))  # the poll's is the first
    await deliver(1)
    assert store.commits + 1 == 3
    assert memory.counts().sent == 1


async def test_an_item_that_waited_when_the_process_started_costs_one_more(delivering):
    """It may be what ended the process before."""
    memory, store, deliver, _ = delivering
    memory.poll(a_matched_item("a1", "idlib"))
    memory.reopen()
    store.store = memory.store
    await deliver(1)
    assert store.commits + 1 == 4


async def test_what_is_damaged_in_the_state_is_refused_and_the_others_are_told(delivering):
    memory, _, deliver, _ = delivering
    memory.poll(a_matched_item("a1", "idlib"))
    memory.poll(a_matched_item("a2", "idlib"))
    memory.store._table("items").put({doc_id("moscow-times", "a1"): {"item": {"feed": 5}, "matches": "none"}})
    await deliver(1)
    counts = memory.counts()
    assert (counts.sent, counts.dead, counts.queued) == (1, 1, 0)
