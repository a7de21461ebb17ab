"""Polls of chats' own feeds take turns: no chat, however many feeds it has, keeps another's waiting for long."""

import asyncio

from bot.poll.places import Places


async def given(places, asked):
    """Have chats ask for places in this order, each holding its place for a moment. Returns the order of getting."""
    order = []

    async def hold(chat):
        async with places.place(chat):
            order.append(chat)
            await asyncio.sleep(0)

    await asyncio.gather(*(hold(chat) for chat in asked))
    return order


async def asked(places, chat):
    """A chat that waits for a place."""
    waiting = asyncio.create_task(given(places, [chat]))
    await asyncio.sleep(0)
    return waiting


async def given_up(waiting):
    """Let a chat wait no longer."""
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_a_chat_with_one_feed_waits_for_one_of_each_other_chat_and_not_for_all_their_feeds():
    order = await given(Places(1, 1), [1] * 20 + [2] * 20 + [3])
    assert order[:4] == [1, 2, 3, 1]


async def test_a_chat_has_no_more_places_at_a_time_than_one_may_have_however_many_are_free():
    places = Places(8, 2)
    async with places.place(1), places.place(1):
        second = asyncio.create_task(given(places, [1]))
        assert await given(places, [2]) == [2]
        assert not second.done()
    assert await second == [1]


async def test_no_more_places_are_held_at_once_than_there_are():
    places, held, most = Places(3, 1), 0, 0

    async def hold(chat):
        nonlocal held, most
        async with places.place(chat):
            held += 1
            most = max(most, held)
            await asyncio.sleep(0)
            held -= 1

    await asyncio.gather(*(hold(chat) for chat in range(20)))
    assert most == 3


async def test_who_gives_up_while_waiting_or_breaks_while_holding_leaves_the_place_to_others():
    places = Places(1, 1)
    async with places.place(1):
        await given_up(await asked(places, 2))
    try:
        async with places.place(3):
            raise ValueError
    except ValueError:
        pass
    assert await given(places, [4]) == [4]


async def test_who_gives_up_at_the_moment_in_which_a_place_becomes_free_does_not_keep_it():
    places = Places(1, 1)
    async with places.place(1):
        waiting = await asked(places, 2)
    await given_up(waiting)
    assert await given(places, [3]) == [3]


async def test_when_all_are_cancelled_at_once_as_at_the_end_none_breaks():
    places = Places(1, 1)
    tasks = [asyncio.create_task(given(places, [chat % 3])) for chat in range(9)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(each) for each in ended} == {asyncio.CancelledError}
    assert await given(places, [1]) == [1]
