"""Backup, restore and a look at the state, as whoever keeps a bot does it: nothing is lost by a mistake."""

import os
from contextlib import closing
from dataclasses import replace

import pytest
from examples import NOW, a_matched_item
from forked import newsvane
from memory import Memory

from bot.delivery.settle import Refused, Unknown, settle
from bot.model import Chat
from bot.store.database import SQLiteDB


@pytest.fixture
def place(tmp_path):
    """A directory with the shipped config and a state in which somebody waits for an alert."""
    (tmp_path / "config").mkdir()
    for name, text in {
        "newsvane.toml": "",
        "feeds.toml": '[[feed]]\nname = "f"\ntitle = "F"\nurl = "https://example.org/rss"\n',
        "watchlists.toml": '[[watch]]\nname = "idlib"\ntitle = "Idlib"\nquery = "Idlib"\n',
    }.items():
        (tmp_path / "config" / name).write_text(text)
    store = Memory(tmp_path / "state")
    store.subscribe(Chat(id=7), ["idlib"])
    store.poll(a_matched_item("a1", "idlib"), feed="f")
    store.close()
    return tmp_path


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}


async def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(place):
    assert (await newsvane("backup", "kept.nv", cwd=place)).code == 0
    store = Memory(place / "state")
    store.unsubscribe(7, ["idlib"])
    store.close()
    before = files(place / "state")
    ended = await newsvane("restore", "kept.nv", "--yes", cwd=place)
    assert ended.code == 0, ended.err
    after = files(place / "state")
    assert all(body in after.values() for body in before.values())
    store = Memory(place / "state")
    assert store.of(7) == ("idlib",)
    assert [row.chat for row in store.heads()] == [7]
    store.close()


async def test_restore_asks_before_it_replaces(place):
    """Without an answer, as in a script, nothing is done."""
    await newsvane("backup", "kept.nv", cwd=place)
    before = files(place / "state")
    ended = await newsvane("restore", "kept.nv", cwd=place)
    assert ended.code == 1
    assert "Replace state/newsvane.db with kept.nv?" in ended.out
    assert files(place / "state") == before


async def test_a_broken_state_is_mended_by_a_backup(place):
    await newsvane("backup", "kept.nv", cwd=place)
    for path in (place / "state").glob("newsvane.db*"):
        path.write_bytes(b"rubbish")
    broken = await newsvane("state", cwd=place)
    assert broken.code == 78
    assert "newsvane restore" in broken.err
    assert (await newsvane("restore", "kept.nv", "--yes", cwd=place)).code == 0
    told = await newsvane("state", cwd=place)
    assert told.code == 0
    assert "1 with 1 subscription," in told.out


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"rubbish", "no backup"),
        (b"", "no backup"),
        (b"SQLite format 3\x00" + b"\x00" * 4_000, "no backup"),
    ],
    ids=["rubbish", "empty", "looks like one"],
)
async def test_what_is_no_backup_is_refused_and_the_state_untouched(place, body, said):
    (place / "kept.nv").write_bytes(body)
    before = files(place / "state")
    ended = await newsvane("restore", "kept.nv", "--yes", cwd=place)
    assert ended.code == 78
    assert said in ended.err
    assert "Nothing was changed" in ended.err
    assert files(place / "state") == before


async def test_a_backup_overwrites_a_backup_and_nothing_else(place):
    assert (await newsvane("backup", "kept.nv", cwd=place)).code == 0
    assert (await newsvane("backup", "kept.nv", cwd=place)).code == 0
    (place / "thesis.txt").write_text("years of work")
    assert (await newsvane("backup", "thesis.txt", cwd=place)).code == 78
    assert (place / "thesis.txt").read_text() == "years of work"


async def test_backup_and_state_work_beside_a_running_bot_and_restore_does_not(place):
    running = Memory(place / "state")
    assert (await newsvane("backup", "kept.nv", cwd=place)).code == 0
    assert (await newsvane("state", "--json", cwd=place)).code == 0
    ended = await newsvane("restore", "kept.nv", "--yes", cwd=place)
    assert ended.code == 75
    assert "already runs" in ended.err
    running.close()


async def test_damage_is_said_by_state(place):
    path = place / "state" / "newsvane.db"
    body = bytearray(path.read_bytes())
    at = body.index(b"Turkish warplanes")
    body[at : at + 7] = b"Rubbish"
    path.write_bytes(body)
    ended = await newsvane("state", cwd=place)
    assert ended.code == 1
    assert "damaged" in ended.out
    assert path.read_bytes() == body


