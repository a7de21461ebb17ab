"""Files the items of everybody's feeds in an index, segment by segment, beside all else.

    an item is kept   ->  its id is noted in `unfiled`, in the same commit
    512 are unfiled   ->  they are read, a few a step, and become a segment in one commit
    read otherwise    ->  a segment that another edition of the readers filed is taken apart: its items are unfiled
    mostly gone       ->  so is one that has lost half of its items

What is unfiled, and what `swept` has not come to in a state that had no index, is read one by one by whoever asks.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from bot.store.database import SQLiteDB
from bot.store.documents import item_of
from bot.store.segments import TOGETHER, Draft, bounds_of
from bot.store.storage import dumped
from bot.watches.match.filed import edition, filed

ALL_SWEPT = 2**63 - 1
_STATE = 1  # the id of the one document of `filing`
_AT_ONCE = 8  # items that are read in one step
_WRITTEN = 32  # documents that are made in one step


class Place(NamedTuple):
    """Where a segment is: its number, the place in time of its newest item, and whether its keys are today's.

    `always` are those of its items that any key may be in.
    """

    number: int
    newest: float
    always: str
    is_current: bool


class Filing:
    """What of a state is filed, and the filing of the rest. `readers` counts the questions that are being answered."""

    def __init__(self, db: SQLiteDB) -> None:
        self._storage = db.storage
        self._items = db.table("items")
        self._unfiled = db.table("unfiled")
        self._segments = db.table("segments")
        self._postings = db.table("postings")
        self._state = db.table("filing")
        self._other: list[int] | None = None  # segments of another edition
        self.readers = 0

    def begin(self) -> None:
        """Prepare a state that is written, inside a write: in one that had no index nothing is swept."""
        # The place of an item tells it from one that had its id before, so none is given twice.
        ((highest,),) = self._storage.query("SELECT max(highest) FROM segments")
        self._storage.reserve("items", highest or 0)
        if self._state.get_by_id(_STATE) is None:
            there = bool(self._storage.last_id("items"))
            before = self._storage.last_place("items") if there else 0
            self._state.put({_STATE: {"swept": 0 if there else ALL_SWEPT, "before": before}})

    def add(self, items: Collection[int]) -> None:
        """Note items that are to be filed, by id, inside a write."""
        self._unfiled.put({number: {} for number in items})

    def remove(self, items: Collection[int]) -> None:
        """Forget items that were removed, inside a write."""
        self._unfiled.remove_ids(items)

    @property
    def swept(self) -> tuple[int, int]:
        """Up to which id items are filed or noted, and up to which place others are not."""
        doc = self._state.get_by_id(_STATE) or {"swept": 0, "before": ALL_SWEPT}
        return int(doc["swept"]), int(doc["before"])

    def unfiled(self) -> list[int]:
        """Return the items that are noted."""
        return self._storage.ids("unfiled")

    def segments(self) -> list[Place]:
        """Return where the segments are, the newest first."""
        found = self._segments.rows("SELECT id, newest, reads, always FROM segments ORDER BY newest DESC")
        return [Place(number, newest, always, reads == edition()) for number, newest, reads, always in found]

    def is_due(self, least: int = TOGETHER) -> bool:
        """Return whether there is something to file."""
        return len(self._unfiled) >= least or self.swept[0] < ALL_SWEPT or bool(self._of_other_editions())

    def slices(self, least: int = TOGETHER) -> Iterator[None]:
        """File what is to be filed, a little each step, once so many items are noted."""
        while True:
            if (noted := len(self._unfiled)) and noted >= least:
                yield from self._file()
            elif not self._sweep() and not self._take_apart_other():
                return
            yield

    def tidied(self) -> Iterator[None]:
        """Take segments apart that have lost half of their items, one or none each step."""
        for number in self._storage.ids("segments"):
            if self.readers:
                return
            doc = self._segments.get_by_id(number)
            if doc is not None and 2 * len(self.there(doc["items"], doc["places"])) <= len(doc["items"]):
                self._take_apart(number)
            yield

    def there(self, items: Iterable[int], places: Iterable[int]) -> list[int]:
        """Return those of these items, by id, that are as they were: at these places."""
        wanted = dict(zip(items, places, strict=True))
        return [number for number, place in self._items.places(wanted).items() if wanted[number] == place]

    def _file(self) -> Iterator[None]:
        """Make a segment of the items that have been noted first."""
        ids = [number for number, _ in self._storage.texts("unfiled", limit=TOGETHER)]
        draft, read = Draft(), dict[int, int | None]()
        for begin in range(0, len(ids), _AT_ONCE):
            some = ids[begin : begin + _AT_ONCE]
            if draft.is_full:
                break
            places = self._items.places(some)
            read |= {number: places.get(number) for number in some}
            for number, doc in self._items.get_many(some).items():
                if "own" not in doc:
                    draft.add(number, places[number], doc["newest"], filed(item_of(doc)))
            yield
        segment = self._storage.last_id("segments") + 1
        texts: list[tuple[int, str]] = []
        for number, part in draft.parts(segment):
            texts.append((number, dumped(part)))
            if len(texts) % _WRITTEN == 0:
                yield
        with self._storage.one_write():
            if len(draft):
                self._segments.put({segment: draft.header()})
                self._storage.put("postings", texts)
            left = self._items.places(read)
            self._unfiled.remove_ids([number for number, place in read.items() if left.get(number) == place])

    def _sweep(self) -> bool:
        """Note the next items of a state that had no index. Returns whether there were any left."""
        swept, before = self.swept
        if swept == ALL_SWEPT:
            return False
        found, last = self.unswept(swept, before)
        with self._storage.one_write():
            self.add(found)
            self._state.put({_STATE: {"swept": last, "before": before}})
        return True

    def unswept(self, swept: int, before: int) -> tuple[list[int], int]:
        """Return some of everybody's items that are neither filed nor noted, and up to which id these are all."""
        sql = "SELECT id, aged, place FROM items WHERE id > ? ORDER BY id LIMIT ?"
        found = self._items.rows(sql, [swept, TOGETHER])
        last = found[-1][0] if len(found) == TOGETHER else ALL_SWEPT
        return [number for number, aged, place in found if aged is not None and place <= before], last

    def _of_other_editions(self) -> list[int]:
        if self._other is None:
            self._other = [segment.number for segment in self.segments() if not segment.is_current]
        return self._other

    def _take_apart_other(self) -> bool:
        if self.readers or not self._of_other_editions():
            return False
        self._take_apart(self._of_other_editions()[-1])
        self._of_other_editions().pop()
        return True

    def _take_apart(self, segment: int) -> None:
        """Drop a segment; those of its items that are still there are to be filed again."""
        doc = self._segments.get_by_id(segment)
        if doc is None:
            return
        with self._storage.one_write():
            self.add(self.there(doc["items"], doc["places"]))
            self._segments.remove_ids([segment])
            self._postings.delete("id >= ? AND id < ?", bounds_of(segment))
