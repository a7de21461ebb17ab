"""States of every format open to the same contents; those of a later one are refused."""

import shutil
from pathlib import Path

import pytest
from bot.store.migrations import FORMAT, MIGRATIONS

from bot.errors import StoreBroken
from bot.model import Chat
from bot.store import open_store

GOLDEN = Path(__file__).parent / "golden"
URL = "tinydb:newsvane.db"


def golden(folder, number):
    """Put the state of a format into a directory."""
    folder.mkdir()
    if number == 1:
        shutil.copy(GOLDEN / "format-1.json", folder / "newsvane.db")
    else:
        for path in GOLDEN.glob(f"format-{number}.db*"):
            shutil.copy(path, folder / path.name.replace(f"format-{number}.db", "newsvane.db"))
    return folder


def answers(store):
    """What a state says, by the words of the ports."""
    return (
        store.counts(),
        store.audience(),
        sorted(store.heads(), key=lambda row: row.id),
        store.feed_state("moscow-times"),
        store.latest(["idlib", "s-400"], 9),
        store.known(["a1", "a2", "a3", "a4"]),
        store.filed_for(),
    )


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
@pytest.mark.parametrize("read_only", [True, False])
def test_a_state_of_any_format_opens_to_the_same_contents(tmp_path, number, read_only):
    folder = golden(tmp_path / "state", number)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    store = open_store(URL, folder, read_only=read_only)
    counts, audience, heads, feed, latest, known, filed = answers(store)
    assert (counts.known, counts.chats, counts.subscriptions, counts.suspended) == (3, 3, 4, 1)
    assert (counts.sent, counts.queued) == (1, 5)
    assert {watch: sorted(chats) for watch, chats in audience.items()} == {"idlib": [-100, 7], "s-400": [7, 9]}
    assert [row.chat for row in heads] == [-100, 7] or len(heads) == 2
    assert (feed.etag, feed.primed) == ('W/"x"', True)
    assert len(latest) == 3
    assert known.keys() == {"a1", "a2", "a3"}
    assert filed == "fingerprint"
    store.close()
    if read_only:
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("number", range(1, FORMAT + 1))
def test_a_migrated_state_stays_migrated_and_the_file_of_before_is_kept(tmp_path, number):
    folder = golden(tmp_path / "state", number)
    body = (folder / "newsvane.db").read_bytes()
    store = open_store(URL, folder)
    first = answers(store)
    store.subscribe(Chat(id=11), ["idlib"])
    store.close()
    if number < FORMAT:
        assert (folder / "newsvane.db.previous").read_bytes() == body
    again = open_store(URL, folder)
    assert again.subscriptions(11) == ("idlib",)
    assert not again.findings
    again.unsubscribe(11, ["idlib"])
    assert answers(again)[2:] == first[2:]
    again.close()


def test_should_the_migrated_snapshot_break_the_old_file_and_the_log_say_the_same(tmp_path):
    folder = golden(tmp_path / "state", 1)
    store = open_store(URL, folder)
    store.subscribe(Chat(id=11), ["idlib"])
    store.close()
    (folder / "newsvane.db").write_bytes(b"rubbish")
    again = open_store(URL, folder)
    assert again.findings
    assert again.subscriptions(11) == ("idlib",)
    assert again.counts().subscriptions == 5
    again.close()


def test_each_format_has_its_step():
    assert sorted(MIGRATIONS) == list(range(1, FORMAT))


@pytest.mark.parametrize(
    "body", [b'{"meta":{"1":{"format":99,"filed_for":""}}}', b'{"_default":{}}', b"[]", b"{}", b""]
)
def test_a_file_that_is_no_state_of_ours_is_left_alone(tmp_path, body):
    (tmp_path / "newsvane.db").write_bytes(body)
    with pytest.raises(StoreBroken, match="Nothing was changed"):
        open_store(URL, tmp_path)
    assert (tmp_path / "newsvane.db").read_bytes() == body
    assert sorted(path.name for path in tmp_path.iterdir()) == ["newsvane.db", "newsvane.db.lock"]


def test_feeds_that_were_added_their_habits_and_their_hubs_are_in_a_state_of_format_3(tmp_path):
    store = open_store(URL, golden(tmp_path / "state", 3), read_only=True)
    feed, state = store.added_feeds()["blog"], store.feed_state("blog")
    assert (feed.title, feed.chats, state.private, state.skip_hours) == ("A blog", (7,), True, (1, 2))
    assert [poll.new for poll in state.polls] == [3]
    assert store.habit("blog") == "{}"
    assert [lease.hub for lease in store.leases()] == ["https://hub.example/"]
    notice = store.notice("notice:blog:broken:1")
    assert notice is not None
    assert notice.text == "A blog cannot be read."
