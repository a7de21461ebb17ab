"""Decides what becomes of a delivery once its send has an outcome. Pure; `deliver` acts on it.

queued -> sending -> sent
  Held       -> queued, when Telegram allows it; not counted as an attempt
  NotSent    -> queued, later and later
  Unknown    -> the first time queued again, the second time uncertain: shown, never sent a third time
  Refused    -> of several in one message, each alone; once as plain text, then dead
  Gone       -> queued, the chat suspended: it waits for the chat's return, at most 24 h, then it is expired
  Moved      -> queued, everything of the chat under its new id
"""

from dataclasses import dataclass, replace

from bot.model import Delivery

UNKNOWN_LIMIT = 2  # sends with an unknown outcome; so no alert arrives more than twice
RETRY_FIRST, RETRY_LONGEST = 1.0, 300.0
"""Seconds before a send that certainly failed is tried again: doubled each time, up to the longest."""
SUSPENDED_LIMIT = 24 * 3600.0
"""Seconds that an alert waits for a chat that cannot be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Telegram has it, under this message id. `elsewhere` says that its topic is closed or gone: it is in General."""

    message_id: int
    elsewhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Flood control (429): try again in `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """It certainly did not arrive; trying again is safe."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The request went out and no answer came: it may have arrived. Telegram has no key to ask by."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Telegram will not take this text."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The chat cannot be reached: the bot was blocked or removed, or the chat is no more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The group became a supergroup and goes by this id."""

    chat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unauthorised:
    """Telegram does not know the token, or so it was said: nothing can be sent until that is cleared up."""

    reason: str


Outcome = Sent | Held | NotSent | Unknown | Refused | Gone | Moved | Unauthorised


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a delivery stands, and what follows for its chat: suspended for a reason, or moved to another id."""

    delivery: Delivery
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
            row = replace(delivery, state="sent", message_id=message_id, settled=now, reason="")
        case Held(seconds=seconds):
            row = _again(delivery, now, "Telegram asked for a pause", pause=seconds)
        case NotSent(reason=reason) | Unauthorised(reason=reason):
            row = _again(delivery, now, reason, pause=_backoff(delivery.failures, jitter))
            row = replace(row, failures=delivery.failures + 1)
        case Unknown(reason=reason):
            row = _after_unknown(delivery, reason, now, jitter)
        case Refused(reason=reason):
            row = _refused(delivery, reason, now, shared=shared)
        case Gone(reason=reason):
            return Settlement(delivery=_again(delivery, now, reason), suspend=reason)
        case Moved(chat=chat):
            return Settlement(delivery=_again(delivery, now, "the group became a supergroup"), move_to=chat)
    return Settlement(delivery=row)


def left_to_wait(delivery: Delivery, now: float) -> float:
    """Give the seconds until a queued delivery may be tried again, 0 if it may at once.

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


def _refused(delivery: Delivery, reason: str, now: float, *, shared: bool) -> Delivery:
    if shared:
        return replace(_again(delivery, now, reason), alone=True)
    if delivery.plain:
        return replace(delivery, state="dead", settled=now, reason=reason)
    return replace(_again(delivery, now, reason), plain=True)


def _backoff(failures: int, jitter: float) -> float:
    return min(RETRY_FIRST * 2.0 ** min(failures, 16), RETRY_LONGEST) * (0.5 + jitter)
