"""Whether the way to publishers is open at all. If none answers, that is told once, and not once for each feed."""

from dataclasses import replace

from bot.alerts.plan import Plan
from bot.errors import FeedError, FeedUnreachable
from bot.model import FeedState

NOBODY = "No other feed answers either, so the fault may be with this bot's own connection."


class Line:
    """Remembers when a publisher was last heard, and whether it was said that none is."""

    def __init__(self) -> None:
        self._heard = 0.0
        self._said = False

    def heard(self, now: float) -> None:
        """Note that a publisher has answered, be it with a refusal."""
        self._heard, self._said = now, False

    def told(
        self, planned: Plan, before: FeedState, state: FeedState, error: FeedError, *, feeds: int
    ) -> tuple[Plan, FeedState]:
        """Keep back that one of many feeds is broken while none answers, but for the first, which says so."""
        silent = feeds > 1 and isinstance(error, FeedUnreachable) and self._heard <= state.failing_since
        if not silent or state.told != "broken" or before.told == "broken":
            return planned, state
        if self._said:
            return replace(planned, notices=(), deliveries=()), replace(state, told=before.told)
        self._said = True
        notices = tuple(replace(notice, text=f"{notice.text} {NOBODY}") for notice in planned.notices)
        return replace(planned, notices=notices), state
