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


def heard(listener) -> list[str]:
    messages = []
    while True:
        try:
            messages.append(listener.recv(4096).decode())
        except BlockingIOError:
            return messages


def test_the_watchdog_is_fed_while_every_loop_makes_progress(manager):
    now = 0.0
    watchdog = Watchdog("poller", "sender", "updates", steady=lambda: now)
    now = STALL - 1
    assert watchdog.feed() == frozenset()
    assert heard(manager) == ["WATCHDOG=1"]


@pytest.mark.parametrize("hung", ["poller", "sender", "updates"])
def test_one_loop_that_hangs_is_enough_to_starve_it(manager, hung):
    now = 0.0
    watchdog = Watchdog("poller", "sender", "updates", steady=lambda: now)
    now = STALL + 1
    for loop in {"poller", "sender", "updates"} - {hung}:
        watchdog.progress_of(loop)()
    assert watchdog.feed() == {hung}
    assert watchdog.feed() == frozenset()  # said once
    assert heard(manager) == []


def test_a_loop_that_goes_on_is_forgiven(manager):
    now = 0.0
    watchdog = Watchdog("poller", steady=lambda: now)
    now = STALL + 1
    watchdog.feed()
    watchdog.progress_of("poller")()
    assert watchdog.feed() == frozenset()
    assert heard(manager) == ["WATCHDOG=1"]


def test_without_a_service_manager_nothing_is_sent(monkeypatch):
    assert notify("READY=1", environ={}) is False
    assert notify("READY=1", environ={"NOTIFY_SOCKET": "/nowhere/at/all"}) is False
