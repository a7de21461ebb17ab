"""The methods of the Bot API that a news-alert bot uses, each a function of the world and the call's parameters.

METHODS lists them all. To add one: write its function, and a line there. Refusals are raised, in Telegram's words.
`getUpdates` is the server's, for it alone waits.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from standins.botapi import markup
from standins.botapi.entities import Entity, is_blank, stored, utf16_length
from standins.botapi.keyboard import read_buttons
from standins.botapi.params import Params
from standins.botapi.refusals import Json, bad_request
from standins.botapi.rooms import Room, SentMessage, member_json
from standins.botapi.world import World

TEXT_LIMIT = 4096
"""UTF-16 units of a text after its entities are parsed."""
RAW_LIMIT = 32768
"""Bytes of a text before that."""
CALLBACK_ANSWER_LIMIT = 200
_COMMAND = re.compile(r"[a-z0-9_]+")
_COMMANDS_LIMIT, _COMMAND_LIMIT, _DESCRIPTION_LIMIT = 100, 32, 256
_ACTIONS = frozenset(
    {"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document"}
    | {"choose_sticker", "find_location", "record_video_note", "upload_video_note"}
)


# --- messages -----------------------------------------------------------------------------------------------


def send_message(world: World, params: Params) -> Json:
    """Put a text into a chat. Returns the Message."""
    message = _message(params)
    room = world.reach(params.chat())
    thread = params.integer("message_thread_id")
    if thread and thread not in room.topics:
        raise bad_request("message thread not found")
    if thread in room.closed_topics and room.ranks.get(world.bot_id) != "administrator":
        raise bad_request("TOPIC_CLOSED")
    return world.deliver(room, replace(message, thread=thread, reply_to=_replied(room, params)))


def edit_message_text(world: World, params: Params) -> Json:
    """Change a text of the bot. Returns the Message."""
    message = _message(params)
    number = params.integer("message_id")
    if not number:
        raise bad_request("message identifier is not specified")
    room = world.reach(params.chat())
    if number in room.said:
        raise bad_request("message can't be edited")
    if number not in room.sent:
        raise bad_request("message to edit not found")
    kept = ("message_id", "chat", "date", "at", "silent", "thread", "reply_to")
    return world.edit(room, replace(message, **{name: getattr(room.sent[number], name) for name in kept}))


def send_chat_action(world: World, params: Params) -> bool:
    """Show that the bot is busy."""
    world.reach(params.chat())
    if params.get("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    return True


def answer_callback_query(world: World, params: Params) -> bool:
    """End the waiting of who pressed a button."""
    if utf16_length(params.get("text", "")) > CALLBACK_ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    query = params.get("callback_query_id", "")
    if query not in world.open_queries:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    world.open_queries.discard(query)
    return True


def _message(params: Params) -> SentMessage:
    """Read the text and what belongs to it, and check all that needs no chat."""
    raw, mode = params.get("text", ""), params.get("parse_mode", "")
    if not raw:
        raise bad_request("message text is empty")
    if len(raw.encode()) > RAW_LIMIT:
        raise bad_request("text is too long")
    text, entities = stored(*_parsed(raw, mode, params))
    if is_blank(text):
        raise bad_request("message text is empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    preview = params.value("link_preview_options", "link preview options")
    disabled = preview.get("is_disabled") if isinstance(preview, dict) else params.flag("disable_web_page_preview")
    return SentMessage(
        message_id=0,
        chat=0,
        text=text,
        html=raw,
        entities=entities,
        parse_mode=mode,
        silent=params.flag("disable_notification"),
        preview=not disabled,
        buttons=read_buttons(params.value("reply_markup", "reply keyboard markup")),
    )


def _parsed(raw: str, mode: str, params: Params) -> tuple[str, tuple[Entity, ...]]:
    if mode.lower() == "html":
        return markup.parse(raw)
    if mode:  # Telegram's Markdown modes are none of this stand-in's
        raise bad_request("unsupported parse_mode")
    return raw, _given_entities(raw, params.value("entities", "entities"))


def _given_entities(text: str, given: object) -> tuple[Entity, ...]:
    """Read entities that the bot places itself."""
    size, entities = utf16_length(text), []
    for row in given if isinstance(given, list) else []:
        if not isinstance(row, dict) or not all(type(row.get(name)) is int for name in ("offset", "length")):
            raise bad_request("can't parse MessageEntity")
        offset, length = row["offset"], row["length"]
        if offset < 0 or length < 0 or offset + length > size:
            raise bad_request(f"entity beginning at UTF-16 offset {offset} ends after the end of the text")
        entities.append(Entity(type=str(row.get("type")), offset=offset, length=length, url=str(row.get("url") or "")))
    return tuple(entities)


def _replied(room: Room, params: Params) -> int:
    """Return the message that is replied to, 0 for none."""
    given = params.value("reply_parameters", "reply parameters")
    if isinstance(given, dict):
        number, optional = given.get("message_id", 0), given.get("allow_sending_without_reply", False)
    else:
        number, optional = params.integer("reply_to_message_id"), params.flag("allow_sending_without_reply")
    if type(number) is not int:
        raise bad_request("can't parse reply parameters JSON object")
    if not number or number in room.sent or number in room.said:
        return number
    if optional:
        return 0
    raise bad_request("message to be replied not found")


# --- chats --------------------------------------------------------------------------------------------------


def get_chat(world: World, params: Params) -> Json:
    """Describe a chat."""
    return world.reach(params.chat()).full_json()


def get_chat_member(world: World, params: Params) -> Json:
    """Return what somebody is in a chat."""
    room = world.reach(params.chat())
    user = params.integer("user_id")
    if room.members_hidden and room.ranks.get(world.bot_id) != "administrator":
        raise bad_request("CHAT_ADMIN_REQUIRED")
    if user not in world.users:
        raise bad_request("invalid user_id specified")
    rank = "member" if user == room.id else room.ranks.get(user, "left")
    return member_json(world.users[user], rank, anonymous=user in room.hidden)


def get_chat_administrators(world: World, params: Params) -> list[Json]:
    """Return who runs a group or channel, other bots left out."""
    room = world.reach(params.chat())
    if room.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    return [
        member_json(world.users[user], room.ranks[user], anonymous=user in room.hidden)
        for user in world.administrators(room)
    ]


# --- the bot itself -----------------------------------------------------------------------------------------


def get_me(world: World, _: Params) -> Json:
    """Return the bot's own User. It reads all that is said in groups, so no privacy mode hides anything."""
    no = ("supports_inline_queries", "can_connect_to_business", "has_main_web_app", "has_topics_enabled")
    return world.bot | {"can_join_groups": True, "can_read_all_group_messages": True} | dict.fromkeys(no, False)


