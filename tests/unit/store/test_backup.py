"""A backup has all that was committed; restoring it keeps what was there; what is no backup is left alone."""

import os
import sqlite3
import subprocess
import sys

import pytest

from bot.errors import StoreBroken, StoreBusy, StoreError, StoreUnwritable
from bot.store.backup import back_up, findings, restore
from bot.store.database import SQLiteDB

NAME = "newsvane.db"


@pytest.fixture
def path(tmp_path):
    """A state with one document."""
    put(tmp_path / "state" / NAME, 1)
    return tmp_path / "state" / NAME


def put(path, number):
    with SQLiteDB(path) as db:
        db.table("t").put({1: {"n": number}})


def number_in(path):
    with SQLiteDB(path, read_only=True) as db:
        return db.table("t").all_by_id()[1]["n"]


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}


def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(path, tmp_path):
    size = back_up(path, tmp_path / "kept")
    assert size == (tmp_path / "kept").stat().st_size
    put(path, 2)
    before = files(path.parent)
    (aside,) = restore(tmp_path / "kept", path)
    assert aside.read_bytes() == before[NAME]
    assert (number_in(path), number_in(aside)) == (1, 2)
    assert files(path.parent).keys() == {NAME, aside.name}
    put(path, 3)
    assert number_in(tmp_path / "kept") == 1


