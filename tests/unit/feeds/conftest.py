"""What the tests of this room share: a fetcher that may visit loopback, and a server that says just what it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network

import pytest
from standins.publisher import Publisher

from bot.demo.bell import PATIENCE
from bot.demo.story import HISTORY
from bot.feeds.fetch.http import HttpFetcher

LOOPBACK = (ip_network("127.0.0.0/8"),)


class RawServer:
    """Answers each connection with bytes, or with what a function makes of the request, and hangs up."""

    def __init__(self, answer: bytes | Callable[[bytes], Awaitable[bytes]]) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self.connections = 0
        self.url = ""
        self.port = 0
        self._serving: set[asyncio.Task[None]] = set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._serving.add(asyncio.current_task())
        with suppress(OSError, EOFError):
            self.asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answer if isinstance(self.answer, bytes) else await self.answer(self.asked[-1]))
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    @asynccontextmanager
    async def up(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator["RawServer"]:
        server = await asyncio.start_server(self._serve, host, 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        self.url = f"http://{host}:{self.port}/feed"
        try:
            yield self
        finally:
            server.close()
            await asyncio.gather(*self._serving)


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    made = HttpFetcher(
        user_agent="Newsvane/1 (+https://x.example)", timeout=PATIENCE, allow_addresses=LOOPBACK, spacing=0
    )
    yield made
    await made.close()


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    made = Publisher(HISTORY)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def raw() -> type[RawServer]:
    return RawServer
