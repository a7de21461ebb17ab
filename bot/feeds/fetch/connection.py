"""Connections to publishers: to whom one is made, and what may come of it before it is cut.

    address -> guard -> socket -> bytes in pieces -> the library's parser -> head, body
                                  one piece a turn of the loop

The library parses whatever has come in one go, so a publisher that sends many tiny things keeps everybody waiting. Here
it gets what came piece by piece, others have a turn in between, and nothing more is read meanwhile.
"""

import asyncio
import functools
import socket
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader

from bot.errors import FeedUnreachable
from bot.feeds.fetch import guard
from bot.feeds.fetch.targets import host_of
from bot.feeds.fetch.trust import trusting

HEAD_BYTES = 65_536
"""Bytes that may come until the head of an answer has ended, informational answers (1xx) and all."""
INFORMATIONAL = 5
"""Informational answers (RFC 9110 §15.2) before the one that counts. One or two are usual."""
DENSE_PIECE, SPARSE_PIECE = 1_024, 65_536
"""Bytes parsed at a time: of heads and of what may be many chunks, and of what cannot be. The smaller one takes at most
a millisecond: as forty of the shortest informational answers, or 170 chunks."""
_DENSE = 64  # lines in the larger piece from which on the smaller one is taken; each chunk has a line of its own


class EndlessHead(aiohttp.ClientError):
    """More came before an answer than any publisher needs."""


class EndlessBody(aiohttp.ClientError):
    """More came as a body than it could fill, packed in chunks."""


@dataclass(slots=True)
class Attempt:
    """What the guard said of the addresses that one connection tried. `public` says that one was, `refused` why not."""

    opened: Sequence[guard.Network]
    allowed: int = 0
    public: bool = False
    refused: str = ""


attempt: ContextVar[Attempt] = ContextVar("attempt")
"""The connector makes sockets deep inside the library, in tasks of its own; a context variable reaches them all."""


class MeteredHandler(ResponseHandler):
    """The client's side of one connection, for one request. `most` is how many bytes may come in all.

    While a piece waits for its turn the transport is paused, so no more is ever held than one read of it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, most: int) -> None:
        super().__init__(loop)
        self._most = most
        self._backlog = b""
        self._scheduled = False
        self._resume: Callable[[], None] | None = None
        self._came = 0  # bytes that were parsed
        self._informational = 0
        self._answered = False
        self._body: StreamReader | None = None
        self._fault: aiohttp.ClientError | None = None
        self._lost: tuple[BaseException | None] | None = None

    def data_received(self, data: bytes) -> None:
        """Take what came; an empty one lets the parser go on with what it has (see `BaseProtocol.resume_reading`)."""
        if self._parser is None or not data:
            super().data_received(data)
        elif self._fault is None:
            self._backlog += data
            if self._scheduled:
                self._hold()
            else:
                self._step()

    def feed_data(self, data: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Take the head of an answer from the parser: an informational one, or the one that counts."""
        if 100 <= data[0].code < 200 and data[0].code != 101:
            self._informational += 1
            if self._informational > INFORMATIONAL:
                self._give_up(EndlessHead())
        else:
            self._answered, self._body = True, data[1]
        if self._fault is None:
            super().feed_data(data, size)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Keep the first fault: that the connection ends is but what follows from it."""
        super().set_exception(self._fault or exc, *cause)

    def resume_reading(self, *args: bool, **named: bool) -> None:
        """Go on at the next turn: whoever reads a body asks for it at each tiny chunk."""
        if self._reading_paused:
            self._resume = functools.partial(super().resume_reading, *args, **named)
            self._schedule()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Parse what came before the end, then end."""
        if self._backlog and self._fault is None:
            self._lost = (exc,)
        else:
            super().connection_lost(exc)

    def close(self) -> None:
        """Drop what nobody waits for."""
        super().close()
        self._drop()

    def abort(self) -> None:
        """Drop what nobody waits for."""
        super().abort()
        self._drop()

    def _step(self) -> None:
        """Parse one piece."""
        self._scheduled = False
        if self._resume is not None:
            resume, self._resume = self._resume, None
            resume()
        if self._reading_paused or not self._backlog:
            return
        size = self._size()
        piece, self._backlog = self._backlog[:size], self._backlog[size:]
        self._came += len(piece)
        super().data_received(piece)
        if not self._answered and self._came >= HEAD_BYTES:
            self._give_up(EndlessHead())
        elif self._came > self._most:
            self._give_up(EndlessBody())
        if self._backlog:
            self._hold()
            self._schedule()
        elif self._lost is not None:
            self._drop()
        elif self.transport is not None and not self._reading_paused:
            self.transport.resume_reading()

    def _size(self) -> int:
        if not self._answered:
            return min(DENSE_PIECE, HEAD_BYTES - self._came)
        return DENSE_PIECE if self._backlog.count(b"\n", 0, SPARSE_PIECE) > _DENSE else SPARSE_PIECE

    def _give_up(self, fault: aiohttp.ClientError) -> None:
        """End the connection with a reason, for whoever waits for the head or for the body."""
        self._fault, self._backlog = fault, b""
        if self._body is not None:
            self._body.set_exception(fault)
        self.set_exception(fault)
        if self.transport is not None:
            self.transport.abort()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._step)

    def _hold(self) -> None:
        if self.transport is not None:
            self.transport.pause_reading()

    def _drop(self) -> None:
        self._backlog, self._resume = b"", None
        if self._lost is not None:
            (exc,), self._lost = self._lost, None
            super().connection_lost(exc)


def most_bytes(raw: int) -> int:
    """Return how many bytes of an answer may come whose body has at most `raw`: chunks may double it."""
    return HEAD_BYTES + 2 * raw


class GuardedConnector(aiohttp.TCPConnector):
    """Connects where the guard of the present `attempt` lets it, and meters what comes.

    A host is asked again in minutes. A kept connection would have ended by then, maybe without a word.
    """

    def __init__(self, *, ca_file: str, most: int) -> None:
        super().__init__(socket_factory=guarded_socket, limit=0, force_close=True, ssl=trusting(ca_file))
        metered = functools.partial(MeteredHandler, loop=self._loop, most=most)
        self._factory = cast("functools.partial[ResponseHandler]", metered)


def guarded_socket(info: aiohttp.AddrInfoType) -> socket.socket:
    """Make the socket for one address, the very one that is connected to next, unless the guard says no."""
    family, kind, protocol, _, address = info
    now = attempt.get()
    verdict = guard.allowed(str(address[0]), now.opened)
    if not verdict:
        now.refused = now.refused or f"{address[0]} is {verdict.reason}"
        raise PermissionError(f"{address[0]} is {verdict.reason}")  # an OSError, so that other addresses are tried
    now.allowed += 1
    now.public = now.public or not verdict.opened
    return socket.socket(family, kind, protocol)


async def only_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Ask one time. The library would ask again at once when a connection ends without an answer."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        raise FeedUnreachable(f"{host_of(request.url)} closed the connection without an answer") from error