def test_what_a_killed_process_committed_is_kept_aside_too(path, tmp_path):
    """It stands in the WAL only, which must not be played into the state that is put in place."""
    back_up(path, tmp_path / "kept")
    script = """
import os, signal, sys
from pathlib import Path
from bot.store.database import SQLiteDB
SQLiteDB(Path(sys.argv[1])).table("t").put({1: {"n": 2}})
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert path.with_name(f"{NAME}-wal").stat().st_size
    (aside,) = restore(tmp_path / "kept", path)
    assert (number_in(path), number_in(aside)) == (1, 2)
    assert not findings(path)


def test_a_broken_state_is_replaced_and_kept(path, tmp_path):
    back_up(path, tmp_path / "kept")
    path.write_bytes(b"rubbish")
    path.with_name(f"{NAME}-wal").write_bytes(b"more of it")
    aside = restore(tmp_path / "kept", path)
    assert [each.read_bytes() for each in aside] == [b"rubbish", b"more of it"]
    assert number_in(path) == 1


def test_a_state_that_is_gone_comes_back(path, tmp_path):
    back_up(path, tmp_path / "kept")
    path.unlink()
    assert restore(tmp_path / "kept", path) == []
    assert number_in(path) == 1


def test_a_backup_is_of_the_last_commit_beside_a_writer(path, tmp_path):
    with SQLiteDB(path) as db:
        for number in range(5):
            with db.storage.one_write():
                db.table("t").put({1: {"n": number}})
            back_up(path, tmp_path / "kept")
            assert number_in(tmp_path / "kept") == number
        with pytest.raises(StoreBusy, match=str(os.getpid())):
            restore(tmp_path / "kept", path)
        db.table("t").put({1: {"n": 9}})
    assert number_in(path) == 9
    assert {each.name for each in tmp_path.iterdir()} == {"state", "kept"}


def test_a_backup_overwrites_a_backup_and_nothing_else(path, tmp_path):
    back_up(path, tmp_path / "kept")
    put(path, 2)
    back_up(path, tmp_path / "kept")
    assert number_in(tmp_path / "kept") == 2
    for body in (b"years of work", b""):
        (tmp_path / "thesis").write_bytes(body)
        with pytest.raises(StoreBroken, match=r"no backup of Newsvane.*Nothing was changed"):
            back_up(path, tmp_path / "thesis")
        assert (tmp_path / "thesis").read_bytes() == body


def test_the_state_itself_is_neither_overwritten_nor_restored(path, tmp_path):
    put(tmp_path / "other" / NAME, 5)
    with SQLiteDB(tmp_path / "other" / NAME):
        for file in (path, tmp_path / "other" / NAME):
            with pytest.raises(StoreBroken, match="in use"):
                back_up(path, file)
    with pytest.raises(StoreBroken, match="the state itself"):
        restore(path, path)
    assert (number_in(path), number_in(tmp_path / "other" / NAME)) == (1, 5)


def newer(file):
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA user_version = 99")
    db.close()


def flipped(file):
    file.write_bytes(file.read_bytes().replace(b'"n":1', b'"n":7'))


def cut(file):
    file.write_bytes(file.read_bytes()[:-4096])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.write_bytes(b"rubbish"), "no backup"),
        (lambda file: file.write_bytes(b""), "no backup"),
        (newer, "newer Newsvane"),
        (flipped, "no backup of Newsvane, or it is damaged .document 1 of t is damaged"),
        (cut, "damaged"),
    ],
)
def test_what_is_no_sound_backup_is_refused_and_the_state_untouched(path, tmp_path, damage, said):
    back_up(path, tmp_path / "kept")
    damage(tmp_path / "kept")
    before = files(path.parent)
    with pytest.raises(StoreBroken, match=said + ".*Nothing was changed"):
        restore(tmp_path / "kept", path)
    assert files(path.parent) == before


def test_a_damaged_state_does_not_take_the_place_of_a_backup(path, tmp_path):
    back_up(path, tmp_path / "kept")
    flipped(path)
    assert findings(path) == ["document 1 of t is damaged"]
    with pytest.raises(StoreBroken, match="document 1 of t is damaged"):
        back_up(path, tmp_path / "kept")
    assert number_in(tmp_path / "kept") == 1


def test_without_a_state_there_is_nothing_to_back_up(tmp_path):
    with pytest.raises(StoreBroken, match="nothing is remembered yet"):
        back_up(tmp_path / NAME, tmp_path / "kept")
    assert files(tmp_path) == {}
    assert findings(tmp_path / NAME) == []


def test_a_place_that_cannot_be_written_is_said(path, tmp_path):
    with pytest.raises(StoreUnwritable, match=r"backup cannot be written.*Name another place"):
        back_up(path, tmp_path / "nowhere" / "kept")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_restores_belongs_to_who_owns_the_state(path, tmp_path):
    back_up(path, tmp_path / "kept")
    for each in (path.parent, *path.parent.iterdir()):
        os.chown(each, 12_345, 12_346)
    restore(tmp_path / "kept", path)
    assert {(each.stat().st_uid, each.stat().st_gid) for each in path.parent.iterdir()} == {(12_345, 12_346)}
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["kept", "kept.new"])
def test_a_backup_is_written_through_no_symbolic_link(path, tmp_path, name):
    """Where others may write too, a link that they made would have any file of this user written over."""
    (tmp_path / "precious").write_bytes(b"keep me")
    (tmp_path / name).symlink_to(tmp_path / "precious")
    with pytest.raises(StoreError, match="symbolic link"):
        back_up(path, tmp_path / "kept")
    assert (tmp_path / "precious").read_bytes() == b"keep me"
    assert (tmp_path / name).is_symlink()


@pytest.mark.parametrize("name", [NAME, f"{NAME}.new", f"{NAME}.lock"])
def test_a_state_is_written_through_no_symbolic_link(path, tmp_path, name):
    """Neither when one begins nor when one is restored, and the lock says its process's number to no other file."""
    back_up(path, tmp_path / "kept")
    (tmp_path / "precious").write_bytes(b"keep me")
    other = tmp_path / "other"
    other.mkdir()
    (other / name).symlink_to(tmp_path / "precious")
    with pytest.raises(StoreError, match="symbolic link"):
        SQLiteDB(other / NAME)
    if name != NAME:  # what stands in the place of the state is kept and replaced, a link too
        with pytest.raises(StoreError, match="symbolic link"):
            restore(tmp_path / "kept", other / NAME)
    assert (tmp_path / "precious").read_bytes() == b"keep me"


def test_a_link_that_leads_nowhere_is_not_followed_either(path, tmp_path):
    (tmp_path / "kept.new").symlink_to(tmp_path / "made")
    with pytest.raises(StoreError, match="symbolic link"):
        back_up(path, tmp_path / "kept")
    assert not (tmp_path / "made").exists()


def test_a_backup_that_a_link_names_can_be_restored(path, tmp_path):
    back_up(path, tmp_path / "kept")
    put(path, 2)
    (tmp_path / "newest").symlink_to(tmp_path / "kept")
    restore(tmp_path / "newest", path)
    assert number_in(path) == 1
