"""The chats of the stand-in, what stands in them, and the JSON that the Bot API makes of each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.model import ChatKind
from standins.botapi.entities import Entity
from standins.botapi.refusals import Json, Refusal

ANONYMOUS = 1087968824
"""The user in whose name anonymous administrators of a group speak."""
CHANNEL_VOICE = 136817688
"""The user in whose name a channel speaks in a group."""

_RIGHTS = (
    "can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members "
    "can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories can_pin_messages"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a message: `data` comes back when it is pressed, or it opens `url`."""

    text: str
    data: str = ""
    url: str = ""

    def as_json(self) -> Json:
        """Return the InlineKeyboardButton."""
        use = ("url", self.url) if self.url else ("callback_data", self.data)
        return dict([("text", self.text), use])


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message of the bot, as it stands in the chat.

    `html` is the text as it was sent, `text` what people read. `date` is in whole Unix seconds, `at` the clock's
    reading, `edited` that of the last edit. `preview` says that links may show one.
    """

    message_id: int
    chat: int
    text: str
    html: str
    entities: tuple[Entity, ...] = ()
    parse_mode: str = ""
    date: int = 0
    at: float = 0.0
    edited: float = 0.0
    silent: bool = False
    preview: bool = True
    thread: int = 0
    reply_to: int = 0
    buttons: tuple[tuple[Button, ...], ...] = ()


@dataclass(slots=True, kw_only=True)
class Room:
    """A chat. `closed` is what a bot is told that sends there, None if it may.

    `ranks` are the members, each with a status of ChatMember; `hidden` are administrators who stay anonymous.
    `topics` are the threads of a forum, `closed_topics` those that only administrators write to, 0 for General.
    `members_hidden` says that only administrators see who is in. `sent` is the bot's, `said` the people's, by message
    id.
    """

    id: int
    kind: ChatKind
    title: str
    closed: Refusal | None = None
    ranks: dict[int, str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    topics: set[int] = field(default_factory=set)
    closed_topics: set[int] = field(default_factory=set)
    members_hidden: bool = False
    sent: dict[int, SentMessage] = field(default_factory=dict)
    said: dict[int, Json] = field(default_factory=dict)

    def as_json(self) -> Json:
        """Return the Chat."""
        name = "first_name" if self.kind == "private" else "title"
        body: Json = {"id": self.id, "type": self.kind, name: self.title}
        return body | ({"is_forum": True} if self.topics else {})

    def full_json(self) -> Json:
        """Return the ChatFullInfo."""
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        return self.as_json() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }


def kind_of(chat: int) -> ChatKind:
    """Return what kind of chat goes by such an id, if nobody said."""
    return "private" if chat > 0 else "supergroup" if chat < -(10**12) else "group"


def member_json(user: Json, status: str, *, anonymous: bool = False) -> Json:
    """Return the ChatMember of a user with this status."""
    body: Json = {"user": user, "status": status}
    if status == "creator":
        return body | {"is_anonymous": anonymous}
    if status == "administrator":
        return body | {"can_be_edited": False, "is_anonymous": anonymous} | dict.fromkeys(_RIGHTS.split(), True)
    return body | ({"until_date": 0} if status == "kicked" else {})


def sent_json(message: SentMessage, room: Room, bot: Json) -> Json:
    """Return the Message that the bot sent."""
    sender = {"sender_chat": room.as_json()} if room.kind == "channel" else {"from": bot}
    optional: Mapping[str, object] = {
        "entities": [entity.as_json() for entity in message.entities],
        "edit_date": int(message.edited),
        "message_thread_id": message.thread,
        "is_topic_message": bool(message.thread),
        "reply_to_message": quoted_json(message.reply_to, room, bot),
        "reply_markup": {"inline_keyboard": [[it.as_json() for it in row] for row in message.buttons]}
        if message.buttons
        else None,
        "link_preview_options": None if message.preview else {"is_disabled": True},
    }
    body: Json = {"message_id": message.message_id, "date": message.date, "chat": room.as_json(), "text": message.text}
    return sender | body | {name: value for name, value in optional.items() if value}


def quoted_json(message_id: int, room: Room, bot: Json) -> Json | None:
    """Return a message as one that is replied to: without what it replied to itself. None if there is no such one."""
    if message_id in room.sent:
        return sent_json(replace(room.sent[message_id], reply_to=0), room, bot)
    said = room.said.get(message_id, {})
    return {name: value for name, value in said.items() if name != "reply_to_message"} or None
