"""A disk that refuses and a state that was taken away are said, and mended as far as the bot can."""

from contextlib import contextmanager

import pytest
from disks import no_file_longer_than
from memory import Memory
from structlog.testing import capture_logs

from bot.admin.lookout import SHOWN, TRY_EVERY, Lookout
from bot.errors import StoreUnwritable
from bot.model import Changes, KnownName
from bot.runtime.clocks import Clocks

NOON = 1_780_056_000.0
OPERATOR = 99


class Watch:
    """A lookout on a state of its own."""

    def __init__(self, folder, operator=OPERATOR) -> None:
        self.folder = folder
        self.memory = Memory(folder)
        self.now, self.woken = 0.0, 0
        clocks = Clocks(wall=lambda: NOON + self.now, steady=lambda: self.now)
        self.lookout = Lookout(store=self.memory.store, clocks=clocks, operator=operator, wake=self.wake)

    def wake(self) -> None:
        self.woken += 1

    def after(self, seconds):
        self.now += seconds
        self.lookout.look()
        return self.lookout.trouble()

    def remember(self, name="a1"):
        self.memory.store.commit(Changes(known=(KnownName("f", name, name, NOON),)))

    @contextmanager
    def full_disk(self):
        with capture_logs(), no_file_longer_than(0):
            with pytest.raises(StoreUnwritable):
                self.remember()
            yield


@pytest.fixture
def watch(tmp_path):
    watch = Watch(tmp_path / "state")
    yield watch
    watch.memory.close()


def test_while_all_is_well_nothing_is_said(watch):
    assert watch.after(1) is None
    assert watch.lookout.healthy() == (True, "")


def test_a_disk_that_refuses_is_said_since_when_until_it_takes_something(watch):
    with watch.full_disk():
        assert watch.after(1).kind == "refused"
        well, line = watch.lookout.healthy()
        assert not well
        assert "since 2026-05-29 12:00 UTC" in line
        assert "nothing is lost" in line
        assert watch.after(TRY_EVERY).since == NOON + 1
    assert watch.after(TRY_EVERY / 2) is not None
    watch.after(TRY_EVERY)
    assert watch.after(1) is None
    assert watch.lookout.healthy() == (True, "")


def test_a_state_that_was_removed_is_written_anew_and_the_operator_told_once(watch):
    watch.remember()
    for path in watch.folder.iterdir():
        path.unlink()
    assert watch.after(1).kind == "put back"
    assert watch.woken == 1
    well, line = watch.lookout.healthy()
    assert well
    assert "written anew" in line
    watch.after(TRY_EVERY)
    (row,) = watch.memory.deliveries(states=["queued", "sending"])
    assert row.chat == OPERATOR
    assert "newsvane.db" in watch.memory.store.content(row).text
    assert watch.after(SHOWN + 1) is None
    watch.memory.close()
    watch.memory = Memory(watch.folder)
    assert watch.memory.store.counts().known == 1


def test_a_state_that_was_removed_from_a_full_disk_waits_for_room(watch):
    watch.remember()
    with watch.full_disk():
        for path in watch.folder.iterdir():
            path.unlink()
        assert watch.after(1).kind == "misplaced"
        assert watch.lookout.healthy()[0] is False
        assert watch.after(TRY_EVERY).kind == "misplaced"
    assert watch.after(TRY_EVERY).kind == "put back"


def test_without_a_known_operator_nobody_is_told_in_chat(tmp_path):
    watch = Watch(tmp_path / "state", operator=0)
    (tmp_path / "state/newsvane.db").unlink()
    assert watch.after(1).kind == "put back"
    assert list(watch.memory.deliveries(states=["queued", "sending"])) == []
    watch.memory.close()
