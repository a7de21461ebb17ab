"""Reads commands from what Telegram tells: a message, or a pressed button. Pure."""

from telegram import CallbackQuery, MaybeInaccessibleMessage, MessageEntity
from telegram import Message as TelegramMessage

from bot.chat.commands.command import Request
from bot.model import Chat


def request_of(message: TelegramMessage, username: str) -> Request | None:
    """Read a command. None if the message is none, is meant for another bot, or was forwarded."""
    text = message.text or ""
    first = message.entities[0] if message.entities else None
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset != 0 or message.forward_origin:
        return None
    name, _, addressee = text[1 : first.length].partition("@")
    if addressee and addressee.casefold() != username.casefold():
        return None
    user = message.from_user
    anonymous = message.sender_chat is not None or user is None or user.is_bot
    return Request(
        chat=_chat_of(message),
        user=0 if anonymous or user is None else user.id,
        command=name.casefold(),
        args=tuple(text[first.length :].split()),
        anonymous=anonymous,
        addressed=bool(addressee),
    )


def request_of_press(query: CallbackQuery) -> Request | None:
    """Read a pressed button. What comes back may be forged or old: it is read as any typed command is."""
    if query.message is None or not query.data:
        return None
    name, *args = query.data.split() or [""]
    return Request(
        chat=_chat_of(query.message),
        user=0 if query.from_user.is_bot else query.from_user.id,
        command=name.casefold(),
        args=tuple(args),
        anonymous=query.from_user.is_bot,
        pressed=query.message.message_id,
    )


def _chat_of(message: MaybeInaccessibleMessage) -> Chat:
    """Read where a message stands: its chat, and in a forum the topic."""
    chat = message.chat
    topic = message.message_thread_id if isinstance(message, TelegramMessage) and message.is_topic_message else 0
    title = chat.title or chat.full_name or ""
    return Chat(id=chat.id, kind=chat.type, title=title, topic=topic or 0)  # type: ignore[arg-type]  # Telegram's kinds are ours
