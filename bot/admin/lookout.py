"""Looks after the state: says so while the disk refuses it, and writes it anew where its files were taken away.

each tick -> refused? -> said; tried again now and then, until the disk takes it
          -> misplaced? -> written anew from what is still open -> the operator is told
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import structlog

from bot.errors import StoreError
from bot.messages import en
from bot.model import Changes, Notice
from bot.poll.news import notice_delivery
from bot.ports import KeptStore
from bot.runtime.clocks import Clocks

TRY_EVERY = 10.0
"""Seconds between two attempts to write, while the disk refuses."""
SHOWN = 86_400.0
"""Seconds for which it is shown that a state was written anew."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong with the state, or was lately, and since when. `names` are files that were taken away."""

    kind: Literal["refused", "misplaced", "put back"]
    since: float
    reason: str = ""
    names: str = ""

    @property
    def is_over(self) -> bool:
        """Whether all is well again."""
        return self.kind == "put back"

    def told(self, since: str) -> str:
        """Return a sentence. Plain text; `since` is the time as it is to be read."""
        return en.STATE_TROUBLE[self.kind].format(since=since, names=self.names)


class Lookout:
    """Looks at each tick. `operator` is told in chat, 0 if unknown; `wake` says that something was queued for him."""

    def __init__(self, *, store: KeptStore, clocks: Clocks, operator: int, wake: Callable[[], None]) -> None:
        self._store = store
        self._clocks = clocks
        self._operator = operator
        self._wake = wake
        self._trouble: Trouble | None = None
        self._next_try = float("-inf")

    def trouble(self) -> Trouble | None:
        """Return what is wrong with the state, or was lately."""
        return self._trouble

    def healthy(self) -> tuple[bool, str]:
        """Return whether all is well, and a line for a monitor, empty if there is nothing to say."""
        trouble = self._trouble
        if trouble is None:
            return True, ""
        since = datetime.fromtimestamp(trouble.since, UTC).strftime("%Y-%m-%d %H:%M UTC")
        return trouble.is_over, f"state: {trouble.told(since)}\n"

    def look(self) -> None:
        """Look, and do what can be done. What cannot be done now is tried again."""
        names, now = ", ".join(self._store.misplaced()), self._clocks.steady()
        if names:
            self._note("misplaced", names=names)
        elif reason := self._store.refusal():
            self._note("refused", reason=reason)
        elif self._trouble and (not self._trouble.is_over or self._age() > SHOWN):
            self._trouble = None
        if (names or self._store.refusal()) and now >= self._next_try:
            self._next_try = now + TRY_EVERY
            self._mend(names)

    def _note(self, kind: Literal["refused", "misplaced"], *, reason: str = "", names: str = "") -> None:
        if self._trouble is None or self._trouble.kind != kind:
            self._trouble = Trouble(kind=kind, since=self._clocks.wall(), reason=reason, names=names)
            if names:
                log.critical("state.misplaced", files=names, reason="removed or replaced while the bot runs")

    def _age(self) -> float:
        return self._clocks.wall() - self._trouble.since if self._trouble else 0.0

    def _mend(self, names: str) -> None:
        try:
            if not names:
                self._store.try_disk()
                return
            kept = self._store.put_back()
        except StoreError as error:
            log.debug("state.not-mended", reason=str(error))
            return
        now = self._clocks.wall()
        log.critical("state.put-back", files=names, kept=", ".join(map(str, kept)))
        self._trouble = Trouble(kind="put back", since=now, names=names)
        self._tell_operator(self._trouble, now)

    def _tell_operator(self, trouble: Trouble, now: float) -> None:
        if not self._operator:
            return
        notice = Notice(key=f"state put back at {now:.0f}", feed="", text=trouble.told(en.NOW), created=now)
        try:
            self._store.commit(Changes(notices=(notice,), deliveries=(notice_delivery(notice, self._operator, now),)))
        except StoreError as error:
            log.warning("state.operator-not-told", reason=str(error))
        self._wake()
