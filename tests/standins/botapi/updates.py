"""The queue of updates: what waits for the bot, and the long poll that brings it (Bot API, getUpdates)."""

from collections.abc import Sequence

from bot.demo.bell import Bell
from standins.botapi.refusals import CONFLICT, Json, Refused

KINDS = frozenset(
    {"message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member"}
)
"""The kinds of update that occur here; all of them come to a bot that never said `allowed_updates`."""
KEPT = 24 * 3600.0
"""Seconds after which Telegram drops an update that nobody fetched."""
LONGEST_POLL = 50
_BEYOND = 10


class _Poller:
    """A long poll that is open, until another one dismisses it."""

    dismissed = False


class Updates:
    """What happened in the chats and was not yet confirmed by the bot, oldest first."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._waiting: list[tuple[int, float, Json]] = []
        self._last_id = 1000
        self._kinds = KINDS
        self._poller: _Poller | None = None
        self._closed = False

    def put(self, kind: str, body: Json, now: float) -> None:
        """Add an update, unless the bot wants none of its kind."""
        if kind in self._kinds:
            self._last_id += 1
            self._waiting.append((self._last_id, now, {"update_id": self._last_id, kind: body}))
            self._bell.ring()

    def allow(self, kinds: Sequence[object]) -> None:
        """Obey `allowed_updates`: it holds for what happens from here on, and until it is said again."""
        self._kinds = KINDS.intersection(str(kind).lower() for kind in kinds) or KINDS

    def confirm(self, offset: int, now: float) -> None:
        """Forget all before `offset`; a negative one counts from the end. What is too old goes as well.

        An offset far beyond the last id confirms nothing: ids may have started anew.
        """
        first = offset if offset >= 0 else self._last_id + 1 + offset
        first = 0 if first > self._last_id + _BEYOND else first
        self._waiting = [row for row in self._waiting if row[0] >= first and row[1] > now - KEPT]

    def count_from(self, number: int) -> None:
        """Return the next update this id, as Telegram chooses one anew after a week without updates."""
        self._last_id = number - 1

    def drop(self) -> None:
        """Forget all."""
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def polled(self) -> bool:
        """Whether a long poll is open."""
        return self._poller is not None

    def interrupt(self) -> None:
        """Dismiss the open poll, if there is one: it is answered as a conflict."""
        if self._poller is not None:
            self._poller.dismissed = True
            self._bell.ring()

    def close(self) -> None:
        """Answer the open poll, and from now on every poll, at once."""
        self._closed = True
        self._bell.ring()

    async def poll(self, *, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109  # it is the Bot API's parameter
        """Return the oldest updates, at most `limit`; if there are none, wait `timeout` seconds for the first.

        A poll that is open when another comes raises Refused, a conflict. Who loses the connection must cancel its
        poll; so a killed bot conflicts with nobody.
        """
        self.interrupt()
        mine = self._poller = _Poller()
        try:
            await self._bell.wait_until(lambda: bool(self._waiting) or self._closed or mine.dismissed, timeout)
        except TimeoutError:
            pass
        finally:
            self._poller = None if self._poller is mine else self._poller
        if mine.dismissed:
            raise Refused(CONFLICT)
        return [update for _, _, update in self._waiting[:limit]]
