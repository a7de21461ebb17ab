"""Items that may have ended the process while an alert on them was being written, and when one is given up.

An item that waited when the process started is suspect: it may be what ended the process before. That it is about to be
written is noted durably, and the note goes with the next claim. Any other item costs no write.
"""

from bot.model import Changes, Crash, Delivery
from bot.ports import DeliveryStore

CRASHES_LIMIT = 3
"""Give up an item after this many ends of the process while an alert on it was being written."""
_CLEARED = 1_000  # items; one that is forgotten costs a write again


class Suspects:
    """What is suspect in this life of the process, but for what has been written in it."""

    def __init__(self, store: DeliveryStore) -> None:
        self._store = store
        self._cleared: set[tuple[str, str]] = set()
        self.writing: tuple[tuple[str, str], ...] = ()
        """Suspects that were noted and have been written since; a claim forgets them."""

    def may_be_written(self, row: Delivery) -> bool:
        """Return whether an alert may be written. Raises StoreUnwritable."""
        about = row.feed, row.item
        if about in self._cleared or not self._store.waited_before(row):
            return True
        crashes = self._store.crashes(*about)
        if crashes + 1 >= CRASHES_LIMIT:  # the first one was not noted: nobody suspected it
            return False
        self._store.commit(Changes(crashes=(Crash(*about, crashes + 1),), written=self.writing))
        if len(self._cleared) >= _CLEARED:
            self._cleared.clear()
        self._cleared.add(about)
        self.writing = (about,)
        return True

    def cleared(self) -> None:
        """Take note that what was written did no harm, and that this is remembered."""
        self.writing = ()