async def test_an_empty_memory_is_said(place):
    for path in (place / "state").iterdir():
        path.unlink()
    assert "nothing is remembered yet" in (await newsvane("state", cwd=place)).out
    assert (await newsvane("backup", "kept.nv", cwd=place)).code == 78


def waiting(place):
    """What is to be sent next, read beside whoever writes it."""
    with closing(Memory(place / "state", read_only=True)) as store:
        return store.heads()


def settled_as(place, outcome, times=1):
    """Let the one alert that waits end this way. Returns its short id."""
    store = Memory(place / "state")
    for _ in range(times):
        row = store.heads()[0]
        store.claim(row)
        store.settle(settle(replace(row, state="sending"), outcome, now=NOW))
    store.close()
    return row.id


async def test_what_is_uncertain_is_listed_and_sent_again_when_told_to(place):
    name = settled_as(place, Unknown(reason="no answer came"), times=2)
    listed = await newsvane("outbox", "list", cwd=place)
    assert name in listed.out
    assert "uncertain" in listed.out
    assert "no answer came" in listed.out
    assert (await newsvane("outbox", "retry", name, cwd=place)).code == 0
    store = Memory(place / "state")
    (row,) = store.heads()
    assert (row.id, row.state, row.attempts) == (name, "queued", 0)
    store.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_what_root_restores_belongs_to_who_owns_the_state(place):
    """Else a service that has its own user could not start any more."""
    await newsvane("backup", "kept.nv", cwd=place)
    for each in (place / "state", *(place / "state").iterdir()):
        os.chown(each, 12_345, 12_346)
    ended = await newsvane("restore", "kept.nv", "--yes", cwd=place)
    assert ended.code == 0, ended.err
    assert {(path.stat().st_uid, path.stat().st_gid) for path in (place / "state").iterdir()} == {(12_345, 12_346)}


async def test_backup_makes_no_folder_unasked(place):
    ended = await newsvane("backup", str(place / "new/dir/copy"), cwd=place)
    assert ended.code == 2
    assert "there is no folder" in ended.err
    assert not (place / "new").exists()


async def test_what_is_given_up_is_gone_and_nothing_else(place):
    name = settled_as(place, Refused(reason="text is empty"), times=2)
    asked = await newsvane("outbox", "drop", name, cwd=place)
    assert asked.code == 1
    assert name in (await newsvane("outbox", "list", "--state", "dead", "--json", cwd=place)).out
    assert (await newsvane("outbox", "drop", "--all", "--yes", cwd=place)).out == "1 given up.\n"
    assert (await newsvane("outbox", cwd=place)).out == "The outbox is empty.\n"
    store = Memory(place / "state")
    assert store.known(["a1"], "f") == {"a1"}
    assert store.of(7) == ("idlib",)
    store.close()


async def test_what_is_no_longer_kept_is_not_queued_again_to_die(place):
    name = settled_as(place, Refused(reason="text is empty"), times=2)
    with SQLiteDB(place / "state/newsvane.db") as db:
        db.drop_table("items")
    refused = await newsvane("outbox", "retry", name, cwd=place)
    assert refused.code == 2
    assert "no longer kept" in refused.err
    assert "outbox drop" in refused.err
    assert "0 queued again.\n1 cannot be" in (await newsvane("outbox", "retry", "--all", cwd=place)).out
    assert name in (await newsvane("outbox", "list", "--state", "dead", cwd=place)).out


async def test_an_alert_that_waits_is_not_retried_and_what_is_unknown_is_said(place):
    (row,) = waiting(place)
    for words, said in (
        (("retry", row.id), f"{row.id} is queued"),
        (("retry", "nosuch"), "goes by nosuch"),
        (("drop",), "or --all"),
        (("retry", row.id, "--all"), "or --all"),
    ):
        ended = await newsvane("outbox", *words, cwd=place)
        assert ended.code == 2
        assert said in ended.err
    assert waiting(place) == [row]


async def test_beside_a_running_bot_the_outbox_is_listed_and_not_changed(place):
    running = Memory(place / "state")
    assert (await newsvane("outbox", "list", cwd=place)).code == 0
    ended = await newsvane("outbox", "drop", "--all", "--yes", cwd=place)
    assert ended.code == 75
    assert "systemctl stop newsvane" in ended.err
    running.close()
