"""Directs a stand-in that runs in a process of its own, over HTTP: what `BotApi` can be told in Python, as JSON.

POST /control/VERB with the arguments as a JSON object; VERBS lists them. GET /control/messages, /calls, /state.
`GET /control/messages?chat=7&count=3&timeout=10` waits for so many messages first.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict

from aiohttp import web

from bot.demo.bell import PATIENCE
from standins.botapi.faults import FAULTS, Chance
from standins.botapi.server import BotApi

VERBS: Mapping[str, Callable[..., object]] = {
    "user": BotApi.user,
    "group": BotApi.group,
    "channel": BotApi.channel,
    "promote": BotApi.promote,
    "say": BotApi.say,
    "post": BotApi.post,
    "rewrite": BotApi.rewrite,
    "press": BotApi.press,
    "block": BotApi.block,
    "unblock": BotApi.unblock,
    "kick": BotApi.kick,
    "remove": BotApi.remove,
    "invite": BotApi.invite,
    "delete_account": BotApi.delete_account,
    "delete_group": BotApi.delete_group,
    "migrate": BotApi.migrate,
    "fault": lambda api, *, kind, how=None, **when: api.faults.add(FAULTS[kind](**(how or {})), **when),
    "chance": lambda api, *, seed, method="sendMessage", **odds: api.faults.by_chance(
        Chance(**odds), seed=seed, method=method
    ),
    "well": lambda api: api.faults.clear(),
}
"""Each thing that can be asked for, by its name; the arguments are those of the function."""


def routes(api: BotApi) -> Iterable[web.RouteDef]:
    """Return the addresses of the control, for an api to serve."""
    return [
        web.post("/control/{verb}", _verb(api)),
        web.get("/control/messages", _messages(api)),
        web.get("/control/calls", _calls(api)),
        web.get("/control/state", _state(api)),
    ]


_Handler = Callable[[web.Request], Awaitable[web.Response]]


def _verb(api: BotApi) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        verb = VERBS.get(request.match_info["verb"])
        if verb is None:
            return web.json_response({"error": f"no such verb; there are {', '.join(VERBS)}"}, status=404)
        try:
            return web.json_response({"result": verb(api, **await request.json())})
        except (TypeError, ValueError, LookupError) as wrong:
            return web.json_response({"error": f"{type(wrong).__name__}: {wrong}"}, status=400)

    return handle


def _messages(api: BotApi) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        chat = int(request.query["chat"]) if "chat" in request.query else None
        count, seconds = int(request.query.get("count", 0)), float(request.query.get("timeout", PATIENCE))
        try:
            messages = await api.wait_for(count, chat=chat, timeout=seconds)
        except TimeoutError as late:
            return web.json_response({"error": str(late)}, status=504)
        return web.json_response([asdict(message) for message in messages])

    return handle


def _calls(api: BotApi) -> _Handler:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response([asdict(call) for call in api.calls])

    return handle


def _state(api: BotApi) -> _Handler:
    async def handle(_: web.Request) -> web.Response:
        return web.json_response(
            {
                "polls": api.polls,
                "first_poll_at": api.first_poll_at,
                "polling": api.updates.polled,
                "waiting_updates": len(api.updates),
                "messages": len(api.messages()),
                "too_many": api.too_many,
            }
        )

    return handle
