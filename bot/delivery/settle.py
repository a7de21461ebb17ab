"""Decides what becomes of a delivery once its send has an outcome. Pure; `deliver` acts on it.

queued -> sending -> sent
  Held       -> queued, when Telegram allows it; not counted as an attempt
  NotSent    -> queued, later and later
  Unknown    -> the first time queued again, the second time uncertain: shown, never sent a third time
  Refused    -> of several in one message, each alone; once as plain text, then dead
  Gone       -> queued, the chat suspended: it waits for the chat's return, at most 24 h, then it is expired
  Moved      -> queued, everything of the chat under its new id

What edits an alert that is out may be repeated, and is given up where Telegram does not take it: the alert stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.delivery.subscriptions import narrowed, suspended
from bot.model import (
    Changes,
    Chat,
    Delivery,
    FeedState,
    Gone,
    Held,
    Moved,
    NotSent,
    Outcome,
    Refused,
    Sent,
    Unauthorised,
    Unknown,
)

UNKNOWN_LIMIT = 2  # sends with an unknown outcome; so no alert arrives more than twice
RETRY_FIRST, RETRY_LONGEST = 1.0, 300.0
"""Seconds before a send that certainly failed is tried again: doubled each time, up to the longest."""
SUSPENDED_LIMIT = 24 * 3600.0
"""Seconds that an alert waits for a chat that cannot be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a delivery stands, and what follows for its chat: suspended for a reason, or moved to another id.

    `given_up` says that it edits an alert, which stays as it is.
    """

    delivery: Delivery
    given_up: bool = False
    suspend: str = ""
    move_to: int | None = None


def settle(
    delivery: Delivery, outcome: Outcome, *, now: float, jitter: float = 0.5, shared: bool = False
) -> Settlement:
    """Settle a delivery that was being sent, by itself or in a message that it `shared` with others.

    `jitter` from 0 to 1 spreads retries so that they do not come in step.
    """
    match outcome:
        case Sent(message_id=message_id):
            row = replace(delivery, state="sent", message_id=message_id, shared=shared, settled=now, reason="")
        case Held(seconds=seconds):
            row = _again(delivery, now, "Telegram asked for a pause", pause=seconds)
        case NotSent(reason=reason) | Unauthorised(reason=reason):
            row = _again(delivery, now, reason, pause=_backoff(delivery.failures, jitter))
            row = replace(row, failures=delivery.failures + 1)
        case Unknown() | Refused() if delivery.edits:
            return _after_edit(delivery, outcome, now, jitter)
        case Unknown(reason=reason):
            row = _after_unknown(delivery, reason, now, jitter)
        case Refused(reason=reason):
            row = _refused(delivery, reason, now, shared=shared)
        case Gone(reason=reason):
            return Settlement(delivery=_again(delivery, now, reason), suspend=reason)
        case Moved(chat=chat):
            return Settlement(delivery=_again(delivery, now, "the group became a supergroup"), move_to=chat)
    return Settlement(delivery=row)


def changes_of(settlements: Sequence[Settlement], chat: Chat | None, *, elsewhere: bool = False) -> Changes:
    """Return what settlements for one chat change. `chat` is the chat as it is now, `elsewhere` that its topic is gone.

    It may have unsubscribed, or have another id, since the message went out: what it no longer wants is dropped.
    """
    watches = chat.watches if chat else ()
    rows = [_where_it_is(each.delivery, chat) for each in settlements]
    given_up = {each.delivery.id for each in settlements if each.given_up}
    kept = [None if row.id in given_up else narrowed(row, watches) if row.state == "queued" else row for row in rows]
    changed = chat
    if suspend := next((each.suspend for each in settlements if each.suspend), ""):
        changed = suspended(chat, rows[0].chat, suspend)
    if elsewhere and changed and changed.topic:
        changed = replace(changed, topic=0)
    return Changes(
        deliveries=tuple(row for row in kept if row is not None),
        dropped=tuple(row for row, left in zip(rows, kept, strict=True) if left is None),
        chats=(changed,) if changed and changed != chat else (),
    )


def _where_it_is(row: Delivery, chat: Chat | None) -> Delivery:
    """Return a delivery under the id that its chat has now. There the message's number is another one's."""
    return row if chat is None or chat.id == row.chat else replace(row, chat=chat.id, message_id=0)


def one_more_unchanged(state: FeedState) -> FeedState:
    """Return the state of a feed of whose alerts one more could not gain the words of its article."""
    return replace(state, pages=replace(state.pages, unchanged=state.pages.unchanged + 1))


def left_to_wait(delivery: Delivery, now: float) -> float:
    """Return the seconds until a queued delivery may be tried again, 0 if it may at once.

    A wall clock that was set back since must not hold it longer than was decided then.
    """
    return min(max(delivery.not_before - now, 0.0), delivery.pause)


def _again(delivery: Delivery, now: float, reason: str, pause: float = 0.0) -> Delivery:
    return replace(delivery, state="queued", not_before=now + pause, pause=pause, reason=reason)


def _after_unknown(delivery: Delivery, reason: str, now: float, jitter: float) -> Delivery:
    attempts = delivery.attempts + 1
    if attempts >= UNKNOWN_LIMIT:
        return replace(delivery, state="uncertain", attempts=attempts, settled=now, reason=reason)
    return replace(_again(delivery, now, reason, pause=_backoff(0, jitter)), attempts=attempts)


def _after_edit(delivery: Delivery, outcome: Unknown | Refused, now: float, jitter: float) -> Settlement:
    attempts = delivery.attempts + 1
    if isinstance(outcome, Refused) or attempts >= UNKNOWN_LIMIT:
        return Settlement(delivery=delivery, given_up=True)
    row = _again(delivery, now, outcome.reason, pause=_backoff(attempts, jitter))
    return Settlement(delivery=replace(row, attempts=attempts))


def _refused(delivery: Delivery, reason: str, now: float, *, shared: bool) -> Delivery:
    if shared:
        return replace(_again(delivery, now, reason), alone=True)
    if delivery.plain:
        return replace(delivery, state="dead", settled=now, reason=reason)
    return replace(_again(delivery, now, reason), plain=True)


def _backoff(failures: int, jitter: float) -> float:
    return min(RETRY_FIRST * 2.0 ** min(failures, 16), RETRY_LONGEST) * (0.5 + jitter)


def revived(rows: Sequence[Delivery], now: float) -> Changes:
    """Return settled deliveries as if they had never been tried, queued behind what waits for their chats.

    What the process ended at may have been mended since, so that is forgotten.
    """
    fresh = tuple(
        Delivery(
            id=row.id,
            item=row.item,
            feed=row.feed,
            chat=row.chat,
            watches=row.watches,
            silent=row.silent,
            private=row.private,
            created=now,
        )
        for row in rows
    )
    return Changes(dropped=tuple(rows), deliveries=fresh, written=tuple((row.feed, row.item) for row in rows))
