"""The loop whose time leaps, by which the drills let days go by."""

import asyncio
import threading
import time as machine
from datetime import UTC, datetime

import leaping

machine_sleep = machine.sleep


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

    def slow():
        for _ in range(20):  # far longer than the patience of the loop
            machine_sleep(0.01)
        return "back"

    async def trial(time):
        async with asyncio.timeout(5):
            return await asyncio.get_running_loop().run_in_executor(None, slow), time.now

    assert leaping.run(trial) == ("back", 0.0)


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
        return len(body), time.now < 5

    assert leaping.run(trial) == (20_000_000, True)


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
