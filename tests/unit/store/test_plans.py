"""No question to the store looks through a large table: SQLite's own plans of all statements of a life of the bot."""

import re
from contextlib import closing

import pytest
from examples import NOW, a_matched_item
from memory import Memory, feed_named

from bot.delivery.settle import Moved, Refused, Sent, Unknown, revived, settle
from bot.model import Changes, Chat, FeedBounds, FeedState
from bot.store.storage import SQLiteStorage

LARGE = ("known", "told", "outbox", "items", "shelved")
OWN = feed_named("own", (1,))
DAY = 86_400.0


def live(folder):
    """Do with a store all that a bot does."""
    with closing(Memory(folder)) as memory:
        memory.subscribe(Chat(id=1), ["idlib", "s-400"])
        memory.subscribe(Chat(id=-2, kind="group"), ["idlib"])
        memory.commit(Changes(feeds=(OWN,), states=(FeedState(feed="own"),)))
        memory.poll(a_matched_item("a1", "idlib"), a_matched_item("a2", "idlib"), a_matched_item("a3", "s-400"))
        memory.poll(a_matched_item("o1", "idlib", feed="own"), feed=OWN)
        memory.reopen()
        for outcome in (Sent(message_id=1), Unknown(reason="?"), Unknown(reason="?"), Moved(chat=-1002)):
            row = memory.heads()[0]
            memory.claim(row)
            memory.settle(settle(row, outcome, now=NOW))
        memory.queue(1, 60)
        memory.waited_before(row)
        memory.crashes("own", "o1")
        memory.latest(["idlib", "s-400"], 5, own=["own"])
        memory.items()
        memory.counts()
        for outcome in (Refused(reason="!"), Refused(reason="!")):
            row = memory.heads()[-1]
            memory.settle(settle(row, outcome, now=NOW))
        memory.commit(revived([row], NOW))
        memory.commit(Changes(bounds={"own": FeedBounds(names=0, items=0)}))
        memory.suspend(1, "blocked")
        memory.unsubscribe(-1002, ["idlib"])
        memory.keep_up(NOW + 2 * DAY)
        memory.keep_up(NOW + 200 * DAY)
        memory.commit(Changes(removed_feeds=("own",)))
    with closing(Memory(folder, read_only=True)) as reader:
        reader.counts()


@pytest.fixture(scope="module")
def statements(tmp_path_factory):
    """The statements of such a life, each with a plan."""
    plans = {}
    query = SQLiteStorage.query

    def noted(self, sql, values=()):
        values = tuple(values)
        if sql.startswith(("SELECT", "DELETE", "INSERT")) and sql not in plans:
            plans[sql] = [row[3] for row in query(self, f"EXPLAIN QUERY PLAN {sql}", values)]
        return query(self, sql, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SQLiteStorage, "query", noted)
        live(tmp_path_factory.mktemp("state"))
    return plans


@pytest.mark.parametrize("table", LARGE)
def test_no_statement_scans_a_large_table(statements, table):
    about = {sql: plan for sql, plan in statements.items() if re.search(rf"\b{table}\b", sql)}
    assert len(about) > 2
    assert [(sql, step) for sql, plan in about.items() for step in plan if re.search(rf"SCAN {table}\b", step)] == []


def test_none_sorts_what_it_finds_but_a_few(statements):
    """Sorted by place is what was asked for by id, or what waits for one chat."""
    sorting = [sql for sql, plan in statements.items() if any("TEMP B-TREE" in step for step in plan)]
    assert [sql for sql in sorting if not re.search(r"ORDER BY (place|queue\.first|top)\b", sql)] == []
