"""From the documents of an older Newsvane to those of this one, a step a version.

`MIGRATIONS` has for each format the function that makes the next one of its tables. A state is migrated in memory when
it is opened, and written with the next commit as one new generation.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.errors import StoreBroken

FORMAT = 3
"""The version of the documents' shape. A state that says a higher one is of a newer Newsvane."""

Tables = dict[str, dict[int, dict[str, Any]]]


def _journal(tables: Tables) -> None:
    """1 to 2: the state became a journal. Its documents stayed as they were."""
    del tables


def _feeds(tables: Tables) -> None:
    """2 to 3: feeds are added by commands, have habits, hubs and notices. What was there reads as it did."""
    del tables


MIGRATIONS: dict[int, Callable[[Tables], None]] = {1: _journal, 2: _feeds}


def from_json(body: Any) -> Tables | None:  # noqa: ANN401  # JSON
    """Make tables of a whole JSON file, which is what format 1 was kept in; None if it is another program's."""
    try:
        if not isinstance(body["meta"]["1"]["format"], int):
            return None
        return {name: {int(doc_id): doc for doc_id, doc in table.items()} for name, table in body.items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def migrate(tables: Tables, path: Path) -> bool:
    """Bring tables up to this version. Returns False if they were. Raises StoreBroken for what is newer or foreign."""
    try:
        found = tables["meta"][1]["format"]
    except KeyError:
        raise StoreBroken(
            f"{path}: this is no state of Newsvane. Nothing was changed. Move it away, or name another."
        ) from None
    if found > FORMAT:
        raise StoreBroken(
            f"{path}: this state is of a newer Newsvane (format {found}, this one reads {FORMAT}). "
            "Nothing was changed. Upgrade Newsvane, or put a backup of this version in its place."
        )
    for version in range(found, FORMAT):
        MIGRATIONS[version](tables)
    tables["meta"][1]["format"] = FORMAT
    return bool(found < FORMAT)
