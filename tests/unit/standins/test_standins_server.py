"""Polling, faults and waiting over real connections."""

import asyncio

import leaping
import pytest
from standins.botapi import BotApi, Chance, faults
from standins.botapi.updates import Updates
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.demo.bell import PATIENCE, Bell


async def poll_raw(api: BotApi, seconds: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a long poll by hand, so that its connection can be ended at will. It is open when this returns."""
    polls = api.polls
    reader, writer = await asyncio.open_connection("127.0.0.1", int(api.url.rpartition(":")[2]))
    writer.write(f"GET /bot{api.token}/getUpdates?timeout={seconds} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await api.wait_until(lambda: api.polls > polls)
    return reader, writer


# --- getUpdates ---------------------------------------------------------------------------------------------


async def test_a_poll_without_timeout_is_answered_with_what_there_is(bot: Bot) -> None:
    """Which may be nothing."""
    assert await bot.get_updates(timeout=0) == ()


@pytest.mark.parametrize("seconds", [0.0, 7.0, 50.0])
def test_a_poll_is_open_for_as_long_as_was_asked(seconds: float) -> None:
    """In virtual time, to the second; 0 is at once."""

    async def trial(_: leaping.VirtualTime) -> float:
        assert await Updates(Bell()).poll(limit=1, timeout=seconds) == []
        return asyncio.get_running_loop().time()

    assert leaping.run(trial) == pytest.approx(seconds)


async def test_a_long_poll_is_answered_when_something_happens(api: BotApi, bot: Bot) -> None:
    """The poll stays open until somebody speaks."""
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await api.wait_until(lambda: api.updates.polled)
    assert not polling.done()
    api.say(7, "hello")
    (update,) = await polling
    assert update.message.text == "hello"


async def test_a_long_poll_ends_after_its_timeout(api: BotApi, bot: Bot) -> None:
    """After the seconds that were asked for, the answer is empty."""
    polling = asyncio.create_task(bot.get_updates(timeout=1))
    await api.wait_until(lambda: api.updates.polled)
    assert await polling == ()
    assert not api.updates.polled


async def test_updates_come_again_until_they_are_confirmed(api: BotApi, bot: Bot) -> None:
    """An update is kept until a poll with a higher offset; then it is gone."""
    for text in ("one", "two", "three"):
        api.say(7, text)
    first, second, third = await bot.get_updates()
    assert [update.update_id - first.update_id for update in (first, second, third)] == [0, 1, 2]
    assert await bot.get_updates(limit=1) == (first,)
    assert await bot.get_updates(offset=second.update_id) == (second, third)
    assert await bot.get_updates() == (second, third)
    assert await bot.get_updates(offset=third.update_id + 1) == ()
    assert len(api.updates) == 0


async def test_a_negative_offset_counts_from_the_end(api: BotApi, bot: Bot) -> None:
    """-1 keeps the last update and forgets the others."""
    for text in ("one", "two", "three"):
        api.say(7, text)
    assert [update.message.text for update in await bot.get_updates(offset=-1)] == ["three"]
    assert len(api.updates) == 1


async def test_an_update_is_kept_for_a_day(api: BotApi, bot: Bot, clock) -> None:
    """What nobody fetched in 24 hours is dropped."""
    api.say(7, "old")
    clock.now += 3600
    api.say(7, "fresh")
    clock.now += 23 * 3600
    assert [update.message.text for update in await bot.get_updates()] == ["fresh"]


async def test_only_kinds_that_were_asked_for_are_kept(api: BotApi, bot: Bot) -> None:
    """`allowed_updates` holds for what happens after it, until it is said again; an empty list is the default."""
    await bot.get_updates(allowed_updates=[Update.CALLBACK_QUERY])
    api.say(7, "not asked for")
    api.press(7, 1, "x")
    assert [update.callback_query.data for update in await bot.get_updates()] == ["x"]
    api.updates.drop()
    await bot.get_updates(allowed_updates=[])
    api.say(7, "asked for")
    assert [update.message.text for update in await bot.get_updates()] == ["asked for"]


async def test_a_second_poller_ends_the_first_with_a_conflict(api: BotApi, bot: Bot) -> None:
    """Of two instances the older poll gets 409, and the newer one waits on."""
    older = asyncio.create_task(bot.get_updates(timeout=20))
    await api.wait_until(lambda: api.updates.polled)
    async with Bot(api.token, base_url=api.base_url) as other:
        newer = asyncio.create_task(other.get_updates(timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure that only one bot inst"):
            await older
        assert not newer.done()
        api.say(7, "hello")
        assert len(await newer) == 1
    assert [call.status for call in api.calls if call.method == "getUpdates"] == [409, 200]


async def test_of_three_pollers_only_the_last_stays(api: BotApi) -> None:
    """Each one ends the one before it, and none that came later."""
    polls = [await poll_raw(api, seconds=20) for _ in range(3)]
    assert [await reader.readline() for reader, _ in polls[:2]] == [b"HTTP/1.1 409 Conflict\r\n"] * 2
    assert api.updates.polled
    api.say(7, "hello")
    assert await polls[2][0].readline() == b"HTTP/1.1 200 OK\r\n"
    for _, writer in polls:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("end", ["close", "abort"])
async def test_a_killed_poller_conflicts_with_nobody(api: BotApi, bot: Bot, end: str) -> None:
    """When the process of the older poll is gone, the next poll is not a second one."""
    for _ in range(20):
        _, writer = await poll_raw(api, seconds=20)
        (writer.close if end == "close" else writer.transport.abort)()
        assert await bot.get_updates(timeout=0) == ()
    await api.wait_until(lambda: len(api.calls) >= 41)
    assert {call.status for call in api.calls} == {200, 0}


async def test_polls_are_counted_and_the_first_is_dated(api: BotApi, bot: Bot, clock) -> None:
    """A test can wait for the bot to be there."""
    assert (api.polls, api.first_poll_at) == (0, None)
    began = clock.now
    await bot.get_updates()
    clock.now += 1
    await bot.get_updates()
    assert (api.polls, api.first_poll_at) == (2, began)


async def test_closing_answers_the_open_poll_at_once() -> None:
    """Whoever polls is not kept waiting when the stand-in ends."""
    api = BotApi()
    await api.start()
    async with Bot(api.token, base_url=api.base_url) as bot:
        polling = asyncio.create_task(bot.get_updates(timeout=50))
        await api.wait_until(lambda: api.updates.polled)
        closing = asyncio.create_task(api.close())
        assert await polling == (), "a connection that is cut would be an error"
        await closing


# --- faults -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error", "delivered"),
    [
        (faults.flood(9), RetryAfter, False),
        (faults.bad_gateway(), NetworkError, False),
        (faults.server_error(), NetworkError, False),
        (faults.cut(), NetworkError, False),
        (faults.lost(), NetworkError, True),
        (faults.slow(PATIENCE), TimedOut, True),
        (faults.stalled(PATIENCE), TimedOut, False),
        (faults.unauthorized(), InvalidToken, False),
        (faults.refused("Bad Request: message is too long"), BadRequest, False),
        (faults.garbled(), TelegramError, True),
        (faults.poison(), TypeError, True),
    ],
    ids=lambda value: value.name if isinstance(value, faults.Fault) else None,
)
async def test_each_fault_is_what_it_says(api: BotApi, bot: Bot, fault, error, delivered) -> None:
    """The client sees the error, the message stands in the chat or not, and the next call goes well."""
    api.faults.add(fault)
    with pytest.raises(error):
        await bot.send_message(7, "x", read_timeout=1 if fault.delay else PATIENCE)
    assert len(api.messages(7)) == delivered
    await bot.send_message(7, "y")
    assert len(api.messages(7)) == delivered + 1
    await api.wait_until(lambda: any(call.fault for call in api.calls))
    assert [call.fault for call in api.calls if call.method == "sendMessage" and call.fault] == [fault.name]


async def test_an_ordered_429_says_how_long(api: BotApi, bot: Bot) -> None:
    """The seconds of the order are those of the answer, and it counts among the 429."""
    api.faults.add(faults.flood(40), chat=7)
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(7, "x")
    assert refused.value.retry_after.total_seconds() == 40
    assert api.too_many == 1


async def test_a_refused_token_stops_all_methods(api: BotApi, bot: Bot) -> None:
    """Without a method named, polls and everything else are met."""
    api.faults.add(faults.unauthorized(), times=None, method="")
    for attempt in (bot.get_me(), bot.get_updates(), bot.send_message(7, "x")):
        with pytest.raises(InvalidToken):
            await attempt


async def test_a_slow_answer_comes_when_it_comes(api: BotApi, bot: Bot) -> None:
    """The message is delivered at once, the answer is late and good."""
    api.faults.add(faults.slow(0.3))
    sending = asyncio.create_task(bot.send_message(7, "x"))
    await api.wait_for(1, chat=7)
    assert not sending.done()
    assert (await sending).text == "x"


async def test_a_refusal_of_the_method_stands_though_the_answer_is_slow(api: BotApi, bot: Bot) -> None:
    """A fault that obeys gives the method's own answer."""
    api.faults.add(faults.slow(0.01))
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(7, " ")


async def test_chance_meets_calls_of_the_real_client(api: BotApi, bot: Bot, clock) -> None:
    """What was lost by chance is recorded, so that a drill can count it."""
    api.faults.by_chance(Chance(lost=0.3, bad_gateway=0.2), seed=3)
    failed = 0
    for _ in range(40):
        clock.now += 10
        try:
            await bot.send_message(7, "x")
        except NetworkError:
            failed += 1
    met = [call.fault for call in api.calls if call.fault]
    assert failed == len(met) > 5
    assert len(api.messages(7)) == 40 - met.count("bad_gateway")


# --- what happened ------------------------------------------------------------------------------------------


async def test_every_call_is_recorded_with_its_time_and_answer(api: BotApi, bot: Bot, clock) -> None:
    """Method, parameters, time and status of each call can be asked for."""
    await bot.send_message(7, "x", disable_notification=True)
    with pytest.raises(BadRequest):
        await bot.send_message(9, "x")
    me, good, bad = api.calls
    assert (me.method, me.status) == ("getMe", 200)
    assert (good.method, good.params["text"], good.at, good.status) == ("sendMessage", "x", clock.now, 200)
    assert (bad.status, bad.description) == (400, "Bad Request: chat not found")


async def test_a_test_can_wait_for_messages(api: BotApi, bot: Bot) -> None:
    """By number, by what they say, and one after the other."""
    waiting = [
        asyncio.create_task(api.wait_for(2, chat=7)),
        asyncio.create_task(api.wait_for(lambda messages: any(it.text == "two" for it in messages))),
        asyncio.create_task(api.next_message(7)),
    ]
    await bot.send_message(7, "one")
    await bot.send_message(7, "two")
    by_number, by_words, first = await asyncio.gather(*waiting)
    assert [message.text for message in by_number] == ["one", "two"]
    assert by_words == by_number
    assert first.text == "one"
    assert (await api.next_message(7)).text == "two"


async def test_a_test_that_waits_in_vain_is_told_what_came(api: BotApi, bot: Bot) -> None:
    """The error names the messages that are there."""
    await bot.send_message(7, "something else")
    with pytest.raises(TimeoutError, match=r"there are 1 messages: \['something else'\]"):
        await api.wait_for(2, chat=7, timeout=0.05)


async def test_two_stand_ins_know_nothing_of_each_other(api: BotApi) -> None:
    """Each has its port, its chats and its messages."""
    async with BotApi() as other:
        assert other.url != api.url
        assert 7 not in other.rooms
