"""Who asks a host, and when."""

import asyncio
from contextlib import suppress
from itertools import pairwise

import leaping
import pytest

from bot.demo.bell import PATIENCE
from bot.feeds.fetch.hosts import LATE_BEHIND, Turns


async def hold(turns: Turns, host: str, log: list[str], name: str, *, behind: bool = False) -> None:
    async with turns.turn(host, behind=behind):
        log.append(f"{name} in")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        log.append(f"{name} out")


async def test_a_host_serves_one_at_a_time_in_the_order_of_asking() -> None:
    """Turns of one host never overlap and come in order."""
    turns, log = Turns(0.0), []
    await asyncio.gather(*(hold(turns, "a", log, name) for name in "123"))
    assert log == ["1 in", "1 out", "2 in", "2 out", "3 in", "3 out"]


async def test_who_stands_behind_lets_others_pass() -> None:
    """However many stand behind, who comes later and does not waits for two of them at most: one served, one next."""
    turns, log = Turns(0.0), []
    crowd = [hold(turns, "a", log, f"crowd {number}", behind=True) for number in range(20)]
    await asyncio.gather(*crowd, hold(turns, "a", log, "feed"))
    assert log.index("feed in") <= 4
    assert len(log) == 42


async def hang(turns: Turns, log: list[str], *, share: float) -> None:
    """Hold host a for ever, or until the turn is ended."""
    async with turns.turn("a", share=share) as turn:
        try:
            async with turn.bounded(3_600.0):
                log.append("hangs")
                await asyncio.Event().wait()
        except TimeoutError:
            log.append(f"ended, cut: {turn.was_cut}")


def test_who_holds_a_host_longer_than_its_share_makes_way_for_who_waits() -> None:
    """Of four that never answer the first goes on beside, and the others keep a fifth waiting for a share each."""

    async def trial(time: leaping.VirtualTime) -> tuple[list[str], float]:
        turns, log = Turns(0.0), []
        late = [asyncio.create_task(hang(turns, log, share=5.0)) for _ in range(4)]
        await asyncio.sleep(0)
        await hold(turns, "a", log, "good")
        told = list(log), time.now
        await asyncio.gather(*late)
        return told

    log, at = leaping.run(trial)
    assert log == ["hangs", *["hangs", "ended, cut: True"] * 3, "good in", "good out"]
    assert at == pytest.approx(20.0)


def test_who_comes_when_a_share_is_over_gets_the_turn_at_once() -> None:
    """The share counts from the beginning of the turn, also while nobody waits."""

    async def trial(time: leaping.VirtualTime) -> tuple[list[str], float]:
        turns, log = Turns(0.0), []
        late = asyncio.create_task(hang(turns, log, share=5.0))
        await asyncio.sleep(60.0)
        await hold(turns, "a", log, "good")
        told = list(log), time.now
        await late
        return told

    assert leaping.run(trial) == (["hangs", "good in", "good out"], pytest.approx(60.0))


def test_at_most_one_late_request_is_under_way_beside_the_others() -> None:
    """Those known to be late wait for each other, and nobody else for them."""

    async def trial(time: leaping.VirtualTime) -> tuple[int, list[float]]:
        turns, under_way, most, good = Turns(0.0), 0, 0, []

        async def slow(*, late: bool) -> None:
            nonlocal under_way, most
            async with turns.turn("a", late=late, share=5.0) as turn:
                with suppress(TimeoutError):
                    async with turn.bounded(30.0):
                        under_way += 1
                        most = max(most, under_way)
                        try:
                            await asyncio.sleep(29.0)
                        finally:
                            under_way -= 1

        crowd = [asyncio.create_task(slow(late=number > 0)) for number in range(8)]
        while not all(task.done() for task in crowd):
            async with turns.turn("a"):
                good.append(time.now)
            await asyncio.sleep(10.0)
        return most, good

    most, good = leaping.run(trial)
    assert most == 2  # one late, one whose share is not over
    assert max(later - earlier for earlier, later in pairwise(good)) <= 10.0 + 5.0


@pytest.mark.parametrize(("behind", "held"), [(False, 29.0), (True, LATE_BEHIND)])
def test_who_stands_behind_may_hold_the_late_lane_for_less(behind, held) -> None:
    """A late request of a chat makes way for the next; one of everybody's feeds may last to its end."""

    async def trial(time: leaping.VirtualTime) -> float:
        turns = Turns(0.0)

        async def slow() -> None:
            async with turns.turn("a", late=True, behind=behind) as turn:
                with suppress(TimeoutError):
                    async with turn.bounded(29.0):
                        await asyncio.Event().wait()

        first = asyncio.create_task(slow())
        await asyncio.sleep(0)
        async with turns.turn("a", late=True):
            at = time.now
        await first
        return at

    assert leaping.run(trial) == pytest.approx(held)


def test_turns_of_both_lanes_are_spaced() -> None:
    """Two requests to a host never begin at once, whatever lane they come from."""

    async def trial(time: leaping.VirtualTime) -> list[float]:
        turns, began = Turns(2.0), []

        async def ask(*, late: bool) -> None:
            async with turns.turn("a", late=late):
                began.append(time.now)
                await asyncio.sleep(0.5)

        await asyncio.gather(*(ask(late=number % 2 == 0) for number in range(6)))
        return began

    began = leaping.run(trial)
    assert min(later - earlier for earlier, later in pairwise(began)) >= 2.0


async def test_who_has_a_host_for_itself_may_take_its_time() -> None:
    """Without anybody who waits, only the time-out ends a turn."""
    turns = Turns(0.0)
    async with turns.turn("a", share=0.0) as turn, turn.bounded(3_600.0):
        await asyncio.sleep(0.02)
    assert not turn.was_cut


async def test_hosts_do_not_wait_for_each_other() -> None:
    """Turns of two hosts overlap."""
    turns, log = Turns(0.0), []
    await asyncio.gather(hold(turns, "a", log, "a"), hold(turns, "b", log, "b"))
    assert log[:2] == ["a in", "b in"]


def test_turns_of_a_host_are_spaced() -> None:
    """The next turn starts the spacing after the end of the last, and that of another host at once."""

    async def trial(_: leaping.VirtualTime) -> list[float]:
        turns, began = Turns(10.0), []
        for host in ("a", "a", "b", "a"):
            async with turns.turn(host):
                began.append(asyncio.get_running_loop().time())
                await asyncio.sleep(1.0)
        return began

    assert leaping.run(trial) == pytest.approx([0.0, 11.0, 12.0, 22.0], abs=0.01)


async def test_a_turn_that_fails_or_is_cancelled_frees_the_host() -> None:
    """Whatever happens in a turn or while waiting for one, the next still comes."""
    turns = Turns(0.0)
    with pytest.raises(ValueError, match="oh"):
        async with turns.turn("a"):
            raise ValueError("oh")
    async with turns.turn("a"):
        waiting = asyncio.create_task(hold(turns, "a", [], "x"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(PATIENCE), turns.turn("a"):
        pass
    assert turns._hosts["a"].users == 0


async def test_hosts_that_are_idle_are_forgotten() -> None:
    """Redirects to any number of hosts do not fill the memory, and a host in use stays."""
    turns = Turns(0.0)
    async with turns.turn("kept"):
        for number in range(2_000):
            async with turns.turn(f"host-{number}"):
                pass
        assert len(turns._hosts) < 600
        assert "kept" in turns._hosts
