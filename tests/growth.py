"""How the cost of some work grows with its input, told from CPU time on this very machine, never in seconds.

    check_growth(work, input_of, n)           the cost grows no faster than n
    check_growth(work, input_of, n, power=2)  no faster than n squared

The work is done on an input of size n and on one 32 times as large, and what counts is the ratio: the best time of
several rounds on the large input to the median on the small one. A cost that grows with the power that is allowed gives
32 ** power, one with the next power 32 times that; the limit stands in the middle, so each side has five times the room
that it needs. CPU time leaves out what other processes do; the rounds go on until the ratio is within the limit, so a
round that was disturbed decides nothing. A median, for on busy virtual machines some milliseconds of CPU count as none.
"""

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

T = TypeVar("T")

TIMES = 32
ROUNDS = 8
LEAST = 0.005
"""Seconds of CPU that a measurement takes at least, by doing small work many times, so that the clock can tell them."""


def check_growth(work: Callable[[T], object], input_of: Callable[[int], T], n: int, *, power: int = 1) -> None:
    """Do `work` on `input_of(n)` and on `input_of(32 * n)`. AssertionError if its cost grows faster than n ** power."""
    small, large = input_of(n), input_of(TIMES * n)
    limit = TIMES ** (power + 0.5)
    times = _times(work, small)
    costs, best = [_cost(work, small, times) for _ in range(5)], float("inf")
    for _ in range(ROUNDS):
        best = min(best, _cost(work, large, 1))
        usual = median(costs)
        if best <= limit * usual:
            return
        costs.append(_cost(work, small, times))
    raise AssertionError(
        f"{TIMES} times the input costs {best:.3g} s of CPU, the input itself {usual:.3g} s; "
        f"at most {limit:.0f} times as much would be right"
    )


def _times(work: Callable[[T], object], small: T) -> int:
    """Return how often the work has to be done for its time to be told."""
    times = 1
    while _cost(work, small, times) * times < LEAST:
        times *= 4
    return times


def _cost(work: Callable[[T], object], given: T, times: int) -> float:
    """Return the seconds of CPU that the work takes once. What collecting garbage costs depends on who ran before."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        began = time.process_time()
        for _ in range(times):
            work(given)
        return (time.process_time() - began) / times
    finally:
        if collecting:
            gc.enable()
