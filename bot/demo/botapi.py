"""A small stand-in for Telegram's Bot API on loopback: what the bot needs to hold private chats with people.

It keeps what the bot sends and brings what people say. It checks nothing; the strict stand-in is the tests'.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import count

from aiohttp import web

from bot.demo.bell import PATIENCE, Bell
from bot.demo.markup import SentMessage, commands, read, read_buttons
from bot.web.ending import end

TOKEN = "7000000001:AAdemo-demo-demo-demo-demo-demo-dem"  # noqa: S105  # no bot of Telegram's has it
_BOT: Mapping[str, object] = {
    "id": 7_000_000_001, "is_bot": True, "first_name": "Newsvane", "username": "newsvane_bot",
}  # fmt: skip
_OBEYED = ("deleteWebhook", "answerCallbackQuery", "setMyCommands", "setMyDescription", "setMyShortDescription")

Params = Mapping[str, str]


class BotApi:
    """A Bot API for one bot, at `url` from `start` to `close`. A private chat has the id of its person.

    `bell` rings whenever the bot has sent something or somebody has said something.
    """

    def __init__(self) -> None:
        self.token = TOKEN
        self.bell = Bell()
        self._sent: dict[int, SentMessage] = {}
        self._shown: dict[int, int] = {}
        self._updates: list[tuple[int, Mapping[str, object]]] = []
        self._numbers = count(1001)
        self._closed = False
        self._runner: web.AppRunner | None = None
        self._methods: dict[str, Callable[[Params], object]] = {
            **dict.fromkeys(_OBEYED, lambda _: True),
            "getMe": lambda _: _BOT,
            "getWebhookInfo": lambda _: {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
            "sendMessage": lambda params: self._put(_sent(next(self._numbers), params)),
            "editMessageText": self._edit,
        }

    async def start(self) -> None:
        """Listen on a free port of the loopback address."""
        app = web.Application()
        app.router.add_post(f"/bot{self.token}/{{method}}", self._serve)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()

    async def close(self) -> None:
        """Answer the open poll at once, and stop listening."""
        self._closed = True
        self.bell.ring()
        if self._runner is not None:
            await end(self._runner)

    @property
    def url(self) -> str:
        """The address, as `telegram.api_url` takes it."""
        assert self._runner is not None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def say(self, chat: int, text: str) -> None:
        """Let the person of a chat write."""
        entities = [{"type": it.type, "offset": it.offset, "length": it.length} for it in commands(text)]
        self._tell("message", _message(next(self._numbers), chat, text) | {"from": _person(chat), "entities": entities})

    def press(self, chat: int, message_id: int, data: str) -> None:
        """Let the person of a chat press a button below a message of the bot."""
        message = _message(message_id, chat, self._sent[message_id].text)
        query = {"id": str(next(self._numbers)), "chat_instance": str(chat), "data": data}
        self._tell("callback_query", query | {"from": _person(chat), "message": message})

    def messages(self, chat: int | None = None) -> tuple[SentMessage, ...]:
        """Return the bot's messages in the order of sending, of one chat or of all, as they stand after edits."""
        return tuple(message for message in self._sent.values() if chat in {None, message.chat})

    async def next_message(self, chat: int, patience: float = PATIENCE) -> SentMessage:
        """Wait for the next message in a chat. Each is returned once, in order. Raises TimeoutError."""
        shown = self._shown.get(chat, 0)
        await self.bell.wait_until(lambda: len(self.messages(chat)) > shown, patience)
        self._shown[chat] = shown + 1
        return self.messages(chat)[shown]

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        params = {name: str(value) for name, value in (await request.post()).items()}
        if method != "getUpdates" and method not in self._methods:
            return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
        try:
            result = await self._poll(params) if method == "getUpdates" else self._methods[method](params)
        except ValueError as refused:
            description = f"Bad Request: {refused}"
            return web.json_response({"ok": False, "error_code": 400, "description": description}, status=400)
        return web.json_response({"ok": True, "result": result})

    async def _poll(self, params: Params) -> object:
        """Forget the updates before `offset`. Return those after it; wait up to `timeout` seconds for the first."""
        offset, seconds = int(params.get("offset", "0")), int(params.get("timeout", "0"))
        self._updates = [row for row in self._updates if row[0] >= offset]
        with suppress(TimeoutError):
            await self.bell.wait_until(lambda: bool(self._updates) or self._closed, seconds)
        return [{"update_id": number, **body} for number, body in self._updates]

    def _put(self, message: SentMessage) -> object:
        """Put a message into its chat, a new one or in the place of an older one. Returns the Message."""
        self._sent[message.message_id] = message
        self.bell.ring()
        return _message(message.message_id, message.chat, message.text)

    def _edit(self, params: Params) -> object:
        """Change a message. Returns the Message. Raises ValueError if there is none, or if nothing would change."""
        old = self._sent.get(int(params["message_id"]))
        if old is None:
            raise ValueError("message to edit not found")
        new = replace(_sent(old.message_id, params), silent=old.silent)
        if new == old:
            raise ValueError("message is not modified")
        return self._put(new)

    def _tell(self, kind: str, body: Mapping[str, object]) -> None:
        self._updates.append((next(self._numbers), {kind: body}))
        self.bell.ring()


def _person(chat: int) -> Mapping[str, object]:
    return {"id": chat, "is_bot": False, "first_name": "You", "language_code": "en"}


def _message(number: int, chat: int, text: str) -> dict[str, object]:
    return {"message_id": number, "date": int(time.time()), "chat": {"id": chat, "type": "private"}, "text": text}


def _sent(number: int, params: Params) -> SentMessage:
    """Read what the bot sends."""
    text, entities = read(params["text"], html="parse_mode" in params)
    return SentMessage(
        message_id=number,
        chat=int(params["chat_id"]),
        text=text,
        entities=entities,
        silent=params.get("disable_notification") == "true",
        buttons=read_buttons(json.loads(params.get("reply_markup", "{}"))),
    )
