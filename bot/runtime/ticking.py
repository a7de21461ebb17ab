"""When things happen: one tick that asks what is due, and upkeep once an hour. The only importer of APScheduler.

What is due is measured on a clock that only goes forward. APScheduler itself follows the wall clock: after a step
back by two hours it would fire nothing for two hours. So the schedule looks after its jobs and sets them going again.
After a step forward it would list every run that was missed, 170,000 a day; so triggers here never look back.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_SUBMITTED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

TICK = 0.5
"""Seconds between two looks at what is due."""
_HOUR = 3_600.0

log = structlog.get_logger()


class Onward(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Fires as another trigger does, and once for all that was missed while the clock moved or the machine slept."""

    def __init__(self, trigger: BaseTrigger) -> None:
        self._trigger = trigger

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return when to fire next: never at a time that has passed, but for the very first."""
        following: datetime | None = self._trigger.get_next_fire_time(previous_fire_time, now)
        if previous_fire_time is None or following is None or following > now:
            return following
        return self._trigger.get_next_fire_time(now, now)  # type: ignore[no-any-return]


class Ticker:
    """Calls `tick` every `every` seconds and `upkeep` once an hour, both coroutines, from `start` to `stop`."""

    def __init__(
        self,
        *,
        tick: Callable[[], Awaitable[None]],
        upkeep: Callable[[], Awaitable[None]],
        every: float = TICK,
    ) -> None:
        self._tick, self._every = tick, every
        self._guard: asyncio.TimerHandle | None = None
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._under_way = 0
        self._scheduler.add_listener(self._count, EVENT_JOB_SUBMITTED | EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        every_time = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        each, hourly = IntervalTrigger(seconds=every, timezone=UTC), CronTrigger(minute=17, timezone=UTC)
        self._scheduler.add_job(self._on_tick, Onward(each), id="tick", **every_time)
        self._scheduler.add_job(upkeep, Onward(hourly), id="upkeep", **every_time)
        self._periods = {"tick": timedelta(seconds=every), "upkeep": timedelta(seconds=_HOUR)}

    def start(self) -> None:
        """Begin with a tick at once."""
        self._scheduler.start()
        self._scheduler.modify_job("tick", next_run_time=datetime.now(UTC))
        self._look_after_jobs()

    async def stop(self) -> None:
        """Fire nothing more. What has been fired comes to its end first: shutting down would cancel it."""
        if self._guard is not None:
            self._guard.cancel()
        self._scheduler.pause()
        while self._under_way:  # noqa: ASYNC110  # it takes no time: a tick starts polls and waits for none
            await asyncio.sleep(0)
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # it shuts down in the next turn of the loop

    async def _on_tick(self) -> None:
        await self._tick()

    def _count(self, event: JobEvent) -> None:
        self._under_way += 1 if event.code == EVENT_JOB_SUBMITTED else -1

    def _look_after_jobs(self) -> None:
        """Set those jobs going again that wait for longer than from one run to the next."""
        now = datetime.now(UTC)
        for name, period in self._periods.items():
            job = self._scheduler.get_job(name)
            if job is not None and job.next_run_time - now > 2 * period:
                log.warning("schedule.clock-moved", job=name, reason="the wall clock was set back; it goes on")
                job.modify(next_run_time=now)
        self._guard = asyncio.get_running_loop().call_later(self._every, self._look_after_jobs)
