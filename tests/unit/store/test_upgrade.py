"""A state of the format before is brought over when it is opened, whole or not at all, and nothing is told again."""

import json
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, replace

import pytest
from examples import NOW, a_matched_item
from memory import URL, Memory, feed_named

from bot.errors import StoreBroken
from bot.model import Changes, Chat, Delivery, Feed, HostHold, Notice, Wanted
from bot.store import documents as docs
from bot.store import path_of
from bot.store.backup import back_up, findings, restore
from bot.store.database import SQLiteDB
from bot.store.statefile import FORMAT
from bot.store.storage import SQLiteStorage

BEFORE = {"known": ("feed", "seen"), "outbox": ("state", "chat", "waits", "settled"), "told": ("seen",)}
OWN = Feed(name="own", title="Own", url="https://own.example/rss", added=True, chats=(1,))
ANNA = Chat(id=1, title="Anna", watches=("idlib",))
SENT = [
    Delivery(id=f"s{n}", item=f"a{n}", feed="f", chat=1, watches=("idlib",), state="sent", created=NOW - n,
             settled=NOW - n * 86_400 / 2, message_id=100 + n)
    for n in range(30)
]  # fmt: skip
WAITS = Delivery(id="w", item="waits", feed="f", chat=1, watches=("idlib",), created=NOW)
DEAD = replace(WAITS, id="d", item="dead", state="dead", settled=NOW - 60)
TOLD_OF = Notice(key="notice:f:gone:1", feed="f", text="It is gone.", created=NOW)


def old_state(folder):
    """A state as the format before has it: sent deliveries in the outbox, one document a name of who was told."""
    folder.mkdir(exist_ok=True)
    path = path_of(URL, folder)
    notice = Delivery(id="n", item=TOLD_OF.key, feed="f", chat=1, watches=(), state="sent", settled=NOW)
    rows = [*SENT, WAITS, DEAD, notice]
    entries = [a_matched_item(row.item, "idlib", feed="f", seen=NOW) for row in (*SENT, WAITS, DEAD)]
    entries.append(a_matched_item("o1", "idlib", feed="own", published=NOW + 9e5, seen=NOW))
    with SQLiteDB(path, indexes=BEFORE) as db:
        tables = {
            "chats": {docs.doc_id(1): asdict(ANNA)},
            "added": {docs.doc_id("own"): {**asdict(OWN), "since": 1}},
            "known": {docs.doc_id("f", row.item): {"feed": "f", "seen": int(NOW)} for row in rows},
            "items": {docs.item_id(entry): before(docs.item_document(entry)) for entry in entries},
            "notices": {docs.doc_id("f", TOLD_OF.key): asdict(TOLD_OF)},
            "outbox": {docs.row_id(row): docs.delivery_document(row) for row in rows},
            "told": {docs.doc_id(row.item): {"chats": [1, 2], "seen": int(NOW)} for row in rows},
        }
        for name, documents in tables.items():
            db.table(name).put(documents)
        db.storage.query("PRAGMA user_version=1")
    return path


def before(doc):
    doc = {key: value for key, value in doc.items() if key != "aged"}
    return {**doc, "newest": doc["item"]["published"]}


def is_as_it_was(memory):
    """Everything that the old state knew, asked of the new one."""
    facts = memory.poll_facts(feed_named("f"), [*(row.item for row in SENT), "waits", "other"])
    assert all(facts.told([name], [1, 2, 3]) == {1, 2} for name in (*(row.item for row in SENT), "waits"))
    assert set(facts.known) == {*(row.item for row in SENT), "waits"}
    assert memory.heads() == [WAITS]
    assert set(memory.deliveries()) == {DEAD, WAITS}
    counts = memory.counts()
    assert (counts.known, counts.items, counts.queued, counts.dead, counts.sent) == (33, 33, 1, 1, 17)
    assert memory.content_of("waits", "f") is not None
    assert "o1" not in {entry.item.key for entry in memory.latest(["idlib"], 50)}
    assert len(memory.latest(["idlib"], 50)) == 32
    assert len(memory.latest(["idlib"], 50, own=["own"])) == 33


