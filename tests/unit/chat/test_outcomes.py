"""What each sentence of Telegram's says of a message, of its chat, or of neither."""

import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.chat.outcomes import outcome_of
from bot.delivery.settle import Gone, Held, Moved, NotSent, Refused, Unauthorised

GONE = """
    Chat not found
    PEER_ID_INVALID
    not enough rights to send text messages to the chat
    have no rights to send a message
    have no write access to the chat
    need administrator rights in the channel chat
    CHAT_WRITE_FORBIDDEN
    CHAT_SEND_PLAIN_FORBIDDEN
    CHAT_GUEST_SEND_FORBIDDEN
    CHAT_RESTRICTED
    CHAT_ADMIN_REQUIRED
    CHAT_FORBIDDEN
    CHANNEL_PRIVATE
    USER_BANNED_IN_CHANNEL
    USER_DELETED
    USER_IS_BLOCKED
    ALLOW_PAYMENT_REQUIRED_10
"""
REFUSED = """
    Can't parse entities: unsupported start tag "x" at byte offset 0
    Message is too long
    Message text is empty
    BUTTON_DATA_INVALID
"""
OF_NEITHER = """
    Logged out
    FROZEN_METHOD_INVALID
"""


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


@pytest.mark.parametrize("said", lines(GONE))
def test_the_chat_cannot_be_written_to(said: str) -> None:
    """It waits for its return, and its alerts with it; nothing is dead."""
    assert isinstance(outcome_of(BadRequest(said)), Gone)


@pytest.mark.parametrize("said", lines(REFUSED))
def test_the_text_is_not_taken(said: str) -> None:
    assert isinstance(outcome_of(BadRequest(said)), Refused)


@pytest.mark.parametrize("said", lines(OF_NEITHER))
def test_the_bot_or_its_server_cannot_send_at_present(said: str) -> None:
    """Nobody is suspended and nothing is lost: it is tried again."""
    assert isinstance(outcome_of(BadRequest(said)), NotSent)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Gone),
        (RetryAfter(5), Held),
        (ChatMigrated(-1001), Moved),
        (InvalidToken(), Unauthorised),
        (TelegramError("Conflict"), object),
    ],
)
def test_other_errors_say_it_by_their_kind(error: TelegramError, kind: type) -> None:
    assert isinstance(outcome_of(error), kind)
