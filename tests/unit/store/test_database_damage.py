"""Whatever happens to the files of a state, it opens to what was committed, or refuses and leaves them as they are."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

from bot.errors import StoreBroken, StoreBusy, StoreUnwritable
from bot.store import backup, soundness, statefile
from bot.store.database import SQLiteDB
from bot.store.statefile import checksum

NAME = "db"
INDEXES = {"outbox": ["state", "chat"]}
WRITER = """
import os, signal, sys
from pathlib import Path
from bot.store.database import SQLiteDB
from bot.store.statefile import checksum
table = SQLiteDB(Path(sys.argv[1])).table("t")
for number in range(1, 7):
    table.put({number: {"n": number, "text": "x" * 20}, 1: {"n": -number}})
os.kill(os.getpid(), signal.SIGKILL)
"""


def open_at(folder, **options):
    return SQLiteDB(folder / NAME, indexes=INDEXES, **options)


def grown(folder):
    """Make a state of some pages with two tables. Returns what it has."""
    folder.mkdir(exist_ok=True)
    with open_at(folder) as db:
        db.table("t").put({number: {"n": number, "text": "x" * (number % 90)} for number in range(1, 90)})
        db.table("outbox").put({number: {"state": "queued", "chat": number % 3} for number in range(20)})
        return contents(db)


def contents(db):
    return {name: db.table(name).all_by_id() for name in db.tables()}


def looked_up(db):
    """Return what is found by id and by index."""
    table = db.table("outbox")
    return [table.where(chat=number) for number in range(3)], db.table("t").get_many(range(90))


def files(folder):
    """Return the bytes of all files but the lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(".lock")}


def killed(folder):
    """Let a process commit six times and die. Returns what the state was after each."""
    subprocess.run([sys.executable, "-c", WRITER, str(folder / NAME)], check=False)
    return [
        {"t": {1: {"n": -last}, **{number: {"n": number, "text": "x" * 20} for number in range(2, last + 1)}}}
        for last in range(1, 7)
    ]


def test_a_torn_wal_is_the_state_before_wherever_it_is_cut(tmp_path):
    """What was whole counts, and is the more the later it is cut."""
    (tmp_path / "made").mkdir()
    states = [{}, {"t": {}}, *killed(tmp_path / "made")]
    wal = (tmp_path / "made" / "db-wal").read_bytes()
    seen = []
    for cut in range(0, len(wal) + 1, 301):
        folder = tmp_path / f"cut{cut}"
        shutil.copytree(tmp_path / "made", folder)
        (folder / "db-wal").write_bytes(wal[:cut])
        with open_at(folder, read_only=True) as reader:
            found = contents(reader)
        with open_at(folder) as db:
            assert contents(db) == found
            db.table("after").put({1: {"a": 1}})
        with open_at(folder) as again:
            assert contents(again) == found | {"after": {1: {"a": 1}}}
            assert not again.storage.look_through()
        seen.append(states.index(found))
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] >= 6


def test_a_flipped_bit_in_a_wal_is_a_state_that_was(tmp_path):
    (tmp_path / "made").mkdir()
    states = [{}, {"t": {}}, *killed(tmp_path / "made")]
    wal = (tmp_path / "made" / "db-wal").read_bytes()
    for place in range(0, len(wal), 607):
        folder = tmp_path / f"flip{place}"
        shutil.copytree(tmp_path / "made", folder)
        (folder / "db-wal").write_bytes(wal[:place] + bytes([wal[place] ^ 4]) + wal[place + 1 :])
        with open_at(folder) as db:
            assert contents(db) in states


@pytest.mark.parametrize("seed", range(8))
def test_a_flipped_bit_is_refused_or_changes_nothing(tmp_path, seed):
    """Anywhere in the file: StoreBroken at opening or at reading, with the file as it is; else exactly what was put."""
    whole = grown(tmp_path)
    with open_at(tmp_path) as db:
        sought = looked_up(db)
    body = (tmp_path / NAME).read_bytes()
    rnd = random.Random(seed)  # noqa: S311  # the same bits every time
    refused = 0
    for _ in range(150):
        place, bit = rnd.randrange(len(body)), 1 << rnd.randrange(8)
        (tmp_path / NAME).write_bytes(body[:place] + bytes([body[place] ^ bit]) + body[place + 1 :])
        before = files(tmp_path)
        try:
            with open_at(tmp_path) as db:
                assert contents(db) == whole, place
                assert looked_up(db) == sought, place
        except StoreBroken:
            refused += 1
            assert files(tmp_path) == before
    assert refused > 20


