"""What the stand-in knows: the bot, its chats, the people in them, and all that was said. No HTTP here.

`methods` changes it in the name of the bot, `people` in the name of everybody else.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.demo.bell import Bell
from standins.botapi.flood import Flood, Limits
from standins.botapi.refusals import CHAT_NOT_FOUND, NEVER_STARTED, Json, Refused, bad_request, too_many_requests
from standins.botapi.rooms import Room, SentMessage, sent_json
from standins.botapi.updates import Updates

Clock = Callable[[], float]


class World:
    """One bot and its chats. `clock` gives Unix seconds; it dates messages and is what flood control goes by.

    Without `limits` there is no flood control.
    """

    def __init__(self, *, token: str, username: str, name: str, clock: Clock, limits: Limits | None) -> None:
        self.token = token
        self.clock = clock
        self.flood = Flood(limits) if limits else None
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": name,
            "username": username,
        }
        self.bell = Bell()
        self.webhook = ""
        self.updates = Updates(self.bell)
        self.rooms: dict[int, Room] = {}
        self.users: dict[int, Json] = {self.bot_id: self.bot}
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.profile: dict[tuple[str, str], str] = {}
        self.open_queries: set[str] = set()
        self._sent: list[tuple[int, int]] = []
        self._last_message = 0

    @property
    def bot_id(self) -> int:
        """The bot's own user id, which is the part of the token before the colon."""
        number = self.bot["id"]
        assert isinstance(number, int)
        return number

    def messages(self, chat: int | None = None) -> tuple[SentMessage, ...]:
        """Return the bot's messages in the order of sending, of one chat or of all, as they stand after edits."""
        return tuple(self.rooms[room].sent[number] for room, number in self._sent if chat in {None, room})

    def reach(self, chat: int) -> Room:
        """Return a chat that the bot may use. Raises Refused."""
        room = self.rooms.get(chat)
        if room is None:
            raise Refused(NEVER_STARTED if chat in self.users else CHAT_NOT_FOUND)
        if room.closed is not None:
            raise Refused(room.closed)
        return room

    def deliver(self, room: Room, message: SentMessage) -> Json:
        """Put a message of the bot into a chat; number and dates are given here. Returns the Message.

        Raises Refused if it is one too many.
        """
        self._pace(room)
        now = self.clock()
        kept = replace(message, message_id=self.next_message_id(), chat=room.id, date=int(now), at=now)
        room.sent[kept.message_id] = kept
        self._sent.append((room.id, kept.message_id))
        self.bell.ring()
        return sent_json(kept, room, self.bot)

    def edit(self, room: Room, message: SentMessage) -> Json:
        """Put a message of the bot in the place of an older one, by its number. Returns the Message.

        Raises Refused if nothing would change, or if it is one too many.
        """
        old = room.sent[message.message_id]
        if (old.text, old.entities, old.buttons) == (message.text, message.entities, message.buttons):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are exactly the same "
                "as a current content and reply markup of the message"
            )
        self._pace(room)
        room.sent[message.message_id] = edited = replace(message, edited=self.clock())
        self.bell.ring()
        return sent_json(edited, room, self.bot)

    def _pace(self, room: Room) -> None:
        if self.flood and (wait := self.flood.ask(room.id, self.clock())):
            raise Refused(too_many_requests(wait))

    def next_message_id(self) -> int:
        """Return a number that no message has."""
        self._last_message += 1
        return self._last_message

    def tell(self, kind: str, body: Json) -> None:
        """Let the bot have an update."""
        self.updates.put(kind, body, self.clock())

    def administrators(self, room: Room) -> Sequence[int]:
        """Return the users who run a group or channel."""
        return [user for user, rank in room.ranks.items() if rank in {"creator", "administrator"}]
