"""How much sooner items are found: ./run bench cadence --items FILE.jsonl.gz [--plot FILE.svg] [--parts].

Replays the publishing of the file's feeds against bot/feeds/cadence/habit.py and against a fixed interval of ten
minutes. The habit is trained on one half of a year, as if the bot had run, and judged on the other; while judged it
goes on learning, from what its own polls have found and from nothing else. An item is found by the first poll at or
after it was published. The fixed interval's figures are means over twenty offsets. Without a file a publisher is made
up. `--parts` also measures what each part of the method is worth, by leaving it out.
"""

import argparse
import bisect
import gzip
import json
import math
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _cadence_plot import plot

from bot.feeds.schedule import habit as habits
from bot.feeds.schedule import rhythm as rhythms
from bot.feeds.schedule.habit import Habit, document, learn, next_poll

EVERY, SHORTEST, LONGEST = 600.0, 120.0, 3_600.0
LIFE = 600.0
OFFSETS = 20
SHIFT = 53 * 7 * 86_400.0
TARGETS = {"Guardian": 0.66, "BBC": 0.86, "CNN": 1.01}
FEEDS = {
    "https.www.theguardian.comrss": "Guardian",
    "http.feeds.bbci.co.uknewsrss.xml": "BBC",
    "http.rss.cnn.comrssedition.rss": "CNN",
}
LEFT_OUT: dict[str, list[tuple[Any, str, float]]] = {
    "nothing left out": [],
    "without liveliness": [(habits, "LINGER", 1e-3)],
    "without minutes": [(rhythms, "EVEN_HOUR", 1e12)],
    "without hours": [(rhythms, "EVEN_DAY", 1e12), (rhythms, "EVEN_WEEK", 1e12)],
}


def moment(text: str) -> float:
    """Read a date of ISO 8601, UTC if it does not say."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


BEGIN, MIDDLE, END = moment("2020-01-01"), moment("2020-07-01"), moment("2021-01-01")


def load(path: Path | None) -> dict[str, list[float]]:
    """Read when each feed published, or make up a feed that publishes by day and on the hour."""
    if path is None:
        rnd = random.Random(1)  # noqa: S311  # the same every time
        days = (BEGIN + 86_400.0 * day for day in range(366))
        hours = [day + 3_600.0 * hour for day in days for hour in range(7, 19)]
        at = [hour + (rnd.uniform(0, 40) if n < 2 else rnd.uniform(0, 3_600)) for hour in hours for n in range(5)]
        return {"made up": sorted(at)}
    found: dict[str, list[float]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["feed"] in FEEDS:
                found[FEEDS[row["feed"]]].append(moment(row["published"]))
    return {name: sorted(found[name]) for name in FEEDS.values()}


@dataclass(slots=True)
class Publisher:
    """A feed behind a cache that keeps a copy for `life` seconds and makes a new one when somebody asks after that.

    `others` is how many others ask, an hour. Without a cache, life is 0. Requests come up to `late` seconds late.
    """

    published: Sequence[float]
    life: float = 0.0
    others: float = 0.0
    made: float = 0.0
    renewal: float = math.inf
    late: float = 0.0
    rnd: random.Random = field(default_factory=lambda: random.Random(5))  # noqa: S311

    def ask(self, now: float) -> tuple[int, bool]:
        """Return how many items the copy has, and whether it was made anew since anyone of us asked last."""
        before = self.made
        while self.renewal <= now:
            self._make(self.renewal)
        if now - self.made >= self.life:
            self._make(now)
        return bisect.bisect_right(self.published, self.made), self.made != before

    def _make(self, now: float) -> None:
        self.made = now
        if self.others:
            self.renewal = now + self.life + self.rnd.expovariate(self.others / 3_600.0)


@dataclass(slots=True)
class Run:
    """What came of some time of polling: when it was asked, the delay of each item, requests that met an old copy."""

    polls: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    wasted: int = 0
    took: list[float] = field(default_factory=list)
    habit: Habit = field(default_factory=Habit)


def adaptive(
    publisher: Publisher, begin: float, end: float, *, every: float = EVERY, habit: Habit | None = None
) -> Run:
    """Poll by habit. What was published before `begin` is old news and not counted."""
    run, now = Run(habit=habit or Habit()), begin
    seen = bisect.bisect_left(publisher.published, begin)
    while now < end:
        there, anew = publisher.ask(now)
        fresh = publisher.made + publisher.life if publisher.life else 0.0
        items = publisher.published[seen : max(there, seen)]
        start = time.process_time()
        run.habit = learn(run.habit, items, now=now, every=every, fresh_until=fresh)
        wanted = next_poll(run.habit, now=now, every=every, shortest=SHORTEST, longest=LONGEST, fresh_until=fresh)
        run.took.append(time.process_time() - start)
        _note(run, now, items, anew=anew)
        seen, now = max(there, seen), wanted + publisher.rnd.uniform(0.0, publisher.late)
    return run


def fixed(publisher: Publisher, begin: float, end: float, *, every: float = EVERY) -> Run:
    """Poll at a fixed interval."""
    run, now, seen = Run(), begin, bisect.bisect_left(publisher.published, begin)
    while now < end:
        there, anew = publisher.ask(now)
        _note(run, now, publisher.published[seen : max(there, seen)], anew=anew)
        seen, now = max(there, seen), now + every + publisher.rnd.uniform(0.0, publisher.late)
    return run


def _note(run: Run, now: float, items: Sequence[float], *, anew: bool) -> None:
    run.polls.append(now)
    run.delays.extend(now - at for at in items)
    run.wasted += not anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Means over one or more runs."""

    requests: float
    mean: float
    p95: float
    wasted: float


