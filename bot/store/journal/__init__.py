"""A journal for TinyDB: a snapshot and a log of commits, whole after any crash and fast with a million documents.

    db = JournalDB(path, storage=JournalStorage)
    with db.storage.one_write():      # one durable commit of several operations
        db.table("a").insert({…})
        db.table("b").remove(doc_ids=[…])

Beside TinyDB's own storages it gives transactions, checksums, the generation before, and a lock.
"""

from bot.store.journal.storage import JournalStorage
from bot.store.journal.table import JournalDB, JournalTable

__all__ = ["JournalDB", "JournalStorage", "JournalTable"]