def set_my_commands(world: World, params: Params) -> bool:
    """Set the list of commands for a scope and a language."""
    given = params.value("commands", "commands")
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise bad_request("can't parse commands JSON object")
    commands: list[Json] = [{name: str(row.get(name, "")) for name in ("command", "description")} for row in given]
    if len(commands) > _COMMANDS_LIMIT:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for row in commands:
        row["command"] = str(row["command"]).removeprefix("/")
        _check_command(str(row["command"]), str(row["description"]))
    world.commands[_scope(params)] = commands
    return True


def _check_command(command: str, description: str) -> None:
    if not command:
        raise bad_request("command must be non-empty")
    if len(command) > _COMMAND_LIMIT:
        raise bad_request(f"command length must not exceed {_COMMAND_LIMIT}")
    if not description.strip():
        raise bad_request("command description must be non-empty")
    if utf16_length(description) > _DESCRIPTION_LIMIT:
        raise bad_request(f"command description length must not exceed {_DESCRIPTION_LIMIT}")
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")


def get_my_commands(world: World, params: Params) -> list[Json]:
    """Return the commands that were set for just this scope and language."""
    return world.commands.get(_scope(params), [])


def delete_my_commands(world: World, params: Params) -> bool:
    """Forget the commands of a scope and a language."""
    world.commands.pop(_scope(params), None)
    return True


def _scope(params: Params) -> tuple[str, str]:
    scope = params.value("scope", "BotCommandScope") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), params.get("language_code", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """A text that the bot shows of itself: the parameter that brings it, and how long it may be."""

    name: str
    limit: int

    def set(self, world: World, params: Params) -> bool:
        text = params.get(self.name, "")
        if utf16_length(text) > self.limit:
            raise bad_request(f"{self.name.replace('_', ' ')} is too long")
        world.profile[self.name, params.get("language_code", "")] = text
        return True

    def get(self, world: World, params: Params) -> Json:
        default = world.profile.get((self.name, ""), "")
        return {self.name: world.profile.get((self.name, params.get("language_code", "")), default)}


_DESCRIPTION = _Profile(name="description", limit=512)
_SHORT_DESCRIPTION = _Profile(name="short_description", limit=120)
_NAME = _Profile(name="name", limit=64)


def set_webhook(world: World, params: Params) -> bool:
    """Have updates sent to an address instead; an empty one deletes the webhook. Nothing is sent from here."""
    world.webhook = params.get("url", "")
    if params.flag("drop_pending_updates"):
        world.updates.drop()
    world.updates.interrupt()
    return True


def delete_webhook(world: World, params: Params) -> bool:
    """Go back to getUpdates; drop what waits, if asked to."""
    world.webhook = ""
    if params.flag("drop_pending_updates"):
        world.updates.drop()
    return True


def get_webhook_info(world: World, _: Params) -> Json:
    """Return where updates are sent, and how many wait."""
    return {"url": world.webhook, "has_custom_certificate": False, "pending_update_count": len(world.updates)}


METHODS: Mapping[str, Callable[[World, Params], object]] = {
    "sendMessage": send_message,
    "editMessageText": edit_message_text,
    "sendChatAction": send_chat_action,
    "answerCallbackQuery": answer_callback_query,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getMe": get_me,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyDescription": _DESCRIPTION.set,
    "getMyDescription": _DESCRIPTION.get,
    "setMyShortDescription": _SHORT_DESCRIPTION.set,
    "getMyShortDescription": _SHORT_DESCRIPTION.get,
    "setMyName": _NAME.set,
    "getMyName": _NAME.get,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
"""Each method that is answered, by its name; the Bot API does not mind the case of it."""