def figures(runs: Sequence[Run]) -> Figures:
    """Sum up."""
    return Figures(
        requests=statistics.mean(len(run.polls) for run in runs),
        mean=statistics.mean(statistics.mean(run.delays) for run in runs),
        p95=statistics.mean(sorted(run.delays)[int(len(run.delays) * 0.95)] for run in runs),
        wasted=statistics.mean(run.wasted for run in runs),
    )


def at_offsets(make: Callable[[], Publisher], begin: float, end: float, *, every: float = EVERY) -> Figures:
    """Poll at a fixed interval, from twenty offsets."""
    period = max(every, make().life)
    return figures([fixed(make(), begin + period * n / OFFSETS, end, every=every) for n in range(OFFSETS)])


def halves(at: Sequence[float], *, swapped: bool) -> tuple[list[float], tuple[float, float], tuple[float, float]]:
    """Return the items, the half to train on and the half to judge on. Swapped, the first half comes a year later."""
    if not swapped:
        return list(at), (BEGIN, MIDDLE), (MIDDLE, END)
    moved = [each + SHIFT for each in at if each < MIDDLE]
    return [each for each in at if each >= MIDDLE] + moved, (MIDDLE, END), (BEGIN + SHIFT, MIDDLE + SHIFT)


def judged(at: Sequence[float], *, swapped: bool = False) -> tuple[Run, Run, list[float], tuple[float, float]]:
    """Train on one half, judge on the other: both runs, the items and what was judged."""
    items, train, judge = halves(at, swapped=swapped)
    trained = adaptive(Publisher(items), *train)
    return trained, adaptive(Publisher(items), *judge, habit=trained.habit), items, judge


def compare(feeds: dict[str, list[float]], *, swapped: bool = False) -> None:
    """Print the table against the targets."""
    first, second = ("July to December", "January to June") if swapped else ("January to June", "July to December")
    print(f"trained on {first}, judged on {second}")
    print(
        f"{'feed':<10}{'items':>7}{'requests':>16}{'day':>7}{'mean delay':>16}{'ratio':>7}{'target':>8}"
        f"{'p95':>12}{'ratio':>7}{'ms':>7}{'state':>7}"
    )
    for name, at in feeds.items():
        _, ours, items, judge = judged(at, swapped=swapped)
        even, own = at_offsets(lambda items=items: Publisher(items), *judge), figures([ours])
        size = len(json.dumps(document(ours.habit), separators=(",", ":")))
        print(
            f"{name:<10}{len(ours.delays):>7,}{even.requests:>8,.0f}{own.requests:>8,.0f}{busiest(ours.polls):>7.3f}"
            f"{even.mean:>8.1f}{own.mean:>8.1f}{own.mean / even.mean:>7.3f}{TARGETS.get(name, math.nan):>8.2f}"
            f"{even.p95:>6.0f}{own.p95:>6.0f}{own.p95 / even.p95:>7.3f}"
            f"{statistics.median(ours.took) * 1e3:>7.3f}{size:>7,}"
        )


