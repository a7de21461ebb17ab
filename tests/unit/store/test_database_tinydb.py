"""TinyDB's public interface gives on the journal what it gives on TinyDB's own JSON file."""

import random
from contextlib import ExitStack, suppress
from copy import deepcopy
from dataclasses import dataclass

import pytest
from tinydb import JSONStorage, Query, TinyDB, where
from tinydb import operations as op
from tinydb.table import Document

from bot.store.database import SQLiteDB

WORDS = ["Idlib", "Hama", "jet", "S-400", "Идлиб"]


@pytest.fixture
def open_db():
    """Open databases that are closed at the end."""
    with ExitStack() as closing:
        yield lambda path: closing.enter_context(SQLiteDB(path))


def a_value(rnd):
    return rnd.choice(
        [1, 1.0, True, None, "text", rnd.choice(WORDS), rnd.randint(0, 5), [1, "b"], (1, 2), {"deep": [{"er": 1}]}, 2.5]
    )


def a_document(rnd):
    return {rnd.choice("abc"): a_value(rnd) for _ in range(rnd.randint(0, 3))} | {"n": rnd.randint(0, 4)}


def a_condition(rnd):
    word, number = rnd.choice(WORDS), rnd.randint(0, 4)
    return rnd.choice(
        [
            where("n") == number,
            where("n") >= number,
            (where("a") == word) | (where("n") == number),
            ~(where("a").exists()) & (where("n") < number),
            Query().deep.any([1]),
            where("b").test(lambda value: value == word),
            where("a").one_of(WORDS),
        ]
    )


def grow(document):
    document.setdefault("list", []).append(1)


CHANGES = [
    {"a": "changed"},
    {"n": True},
    op.increment("n"),
    op.decrement("n"),
    op.add("n", 2),
    op.subtract("n", 1),
    op.set("c", {"x": [1]}),
    op.delete("n"),
    grow,
]


@dataclass(frozen=True)
class Drawn:
    """What an operation may need."""

    name: str
    document: dict
    more: list
    cond: object
    change: object
    ids: list
    doc_id: int


OPERATIONS = {
    "insert": lambda db, x: db.table(x.name).insert(deepcopy(x.document)),
    "insert_multiple": lambda db, x: db.table(x.name).insert_multiple(deepcopy([x.document, *x.more])),
    "insert by id": lambda db, x: db.table(x.name).insert(Document(deepcopy(x.document), x.doc_id)),
    "insert what JSON does not know": lambda db, x: db.table(x.name).insert({"n": 1, "bad": {1, 2}}),
    "update": lambda db, x: db.table(x.name).update(x.change, x.cond),
    "update by ids": lambda db, x: db.table(x.name).update(x.change, doc_ids=x.ids),
    "update all": lambda db, x: db.table(x.name).update(x.change),
    "update_multiple": lambda db, x: db.table(x.name).update_multiple([({"m": 1}, x.cond), (grow, where("n") == 1)]),
    "upsert": lambda db, x: db.table(x.name).upsert(deepcopy(x.document), x.cond),
    "upsert by id": lambda db, x: db.table(x.name).upsert(Document(deepcopy(x.document), x.doc_id)),
    "remove": lambda db, x: db.table(x.name).remove(x.cond),
    "remove by ids": lambda db, x: db.table(x.name).remove(doc_ids=x.ids),
    "search": lambda db, x: [(doc.doc_id, dict(doc)) for doc in db.table(x.name).search(x.cond)],
    "get": lambda db, x: db.table(x.name).get(x.cond),
    "get by id": lambda db, x: db.table(x.name).get(doc_id=x.doc_id),
    "get by ids": lambda db, x: db.table(x.name).get(doc_ids=x.ids),
    "contains": lambda db, x: (db.table(x.name).contains(x.cond), db.table(x.name).contains(doc_id=x.doc_id)),
    "count": lambda db, x: db.table(x.name).count(x.cond),
    "all": lambda db, x: db.table(x.name).all(),
    "len": lambda db, x: (len(db.table(x.name)), len(db)),
    "iterate": lambda db, x: [(doc.doc_id, dict(doc)) for doc in db.table(x.name)],
    "truncate": lambda db, x: db.table(x.name).truncate(),
    "drop_table": lambda db, x: db.drop_table(x.name),
    "drop_tables": lambda db, _: db.drop_tables(),
    "tables": lambda db, _: db.tables(),
}
RARE = {"truncate", "drop_table", "drop_tables", "update all"}


def an_operation(rnd):
    """Draw an operation: its name, and a function of a database that gives what its caller sees."""
    kind = rnd.choice(list(OPERATIONS))
    if kind in RARE and rnd.random() < 0.7:
        kind = "insert"
    drawn = Drawn(
        name=rnd.choice(["one", "two", "_default"]),
        document=a_document(rnd),
        more=[a_document(rnd) for _ in range(rnd.randint(0, 3))],
        cond=a_condition(rnd),
        change=rnd.choice(CHANGES),
        ids=[rnd.randint(1, 12) for _ in range(rnd.randint(0, 3))],
        doc_id=rnd.randint(1, 12),
    )
    return kind, lambda db: OPERATIONS[kind](db, drawn)


def outcome(run, db):
    """Tell what an operation gives, or what it raises."""
    try:
        return repr(run(db))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return type(error).__name__


