"""What people do in the chats, each a call: they speak, press buttons, block the bot, move groups."""

from collections.abc import Iterable

from bot.model import ChatKind
from standins.botapi import refusals
from standins.botapi.entities import detect
from standins.botapi.refusals import Json, Refusal
from standins.botapi.rooms import ANONYMOUS, CHANNEL_VOICE, Room, kind_of, member_json, quoted_json, sent_json
from standins.botapi.world import World


class People(World):
    """A world whose people one can direct.

    Chats go by their Telegram ids: above 0 the private chat with the user of that id, below it a group, below
    -10**12 a supergroup. A chat comes to be when somebody first speaks in it, or by `group` and `channel`.
    """

    def user(self, user: int, *, name: str = "", username: str = "", language: str = "") -> Json:
        """Make a person known, or change what is given of one who is. Returns the User."""
        unknown: Json = {"id": user, "is_bot": False, "first_name": f"Person {user}", "language_code": "en"}
        given: Json = {"first_name": name, "username": username, "language_code": language}
        self.users[user] = self.users.get(user, unknown) | {key: value for key, value in given.items() if value}
        return self.users[user]

    def group(
        self,
        chat: int,
        *,
        title: str = "",
        kind: ChatKind | None = None,
        owner: int = 0,
        admins: Iterable[int] = (),
        topics: Iterable[int] = (),
    ) -> None:
        """Open a group, supergroup or channel with the bot in it. Its kind follows from its id if not given."""
        kind = kind or kind_of(chat)
        ranks = dict.fromkeys(admins, "administrator") | ({owner: "creator"} if owner else {})
        ranks[self.bot_id] = "administrator" if kind == "channel" else "member"
        for user in ranks:
            self.user(user)
        self.rooms[chat] = Room(id=chat, kind=kind, title=title or f"Chat {chat}", ranks=ranks, topics=set(topics))

    def channel(self, chat: int, *, title: str = "", owner: int = 0, admins: Iterable[int] = ()) -> None:
        """Open a channel that the bot may post to."""
        self.group(chat, title=title, kind="channel", owner=owner, admins=admins)

    def promote(self, chat: int, user: int, *, status: str = "administrator", anonymous: bool = False) -> None:
        """Return a user another status in a group: creator, administrator, member, left or kicked."""
        room = self._room(chat, user)
        self.user(user)
        room.ranks[user] = status
        (room.hidden.add if anonymous else room.hidden.discard)(user)

    def close_topic(self, chat: int, topic: int = 0) -> None:
        """Let administrators close a topic of a forum, 0 for General."""
        self.rooms[chat].closed_topics.add(topic)

    def delete_topic(self, chat: int, topic: int) -> None:
        """Let administrators delete a topic of a forum."""
        self.rooms[chat].topics.discard(topic)

    def hide_members(self, chat: int) -> None:
        """Let a group show its members to administrators only."""
        self.rooms[chat].members_hidden = True

    def say(
        self,
        chat: int,
        text: str,
        *,
        user: int = 0,
        name: str = "",
        sender_chat: int = 0,
        thread: int = 0,
        reply_to: int = 0,
    ) -> int:
        """Let somebody write. Returns the message's id.

        In a private chat its user speaks, and thereby takes a blocked bot back. In a group, `sender_chat` lets a
        chat speak: the group's own id is an anonymous administrator, another id a channel.
        """
        room = self._room(chat, user)
        if room.closed == refusals.BLOCKED:
            self.unblock(chat)
        voice = self._voice(room, user, name, sender_chat)
        topic: Json = {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        return self._put("message", room, text, voice | topic, reply_to)

    def post(self, chat: int, text: str) -> int:
        """Let a channel publish a post. Returns the message's id."""
        if chat not in self.rooms:
            self.channel(chat)
        room = self.rooms[chat]
        return self._put("channel_post", room, text, {"sender_chat": room.as_json()}, 0)

    def rewrite(self, chat: int, message_id: int, text: str) -> None:
        """Let somebody edit what they wrote."""
        room = self.rooms[chat]
        said = room.said[message_id] | self._words(text) | {"edit_date": int(self.clock())}
        room.said[message_id] = said
        self.tell("edited_channel_post" if room.kind == "channel" else "edited_message", said)

    def press(self, chat: int, message_id: int, data: str, *, user: int = 0) -> str:
        """Let somebody press a button. Returns the query's id.

        Nothing is checked: `data` may be forged, and the message old, another's or none at all. One that the bot
        never sent arrives as Telegram's inaccessible message, with the date 0.
        """
        room = self._room(chat, user)
        query = str(7_000_000_000 + self.next_message_id())
        if message_id in room.sent:
            message = sent_json(room.sent[message_id], room, self.bot)
        else:
            message = {"message_id": message_id, "chat": room.as_json(), "date": 0}
        self.open_queries.add(query)
        presser = self.user(user or chat)
        body: Json = {"id": query, "from": presser, "message": message, "chat_instance": str(chat * 31), "data": data}
        self.tell("callback_query", body)
        return query

    def block(self, user: int) -> None:
        """Let somebody block the bot."""
        self._shut(user, refusals.BLOCKED, "kicked", user)

    def unblock(self, user: int) -> None:
        """Let somebody take the bot back."""
        self._admit(user, "kicked", user)

    def kick(self, chat: int, *, user: int = 0) -> None:
        """Let a group or channel put the bot out."""
        self._shut(chat, refusals.kicked(self._room(chat, user).kind), "kicked", user)

    def remove(self, chat: int, *, user: int = 0) -> None:
        """Let a group see the bot leave, without a ban."""
        self._shut(chat, refusals.not_a_member(self._room(chat, user).kind), "left", user)

    def invite(self, chat: int, *, user: int = 0) -> None:
        """Let a group take the bot in, or back."""
        room = self._room(chat, user)
        self._admit(chat, room.ranks.get(self.bot_id, "left"), user)

    def delete_account(self, user: int) -> None:
        """Let somebody delete their account. Telegram tells the bot nothing."""
        self._room(user, user).closed = refusals.DEACTIVATED

    def delete_group(self, chat: int) -> None:
        """Let a group be deleted. Telegram tells the bot nothing."""
        self._room(chat, 0).closed = refusals.GROUP_DELETED

    def migrate(self, chat: int, new_id: int, *, user: int = 0) -> None:
        """Let a group become a supergroup, with both service messages."""
        old = self._room(chat, user)
        old.closed = refusals.migrated(new_id)
        self.group(new_id, title=old.title, kind="supergroup")
        new = self.rooms[new_id]
        new.ranks, new.hidden = dict(old.ranks), set(old.hidden)
        voice = self._voice(old, user, "", 0)
        self._put("message", old, "", voice | {"migrate_to_chat_id": new_id}, 0)
        self._put("message", new, "", voice | {"migrate_from_chat_id": chat}, 0)

    def _room(self, chat: int, user: int) -> Room:
        """Return a chat, opening it if need be."""
        if chat not in self.rooms:
            if chat < 0:
                self.group(chat)
            else:
                self.rooms[chat] = Room(id=chat, kind="private", title=str(self.user(chat)["first_name"]))
        room = self.rooms[chat]
        if chat < 0 and user:
            room.ranks.setdefault(user, "member")
        return room

    def _voice(self, room: Room, user: int, name: str, sender_chat: int) -> Json:
        """Return in whose name a message stands."""
        if not sender_chat:
            speaker = user or (room.id if room.id > 0 else 1)
            return {"from": self.user(speaker, name=name)}
        if sender_chat == room.id:
            anonymous = {"id": ANONYMOUS, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
            return {"from": anonymous, "sender_chat": room.as_json()}
        channel = self.rooms.get(sender_chat) or Room(id=sender_chat, kind="channel", title=name or "A channel")
        voice = {"id": CHANNEL_VOICE, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
        return {"from": voice, "sender_chat": channel.as_json()}

    def _put(self, kind: str, room: Room, text: str, more: Json, reply_to: int) -> int:
        number = self.next_message_id()
        body: Json = {"message_id": number, "date": int(self.clock()), "chat": room.as_json()}
        body |= self._words(text) | more
        if quoted := quoted_json(reply_to, room, self.bot):
            body["reply_to_message"] = quoted
        room.said[number] = body
        self.tell(kind, body)
        return number

    def _words(self, text: str) -> Json:
        entities = [entity.as_json() for entity in detect(text)]
        return ({"text": text} if text else {}) | ({"entities": entities} if entities else {})

    def _shut(self, chat: int, reason: Refusal, status: str, user: int) -> None:
        room = self._room(chat, user)
        old, room.closed = room.ranks.get(self.bot_id, "member"), reason
        room.ranks[self.bot_id] = status
        self._tell_of_bot(room, old, status, user)

    def _admit(self, chat: int, old: str, user: int) -> None:
        room = self._room(chat, user)
        room.closed = None
        room.ranks[self.bot_id] = "member"
        self._tell_of_bot(room, old, "member", user)

    def _tell_of_bot(self, room: Room, old: str, new: str, user: int) -> None:
        who = self.user(user or (room.id if room.id > 0 else 1))
        change: Json = {"chat": room.as_json(), "from": who, "date": int(self.clock())}
        change["old_chat_member"] = member_json(self.bot, old)
        change["new_chat_member"] = member_json(self.bot, new)
        self.tell("my_chat_member", change)
