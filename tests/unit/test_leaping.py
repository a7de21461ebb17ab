"""The loop whose time leaps, by which the drills let days go by."""

import asyncio
import sys
import threading
import time as machine
from datetime import UTC, datetime

import aiohttp
import leaping
import pytest
from standins.publisher import Publisher

from bot.demo.story import HISTORY
from bot.errors import FeedUnreadable
from bot.feeds.parse.child import ChildParser


def test_an_hour_of_waiting_takes_no_time_and_both_clocks_say_that_it_has_passed():
    async def trial(time):
        before = machine.time(), datetime.now(UTC), asyncio.get_running_loop().time()
        await asyncio.sleep(3600)
        after = machine.time(), datetime.now(UTC), asyncio.get_running_loop().time()
        return [after[0] - before[0], (after[1] - before[1]).total_seconds(), after[2] - before[2], time.now]

    assert [round(passed, 3) for passed in leaping.run(trial)] == [3600.0] * 4


def test_who_waits_for_less_goes_on_first():
    async def trial(time):
        order = []

        async def sleeper(seconds):
            await asyncio.sleep(seconds)
            order.append((seconds, round(time.now, 3)))

        await asyncio.gather(*map(sleeper, (7200, 1, 60)))
        return order

    assert leaping.run(trial) == [(1, 1.0), (60, 60.0), (7200, 7200.0)]


def test_a_wall_clock_that_is_set_moves_nothing_else():
    async def trial(time):
        time.set_wall(-7200)
        await asyncio.sleep(10)
        return machine.time() - leaping.START, time.elsewhere() - leaping.START, time.clocks.steady()

    assert [round(each, 3) for each in leaping.run(trial)] == [-7190.0, 10.0, 10.0]


def test_what_is_under_way_in_real_time_is_waited_for():
    async def trial(time):
        release = threading.Event()
        answered = asyncio.Event()
        loop = asyncio.get_running_loop()
        threading.Thread(target=lambda: (release.wait(), loop.call_soon_threadsafe(answered.set))).start()
        with time.held():
            loop.call_soon(release.set)
            async with asyncio.timeout(5):
                await answered.wait()
        return time.now

    assert leaping.run(trial) < 5


def test_a_thread_that_has_not_come_back_lets_no_time_leap():
    """However long a name look-up takes on this machine, no deadline of the trial passes meanwhile."""
    sleep = machine.sleep  # real, whatever the trial's time

    def slow():
        sleep(0.2)
        return "back"

    async def trial(time):
        async with asyncio.timeout(5):
            return await asyncio.get_running_loop().run_in_executor(None, slow), time.now

    assert leaping.run(trial) == ("back", 0.0)


def test_a_process_that_has_not_ended_lets_no_time_leap():
    """Nor does one that has ended while what it wrote has not been read."""
    slow = "import time; time.sleep(.2); print('x' * 300_000)"

    async def trial(time):
        async with asyncio.timeout(5):
            child = await asyncio.create_subprocess_exec(sys.executable, "-c", slow, stdout=asyncio.subprocess.PIPE)
            written, _ = await child.communicate()
        return len(written), child.returncode, time.now

    assert leaping.run(trial) == (300_001, 0, 0.0)


def test_a_process_that_cannot_be_started_holds_no_time():
    async def trial(time):
        with pytest.raises(FileNotFoundError):
            await asyncio.create_subprocess_exec("/nowhere/at/all")
        await asyncio.sleep(60)
        return time.now

    assert leaping.run(trial) == 60.0


def test_a_child_that_reads_feeds_is_waited_for_from_its_start_to_its_answer():
    """What it refuses is an answer as well, and its idle hours are the trial's."""

    async def trial(time):
        child = ChildParser()
        parser = leaping.ParserElsewhere(child, time)
        parsed = await parser.parse(b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}]}', "")
        with pytest.raises(FeedUnreadable):
            await parser.parse(b"no feed at all", "")
        at_once = time.now
        await asyncio.sleep(3600)
        await child.close()
        return len(parsed.entries), at_once, time.now

    assert leaping.run(trial) == (1, 0.0, 3600.0)


def test_what_was_sent_and_not_read_yet_lets_no_time_leap():
    """An answer of many buffers arrives before a deadline that would pass by leaping."""

    async def trial(time):
        async def answer(reader, writer):
            await reader.readline()
            writer.write(b"x" * 20_000_000)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"\n")
        async with asyncio.timeout(5):
            body = await reader.read(-1)
        writer.close()
        server.close()
        return len(body), time.now

    assert leaping.run(trial) == (20_000_000, 0.0)


def test_on_a_system_that_is_late_in_all_no_answer_over_a_socket_is_leapt_over(late_system):
    """Connections are made, used again, ended and reset, and refused: all of it in no time of the trial."""

    async def trial(time):
        publisher = Publisher(HISTORY)
        await publisher.start()
        async with asyncio.timeout(5), aiohttp.ClientSession() as session:
            for close in ("keep-alive", "close", "keep-alive"):
                async with session.get(publisher.url, headers={"Connection": close}) as answer:
                    assert b"<rss" in await answer.read()
            publisher.misbehave("connection reset")
            with pytest.raises(aiohttp.ClientError):
                await session.get(publisher.url)
            url = publisher.url
            await publisher.close()
            with pytest.raises(aiohttp.ClientError):
                await session.get(url)
        at_once = time.now
        await asyncio.sleep(60)
        return at_once, time.now

    assert leaping.run(trial) == (0.0, 60.0)


def test_the_end_of_a_connection_is_waited_for_on_a_system_that_is_late(late_system):
    async def trial(time):
        seen = asyncio.Queue()

        async def server_side(reader, writer):
            seen.put_nowait(await reader.read(-1))
            writer.close()

        server = await asyncio.start_server(server_side, "127.0.0.1", 0)
        for words in (b"", b"words"):
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(words)
            writer.close()
            async with asyncio.timeout(5):
                assert await seen.get() == words
        at_once = time.now
        server.close()
        await asyncio.sleep(1)
        return at_once

    assert leaping.run(trial) == 0.0


def test_who_went_before_being_let_in_holds_no_time(late_system):
    async def trial(time):
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        connecting = asyncio.create_task(asyncio.open_connection(*server.sockets[0].getsockname()))
        await asyncio.sleep(0)
        connecting.cancel()
        await asyncio.wait([connecting])
        await asyncio.sleep(60)
        server.close()
        return time.now

    assert leaping.run(trial) == 60.0


def test_an_end_that_reads_no_more_until_time_passes_does_not_stop_the_time():
    """Bytes that wait in a full buffer are not on their way."""

    async def trial(time):
        async def stubborn(reader, writer):
            await asyncio.sleep(3600)
            writer.close()

        server = await asyncio.start_server(stubborn, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"x" * 20_000_000)
        await asyncio.sleep(7200)
        writer.transport.abort()
        server.close()
        return time.now

    assert leaping.run(trial) >= 7200
