"""A state whose files are taken away under it is noticed and written anew; a disk that refuses is said once."""

import shutil
from pathlib import Path

import pytest
from disks import no_file_longer_than
from structlog.testing import capture_logs

from bot.errors import StoreBusy, StoreUnwritable
from bot.store.database import SQLiteDB

NAME = "newsvane.db"


def filled(path: Path) -> SQLiteDB:
    """A state in which some of the documents are only in SQLite's log."""
    db = SQLiteDB(path)
    db.table("t").put({number: {"n": number} for number in range(50)})
    db.storage.query("PRAGMA wal_checkpoint")
    db.table("t").put({number: {"n": number} for number in range(50, 60)})
    return db


def remove_all(path):
    shutil.rmtree(path.parent)


def remove_files(path):
    for each in path.parent.iterdir():
        each.unlink()


def remove_log(path):
    path.with_name(f"{NAME}-wal").unlink()


def replace_file(path):
    with SQLiteDB(path.with_name("other")) as other:
        other.table("t").put({1: {"of": "another bot"}})
    path.with_name("other").rename(path)


def remove_lock(path):
    path.with_name(f"{NAME}.lock").unlink()


@pytest.mark.parametrize("harm", [remove_all, remove_files, remove_log, replace_file, remove_lock])
def test_what_was_remembered_is_all_there_after_files_were_taken_away(tmp_path, harm):
    path = tmp_path / "state" / NAME
    db = filled(path)
    assert db.storage.misplaced() == []
    harm(path)
    assert db.storage.misplaced() != []
    db.table("t").put({100: {"n": 100}})  # nobody has noticed yet
    db.storage.put_back()
    assert db.storage.misplaced() == []
    with SQLiteDB(path, read_only=True) as beside:
        assert len(beside.table("t")) == 61
        assert beside.storage.look_through() == []
    with pytest.raises(StoreBusy):
        SQLiteDB(path)
    db.table("t").put({101: {"n": 101}})
    db.close()
    with SQLiteDB(path) as again:
        assert len(again.table("t")) == 62


def test_what_stood_in_the_place_of_the_state_is_kept(tmp_path):
    db = filled(tmp_path / NAME)
    replace_file(tmp_path / NAME)
    aside = db.storage.put_back()[0]
    with SQLiteDB(aside, read_only=True) as kept:
        assert kept.table("t").all_by_id() == {1: {"of": "another bot"}}
    db.close()


def test_on_a_full_disk_nothing_is_put_back_and_nothing_is_lost(tmp_path):
    db = filled(tmp_path / NAME)
    remove_files(tmp_path / NAME)
    with no_file_longer_than(1024), pytest.raises(StoreUnwritable):
        db.storage.put_back()
    assert len(db.table("t")) == 60
    db.storage.put_back()
    assert len(db.table("t")) == 60
    db.close()


def test_a_state_that_was_put_back_and_cannot_be_opened_is_opened_later(tmp_path, monkeypatch):
    """Meanwhile what is read and written waits as for a disk that refuses."""
    db = filled(tmp_path / NAME)
    remove_files(tmp_path / NAME)

    def refused() -> None:
        raise StoreUnwritable("no file can be opened")

    with monkeypatch.context() as broken:
        broken.setattr(db.storage, "_open_for_writing", refused)
        with pytest.raises(StoreUnwritable):
            db.storage.put_back()
    with pytest.raises(StoreUnwritable, match="nothing is lost"):
        db.table("t").put({1: {}})
    db.storage.put_back()
    assert len(db.table("t")) == 60
    db.close()


def test_another_bot_on_the_state_that_took_the_place_of_ours_is_left_alone(tmp_path):
    db = filled(tmp_path / NAME)
    remove_files(tmp_path / NAME)
    with SQLiteDB(tmp_path / NAME) as other:
        other.table("t").put({1: {}})
        with pytest.raises(StoreBusy):
            db.storage.put_back()
        assert len(db.table("t")) == 60
        assert len(other.table("t")) == 1
    db.close()


def test_a_disk_that_refuses_is_said_once_and_so_is_its_end(tmp_path):
    db = SQLiteDB(tmp_path / NAME)
    with capture_logs() as told:
        with no_file_longer_than(0):
            for number in range(3):
                with pytest.raises(StoreUnwritable):
                    db.table("t").put({number: {}})
            assert "Nothing is lost" in db.storage.refusals.reason
            with pytest.raises(StoreUnwritable):
                db.storage.try_disk()
        db.storage.try_disk()
        db.storage.try_disk()
    assert db.storage.refusals.reason == ""
    assert [each["event"] for each in told] == ["state.refused", "state.taken-again"]
    db.close()