def busiest(polls: Sequence[float]) -> float:
    """Return how many times a day's allowance was asked for in the busiest 24 hours."""
    return max(bisect.bisect_left(polls, at + 86_400.0) - n for n, at in enumerate(polls)) * EVERY / 86_400.0


@contextmanager
def left_out(part: str) -> Iterator[None]:
    """Draw a part of the method to evenness, however much speaks against it."""
    before = [(module, name, getattr(module, name)) for module, name, _ in LEFT_OUT[part]]
    for module, name, value in LEFT_OUT[part]:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def parts(feeds: dict[str, list[float]]) -> None:
    """Print the ratio of the mean delays with each part left out."""
    print(f"{'ratio of mean delays':<22}" + "".join(f"{name:>10}" for name in feeds))
    for part in LEFT_OUT:
        ratios = []
        for at in feeds.values():
            with left_out(part):
                _, ours, items, judge = judged(at)
            even = at_offsets(lambda items=items: Publisher(items), *judge)
            ratios.append(figures([ours]).mean / even.mean)
        print(f"{part:<22}" + "".join(f"{ratio:>10.3f}" for ratio in ratios))


def cached(at: Sequence[float]) -> None:
    """Print what comes of a cache that keeps a copy for ten minutes, with thirty items a day."""
    rnd = random.Random(3)  # noqa: S311  # the same every time
    share = 30 * 366 / len(at)
    few = [each for each in at if rnd.random() < share]
    print(f"a cache of {LIFE:.0f} s, {len(few) / 366:.0f} items a day")
    print(
        f"{'who else asks':<16}{'interval':>9}{'requests':>16}{'old copies':>16}{'mean delay':>16}"
        f"{'ratio':>7}{'p95':>7}"
    )
    for others, every in ((0.0, 600.0), (0.0, 300.0), (3_600.0, 600.0), (3_600.0, 300.0)):
        even = at_offsets(lambda others=others: Publisher(few, LIFE, others, late=1.0), MIDDLE, END, every=every)
        trained = adaptive(Publisher(few, LIFE, others, late=1.0), BEGIN, MIDDLE, every=every)
        run = adaptive(Publisher(few, LIFE, others, late=1.0), MIDDLE, END, every=every, habit=trained.habit)
        own = figures([run])
        print(
            f"{f'{others:,.0f} an hour' if others else 'nobody':<16}{every:>9.0f}"
            f"{even.requests:>8,.0f}{own.requests:>8,.0f}"
            f"{even.wasted:>8,.0f}{own.wasted:>8,.0f}{even.mean:>8.0f}{own.mean:>8.0f}{own.mean / even.mean:>7.3f}"
            f"{own.p95 / even.p95:>7.3f}"
        )


def draw(path: Path, name: str, at: Sequence[float]) -> None:
    """Draw six hours of a Wednesday, and how soon the items of half a year were found."""
    _, ours, items, (begin, end) = judged(at)
    even = [delay for n in range(OFFSETS) for delay in fixed(Publisher(items), begin + EVERY * n / OFFSETS, end).delays]
    day = moment("2020-10-07T06:00")
    svg = plot(name=name, published=items, ours=ours.polls, every=EVERY, begin=day, hours=6, delays=(ours.delays, even))
    path.write_text(svg, encoding="utf-8")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--items", type=Path, help="a file of items, one JSON object a line, gzipped")
    arguments.add_argument("--plot", type=Path, help="draw the first feed as SVG, no more")
    arguments.add_argument("--parts", action="store_true", help="also measure without each part of the method")
    chosen = arguments.parse_args()
    feeds = load(chosen.items)
    if chosen.plot:
        draw(chosen.plot, *next(iter(feeds.items())))
        return
    compare(feeds)
    compare(feeds, swapped=True)
    cached(next(iter(feeds.values())))
    if chosen.parts:
        parts(feeds)


if __name__ == "__main__":
    main()
