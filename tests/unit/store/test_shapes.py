"""States of well-formed nonsense: refused with the place, when they are restored and when a bot starts."""

import json
from dataclasses import asdict

import pytest
from examples import NOW, a_match, a_matched_item, a_state, an_item
from memory import URL, Memory

from bot.delivery.settle import Settlement
from bot.errors import StoreBroken
from bot.model import Asides, Changes, Chat, Crash, Feed, HostHold, Lease, MatchedItem, Notice, Poll, Wanted, Watch
from bot.store import path_of
from bot.store.backup import back_up, findings, restore
from bot.store.shapes import SHAPES, nonsense
from bot.store.storage import SQLiteStorage, dumped

ANNA = Chat(id=1, title="Anna")
OWN = Feed(name="own", title="Own", url="https://own.example/rss", added=True, chats=(1,), interval=60.0)
LEASE = Lease(feed="own", hub="https://hub.example/", topic="t", callback="https://me.example/x", secret="s")


@pytest.fixture
def path(tmp_path):
    """A state that has something in every table."""
    store = Memory(tmp_path)
    store.subscribe(ANNA, ["idlib", "syria"])
    store.poll(a_matched_item("a1", "idlib"), a_matched_item("a2", "syria", published=None))
    store.poll(a_matched_item("a3", "idlib"))
    row = store.heads()[0]
    store.claim(row)
    store.settle(Settlement(delivery=row))
    item = an_item("a4", summary="Ankara, again", author="A. Author", lang="en")
    polls = (Poll(NOW, 0.2, "200", 3), Poll(NOW + 1, 2.0, "unreachable"))
    store.commit(
        Changes(
            states=(a_state(feed="own", polls=polls, skip_days=(1,), pushed=(None, NOW), etag='"1"'),),
            habits={"own": "1:2"},
            feeds=(OWN,),
            leases=(LEASE,),
            items=(MatchedItem(item=item, matches=(a_match(item, "w", "Ankara", field="summary", tier="mention"),)),),
            notices=(Notice(key="broken", feed="own", text="It is broken.", created=NOW),),
            crashes=(Crash("moscow-times", "a2", 1),),
            wanted=(Wanted(feed="own", item="a4", link="https://own.example/a4", since=NOW, chat=1),),
            asides=(Asides(watch="idlib", day=20_000, count=3),),
            holds=(HostHold(host="own.example", until=NOW),),
            watches=(Watch(name="planes@1", title="planes", query="planes", chat=1, feeds=("own",)),),
            filed_for="x",
        )
    )
    for _ in store.store.file(least=4):
        pass
    store.commit(Changes(items=(a_matched_item("a5"),)))
    store.close()
    return path_of(URL, tmp_path)


def change(path, table, **keys):
    """Put other values into the first document of a table, as somebody would who can write the format."""
    storage = SQLiteStorage(path)
    try:
        number, text = storage.texts(table)[0]
        storage.put(table, [(number, dumped(json.loads(text) | keys))])
    finally:
        storage.close()


def test_what_the_store_writes_makes_sense(path):
    storage = SQLiteStorage(path, read_only=True)
    try:
        tables = set(storage.tables)
        assert tables == set(SHAPES)
        assert [said for table in tables for said in nonsense(table, storage.texts(table))] == []
        assert all(storage.texts(table) for table in tables)
    finally:
        storage.close()
    assert findings(path) == []


NONSENSE = [
    ("chats", {"watches": 5}, "watches: input should be"),
    ("chats", {"id": "me"}, "id: input should be"),
    ("chats", {"id": 2**70}, "id: input should be less"),
    ("feeds", {"health": {"polls": ["x"]}}, "health.polls: input should be"),
    ("feeds", {"health": {"polls": "x"}}, "health.polls: value error"),
    ("feeds", {"health": {"polls": "nan/1/200/1"}}, "health.polls: value error"),
    ("feeds", {"schedule": {"next_poll": "soon"}}, "schedule.next_poll"),
    ("feeds", {"schedule": {"next_poll": 1e300}}, "schedule.next_poll"),
    ("feeds", {"more": 1}, "more: extra inputs"),
    ("habits", {"habit": None}, "habit: input"),
    ("added", {"since": "first"}, "since: input"),
    ("added", {"url": None}, "url: input"),
    ("leases", {"state": "maybe"}, "state: input should be 'asked'"),
    ("outbox", {"created": "yesterday"}, "created: input"),
    ("outbox", {"state": "lost"}, "state: input should be 'queued'"),
    ("meta", {"filed_for": 1}, "filed_for: input"),
]
LATER = [
    ("items", {"item": {"keys": [], "feed": "f", "source": "s", "title": "t"}}, "item.keys: "),
    ("items", {"item": {"feed": "f", "source": "s", "title": "t"}}, "item.keys: field required"),
    ("items", {"matches": [{"watch": "w"}]}, "matches.0.title"),
    ("known", {"seen": True}, "seen: input"),
    ("notices", {"text": ["x"]}, "text: input"),
    ("crashes", {"times": "often"}, "times: input"),
]


@pytest.mark.parametrize(("table", "keys", "said"), NONSENSE + LATER, ids=str)
def test_nonsense_is_not_restored(path, tmp_path, table, keys, said):
    backup = tmp_path / "kept"
    back_up(path, backup)
    change(backup, table, **keys)
    before = path.read_bytes()
    with pytest.raises(StoreBroken, match=rf"document \d+ of {table}: {said}.*Nothing was changed"):
        restore(backup, path)
    assert path.read_bytes() == before
    assert said in findings(backup)[0]


@pytest.mark.parametrize(("table", "keys", "said"), NONSENSE, ids=str)
def test_a_bot_does_not_start_on_nonsense(path, table, keys, said):
    change(path, table, **keys)
    with pytest.raises(StoreBroken, match=rf"document \d+ of {table}: {said}.*newsvane restore FILE"):
        Memory(path.parent)
    assert StoreBroken.exit_code == 78


def test_a_noun_with_a_new_field_has_it_in_the_schema():
    assert set(SHAPES["chats"].model_fields) == set(asdict(ANNA))