@pytest.mark.parametrize(
    "rubbish", [b"", b"rubbish", b'{"a": 1}', bytes(4096), b"SQLite format 3\x00", b"SQLite format 3\x00" + bytes(8000)]
)
def test_what_is_no_state_is_refused_and_left_as_it_is(tmp_path, rubbish):
    (tmp_path / NAME).write_bytes(rubbish)
    before = files(tmp_path)
    for read_only in (True, False):
        with pytest.raises(StoreBroken, match=r"Nothing was changed.*newsvane restore FILE"):
            open_at(tmp_path, read_only=read_only)
    assert files(tmp_path) == before


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path):
    """Also one that has commits in its WAL: nothing is brought over from there."""
    other = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("CREATE TABLE bookmarks (x)")
    other.execute("INSERT INTO bookmarks VALUES (1)")
    before = (tmp_path / NAME).read_bytes(), (tmp_path / "db-wal").read_bytes()
    for read_only in (True, False):
        with pytest.raises(StoreBroken, match="another program"):
            open_at(tmp_path, read_only=read_only)
    assert ((tmp_path / NAME).read_bytes(), (tmp_path / "db-wal").read_bytes()) == before
    other.close()


@pytest.mark.parametrize("left", [1, 511, 4096, 8192, -4096, -1])
def test_a_truncated_file_is_refused(tmp_path, left):
    grown(tmp_path)
    body = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(body[:left])
    before = files(tmp_path)
    with pytest.raises(StoreBroken):
        open_at(tmp_path)
    assert files(tmp_path) == before


