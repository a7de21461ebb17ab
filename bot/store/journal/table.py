"""A TinyDB table on the journal: each operation costs what it touches, not what there is.

TinyDB's own operations run unchanged. What they change passes through `_Draft`, which hands out copies and compares
them afterwards, so that a document changed in place is noticed.
"""

from collections.abc import Callable, ItemsView, Iterator, Mapping, MutableMapping
from typing import Any

from tinydb import TinyDB
from tinydb.queries import QueryLike
from tinydb.table import Document, Table

from bot.store.journal.storage import JournalStorage

Plain = dict[str, Any]


class JournalTable(Table):
    """A table of a `JournalStorage`. `get`, `contains` and `remove` by document id take the same time in any table."""

    _seen_version = -1

    @property
    def journal(self) -> JournalStorage:
        """The storage."""
        assert isinstance(self._storage, JournalStorage)
        return self._storage

    def put(self, documents: Mapping[int, Mapping[str, Any]]) -> None:
        """Put documents in place of those with their ids, or add them."""
        self.journal.change(self.name, documents)

    def get_by_id(self, doc_id: int) -> Plain | None:
        """Give a copy of a document, None if there is none of that id."""
        document = self._documents.get(doc_id)
        return None if document is None else _copy(document)

    def has(self, doc_id: int) -> bool:
        """Tell whether there is a document of that id."""
        return doc_id in self._documents

    def search(self, cond: QueryLike) -> list[Document]:
        """See TinyDB. Answers that are remembered from before a change, here or through another table, are dropped."""
        if self._seen_version != self.journal.version:
            self._seen_version = self.journal.version
            self.clear_cache()
        return super().search(cond)

    @property
    def _documents(self) -> dict[int, Plain]:
        return self.journal.tables.get(self.name, {})

    def _read_table(self) -> Mapping[str, Plain]:  # type: ignore[override]  # what TinyDB asks of it a Mapping has
        return _View(self._documents)

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        draft = _Draft(self._documents)
        updater(draft)  # type: ignore[arg-type]  # it is used as a dict is
        self.journal.change(self.name, draft.changes())
        self.clear_cache()


class JournalDB(TinyDB):
    """A TinyDB on a journal."""

    default_storage_class = JournalStorage  # type: ignore[assignment]  # TinyDB takes any Storage
    table_class = JournalTable


class _View(Mapping[str, Plain]):
    """A table as TinyDB reads it: ids are strings, documents are copies."""

    def __init__(self, documents: dict[int, Plain]) -> None:
        self._documents = documents

    def __getitem__(self, doc_id: str) -> Plain:
        return _copy(self._documents[int(doc_id)])

    def __iter__(self) -> Iterator[str]:
        return map(str, self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def items(self) -> ItemsView[str, Plain]:
        """Give the pairs of the moment: what changes while they are gone through does not disturb."""
        return {str(doc_id): _copy(document) for doc_id, document in self._documents.items()}.items()


class _Draft(MutableMapping[int, Plain]):
    """A table that may be changed: copies of what was touched, over what is there."""

    def __init__(self, documents: dict[int, Plain]) -> None:
        self._documents = documents
        self._touched: dict[int, Plain | None] = {}
        self._emptied = False

    def __getitem__(self, doc_id: int) -> Plain:
        if doc_id not in self._touched:
            if self._emptied:
                raise KeyError(doc_id)
            self._touched[doc_id] = _copy(self._documents[doc_id])
        document = self._touched[doc_id]
        if document is None:
            raise KeyError(doc_id)
        return document

    def __contains__(self, doc_id: object) -> bool:
        if doc_id in self._touched:
            return self._touched[doc_id] is not None
        return not self._emptied and doc_id in self._documents

    def __setitem__(self, doc_id: int, document: Plain) -> None:
        self._touched[doc_id] = document

    def __delitem__(self, doc_id: int) -> None:
        if doc_id not in self:
            raise KeyError(doc_id)
        self._touched[doc_id] = None

    def __iter__(self) -> Iterator[int]:
        if not self._emptied:
            yield from (doc_id for doc_id in self._documents if doc_id in self)
        yield from (doc_id for doc_id in self._touched if doc_id in self and self._is_new(doc_id))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove all."""
        self._touched.clear()
        self._emptied = True

    def changes(self) -> dict[int, Plain | None]:
        """Give what differs from the table: documents, or None for those that are gone."""
        gone = (doc_id for doc_id in self._documents if doc_id not in self._touched) if self._emptied else ()
        changed: dict[int, Plain | None] = dict.fromkeys(gone)
        changed.update(
            (doc_id, document)
            for doc_id, document in self._touched.items()
            if self._emptied or not _same(document, self._documents.get(doc_id))
        )
        return changed

    def _is_new(self, doc_id: int) -> bool:
        return self._emptied or doc_id not in self._documents


def _same(one: Plain | None, other: Plain | None) -> bool:
    """Tell whether two documents are written alike. 1, 1.0 and True are equal, and written differently."""
    return one == other and repr(one) == repr(other)


def _copy(document: Plain) -> Plain:
    """Copy a document as deep as it goes."""
    return {key: _copied(value) if isinstance(value, dict | list) else value for key, value in document.items()}


def _copied(value: Any) -> Any:  # noqa: ANN401  # JSON
    if isinstance(value, dict):
        return _copy(value)
    return [_copied(each) if isinstance(each, dict | list) else each for each in value]
