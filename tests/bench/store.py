"""What a commit costs: ./run bench store [--sizes N ...].

Checks 50 ids, adds the 3 that are not known, durably: on our tables, beside plain SQLite (WAL, synchronous=FULL) on the
same disk in the same run, and beside stock TinyDB at its best (one read, one insert_multiple) where that ends in
bearable time. Also how long opening takes, with its checks, and the memory it costs, in a process of its own. Medians.
"""

import argparse
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tinydb import TinyDB
from tinydb.table import Document

from bot.store.database import SQLiteDB, SQLiteTable

KNOWN_ALREADY, NEW = 47, 3
STOCK_UP_TO = 100_000
OPENING = """
import gc, sys, time
from pathlib import Path
from bot.store.database import SQLiteDB
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
gc.collect()
before, start = resident(), time.perf_counter()
db = SQLiteDB(Path(sys.argv[1]))
db.table("known").get_by_id(1)
took = time.perf_counter() - start
gc.collect()
print(took, resident() - before)
"""


def median_ms(step: Callable[[list[int]], None], draws: list[list[int]]) -> float:
    """Measure a step for each draw of ids; the median in milliseconds."""
    took = []
    for ids in draws:
        start = time.perf_counter()
        step(ids)
        took.append((time.perf_counter() - start) * 1e3)
    return statistics.median(took)


def on_ours(path: Path, ids: list[int]) -> tuple[Callable[[list[int]], None], Callable[[], None]]:
    """Fill a table of ours. Returns the step to measure and how to close."""
    db = SQLiteDB(path)
    table = db.table("known")
    assert isinstance(table, SQLiteTable)
    table.put({doc_id: {"seen": 1_780_000_000} for doc_id in ids})

    def step(drawn: list[int]) -> None:
        known = table.present(drawn)
        table.put({doc_id: {"seen": 1_780_000_000} for doc_id in drawn if doc_id not in known})

    return step, db.close


def on_sqlite(path: Path, ids: list[int]) -> tuple[Callable[[list[int]], None], Callable[[], None]]:
    """Fill a table of SQLite."""
    db = sqlite3.connect(path, isolation_level=None)
    for statement in (
        "pragma journal_mode=wal",
        "pragma synchronous=full",
        "create table known (id integer primary key, doc text)",
        "begin",
    ):
        db.execute(statement)
    db.executemany("insert into known values (?, ?)", ((doc_id, '{"seen": 1780000000}') for doc_id in ids))
    db.execute("commit")

    def step(drawn: list[int]) -> None:
        new = [
            doc_id for doc_id in drawn if db.execute("select 1 from known where id = ?", (doc_id,)).fetchone() is None
        ]
        db.execute("begin")
        db.executemany("insert into known values (?, ?)", ((doc_id, '{"seen": 1780000000}') for doc_id in new))
        db.execute("commit")

    return step, db.close


def on_stock(path: Path, ids: list[int]) -> tuple[Callable[[list[int]], None], Callable[[], None]]:
    """Fill stock TinyDB."""
    db = TinyDB(path)
    db.table("known").insert_multiple(Document({"seen": 1_780_000_000}, doc_id) for doc_id in ids)
    table = db.table("known")

    def step(drawn: list[int]) -> None:
        there = {doc.doc_id for doc in table.all()}
        table.insert_multiple(Document({"seen": 1_780_000_000}, doc_id) for doc_id in drawn if doc_id not in there)

    return step, db.close


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=100)
    given = parser.parse_args()
    rnd = random.Random(1)  # noqa: S311  # the same ids every time
    print(
        f"{'documents':>10} {'ours ms':>8} {'SQLite ms':>10} {'ratio':>6} {'stock ms':>9} {'times':>7}  opened, memory"
    )
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        for size in given.sizes:
            ids = list({rnd.getrandbits(56) for _ in range(size)})

            def draws(count: int, ids: list[int] = ids) -> list[list[int]]:
                return [
                    [*rnd.choices(ids, k=KNOWN_ALREADY), *(rnd.getrandbits(56) for _ in range(NEW))]
                    for _ in range(count)
                ]

            path = Path(folder) / f"ours-{size}"
            steps = [on_ours(path, ids), on_sqlite(Path(folder) / f"sqlite-{size}", ids)]
            took: list[list[float]] = [[] for _ in steps]
            for _ in range(5):  # by turns, so that a busy disk meets both
                for each, (step, _) in zip(took, steps, strict=True):
                    each.append(median_ms(step, draws(given.rounds // 5)))
            for _, close in steps:
                close()
            mine, other = map(statistics.median, took)
            stock = "-", "-"
            if size <= STOCK_UP_TO:
                step, close = on_stock(Path(folder) / f"stock-{size}", ids)
                slow = median_ms(step, draws(5))
                close()
                stock = f"{slow:.0f}", f"{slow / mine:,.0f}"
            opened = [_opened(path) for _ in range(3)]
            print(
                f"{size:>10,} {mine:>8.3f} {other:>10.3f} {mine / other:>6.2f} {stock[0]:>9} {stock[1]:>7}  "
                f"{statistics.median(seconds for seconds, _ in opened):.2f} s, "
                f"{statistics.median(cost for _, cost in opened) / 1e6:.1f} MB"
            )


def _opened(path: Path) -> tuple[float, float]:
    """Open a state in a process of its own: seconds, and bytes of memory."""
    done = subprocess.run(  # our own interpreter and code
        [sys.executable, "-c", OPENING, str(path)], capture_output=True, text=True, check=True
    )
    took, cost = map(float, done.stdout.split())
    return took, cost


if __name__ == "__main__":
    main()
