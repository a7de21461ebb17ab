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
    """Return what an operation gives, or what it raises."""
    try:
        return repr(run(db))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return type(error).__name__


def contents(db):
    """Return all that is in a database, whatever the order of tables."""
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
        assert not again.storage.look_through()


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


def commits_in(wal):
    """Count the commits in a WAL: the second number in the header of 24 bytes of a frame is not 0 at the end of one."""
    body, size = wal.read_bytes(), 4096
    return sum(body[place + 4 : place + 8] != bytes(4) for place in range(32, len(body), 24 + size))


def test_several_operations_are_one_commit(tmp_path, open_db):
    """What fails in the middle takes all of it back; what succeeds is one commit of SQLite."""
    db = open_db(tmp_path / "db")
    db.table("a").insert({"x": 1})
    before = contents(db)
    commits = commits_in(tmp_path / "db-wal")
    with suppress(ZeroDivisionError), db.storage.one_write():
        db.table("a").truncate()
        db.table("b").insert({"y": 1})
        db.drop_table("a")
        db.table("a").insert({"z": 1})
        assert contents(db) == {"a": [(1, {"z": 1})], "b": [(1, {"y": 1})]}
        raise ZeroDivisionError
    assert contents(db) == before
    assert commits_in(tmp_path / "db-wal") == commits
    with db.storage.one_write():
        db.table("a").truncate()
        db.table("b").insert({"y": 1})
    assert commits_in(tmp_path / "db-wal") == commits + 1


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


def test_what_is_done_by_id_does_not_look_through_the_table(open_db, tmp_path):
    """A hundred times the documents, and SQLite takes as many steps."""

    def steps_among(documents):
        db = open_db(tmp_path / f"db-{documents}")
        table = db.table("t")
        table.put({number: {"n": number} for number in range(documents)})
        steps = 0

        def step():
            nonlocal steps
            steps += 1

        db.storage._connection.set_progress_handler(step, 1)
        assert table.get(doc_id=7) == {"n": 7}
        assert table.get(doc_ids=[8, 7]) == [{"n": 7}, {"n": 8}]
        assert table.contains(doc_id=7)
        assert table.remove(doc_ids=[7, 8]) == [7, 8]
        assert table.update({"n": 0}, doc_ids=[9]) == [9]
        assert table.upsert(Document({"n": 1}, documents + 1)) == [documents + 1]
        assert table.insert_multiple([Document({"n": 2}, documents + 2)]) == [documents + 2]
        assert table.insert_multiple([{"n": 3}, {"n": 4}]) == [documents + 3, documents + 4]
        assert len(table) == documents + 2
        return steps

    assert steps_among(200) == steps_among(20_000)


def test_documents_keep_their_kinds_of_numbers_and_change_alone(tmp_path, open_db):
    path = tmp_path / "state.db"
    with_numbers = {1: {"seen": 7}, 2: {"seen": 7}, 3: {"seen": 7.0}, 4: {"seen": True}, 5: {"seen": 7, "of": "x"}}
    open_db(path).table("known").put(with_numbers)
    db = SQLiteDB(path, read_only=True)
    known = db.table("known").all_by_id()
    assert known == with_numbers
    assert [type(known[number]["seen"]) for number in (3, 4)] == [float, bool]
    db.close()


def test_changing_one_document_changes_no_other(tmp_path, open_db):
    known = open_db(tmp_path / "db").table("known")
    known.put({1: {"seen": 7}, 2: {"seen": 7}})
    known.update({"seen": 8}, doc_ids=[1])
    assert [known.get(doc_id=number)["seen"] for number in (1, 2)] == [8, 7]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_is_the_id_of_no_document(tmp_path, number):
    with SQLiteDB(tmp_path / "db") as db:
        db.insert({"a": 1})
        assert db.get(doc_id=number) is None
        assert not db.contains(doc_id=number)
        assert db.get(doc_ids=[number, 1]) == [{"a": 1}]
