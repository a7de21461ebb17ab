"""Upkeep gives up and forgets a little at a time, lets others in between, and goes on where it was stopped."""

import asyncio
from contextlib import closing
from dataclasses import replace

import pytest
from examples import NOW, a_matched_item
from memory import Memory, feed_named

from bot.delivery.settle import Sent, settle
from bot.delivery.upkeep import Upkeep
from bot.errors import StoreUnwritable
from bot.model import Changes, Chat, Delivery

DAY = 86_400.0


@pytest.fixture
def memory(tmp_path):
    with closing(Memory(tmp_path)) as opened:
        opened.subscribe(Chat(id=1), ["idlib"])
        yield opened


def upkeep_of(memory, now):
    """One that was done an hour ago: the very first forgets nothing that a feed may still show."""
    times = iter((now - 3_600, *[now] * 9))
    upkeep = Upkeep(store=memory.store, outbox=memory.outbox, clock=lambda: next(times))
    assert sum(upkeep.slices()) == 0
    return upkeep


def much_told(memory, count=1_000):
    memory.commit(Changes(at=NOW, told={f"a{n}": frozenset({1}) for n in range(count)}))


def told(memory):
    asked = memory.poll_facts(feed_named("f"), ()).told
    return sum(bool(asked([f"a{n}"], [1])) for n in range(1_000))


def test_each_slice_forgets_a_part(memory):
    much_told(memory)
    left = [told(memory) for _ in upkeep_of(memory, NOW + 100 * DAY).slices()]
    assert left[0] > 0
    assert max(before - after for before, after in zip([1_000, *left], left, strict=False)) < 300
    assert left[-1] == 0


async def test_others_are_let_in_between(memory):
    much_told(memory)
    seen = []

    async def other():
        while told(memory):
            seen.append(told(memory))
            await asyncio.sleep(0)

    await asyncio.gather(upkeep_of(memory, NOW + 100 * DAY).tidy(), other())
    assert len(set(seen)) > 3


async def test_it_is_done_once_at_a_time_and_can_be_left_at_any_slice(memory):
    much_told(memory)
    upkeep = upkeep_of(memory, NOW + 100 * DAY)
    await upkeep.begin()
    await upkeep.begin()
    await asyncio.sleep(0)
    await upkeep.close()
    assert 0 < told(memory) < 1_000
    assert await upkeep_of(memory, NOW + 100 * DAY).tidy() == 0
    assert told(memory) == 0


async def test_a_disk_that_refuses_ends_it_until_another_time(memory):
    class Refusing:
        def __getattr__(self, name):
            return getattr(memory.store, name)

        def forget(self, _retention):
            raise StoreUnwritable("the disk is full")

    upkeep = Upkeep(store=Refusing(), outbox=memory.outbox, clock=lambda: NOW)
    await upkeep.begin()
    await asyncio.sleep(0)
    await upkeep.close()


def test_what_waits_for_a_chat_that_cannot_be_reached_is_given_up_in_parts(memory):
    rows = [
        Delivery(id=str(n), item=f"a{n}", feed="f", chat=1, watches=("idlib",), created=NOW + DAY - 60 + n * 1e-5)
        for n in range(250)
    ]
    memory.commit(Changes(deliveries=tuple(rows)))
    memory.commit(Changes(deliveries=(replace(rows[0], id="z", item="fresh", created=NOW + 2 * DAY),)))
    memory.suspend(1, "blocked")
    counts = [count for count in upkeep_of(memory, NOW + 2 * DAY).slices() if count]
    assert (sum(counts), max(counts)) == (250, 100)
    assert [row.item for row in memory.outbox.held()] == ["fresh"]


def test_the_names_of_many_feeds_are_looked_through_one_feed_at_a_time(memory):
    for n in range(5):
        memory.poll(a_matched_item(f"a{n}"), feed=f"f{n}")
    slices = list(upkeep_of(memory, NOW + 100 * DAY).slices())
    assert len(slices) >= 5
    assert memory.counts().known == 0


def test_a_thousand_sent_alerts_leave_nothing_in_memory_but_their_chat(memory):
    for n in range(1_000):
        memory.commit(
            Changes(deliveries=(Delivery(id=str(n), item=f"a{n}", feed="f", chat=1, watches=("w",), created=NOW + n),))
        )
    assert size_of(memory.outbox) <= 10
    for n in range(1_000):
        memory.settle(settle(memory.heads()[0], Sent(message_id=n), now=NOW + n))
    assert memory.heads() == []
    assert size_of(memory.outbox) <= 2
    memory.reopen()
    assert size_of(memory.outbox) == 0
    assert memory.counts().sent == 1_000


def size_of(outbox):
    """How much an outbox holds, in its own words."""
    held = [value for value in vars(outbox).values() if hasattr(value, "__len__")]
    return sum(len(value) for value in held)


def test_a_start_reads_no_row_but_the_first_of_each_chat(memory, monkeypatch):
    for n in range(40):
        memory.commit(
            Changes(
                deliveries=tuple(
                    Delivery(id=f"{n}", item=f"a{n}", feed="f", chat=chat, watches=("w",), created=NOW)
                    for chat in (1, 2)
                )
            )
        )
    for _ in range(10):
        memory.settle(settle(memory.heads()[0], Sent(message_id=1), now=NOW))
    read = []
    monkeypatch.setattr("bot.store.queues.delivery", lambda doc: read.append(doc) or _delivery(doc))
    memory.reopen()
    assert len(read) == 2
    assert sum(memory.outbox.count(chat) for chat in (1, 2)) == 70


def _delivery(doc):
    from bot.store.documents import delivery  # noqa: PLC0415

    return delivery(doc)
