"""Who asks a host, and when."""

import asyncio

import leaping
import pytest

from bot.demo.bell import PATIENCE
from bot.feeds.fetch.hosts import Turns


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


async def test_who_holds_a_host_longer_than_its_share_makes_way_for_who_waits() -> None:
    """Four that never answer keep a fifth waiting for four shares, not for four timeouts."""
    turns, log = Turns(0.0), []
    late = [hang(turns, log, share=0.01) for _ in range(4)]
    async with asyncio.timeout(60):
        await asyncio.gather(*late, hold(turns, "a", log, "good"))
    assert log == ["hangs", "ended, cut: True"] * 4 + ["good in", "good out"]


async def test_who_comes_when_a_share_is_over_ends_the_turn_at_once() -> None:
    """The share counts from the beginning of the turn, also while nobody waits."""
    turns, log = Turns(0.0), []
    late = asyncio.create_task(hang(turns, log, share=0.0))
    while not log:  # noqa: ASYNC110  # a list has no event
        await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await hold(turns, "a", log, "good")
        await late
    assert log == ["hangs", "ended, cut: True", "good in", "good out"]


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
