"""When systemd is told that the bot is well."""

import socket

import pytest

from bot.runtime.watchdog import STALL, Watchdog, notify


@pytest.fixture
def manager(tmp_path, monkeypatch):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.setblocking(False)  # noqa: FBT003  # the socket API
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield listener


class Time:
    """A steady clock, with a tick that feeds the watchdog every ten seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def passes(self, watchdog, seconds, *, progress=()) -> frozenset[str]:
        told = frozenset()
        ends = self.now + seconds
        while self.now < ends:
            self.now = min(self.now + 10.0, ends)
            for loop in progress:
                watchdog.progress_of(loop)()
            told |= watchdog.feed()
        return told


def heard(listener) -> list[str]:
    messages = []
    while True:
        try:
            messages.append(listener.recv(4096).decode())
        except BlockingIOError:
            return messages


def test_the_watchdog_is_fed_while_every_loop_makes_progress(manager):
    time = Time()
    watchdog = Watchdog("poller", "sender", "updates", steady=lambda: time.now)
    assert time.passes(watchdog, STALL - 1) == frozenset()
    assert heard(manager) == ["WATCHDOG=1"] * 8


@pytest.mark.parametrize("hung", ["poller", "sender", "updates"])
def test_one_loop_that_hangs_is_enough_to_starve_it(manager, hung):
    time = Time()
    watchdog = Watchdog("poller", "sender", "updates", steady=lambda: time.now)
    others = {"poller", "sender", "updates"} - {hung}
    time.passes(watchdog, STALL, progress=others)
    heard(manager)
    assert time.passes(watchdog, 10, progress=others) == {hung}
    assert time.passes(watchdog, 100, progress=others) == frozenset()  # said once
    assert heard(manager) == []


def test_a_loop_that_goes_on_is_forgiven(manager):
    time = Time()
    watchdog = Watchdog("poller", steady=lambda: time.now)
    time.passes(watchdog, STALL + 1)
    heard(manager)
    watchdog.progress_of("poller")()
    assert watchdog.feed() == frozenset()
    assert heard(manager) == ["WATCHDOG=1"]


def test_while_the_machine_sleeps_nobody_stalls(manager):
    """After two months asleep the loops have the usual time to come round."""
    time = Time()
    watchdog = Watchdog("poller", "sender", steady=lambda: time.now)
    time.passes(watchdog, 20)
    time.now += 60 * 86_400
    assert watchdog.feed() == frozenset()
    assert time.passes(watchdog, STALL - 21) == frozenset()
    assert time.passes(watchdog, 20, progress=["poller"]) == {"sender"}


def test_without_a_service_manager_nothing_is_sent(monkeypatch):
    assert notify("READY=1", environ={}) is False
    assert notify("READY=1", environ={"NOTIFY_SOCKET": "/nowhere/at/all"}) is False