def test_what_was_told_sent_and_kept_is_so_afterwards(tmp_path):
    path = old_state(tmp_path)
    for _ in range(2):
        with closing(Memory(tmp_path)) as memory:
            is_as_it_was(memory)
    assert findings(path) == []
    with SQLiteDB(path, read_only=True) as db:
        assert (db.storage.format, len(db.table("outbox")), len(db.table("notices"))) == (FORMAT, 2, 0)
        told = db.table("told").get_by_id(docs.told_id(docs.doc_id("a3"), 1))
    assert told["message"] == 103


def test_who_only_reads_an_old_state_sees_the_same_and_changes_nothing(tmp_path):
    path = old_state(tmp_path)
    body = path.read_bytes()
    with closing(Memory(tmp_path, read_only=True)) as memory:
        is_as_it_was(memory)
    assert findings(path) == []
    assert path.read_bytes() == body


def test_an_old_backup_is_restored_and_brought_over(tmp_path):
    path, kept = old_state(tmp_path), tmp_path / "kept"
    back_up(path, kept)
    with closing(Memory(tmp_path)) as memory:
        memory.unsubscribe(1, ["idlib"])
    restore(kept, path)
    with closing(Memory(tmp_path)) as memory:
        is_as_it_was(memory)


@pytest.mark.parametrize(
    ("table", "keys"), [("told", {"chats": 5}), ("outbox", {"created": "x"}), ("items", {"newest": ""})]
)
def test_an_old_state_that_makes_no_sense_is_refused_and_left_as_it_is(tmp_path, table, keys):
    path = old_state(tmp_path)
    with SQLiteDB(path) as db:
        number, doc = next(iter(db.table(table).all_by_id().items()))
        db.table(table).put({number: {**doc, **keys}})
    body = path.read_bytes()
    with pytest.raises(StoreBroken, match=f"of {table}: {next(iter(keys))}"):
        Memory(tmp_path)
    assert path.read_bytes() == body


def test_killed_at_any_statement_of_it_the_state_is_the_old_one_or_the_new_one(tmp_path):
    """Every so many statements is in turn the death of the process."""
    script = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = ["tests", "."]
from bot.store.storage import SQLiteStorage
from memory import Memory
count, kill_at = 0, int(sys.argv[2])
run = SQLiteStorage._run
def counted(self, step):
    global count
    count += 1
    if count == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    return run(self, step)
SQLiteStorage._run = counted
Memory(Path(sys.argv[1]))
print("opened", count)
"""
    old_state(tmp_path / "old")
    ends = []
    for number in range(5, 2_000, 90):
        folder = tmp_path / str(number)
        shutil.copytree(tmp_path / "old", folder)
        ran = subprocess.run(
            [sys.executable, "-c", script, str(folder), str(number)], capture_output=True, text=True, check=False
        )
        ends.append(ran.returncode)
        with closing(Memory(folder)) as memory:
            is_as_it_was(memory)
        if "opened" in ran.stdout:
            break
    assert ends[-1] == 0, ran.stderr
    assert len(ends) > 3
    assert set(ends[:-1]) == {-signal.SIGKILL}


def test_a_state_from_before_articles_were_read_opens_and_goes_on(tmp_path):
    memory = Memory(tmp_path)
    memory.subscribe(ANNA, ["idlib"])
    memory.poll(a_matched_item("a1", "idlib"), a_matched_item("a2"))
    memory.close()
    path = path_of(URL, tmp_path)
    with closing(SQLiteStorage(path)) as storage:
        with storage.one_write():
            for table in ("wanted", "holds", "asides"):
                storage.drop(table)
        for _, text in storage.texts("items"):
            assert not {"body", "paragraphs", "unread"} & json.loads(text)["item"].keys(), "as they were written then"
    memory = Memory(tmp_path)
    assert (memory.wanted(), memory.holds()) == ([], [])
    assert memory.known(["a1", "a2"]) == {"a1", "a2"}
    assert memory.poll(a_matched_item("a1", "idlib"), a_matched_item("a2")).new == ()
    page = Wanted(feed="moscow-times", item="a2", link="https://moscow-times.example/a2", since=NOW)
    memory.commit(Changes(wanted=(page,), holds=(HostHold(host="moscow-times.example", until=NOW),)))
    memory.reopen()
    assert memory.wanted() == [page]
    assert [row.item for row in memory.heads()] == ["a1"]
    memory.close()
    assert findings(path) == []
