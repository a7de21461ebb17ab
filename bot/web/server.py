"""An HTTP server for strangers: few connections, short lives, plain answers. Knows nothing of what is asked.

A connection serves one request and lives some seconds, whatever its other end does with them: says nothing, sends a
byte now and then, does not read the answer. If too many are open, the slowest goes that has not asked for what is
there; each has a moment to send its request, however many come with it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import web

LIFETIME = 20.0
"""Seconds that a connection lives."""
MAX_CONNECTIONS = 64
"""Connections that have not asked for what is there; those that came a moment ago are not counted."""
GRACE = 0.5
"""Seconds that a connection has for its request before it may be ended for another."""
ARRIVALS, ARRIVALS_AT_ONCE = 500.0, 500.0
"""Connections a second, and how many may come at once; more are ended before anything is read of them. So there are
never more than `MAX_CONNECTIONS` and those of a moment."""
_LOOK_AGAIN = 0.05  # seconds between two looks for who is slowest
_LINGER = 2.0  # seconds in which the rest of a refused body may come, so that the answer is not lost

Answer = Callable[[web.BaseRequest], Awaitable[web.Response]]

log = structlog.get_logger()


class Bucket:
    """Lets through `burst` at once and `rate` a second from then on. Times are seconds on a clock that goes forward."""

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at = float("-inf")

    def take(self, now: float) -> bool:
        """Take one out. Returns False if there is none."""
        self._level = min(self._burst, self._level + max(now - self._at, 0.0) * self._rate)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


def plain(status: int, text: str = "", **headers: str) -> web.Response:
    """Give an answer that says what it must and not who made it. Names in `headers` are written with `_` for `-`."""
    response = web.Response(
        status=status,
        text=text,
        headers={
            "Server": "newsvane",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )
    response.force_close()
    return response


class _Connection(web.RequestHandler):
    """One connection. What is no HTTP is answered as plainly as the rest. `received` counts its bytes."""

    __slots__ = ("received",)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.received = 0
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002  # the library's signature
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002
    ) -> web.StreamResponse:
        if status >= 500:
            log.error("web.broke", exc_info=exc)
        return plain(status, HTTPStatus(status).phrase)


def _received(handler: web.RequestHandler) -> int:
    assert isinstance(handler, _Connection)
    return handler.received


class BoundedServer(web.Server):
    """Makes connections and ends them in time."""

    def __init__(self, answer: Answer, *, lifetime: float, max_connections: int) -> None:
        super().__init__(
            answer, access_log=None, auto_decompress=False, tcp_keepalive=False, max_headers=64, lingering_time=_LINGER
        )
        self._lifetime = lifetime
        self._max_connections = max_connections
        self._arrivals = Bucket(rate=ARRIVALS, burst=ARRIVALS_AT_ONCE)
        self._open: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        # Those that may be ended for others, and since when they are there; the oldest first.
        self._strangers: dict[web.RequestHandler, tuple[asyncio.Transport, float]] = {}
        self._let_go: asyncio.TimerHandle | None = None

    def __call__(self) -> web.RequestHandler:
        """Make the protocol of a new connection."""
        return _Connection(self, loop=self._loop, **self._kwargs)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Begin to count a connection's time."""
        super().connection_made(handler, transport)
        now = self._loop.time()
        if not self._arrivals.take(now):
            self._loop.call_soon(transport.abort)  # not at once: the library has yet to begin its task
            return
        self._open[handler] = self._loop.call_later(self._lifetime, transport.abort)
        self._strangers[handler] = (transport, now)
        if len(self._strangers) > self._max_connections and self._let_go is None:
            self._let_slowest_go()

    def _let_slowest_go(self) -> None:
        """End those beyond the bound that have had their moment, the slowest first; look again when others have."""
        now, self._let_go = self._loop.time(), None
        known = [(handler, now - since) for handler, (_, since) in self._strangers.items() if now - since >= GRACE]
        beyond = max(len(known) - self._max_connections, 0)
        for handler, _ in sorted(known, key=lambda each: _received(each[0]) / each[1])[:beyond]:
            self._strangers[handler][0].abort()
            self._forget(handler)
        if len(self._strangers) > self._max_connections:
            self._let_go = self._loop.call_later(_LOOK_AGAIN, self._let_slowest_go)

    def vouch_for(self, request: web.BaseRequest) -> None:
        """Let the connection of a request live its whole life, whoever else comes."""
        self._strangers.pop(request.protocol, None)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Forget a connection."""
        super().connection_lost(handler, exc)
        self._forget(handler)

    def _forget(self, handler: web.RequestHandler) -> None:
        timer = self._open.pop(handler, None)
        if timer is not None:
            timer.cancel()
        self._strangers.pop(handler, None)
