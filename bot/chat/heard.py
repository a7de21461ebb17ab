"""Reads what Telegram tells: somebody said something, pressed a button, or let the bot in or out. Pure.

An update is read from its JSON (Bot API, "Update"), for the few fields that matter: of thousands that come at once the
library would make objects with a hundred fields each, and whoever asks behind them would wait for that.

What has another shape than Telegram's raises KeyError, TypeError, ValueError or AttributeError.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram import MessageEntity
from telegram.constants import ChatMemberStatus

from bot.chat.commands.command import Request
from bot.model import Chat

Json = Mapping[str, Any]
WORDS = 200
"""Characters of a message without a command that is tried as a watch; a longer one is no query."""
_OUT = {ChatMemberStatus.BANNED, ChatMemberStatus.LEFT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message. `request` is the command in it, if it is one for this bot; `words` says that it has a text.

    `plain` is the command to try a text that is none as a watch: a few words of one line, not forwarded.
    `moved_to` is the id that a group has as a supergroup, 0 if it says nothing of that; `moved_from` the one before.
    """

    chat: Chat
    request: Request | None
    words: bool
    plain: Request | None = None
    moved_to: int = 0
    moved_from: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A pressed button, by the `id` of the press, and the command that it stands for."""

    id: str
    chat: Chat
    request: Request | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The bot is in a chat or is not, and was or was not before."""

    chat: Chat
    was_in: bool
    is_in: bool


Heard = Said | Pressed | Membership


def heard(update: Json, username: str) -> Heard | None:
    """Read an update; None if it is of a kind that says nothing to the bot, whose name is `username`."""
    if (change := update.get("my_chat_member")) is not None:
        was, now = (change[key]["status"] not in _OUT for key in ("old_chat_member", "new_chat_member"))
        return Membership(chat=_chat(change["chat"]), was_in=was, is_in=now)
    if (query := update.get("callback_query")) is not None:
        message = query.get("message")
        chat = Chat(id=0) if message is None else _chat_of(message)
        return Pressed(id=str(query["id"]), chat=chat, request=_request_of_press(query, chat))
    if (message := update.get("message")) is not None:
        return Said(
            chat=_chat_of(message),
            request=_request_of(message, username),
            words=bool(message.get("text")),
            plain=_plain_words(message),
            moved_to=int(message.get("migrate_to_chat_id", 0)),
            moved_from=int(message.get("migrate_from_chat_id", 0)),
        )
    return None


def _request_of(message: Json, username: str) -> Request | None:
    """Read a command. None if the message is none, is meant for another bot, or was forwarded."""
    text, entities = str(message.get("text", "")), message.get("entities")
    first = entities[0] if entities else {}
    if first.get("type") != MessageEntity.BOT_COMMAND or first["offset"] != 0 or "forward_origin" in message:
        return None
    length = int(first["length"])
    name, _, addressee = text[1:length].partition("@")
    if addressee and addressee.casefold() != username.casefold():
        return None
    user = message.get("from")
    anonymous = "sender_chat" in message or user is None or bool(user["is_bot"])
    return Request(
        chat=_chat_of(message),
        user=0 if anonymous or user is None else int(user["id"]),
        command=name.casefold(),
        args=tuple(text[length:].split()),
        anonymous=anonymous,
        addressed=bool(addressee),
    )


def _plain_words(message: Json) -> Request | None:
    """Read a few plain words as the wish to watch for them."""
    text, user = str(message.get("text", "")).strip(), message.get("from")
    if not text or len(text) > WORDS or "\n" in text or text.startswith("/") or "forward_origin" in message or not user:
        return None
    return Request(chat=_chat_of(message), user=int(user["id"]), command="watch", args=tuple(text.split()))


def _request_of_press(query: Json, chat: Chat) -> Request | None:
    """Read a pressed button. What comes back may be forged or old: it is read as any typed command is."""
    message, data = query.get("message"), str(query.get("data", ""))
    if message is None or not data:
        return None
    name, *args = data.split() or [""]
    user = query["from"]
    return Request(
        chat=chat,
        user=0 if user["is_bot"] else int(user["id"]),
        command=name.casefold(),
        args=tuple(args),
        anonymous=bool(user["is_bot"]),
        pressed=int(message["message_id"]),
    )


def _chat_of(message: Json) -> Chat:
    """Read where a message stands: its chat, and in a forum the topic."""
    topic = int(message.get("message_thread_id", 0)) if message.get("is_topic_message") else 0
    return _chat(message["chat"], topic)


def _chat(chat: Json, topic: int = 0) -> Chat:
    name = " ".join(filter(None, [chat.get("first_name"), chat.get("last_name")]))
    return Chat(id=int(chat["id"]), kind=chat["type"], title=str(chat.get("title") or name), topic=topic)