def contents(db):
    """Give all that is in a database, whatever the order of tables."""
    return {name: [(doc.doc_id, dict(doc)) for doc in db.table(name).all()] for name in sorted(db.tables())}


@pytest.mark.parametrize("seed", range(30))
def test_any_operations_give_what_tinydb_gives(tmp_path, seed):
    """Sixty operations in a row: the same answers, the same errors, the same contents, also after opening again."""
    rnd = random.Random(seed)  # noqa: S311  # the same operations every time
    with (
        TinyDB(tmp_path / "stock.json", storage=JSONStorage) as stock,
        SQLiteDB(tmp_path / "ours") as ours,
    ):
        for _ in range(60):
            kind, run = an_operation(rnd)
            assert outcome(run, ours) == outcome(run, stock), kind
            assert contents(ours) == contents(stock), kind
        left = {name: dict(rows) for name, rows in contents(stock).items()}
    with SQLiteDB(tmp_path / "ours") as again:
        assert {name: dict(rows) for name, rows in contents(again).items()} == left
        assert not again.storage.findings


def test_a_document_that_was_given_out_is_the_callers_own(tmp_path, open_db):
    """Changing it changes nothing in the database, nor does changing what was put in."""
    db = open_db(tmp_path / "db")
    given = {"list": [1], "deep": {"a": [{}]}}
    number = db.insert(given)
    given["list"].append(2)
    for taken in (db.get(doc_id=number), db.all()[0], db.search(where("list").exists())[0]):
        taken["list"].append(3)
        taken["deep"]["a"][0]["x"] = 1
    db.clear_cache()
    assert db.all() == [{"list": [1], "deep": {"a": [{}]}}]


def test_several_operations_are_one_commit(tmp_path, open_db):
    """What fails in the middle takes all of it back; what succeeds is one line in the log."""
    db = open_db(tmp_path / "db")
    db.table("a").insert({"x": 1})
    before = contents(db)
    log = (tmp_path / "db.log.1").read_bytes()
    with suppress(ZeroDivisionError), db.storage.one_write():
        db.table("a").truncate()
        db.table("b").insert({"y": 1})
        db.drop_table("a")
        db.table("a").insert({"z": 1})
        assert contents(db) == {"a": [(1, {"z": 1})], "b": [(1, {"y": 1})]}
        raise ZeroDivisionError
    assert contents(db) == before
    assert (tmp_path / "db.log.1").read_bytes() == log
    with db.storage.one_write():
        db.table("a").truncate()
        db.table("b").insert({"y": 1})
    assert (tmp_path / "db.log.1").read_bytes().count(b"\n") == log.count(b"\n") + 1


def test_an_answer_that_is_remembered_does_not_outlive_a_change(tmp_path, open_db):
    """Two objects for one table, a change taken back: a search sees what is there now."""
    db = open_db(tmp_path / "db")
    one, other = db.table("t"), db.table_class(db.storage, "t")
    one.insert({"n": 1})
    assert other.count(where("n") == 1) == 1
    with suppress(ZeroDivisionError), db.storage.one_write():
        one.insert({"n": 1})
        assert other.count(where("n") == 1) == 2
        raise ZeroDivisionError
    assert other.count(where("n") == 1) == one.count(where("n") == 1) == 1


def test_getting_by_id_does_not_look_through_the_table(tmp_path, open_db):
    """A hundred times the documents, and it takes no longer: no document is read but the one."""
    db = open_db(tmp_path / "db")
    db.storage.change("t", {number: {"n": number} for number in range(20_000)})
    touched = 0

    class Counting(dict):
        def items(self):
            nonlocal touched
            touched += 1
            return super().items()

        def __iter__(self):
            nonlocal touched
            touched += 1
            return super().__iter__()

    db.storage.tables["t"] = Counting(db.storage.tables["t"])
    table = db.table("t")
    assert table.get(doc_id=7) == {"n": 7}
    assert table.contains(doc_id=7)
    assert table.remove(doc_ids=[7, 8]) == [7, 8]
    assert table.update({"n": 0}, doc_ids=[9]) == [9]
    assert table.upsert(Document({"n": 1}, 20_001)) == [20_001]
    assert len(table) == 19_999
    assert touched == 0


def test_documents_that_say_the_same_number_are_one_in_memory_and_change_alone(tmp_path):
    path = tmp_path / "state.db"
    with_numbers = {1: {"seen": 7}, 2: {"seen": 7}, 3: {"seen": 7.0}, 4: {"seen": True}, 5: {"seen": 7, "of": "x"}}
    storage = JournalStorage(path)
    storage.change("known", with_numbers)
    for _ in range(2):
        known = storage.tables["known"]
        assert known == with_numbers
        assert known[1] is known[2]
        assert [type(known[number]["seen"]) for number in (3, 4)] == [float, bool]
        storage.close()
        storage = JournalStorage(path, snapshot_after=1)
        storage.change("other", {1: {"text": "x" * 500}})  # long enough for a snapshot
    db = JournalDB(path, storage=JournalStorage, read_only=True)
    db.table("known").update({"seen": 8}, doc_ids=[1])
    assert [db.table("known").get(doc_id=number)["seen"] for number in (1, 2)] == [8, 7]
    db.close()
    storage.close()
