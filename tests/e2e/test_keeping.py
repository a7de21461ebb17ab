"""Backup, restore and a look at the state, as whoever keeps a bot does it: nothing is lost by a mistake."""

import pytest
from examples import NOW, a_matched_item
from test_cli import newsvane

from bot.alerts.plan import plan
from bot.model import Chat, FeedState
from bot.store import open_store
from bot.store.journal.lines import line

URL = "tinydb:newsvane.db"


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
    store = open_store(URL, tmp_path / "state")
    store.subscribe(Chat(id=7), ["idlib"])
    found = plan([a_matched_item("a1", "idlib")], known=frozenset(), audience=store.audience(), primed=True, now=NOW)
    store.commit_poll(found, FeedState(feed="f", last_poll=NOW))
    store.close()
    return tmp_path


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".lock"}


async def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(place):
    assert (await newsvane("backup", "kept.nv", cwd=place)).code == 0
    store = open_store(URL, place / "state")
    store.unsubscribe(7, ["idlib"])
    store.close()
    before = files(place / "state")
    ended = await newsvane("restore", "kept.nv", "--yes", cwd=place)
    assert ended.code == 0, ended.err
    after = files(place / "state")
    assert all(body in after.values() for body in before.values())
    store = open_store(URL, place / "state")
    assert store.subscriptions(7) == ("idlib",)
    assert [row.chat for row in store.heads()] == [7]
    assert not store.findings
    store.close()


async def test_restore_asks_before_it_replaces(place):
    """Without an answer, as in a script, nothing is done."""
    await newsvane("backup", "kept.nv", cwd=place)
    before = files(place / "state")
    ended = await newsvane("restore", "kept.nv", cwd=place)
    assert ended.code == 1
    assert "Go on?" in ended.out
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
    assert "1 with 1 subscriptions" in told.out


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"rubbish", "no backup"),
        (b"", "no backup"),
        (line('{"journal":99,"generation":1,"sequence":1}'), "newer Newsvane"),
        (line('{"journal":1,"generation":1,"sequence":1}'), "its end is missing"),
        (
            line('{"journal":1,"generation":1,"sequence":1}')
            + line('["meta",{"1":{"format":99}}]')
            + line('{"tables":["meta"],"documents":1}'),
            "newer Newsvane",
        ),
    ],
    ids=["rubbish", "empty", "newer files", "cut", "newer documents"],
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
    running = open_store(URL, place / "state")
    assert (await newsvane("backup", "kept.nv", cwd=place)).code == 0
    assert (await newsvane("state", "--json", cwd=place)).code == 0
    ended = await newsvane("restore", "kept.nv", "--yes", cwd=place)
    assert ended.code == 75
    assert "already runs" in ended.err
    running.close()


async def test_damage_is_said_by_state(place):
    path = place / "state" / "newsvane.db"
    path.write_bytes(b"rubbish")
    ended = await newsvane("state", cwd=place)
    assert ended.code == 1
    assert "damaged" in ended.out
    assert path.read_bytes() == b"rubbish"


async def test_an_empty_memory_is_said(place):
    for path in (place / "state").iterdir():
        path.unlink()
    assert "nothing is remembered yet" in (await newsvane("state", cwd=place)).out
    assert (await newsvane("backup", "kept.nv", cwd=place)).code == 78