def test_every_overwritten_page_is_refused(tmp_path):
    whole = grown(tmp_path)
    body = (tmp_path / NAME).read_bytes()
    for page in range(len(body) // 4096):
        (tmp_path / NAME).write_bytes(body[: page * 4096] + b"\x5a" * 4096 + body[(page + 1) * 4096 :])
        before = files(tmp_path)
        with pytest.raises(StoreBroken):
            open_at(tmp_path)
        assert files(tmp_path) == before
    (tmp_path / NAME).write_bytes(body)
    with open_at(tmp_path) as db:
        assert contents(db) == whole


def test_a_page_that_is_damaged_while_it_is_open_ends_in_store_broken(tmp_path):
    """Not in a traceback, and not in a document too few."""
    with open_at(tmp_path) as db:
        db.table("t").put({number: {"text": "x" * 500} for number in range(4_000)})
    reader = open_at(tmp_path, read_only=True)
    with (tmp_path / NAME).open("r+b") as file:
        for page in range(2, 500):
            file.seek(page * 4096)
            file.write(b"\x5a" * 4096)
    with pytest.raises(StoreBroken):
        reader.table("t").all_by_id()
    assert backup.findings(tmp_path / NAME)
    reader.close()


def test_a_damaged_document_is_found_by_state(tmp_path):
    """SQLite's own checks do not see into it."""
    grown(tmp_path)
    body = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(body.replace(b'"n":77,', b'"n":78,', 1))
    assert backup.findings(tmp_path / NAME) == ["document 77 of t is damaged"]
    with open_at(tmp_path) as db:
        assert db.table("t").get_by_id(78) == {"n": 78, "text": "x" * 78}
        with pytest.raises(StoreBroken, match="document 77 of t"):
            db.table("t").get_by_id(77)


def test_commits_whose_file_is_gone_are_no_reason_to_start_empty(tmp_path):
    killed(tmp_path)
    (tmp_path / NAME).unlink()
    before = files(tmp_path)
    for read_only in (True, False):
        with pytest.raises(StoreBroken, match="gone"):
            open_at(tmp_path, read_only=read_only)
    assert files(tmp_path) == before


def test_a_state_of_a_later_format_is_refused(tmp_path):
    grown(tmp_path)
    other = sqlite3.connect(tmp_path / NAME, isolation_level=None)
    other.execute(f"PRAGMA user_version = {statefile.FORMAT + 1}")
    other.close()
    before = files(tmp_path)
    for read_only in (True, False):
        with pytest.raises(StoreBroken, match="newer"):
            open_at(tmp_path, read_only=read_only)
    assert files(tmp_path) == before


def test_a_second_writer_is_told_who_is_in(tmp_path):
    with open_at(tmp_path), pytest.raises(StoreBusy, match=str(os.getpid())):
        open_at(tmp_path)
    open_at(tmp_path).close()


def test_another_program_that_writes_is_waited_for_and_said(tmp_path, monkeypatch):
    with open_at(tmp_path) as db:
        db.table("t").put({1: {"n": 1}})
        db.storage.query("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(tmp_path / NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="another program"):
            db.table("t").put({1: {"n": 2}})
        other.close()
        db.table("t").put({1: {"n": 3}})
        assert contents(db) == {"t": {1: {"n": 3}}}


def test_a_reader_sees_the_last_commit_and_changes_nothing(tmp_path):
    """Before there is a state, beside a writer, after it has closed, and when another came."""
    reader = open_at(tmp_path, read_only=True)
    assert contents(reader) == {}
    assert files(tmp_path) == {}
    for number in range(3):
        with open_at(tmp_path) as db:
            assert contents(reader).get("t", {}).get(1) == ({"n": number - 1} if number else None)
            db.table("t").put({1: {"n": number}})
            assert contents(reader) == {"t": {1: {"n": number}}}
            with suppress(ZeroDivisionError), db.storage.one_write():
                db.table("t").put({1: {"n": 99}})
                assert contents(reader) == {"t": {1: {"n": number}}}
                raise ZeroDivisionError
        assert contents(reader) == {"t": {1: {"n": number}}}
    reader.close()
    with open_at(tmp_path):
        pass
    before = files(tmp_path)
    with open_at(tmp_path, read_only=True) as again:
        assert contents(again) == {"t": {1: {"n": 2}}}
        with pytest.raises(StoreUnwritable):
            again.table("t").put({1: {"n": 3}})
        with pytest.raises(StoreUnwritable):
            again.drop_tables()
    assert files(tmp_path) == before


def test_after_a_kill_a_reader_sees_all_that_was_committed_and_leaves_it_there(tmp_path):
    states = killed(tmp_path)
    before = files(tmp_path)
    with open_at(tmp_path, read_only=True) as reader:
        assert contents(reader) == states[-1]
    assert {name: body for name, body in files(tmp_path).items() if name != "db-shm"} == {
        name: body for name, body in before.items() if name != "db-shm"
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize("how", ["closed", "killed", "running"])
def test_a_reader_needs_no_folder_that_it_may_write(how):
    script = "import os, sys, urllib.parse; from pathlib import Path; from bot.store.database import SQLiteDB\n"
    script += "os.setgroups([]); os.setgid(54_321); os.setuid(54_321)\n"
    script += "print(len(SQLiteDB(Path(sys.argv[1]), read_only=True).table('t')))"
    with tempfile.TemporaryDirectory() as name:  # others may not come to pytest's own
        folder = Path(name)
        running = None
        if how == "killed":
            killed(folder)
        else:
            running = open_at(folder)
            running.table("t").put({number: {"n": number} for number in range(6)})
            if how == "closed":
                running.close()
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        names = {path.name for path in folder.iterdir()}
        command = [sys.executable, "-B", "-c", script, str(folder / NAME)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.stdout == "6\n", done.stderr
        assert {path.name for path in folder.iterdir()} == names
        if running is not None:
            running.close()


def test_half_a_character_is_kept(tmp_path):
    """Some feeds have it, and UTF-8 does not."""
    with open_at(tmp_path) as db:
        db.table("outbox").put({1: {"state": "\ud83d", "chat": 7, "text": "Идлиб \udca9"}})
    with open_at(tmp_path, read_only=True) as again:
        assert again.table("outbox").where(chat=7) == {1: {"state": "\ud83d", "chat": 7, "text": "Идлиб \udca9"}}


def test_a_name_that_sqlite_would_take_for_another_is_refused(tmp_path):
    with open_at(tmp_path) as db:
        for name in ("T", "sqlite_t", 'a"b', "", "ü"):
            with pytest.raises(ValueError, match="not a table name"):
                db.table(name).put({1: {}})
        db.table("order").put({1: {"a": 1}})
        assert contents(db) == {"order": {1: {"a": 1}}}


def test_documents_are_looked_up_by_keys(tmp_path):
    """By one value or several, by two keys at once, in the order they were added; also where there is no index."""
    with open_at(tmp_path) as db:
        table = db.table("outbox")
        assert table.where(chat=1) == {}
        table.put(
            {3: {"state": "queued", "chat": 1}, 1: {"state": "sent", "chat": 2}, 2: {"state": "sent", "chat": "1"}}
        )
        assert list(table.where(state=["queued", "sent"])) == [3, 1, 2]
        assert list(table.where(state="sent", chat=[1, 2])) == [1]
        assert list(table.where(chat="1")) == [2]
        assert table.where(nothing=1) == {}
        assert table.present([1, 2, 9]) == {1, 2}
        table.remove_where(state="sent", chat=2)
        table.remove_ids([3, 99])
        assert list(table.all_by_id()) == [2]


def test_a_key_that_is_looked_up_by_later_finds_what_was_put_before(tmp_path):
    """Its column and index are made at the next opening for writing; SQLite uses them, and finds nothing wrong."""
    with SQLiteDB(tmp_path / NAME) as db:
        db.table("t").put({number: {"feed": number % 3} for number in range(9)})
    with SQLiteDB(tmp_path / NAME, indexes={"t": ["feed", "seen"]}) as db:
        assert list(db.table("t").where(feed=1)) == [1, 4, 7]
        plan = db.storage.query("EXPLAIN QUERY PLAN SELECT id FROM t WHERE feed = 1")
        assert "USING INDEX t.feed" in str(plan)
        db.table("t").put({1: {"feed": 2, "seen": 5}})
        assert db.table("t").find("feed = ? AND seen > ?", [2, 4]) == [{"feed": 2, "seen": 5}]
        db.table("t").delete("seen = 5")
    with SQLiteDB(tmp_path / NAME, indexes={"t": ["seen"]}) as db:
        assert list(db.table("t").where(feed=1)) == [4, 7]
        assert not db.storage.look_through()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A state of more than is read whole at opening."""
    folder = tmp_path_factory.mktemp("large")
    with open_at(folder) as db:
        db.table("t").put({number * 1_000_003: {"n": number, "text": "x" * 3_500} for number in range(9_500)})
        db.table("outbox").put({number: {"state": "queued", "chat": number % 3} for number in range(20)})
    assert (folder / NAME).stat().st_size > soundness._ALL_CHECKED
    return folder


def damaged(large, folder, change):
    shutil.copy(large / NAME, folder / NAME)
    body = bytearray((folder / NAME).read_bytes())
    change(body)
    (folder / NAME).write_bytes(body)
    return bytes(body)


def cut(body):
    del body[len(body) // 2 :]


def wiped(body):
    body[4096 : len(body) // 2] = bytes(len(body) // 2 - 4096)


def garbled(body):
    """Every second page has another text."""
    for page in range(8192, len(body), 8192):
        at = body.find(b"xxxx", page, page + 4096)
        if at >= 0:
            body[at : at + 4] = b"yyyy"


@pytest.mark.parametrize("change", [cut, wiped, garbled])
def test_a_large_state_that_is_much_damaged_is_refused_by_a_sample_and_left_as_it_is(large, tmp_path, change):
    body = damaged(large, tmp_path, change)
    with pytest.raises(StoreBroken, match="Nothing was changed"):
        open_at(tmp_path)
    assert (tmp_path / NAME).read_bytes() == body


def test_one_damaged_document_of_a_large_state_is_refused_when_it_is_read(large, tmp_path):
    def one(body):
        at = body.index(b'{"n":4711,')
        body[at + 20] ^= 1

    damaged(large, tmp_path, one)
    with suppress(StoreBroken):  # a sample may have met it
        db = open_at(tmp_path)
        with pytest.raises(StoreBroken, match=f"document {4711 * 1_000_003} of t is damaged"):
            db.table("t").get_by_id(4711 * 1_000_003)
        db.close()
    assert backup.findings(tmp_path / NAME) == [f"document {4711 * 1_000_003} of t is damaged"]


def test_of_a_large_state_a_few_documents_are_read_at_opening(large, tmp_path, monkeypatch):
    shutil.copy(large / NAME, tmp_path / NAME)
    read = []
    monkeypatch.setattr(soundness, "checksum", lambda number, doc: read.append(number) or checksum(number, doc))
    open_at(tmp_path).close()
    assert 20 < len(read) < 200
