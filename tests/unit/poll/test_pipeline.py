"""What a pipeline does with a poll that is too long for one go: over a real state and a real child that reads."""

import asyncio
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from examples import NOW, a_state
from rooms import Room

from bot.model import Changes, Chat, Feed, Fetched, Notice, Watch
from bot.model.bounds import NEW_ENTRIES
from bot.runtime.rounds import Rounds
from bot.settings import Settings

PAPER = Feed(name="paper", title="A paper", url="https://paper.example/rss")
OWN = Feed(name="own", title="A blog", url="https://blog.example/rss", added=True, chats=(1,))
MANY = 400  # entries that are more than any slice takes, on any machine


@pytest_asyncio.fixture
async def room(tmp_path):
    """A bot's half that reads news, with a feed of everybody's, one of a chat's own, and a subscriber."""
    watch = Watch(name="idlib", title="Idlib", query="Idlib")
    async with AsyncExitStack() as closing:
        settings = Settings(config_dir=tmp_path, state_dir=tmp_path, feeds=(PAPER,), watches=(watch,))
        room = Room(settings, tmp_path, closing)
        states = tuple(a_state(feed.name, url=feed.url, primed=True, last_new=NOW) for feed in (PAPER, OWN))
        room.store.commit(Changes(feeds=(OWN,), states=states))
        room.subscriptions.subscribe(Chat(id=1), ["idlib"])
        yield room


def body(count, first=0):
    """An RSS body of so many entries, the newest first."""
    items = "".join(
        f"<item><guid>id-{number}</guid><link>https://paper.example/{number}</link><title>Idlib {number}</title></item>"
        for number in reversed(range(first, first + count))
    )
    return f"<rss version='2.0'><channel><title>A paper</title>{items}</channel></rss>".encode()


async def push(room, feed, pushed):
    return await room.pipeline.push(feed, pushed, "application/rss+xml")


def waiting(room):
    """What waits, oldest first: items, and the words of notices."""
    contents = [room.store.content(row) for row in room.store.deliveries()]
    return [each.text if isinstance(each, Notice) else each.item.title for each in contents]


async def test_others_have_their_turn_while_a_long_poll_is_decided(room):
    seen = set()

    async def come_round():
        while True:
            seen.add(room.store.counts().known)
            await asyncio.sleep(0)

    beside = asyncio.create_task(come_round())
    outcome = await push(room, PAPER, body(MANY))
    beside.cancel()
    assert outcome
    assert (len(outcome.new), outcome.queued) == (MANY, MANY)
    assert len(seen) > 3, "others came round between its commits"


async def test_the_order_of_a_long_poll_is_kept(room):
    await push(room, PAPER, body(MANY))
    assert waiting(room) == [f"Idlib {number}" for number in range(MANY)]


async def test_two_pushes_of_one_feed_at_once_tell_each_item_once(room):
    outcomes = await asyncio.gather(push(room, PAPER, body(MANY)), push(room, PAPER, body(MANY, first=10)))
    assert [len(outcome.new) for outcome in outcomes if outcome] in ([MANY, 10], [10, MANY])
    assert len(waiting(room)) == MANY + 10


@pytest.mark.parametrize("how", ["removed", "paused"])
async def test_a_feed_that_is_given_up_between_two_slices_tells_nothing_more(room, how):
    async def give_up():
        while not room.store.counts().known:  # noqa: ASYNC110  # a store has no event to wait for
            await asyncio.sleep(0)
        if how == "removed":
            room.store.commit(Changes(removed_feeds=("own",)))
        else:
            room.store.commit(Changes(states=(a_state("own", url=OWN.url, primed=True, paused=True),)))

    giving_up = asyncio.create_task(give_up())
    assert await push(room, OWN, body(MANY)) is None
    await giving_up
    assert len(waiting(room)) < NEW_ENTRIES


@pytest.mark.parametrize("over", [-1, 0, 1, 40])
async def test_of_a_chats_own_feed_so_many_new_entries_are_taken_and_the_rest_is_counted_in_a_sentence(room, over):
    outcome = await push(room, OWN, body(NEW_ENTRIES + over))
    passed = max(over, 0)
    told = waiting(room)
    assert outcome
    assert room.store.counts().known >= NEW_ENTRIES + over, "also those that were passed over"
    assert told[: NEW_ENTRIES - (over < 0)] == [f"Idlib {number}" for number in range(passed, NEW_ENTRIES + over)]
    assert [text for text in told if f"not at the other {passed}." in text] == told[NEW_ENTRIES:]
    assert len(told[NEW_ENTRIES:]) == bool(passed)


async def test_a_flood_is_told_once_until_a_poll_without_one(room):
    said = []
    for first, count in ((0, 150), (150, 150), (300, 5), (305, 150)):
        rows = len(waiting(room))
        await push(room, OWN, body(count, first=first))
        said.append(sum("at once" in text for text in waiting(room)[rows:]))
        open_rows = room.store.deliveries()
        room.store.commit(Changes(dropped=tuple(open_rows)))
    assert said == [1, 0, 0, 1]


async def test_what_everybodys_feeds_bring_is_not_cut(room):
    await push(room, PAPER, body(NEW_ENTRIES + 50))
    assert len(waiting(room)) == NEW_ENTRIES + 50


async def test_the_first_poll_of_a_feed_that_is_added_lets_others_in_and_tells_nobody(room):
    fresh = Feed(name="fresh", title="Fresh", url="https://fresh.example/rss", added=True)
    room.store.commit(Changes(feeds=(fresh,)))
    parsed = await room.pipeline._parser.parse(body(MANY), "application/rss+xml")
    seen = set()

    async def come_round():
        while True:
            seen.add(room.store.counts().known)
            await asyncio.sleep(0)

    beside = asyncio.create_task(come_round())
    await room.pipeline.first_poll(fresh, Fetched(body=b""), parsed, "h")
    beside.cancel()
    assert len(seen) > 3
    assert (waiting(room), room.store.feed_state("fresh").primed) == ([], True)


async def test_long_works_take_turns_and_each_round_has_one_piece():
    rounds, order = Rounds(), []

    async def work(name):
        for _ in range(3):
            async with rounds.turn():
                order.append(name)

    async def come_round():
        for _ in range(12):
            order.append("other")
            await asyncio.sleep(0)

    await asyncio.gather(work("a"), work("b"), come_round())
    pieces = [name for name in order if name != "other"]
    assert pieces == ["a", "b"] * 3
    between = "".join("." if name == "other" else name for name in order).strip(".")
    assert "ab" not in between, "somebody else came between any two pieces"
    assert "ba" not in between
