"""Whether the file of a state is sound: its pages, its tables and indexes, and the checksums of its documents."""

import json
import re
import sqlite3
from random import randint

from bot.store.statefile import DAMAGED, checksum, code_of, index_sql, table_sql

_ALL_CHECKED = 32 << 20
"""Bytes up to which all is checked at opening; of a larger file a sample is read, for all takes a second a million
documents."""
_SAMPLE = 64  # documents of each table
_SHOWN = 5  # of each kind of damage


def findings(db: sqlite3.Connection, *, deep: bool) -> list[str]:
    """Return what is damaged. `deep` compares all indexes and reads all documents: 5 s for a million.

    Else of a large file a sample is read, another one each time. Raises sqlite3.Error if the disk refuses.
    """
    found = []
    try:
        ((pages, size),) = db.execute("SELECT * FROM pragma_page_count, pragma_page_size").fetchall()
        whole = deep or pages * size <= _ALL_CHECKED
        if whole:
            found += [text for (text,) in db.execute(f"PRAGMA integrity_check({_SHOWN})") if text != "ok"]
        for kind, name, sql in db.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
        ).fetchall():
            if not _as_made(kind, name, sql):
                found.append(f"the {kind} {name} is not as it was made")
            elif deep and kind == "table":
                rows = db.execute(f'SELECT id, sum, doc FROM "{name}"')
                damaged = [number for number, written, doc in rows if written != checksum(number, doc)]
                found += [f"document {number} of {name} is damaged" for number in damaged[:_SHOWN]]
            elif not whole:
                found += _sampled(db, kind, name)
    except (sqlite3.DatabaseError, TypeError, ValueError, AttributeError) as error:
        if code_of(error) not in DAMAGED:
            raise
        found.append(str(error))
    return found


def _sampled(db: sqlite3.Connection, kind: str, name: str) -> list[str]:
    """Read documents from all over a table, or both ends of an index. Returns what is damaged."""
    if kind == "index":
        table, first = name.split(".", 1)[0], name.split(".", 1)[1].split("+", maxsplit=1)[0]
        for end in ("min", "max"):
            db.execute(f'SELECT {end}({first}) FROM "{table}"').fetchall()
        return []
    ((low, high),) = db.execute(f'SELECT (SELECT min(id) FROM "{name}"), (SELECT max(id) FROM "{name}")').fetchall()
    if low is None:
        return []
    places = json.dumps([low, high, *(randint(low, high) for _ in range(_SAMPLE))])  # noqa: S311  # places, no secrets
    rows = db.execute(
        f'SELECT id, sum, doc FROM "{name}" WHERE id IN'
        f' (SELECT (SELECT min(id) FROM "{name}" WHERE id >= value) FROM json_each(?))',
        [places],
    )
    damaged = [number for number, written, doc in rows if written != checksum(number, doc)]
    return [f"document {number} of {name} is damaged" for number in damaged[:_SHOWN]]


def _as_made(kind: str, name: str, sql: str) -> bool:
    """Return whether SQLite's description of a table or an index is one that the statements above make."""
    if kind == "table":
        return sql == table_sql(name, re.findall(r", (\w+) AS ", sql))
    return kind == "index" and sql == index_sql(*name.split(".", 1))
