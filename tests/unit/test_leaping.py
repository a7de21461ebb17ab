"""The loop whose time leaps, by which the drills let days go by."""

import asyncio
import time as machine
from datetime import UTC, datetime

import leaping


def test_an_hour_of_waiting_takes_no_time_and_both_clocks_say_that_it_has_passed():
    async def trial(time):
        before = machine.time(), datetime.now(UTC), asyncio.get_running_loop().time()
        await asyncio.sleep(3600)
        after = machine.time(), datetime.now(UTC), asyncio.get_running_loop().time()
        return [after[0] - before[0], (after[1] - before[1]).total_seconds(), after[2] - before[2], time.now]

    began = machine.monotonic()
    assert [round(passed, 3) for passed in leaping.run(trial)] == [3600.0] * 4
    assert machine.monotonic() - began < 5


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
        with time.held():
            async with asyncio.timeout(5):
                await asyncio.to_thread(lambda: None)
        return time.now

    assert leaping.run(trial) < 5
