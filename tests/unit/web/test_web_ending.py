"""A server that ends leaves nothing open, whoever came at the last moment."""

import asyncio
import socket
from contextlib import suppress

import pytest
from aiohttp import web

from bot.demo.bell import PATIENCE
from bot.web.ending import end


@pytest.mark.parametrize("turns", range(14))
async def test_who_comes_while_a_server_ends_is_not_left_open(turns):
    """However many turns of the loop the end has taken when the connection comes."""
    runner = web.AppRunner(web.Application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with socket.socket() as late:
        late.setblocking(False)  # noqa: FBT003  # the socket API
        ending = asyncio.create_task(end(runner))
        for _ in range(turns):
            await asyncio.sleep(0)
        if runner.addresses:
            late.connect_ex(runner.addresses[0])
        await ending
        async with asyncio.timeout(PATIENCE):
            with suppress(OSError):  # it was refused, or reset
                assert await asyncio.get_running_loop().sock_recv(late, 1) == b""
