"""The tick comes round whatever the wall clock does."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.runtime.ticking import Onward, Ticker

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def nothing() -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    "trigger", [IntervalTrigger(seconds=0.5, start_date=NOON, timezone=UTC), CronTrigger(minute=17, timezone=UTC)]
)
@pytest.mark.parametrize("days", [0.1, 60, 400])
def test_a_clock_set_forward_leads_to_one_run_and_no_list_of_those_missed(trigger, days):
    """What follows a run that was due before the step lies after it."""
    onward, later = Onward(trigger), NOON + timedelta(days=days)
    first = onward.get_next_fire_time(None, NOON)
    assert NOON <= first <= NOON + timedelta(hours=1)
    assert later < onward.get_next_fire_time(first, later) <= later + timedelta(hours=1)


@pytest.mark.parametrize(
    "trigger", [IntervalTrigger(seconds=30, start_date=NOON, timezone=UTC), CronTrigger(minute=17, timezone=UTC)]
)
def test_on_a_steady_clock_it_fires_as_the_trigger_itself(trigger):
    """A run that comes a little late moves none of those after it."""
    onward, at, plain = Onward(trigger), None, None
    for _ in range(5):
        now = (at or NOON) + timedelta(seconds=2)
        at, plain = onward.get_next_fire_time(at, now), trigger.get_next_fire_time(plain, now)
        assert at == plain


@pytest.mark.parametrize("step", [timedelta(days=400), timedelta(hours=-2), timedelta(days=-7_000)])
async def test_the_tick_goes_on_after_the_clock_was_set(step):
    """Forward it is one tick more, back it is set going again."""
    ticks = asyncio.Queue()
    with time_machine.travel(NOON, tick=True) as clock:
        schedule = Ticker(tick=lambda: ticks.put(None), upkeep=nothing, every=0.02)
        schedule.start()
        await asyncio.wait_for(ticks.get(), 60)
        clock.shift(step)
        for _ in range(ticks.qsize() + 3):
            await asyncio.wait_for(ticks.get(), 60)
        await schedule.stop()
