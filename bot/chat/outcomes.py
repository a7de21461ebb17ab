"""What Telegram's errors say: of a message that was sent, or of any other call.

Errors come from python-telegram-bot, whose BadRequest and TimedOut are kinds of NetworkError: the order in
`outcome_of` matters. What each asks for: Bot API, "Making requests", and its "ResponseParameters".
"""

import os
from datetime import timedelta

import httpx
from telegram import error as tg

from bot.errors import NewsvaneError, TelegramUnreachable, TokenInUse, TokenRefused
from bot.model import Gone, Held, Moved, NotSent, Outcome, Refused, Unauthorised, Unknown

UNKNOWN_BOT = (
    "Telegram does not know this token. Copy it again from @BotFather (/mybots, API Token), "
    "and mind that a token that was revoked stays dead."
)

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "not enough rights",
    "have no rights",
    "have no write access to the chat",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_send_plain_forbidden",
    "chat_guest_send_forbidden",
    "chat_restricted",
    "chat_admin_required",
    "chat_forbidden",
    "channel_private",
    "user_banned_in_channel",
    "user_deleted",
    "user_is_blocked",
    "user is deactivated",
    "allow_payment_required",
)
"""What the server says of a chat that cannot be written to. In capitals it is a 403 that came as a 400."""
_NOT_OF_THE_CHAT = ("logged out", "frozen_method_invalid", "topic_closed", "topic_deleted")
"""What it says of the bot, of its server or of a topic, whatever was to be sent: nothing is lost, nobody suspended."""
_OF_TOPIC = ("topic_closed", "topic_deleted", "message thread not found")


# Without it, the library warns at every 429 that its durations will change their type; `_seconds` takes both.
os.environ.setdefault("PTB_TIMEDELTA", "1")


def outcome_of(error: tg.TelegramError) -> Outcome:  # noqa: PLR0911  # one line for each thing Telegram says
    """Read an error of a send for what it says about the message."""
    reason = reason_of(error)
    match error:
        case tg.RetryAfter():
            return Held(seconds=_seconds(error.retry_after))
        case tg.ChatMigrated():
            return Moved(chat=error.new_chat_id)
        case tg.InvalidToken():
            return NotSent(reason=reason) if error.__cause__ else Unauthorised(reason=UNKNOWN_BOT)
        case tg.Forbidden():
            return NotSent(reason=reason) if error.__cause__ else Gone(reason=reason.removeprefix("Forbidden: "))
        case tg.BadRequest():
            said = reason.casefold()
            if any(sign in said for sign in _NOT_OF_THE_CHAT):
                return NotSent(reason=reason)
            return Gone(reason=reason) if any(sign in said for sign in _GONE) else Refused(reason=reason)
        case tg.NetworkError() if isinstance(error.__cause__, _NEVER_SENT):
            return NotSent(reason=f"Telegram cannot be reached: {reason}")
        case tg.NetworkError() if "too many requests" in reason.casefold():
            return NotSent(reason=reason)  # a 429 that does not say for how long
        case tg.Conflict():
            return NotSent(reason=reason)
    return Unknown(reason=f"Telegram's answer was lost: {reason}")


def explained(error: tg.TelegramError) -> NewsvaneError:
    """Read an error of any other call for what to do."""
    if isinstance(error, tg.InvalidToken) and not error.__cause__:
        return TokenRefused(UNKNOWN_BOT)
    if isinstance(error, tg.Conflict):
        return TokenInUse(
            "Another process receives this bot's updates with the same token (Telegram answers 409). "
            "Stop the other one, or get this one a token of its own from @BotFather."
        )
    if isinstance(error, tg.RetryAfter):
        return TelegramUnreachable("Telegram asks for a pause", retry_after=_seconds(error.retry_after))
    return TelegramUnreachable(f"Telegram does not answer: {reason_of(error)}")


def is_of_topic(reason: str) -> bool:
    """Return whether a refusal speaks of the topic alone, so that the rest of the chat may take the message."""
    return any(sign in reason.casefold() for sign in _OF_TOPIC)


def reason_of(error: BaseException | None) -> str:
    """Return what an error says, without the page that a proxy may have sent in Telegram's place."""
    return str(error).partition(". Parsing the server response")[0][:200]


def _seconds(retry_after: int | timedelta) -> float:
    return retry_after.total_seconds() if isinstance(retry_after, timedelta) else float(retry_after)
