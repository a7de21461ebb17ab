"""Where the bot listens: what is asked, and who answers it.

| path | who asks | answer |
|---|---|---|
| /websub/TOKEN | the hub that was given this token | see `websub` |
| /healthz | a monitor | 200 `ok` or 503 and what hangs; below it how late the loop is |
| any other | a stranger | 404, in bounded numbers |
"""

import asyncio
from collections.abc import Callable

from aiohttp import web

from bot.errors import CannotListen
from bot.web.callback import WebSubDoor
from bot.web.ending import end
from bot.web.server import LIFETIME, MAX_CONNECTIONS, BoundedServer, Bucket, plain

STRANGERS, STRANGERS_AT_ONCE = 20.0, 40.0
"""Requests a second that name no known token, and how many may come at once."""


class Listener:
    """Listens from `start` to `close`.

    `stalled` names what hangs, `state` whether what is remembered is kept, with a line that says more, `lag` tells
    monitors how late the loop is. Without `websub` no hub is answered.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        stalled: Callable[[], frozenset[str]],
        lag: Callable[[], str] = str,
        state: Callable[[], tuple[bool, str]] = lambda: (True, ""),
        websub: WebSubDoor | None = None,
        lifetime: float = LIFETIME,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        self._host, self._port = host, port
        self._stalled, self._lag, self._state = stalled, lag, state
        self._websub = websub
        self._lifetime, self._max_connections = lifetime, max_connections
        self._strangers = Bucket(rate=STRANGERS, burst=STRANGERS_AT_ONCE)
        self._server: BoundedServer | None = None
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        """Begin to listen. Raises CannotListen."""
        self._server = BoundedServer(self._answer, lifetime=self._lifetime, max_connections=self._max_connections)
        self._runner = web.ServerRunner(self._server, handle_signals=False, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port, backlog=512).start()
        except OSError as error:
            await end(self._runner)
            raise CannotListen(
                f"cannot listen on {self._host}, port {self._port} ({error.strerror or error}); "
                "set [web] listen to an address of this machine and a free port above 1023"
            ) from error

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await end(self._runner)

    @property
    def port(self) -> int:
        """Give the port, which is one that was free if 0 was asked for."""
        assert self._runner is not None
        return int(self._runner.addresses[0][1])

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        path = request.path
        if self._websub is not None and (token := self._websub.token_in(path)):
            assert self._server is not None
            self._server.vouch_for(request)
            return await self._websub.answer(request, token)
        if not self._strangers.take(asyncio.get_running_loop().time()):
            return plain(503, "busy\n", Retry_After="10")
        if path == "/healthz" and request.method == "GET":
            stalled = self._stalled()
            kept, state = self._state()
            hung = f"stalled: {', '.join(sorted(stalled))}\n" if stalled else ""
            well = kept and not stalled
            return plain(200 if well else 503, ("ok\n" if well else hung) + state + self._lag())
        return plain(404, "not found\n")
