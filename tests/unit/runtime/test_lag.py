"""How late the loop is, and that it is told."""

import asyncio

import leaping
import pytest
import structlog

from bot.runtime.lag import LONG, SPAN, Lag, LagMeter, Lags


def lag_of(*seconds):
    lags = Lags()
    for each in seconds:
        lags.add(each)
    return lags.sum()


async def held(time, meter, *holds):
    """Let a step take each of these times, a second apart."""
    meter.start()
    for seconds in holds:
        await asyncio.sleep(1.0)
        asyncio.get_running_loop().call_soon(time.leap, seconds)
    await asyncio.sleep(1.0)


def test_without_a_beat_there_is_no_lag():
    assert lag_of() == Lag(0.0, 0.0)


def test_the_worst_is_told_as_it_was():
    assert lag_of(*[0.001] * 500, 1.234).worst == 1.234


@pytest.mark.parametrize(("late", "usual"), [(1, 0.002), (2, 0.4)])
def test_what_ninety_nine_of_a_hundred_do_not_pass_is_told_within_a_tenth(late, usual):
    told = lag_of(*[0.002] * (100 - late), *[0.4] * late).usual
    assert usual <= told <= usual * 1.1


def test_a_step_that_takes_long_is_measured_and_told_to_monitors():
    async def trial(time):
        meter = LagMeter()
        await held(time, meter, 0.18)
        return meter.lines()

    lines = leaping.run(trial).splitlines()
    assert len(lines) == 2
    for line in lines:
        # What was late is what was left of the step when the beat was due.
        assert 130 <= int(line.partition("worst ")[2].removesuffix(" ms")) <= 180


def test_lately_forgets_what_was_two_spans_ago():
    async def trial(time):
        meter = LagMeter()
        await held(time, meter, 0.18)
        await asyncio.sleep(2 * SPAN + 1)
        return meter.lines()

    since_the_start, of_late = leaping.run(trial).splitlines()
    assert "worst 1" in since_the_start
    assert "worst 0 ms" in of_late


def test_a_long_step_is_in_the_log_once_in_a_span():
    async def trial(time):
        meter = LagMeter()
        await held(time, meter, *[2 * LONG] * 5)
        await asyncio.sleep(SPAN)
        await held(time, meter, 2 * LONG)

    with structlog.testing.capture_logs() as log:
        leaping.run(trial)
    assert [entry["event"] for entry in log] == ["loop.late"] * 2


def test_where_time_is_not_the_machines_nothing_is_measured():
    async def trial(time):
        meter = LagMeter(beat=0.0)
        await held(time, meter, 1.0)
        return meter.lines(), time.leaps < 5

    assert leaping.run(trial) == ("", True)
