"""The stand-in for Telegram's Bot API over HTTP, with what tests and drills ask of it: calls, messages, waiting.

A call goes this way, and the first that objects answers it:
token -> method -> parameters -> fault -> the method itself, flood control last -> recorded -> answered
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from bot.demo.bell import PATIENCE
from bot.web.ending import end
from standins.botapi.faults import Fault, Faults
from standins.botapi.flood import Limits
from standins.botapi.methods import METHODS
from standins.botapi.params import Params, read
from standins.botapi.people import People
from standins.botapi.refusals import NOT_FOUND, UNAUTHORIZED, WEBHOOK_CONFLICT, Refusal, Refused
from standins.botapi.rooms import SentMessage
from standins.botapi.updates import LONGEST_POLL
from standins.botapi.world import Clock

TOKEN = "7000000001:AAdemo-demo-demo-demo-demo-demo-dem"  # no bot of Telegram's has it
_BY_LOWER_NAME = {name.lower(): name for name in (*METHODS, "getUpdates")}
_BODY_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of the bot. `at` is when it came; `status` what it was answered with, 0 if it got no answer.

    `fault` is the name of the fault that met it, `description` what a refusal said.
    """

    method: str
    params: Mapping[str, str]
    at: float
    status: int
    description: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What goes out: a status and a body; status 0 ends the connection without an answer."""

    status: int
    body: str = ""
    description: str = ""


class BotApi(People):
    """A Bot API for one bot, at `url`, in a running event loop.

    `async with BotApi() as api:` or `start` and `close`. The client's base URL is `api.base_url`. `limits=None`
    turns flood control off. `clock` gives Unix seconds and may be virtual; long polls and delays take real time.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "newsvane_bot",
        name: str = "Newsvane",
        port: int = 0,
        clock: Clock = time.time,
        limits: Limits | None = Limits(),  # noqa: B008  # a frozen value
        routes: Callable[["BotApi"], Iterable[web.RouteDef]] | None = None,
    ) -> None:
        super().__init__(token=token, username=username, name=name, clock=clock, limits=limits)
        self.faults = Faults()
        self.polls = 0
        self.first_poll_at: float | None = None
        self._port = port
        self._routes = routes
        self._calls: list[Call] = []
        self._shown: dict[int, int] = {}
        self._runner: web.AppRunner | None = None

    # --- life -----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen on the loopback address; port 0 takes a free one."""
        app = web.Application(client_max_size=_BODY_LIMIT)
        app.add_routes(self._routes(self) if self._routes else [])
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        # A poller that is killed must not go on waiting here, so a lost connection cancels its handler.
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Answer the open poll at once, and stop listening."""
        self.updates.close()
        if self._runner:
            await end(self._runner)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """Where it listens; what `[telegram] api_url` takes."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """The base URL of a client, to which it adds the token."""
        return self.url + "/bot"

    # --- what happened --------------------------------------------------------------------------------------

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls that are over, polls too, in the order of their ends."""
        return tuple(self._calls)

    @property
    def too_many(self) -> int:
        """How often 429 was answered."""
        return sum(call.status == 429 for call in self._calls)

    async def wait_until(self, true: Callable[[], bool], *, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109  # the test's
        """Wait until `true()` holds; it is asked whenever something has happened here. Raises TimeoutError."""
        await self.bell.wait_until(true, timeout)

    async def wait_for(
        self,
        what: int | Callable[[tuple[SentMessage, ...]], bool],
        *,
        chat: int | None = None,
        timeout: float = PATIENCE,  # noqa: ASYNC109  # it belongs to the question, and says what came instead
    ) -> tuple[SentMessage, ...]:
        """Wait until a chat, or all of them, have so many messages, or such as `what` accepts. Returns them.

        Raises TimeoutError, which tells what is there instead.
        """
        met = what if callable(what) else lambda messages: len(messages) >= what
        try:
            await self.wait_until(lambda: met(self.messages(chat)), timeout=timeout)
        except TimeoutError:
            there = [message.text for message in self.messages(chat)]
            raise TimeoutError(f"after {timeout} s there are {len(there)} messages: {there[-10:]}") from None
        return self.messages(chat)

    async def next_message(self, chat: int, *, timeout: float = PATIENCE) -> SentMessage:  # noqa: ASYNC109  # as above
        """Wait for the next message in a chat. Each is given once, in order. Raises TimeoutError."""
        shown = self._shown.get(chat, 0)
        messages = await self.wait_for(shown + 1, chat=chat, timeout=timeout)
        self._shown[chat] = shown + 1
        return messages[shown]

    # --- calls ----------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        at, params, fault = self.clock(), Params(), None
        method = _BY_LOWER_NAME.get(request.match_info["method"].lower(), "")
        answer = _Answer(status=0)
        try:
            params = self._read(request, method, await request.read())
            fault = self.faults.take(method, params.integer("chat_id"), params.get("text", ""))
            answer = await self._met(fault, method, params)
        except Refused as refused:
            answer = _refusal(refused.refusal)
        finally:
            name = method or request.match_info["method"]
            self._record(name, params, at, answer, fault)
        if answer.status:
            kind = "text/html" if answer.body.startswith("<") else "application/json"
            return web.Response(status=answer.status, text=answer.body, content_type=kind)
        if request.transport is not None:
            request.transport.abort()
        raise asyncio.CancelledError  # nobody is left to answer

    def _read(self, request: web.Request, method: str, body: bytes) -> Params:
        """Check token and method, and read the parameters. Raises Refused."""
        if request.match_info["token"] != self.token:
            raise Refused(UNAUTHORIZED)
        if not method:
            raise Refused(NOT_FOUND)
        return read(request.rel_url.raw_query_string, request.headers.get("Content-Type", ""), body)

    async def _met(self, fault: Fault | None, method: str, params: Params) -> _Answer:
        """Let the fault have its way with the call."""
        if fault is None:
            return await self._obey(method, params)
        answer = await self._obey(method, params) if fault.obeyed else _Answer(status=0)
        await asyncio.sleep(fault.delay)
        if fault.cut:
            return _Answer(status=0)
        if fault.answer:
            return _refusal(fault.answer)
        return _Answer(status=fault.status, body=fault.body) if fault.body else answer

    async def _obey(self, method: str, params: Params) -> _Answer:
        """Do what the method says. A refusal is an answer here, for a fault may replace it."""
        try:
            if method == "getUpdates":
                return _success(await self._get_updates(params))
            return _success(METHODS[method](self, params))
        except Refused as refused:
            return _refusal(refused.refusal)

    async def _get_updates(self, params: Params) -> object:
        if self.webhook:
            raise Refused(WEBHOOK_CONFLICT)
        now = self.clock()
        self.polls += 1
        if self.first_poll_at is None:
            self.first_poll_at = now
        kinds = params.value("allowed_updates", "allowed updates")
        if isinstance(kinds, list):
            self.updates.allow(kinds)
        self.updates.confirm(params.integer("offset"), now)
        self.bell.ring()
        return await self.updates.poll(
            limit=min(max(params.integer("limit", 100), 1), 100),
            timeout=min(max(params.integer("timeout"), 0), LONGEST_POLL),
        )

    def _record(self, method: str, params: Params, at: float, answer: _Answer, fault: Fault | None) -> None:
        call = Call(
            method=method,
            params=dict(params),
            at=at,
            status=answer.status,
            description=answer.description,
            fault=fault.name if fault else "",
        )
        self._calls.append(call)
        self.bell.ring()


def _success(result: object) -> _Answer:
    return _Answer(status=200, body=json.dumps({"ok": True, "result": result}))


def _refusal(refusal: Refusal) -> _Answer:
    return _Answer(status=refusal.code, body=json.dumps(refusal.as_json()), description=refusal.description)
