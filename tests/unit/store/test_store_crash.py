"""One commit, whole or not at all, when the disk or the process fails."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest
from disks import no_file_longer_than

from bot.errors import StoreUnwritable
from bot.store.database import SQLiteDB

NAME = "newsvane.db"


def committed(folder):
    with SQLiteDB(folder / NAME, read_only=True) as db:
        return db.storage.read()


@pytest.mark.parametrize("room", [0, 40, 4_000, 9_000])
def test_a_disk_that_refuses_leaves_disk_and_answers_as_they_were(tmp_path, room):
    """Also where some of the pages of a commit still had room; then it recovers by itself."""
    with SQLiteDB(tmp_path / NAME) as db:
        table, other = db.table("chats"), db.table("outbox")
        table.put({1: {"watches": ["idlib"]}})
        before = committed(tmp_path)

        def change():
            with db.storage.one_write():
                table.put({1: {"watches": []}, 2: {"text": "x" * 20_000}})
                other.put({1: {"state": "queued"}})

        length = (tmp_path / f"{NAME}-wal").stat().st_size
        with no_file_longer_than(length + room), pytest.raises(StoreUnwritable, match="Nothing is lost"):
            change()
        assert committed(tmp_path) == before == db.storage.read()
        assert (table.all_by_id(), len(other)) == ({1: {"watches": ["idlib"]}}, 0)
        change()
    assert committed(tmp_path).keys() == {"chats", "outbox"}
    assert committed(tmp_path)["chats"]["1"] == {"watches": []}


def test_a_change_that_was_refused_in_part_is_refused_whole(tmp_path):
    """Also if who made it takes no notice of the error and goes on."""
    with SQLiteDB(tmp_path / NAME) as db:
        table = db.table("t")
        table.put({1: {"n": 1}})
        db.storage.query("PRAGMA cache_size = 1")  # so that pages are written before the commit
        length = (tmp_path / f"{NAME}-wal").stat().st_size
        with pytest.raises(StoreUnwritable), db.storage.one_write():  # noqa: PT012  # the whole block is what is refused
            with no_file_longer_than(length + 9_000), suppress(StoreUnwritable):
                table.put({number: {"text": "x" * 900} for number in range(2, 400)})
            table.put({1: {"n": 2}})
        assert table.all_by_id() == {1: {"n": 1}}
        table.put({1: {"n": 3}})
    assert committed(tmp_path) == {"t": {"1": {"n": 3}}}


def test_a_state_directory_that_cannot_be_written_says_so(tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(StoreUnwritable, match="--state DIR"):
        SQLiteDB(in_the_way / "state" / NAME)


def test_the_files_of_a_state_are_readable_by_its_owner_alone(tmp_path):
    with SQLiteDB(tmp_path / NAME) as db:
        db.table("t").put({1: {}})
        assert {path.name for path in tmp_path.iterdir()} == {NAME, f"{NAME}-wal", f"{NAME}-shm", f"{NAME}.lock"}
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_is_its_folders_owners(tmp_path):
    os.chown(tmp_path, 12_345, 12_346)
    with SQLiteDB(tmp_path / NAME) as db:
        db.table("t").put({1: {}})
        assert {(path.stat().st_uid, path.stat().st_gid) for path in tmp_path.iterdir()} == {(12_345, 12_346)}


def test_killed_at_any_call_of_a_first_start_the_next_one_begins(tmp_path):
    """Every call of ours that touches files is in turn the death of the process; SQLite's calls are the drill's."""
    script = """
import os, pathlib, signal, sys
from bot.store.database import SQLiteDB
kill_at, count = int(sys.argv[2]), 0
def watch(event, args):
    global count
    if event == "open" or event.startswith(("os.", "fcntl.", "sqlite3.")):
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
for name in ("fsync", "pwrite"):
    call = getattr(os, name)
    setattr(os, name, lambda *args, call=call: (sys.audit("os.call"), call(*args))[1])
SQLiteDB(pathlib.Path(sys.argv[1])).table("t").put({1: {"n": 1}})
print("done")
"""
    outcomes = []
    for kill_at in range(1, 60):
        path = tmp_path / str(kill_at) / NAME
        ran = subprocess.run(
            [sys.executable, "-c", script, str(path), str(kill_at)], check=False, capture_output=True, text=True
        )
        with SQLiteDB(path) as db:
            outcomes.append(db.table("t").all_by_id())
            assert not db.storage.look_through()
        assert {each.name for each in path.parent.iterdir()} <= {NAME, f"{NAME}.lock"}
        if "done" in ran.stdout:
            break
    else:
        pytest.fail("the commit never ended")
    assert len(outcomes) > 10
    assert outcomes[0] == {}
    assert outcomes[-1] == {1: {"n": 1}}
