"""Whatever happens to the files of a journal, it opens to a state that was, says what is lost, or refuses."""

import errno
import os
import shutil

import pytest

from bot.errors import StoreBroken, StoreBusy, StoreUnwritable
from bot.store.journal import JournalStorage
from bot.store.journal.lines import line

NAME = "db"


def open_at(folder, **options):
    return JournalStorage(folder / NAME, **options)


def grown(folder, commits=6, **options):
    """Make a state by commits. Gives what it was after each, the last one last."""
    storage = open_at(folder, **options)
    states = [{}]
    for number in range(1, commits + 1):
        storage.change("t", {number: {"n": number, "text": "x" * 20}, 1: {"n": -number}})
        storage.wait()
        states.append({"t": dict(storage.tables["t"])})
    storage.close()
    return states


def files(folder):
    """Give the bytes of all files but the lock."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(".lock")}


def opened(folder):
    """Open, and give the tables and the findings; then commit once more and see that it holds."""
    storage = open_at(folder)
    tables, findings = {name: dict(rows) for name, rows in storage.tables.items()}, storage.findings
    storage.change("after", {1: {"a": 1}})
    storage.close()
    again = open_at(folder)
    assert again.tables == tables | {"after": {1: {"a": 1}}}
    assert not again.findings
    again.close()
    return tables, findings


def test_a_torn_tail_is_the_state_before_wherever_it_is_cut(tmp_path):
    """The last two commits cut at every byte: what was whole counts, and nothing is said about a usual crash."""
    states = grown(tmp_path / "made")
    log = (tmp_path / "made" / "db.log.1").read_bytes()
    ends = [index + 1 for index, byte in enumerate(log) if byte == ord("\n")]
    for cut in range(ends[-3], len(log)):
        folder = tmp_path / f"cut{cut}"
        shutil.copytree(tmp_path / "made", folder)
        (folder / "db.log.1").write_bytes(log[:cut])
        tables, findings = opened(folder)
        assert tables == states[sum(end <= cut for end in ends) - 1]
        assert not findings


@pytest.mark.parametrize("after", [1 << 20, 150], ids=["one generation", "several generations"])
def test_a_flipped_byte_anywhere_is_noticed(tmp_path, after):
    """Each byte of each file in turn: a state that was, with words about what is lost; or the state whole."""
    states = grown(tmp_path / "made", snapshot_after=after)
    made = files(tmp_path / "made")
    assert len([name for name in made if ".log." in name]) >= (1 if after > 1000 else 2)
    for name, body in made.items():
        for place in range(0, len(body), 3):
            folder = tmp_path / f"{name}-{place}"
            shutil.copytree(tmp_path / "made", folder)
            (folder / name).write_bytes(body[:place] + bytes([body[place] ^ 4]) + body[place + 1 :])
            tables, findings = opened(folder)
            assert tables in states
            assert findings or tables == states[-1]
            if findings:
                assert any(".damaged-" in path.name for path in folder.iterdir())
            shutil.rmtree(folder)


def test_a_damaged_snapshot_loses_nothing(tmp_path):
    """The generation before and its logs say the same."""
    states = grown(tmp_path, snapshot_after=150)
    (tmp_path / NAME).write_bytes(b"00000000 rubbish\n")
    tables, findings = opened(tmp_path)
    assert tables == states[-1]
    assert findings


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", b'{"a": 1}', b"\x00" * 4096, b"SQLite format 3\x00"])
def test_with_both_generations_broken_it_refuses_and_touches_nothing(tmp_path, rubbish):
    grown(tmp_path, snapshot_after=150)
    (tmp_path / NAME).write_bytes(rubbish)
    (tmp_path / "db.previous").write_bytes(rubbish)
    before = files(tmp_path)
    for read_only in (False, True):
        with pytest.raises(StoreBroken, match="Nothing was changed"):
            open_at(tmp_path, read_only=read_only)
    assert files(tmp_path) == before


def test_snapshots_that_are_gone_are_no_reason_to_start_empty(tmp_path):
    grown(tmp_path, snapshot_after=150)
    (tmp_path / NAME).unlink()
    (tmp_path / "db.previous").unlink()
    with pytest.raises(StoreBroken, match="gone"):
        open_at(tmp_path)


def test_a_snapshot_cut_at_a_line_is_noticed(tmp_path):
    """Its last line counts what is in it."""
    grown(tmp_path, commits=900, snapshot_after=20_000)
    body = (tmp_path / NAME).read_bytes()
    lines = body.splitlines(keepends=True)
    assert len(lines) > 3
    (tmp_path / NAME).write_bytes(b"".join([lines[0], *lines[2:]]))
    _, findings = opened(tmp_path)
    assert findings


def test_a_journal_of_a_later_format_is_refused(tmp_path):
    grown(tmp_path)
    (tmp_path / NAME).write_bytes(line('{"journal":2,"generation":9,"sequence":9}'))
    before = files(tmp_path)
    with pytest.raises(StoreBroken, match="newer"):
        open_at(tmp_path)
    assert files(tmp_path) == before


@pytest.mark.parametrize("call", ["write", "fdatasync"])
def test_a_commit_that_the_disk_refuses_never_was(tmp_path, monkeypatch, call):
    """Memory and disk are as before; the next commit works, and a restart knows of that one only."""
    storage = open_at(tmp_path)
    storage.change("t", {1: {"n": 1}})

    def refuse(*_):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, call, refuse)
        with pytest.raises(StoreUnwritable, match="Nothing is lost"):
            storage.change("t", {1: {"n": 2}, 2: {"n": 2}})
    assert storage.tables == {"t": {1: {"n": 1}}}
    storage.change("t", {3: {"n": 3}})
    storage.close()
    tables, findings = opened(tmp_path)
    assert tables == {"t": {1: {"n": 1}, 3: {"n": 3}}}
    assert not findings


def test_a_half_written_commit_is_cut_off_before_the_next(tmp_path, monkeypatch):
    """A disk that is full takes some bytes and refuses the rest."""
    storage = open_at(tmp_path)
    storage.change("t", {1: {"n": 1}})
    write = os.write
    calls = []

    def half(file, body):
        calls.append(1)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, bytes(body)[: len(body) // 2])

    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        with pytest.raises(StoreUnwritable):
            storage.change("t", {2: {"n": 2}})
    storage.change("t", {3: {"n": 3}})
    storage.close()
    tables, findings = opened(tmp_path)
    assert tables == {"t": {1: {"n": 1}, 3: {"n": 3}}}
    assert not findings


def test_a_snapshot_that_cannot_be_written_costs_nothing(tmp_path):
    """The logs say all; once it can be written it is."""
    open_at(tmp_path).close()
    (tmp_path / "db.new").mkdir()  # stands where the snapshot is to be written
    states = grown(tmp_path, commits=8, snapshot_after=150)
    storage = open_at(tmp_path, snapshot_after=150)
    assert storage.tables == states[-1]
    assert not storage.findings
    (tmp_path / "db.new").rmdir()
    storage.change("t", {9: {"text": "x" * 300}})
    storage.wait()
    storage.close()
    assert opened(tmp_path)[0]["t"][9]
    assert len([path for path in tmp_path.iterdir() if ".log." in path.name]) <= 12


def test_commits_go_on_while_a_snapshot_is_written(tmp_path):
    """What is committed in the meantime is in the next log, and a reader beside sees a state that was."""
    storage = open_at(tmp_path, snapshot_after=1000)
    storage.change("t", {number: {"n": 0} for number in range(5_000)})
    for number in range(60):
        storage.change("t", {number: {"n": 1}, 10_000 + number: {"n": number}})
        if not number % 6:
            reader = open_at(tmp_path, read_only=True)
            assert reader.tables == storage.tables
            assert not reader.findings
    storage.close()
    expected = {name: dict(rows) for name, rows in storage.tables.items()}
    assert opened(tmp_path)[0] == expected


def test_old_logs_are_removed(tmp_path):
    """What neither the snapshot nor the one before needs is gone."""
    grown(tmp_path, commits=200, snapshot_after=500)
    assert len([path for path in tmp_path.iterdir() if ".log." in path.name]) <= 3


def test_a_second_writer_is_told_who_is_in(tmp_path):
    storage = open_at(tmp_path)
    with pytest.raises(StoreBusy, match=str(os.getpid())):
        open_at(tmp_path)
    storage.close()
    open_at(tmp_path).close()
