"""Ends a server so that nothing of it is left behind when the event loop ends."""

import asyncio

from aiohttp import web

_TURNS = 5


async def end(runner: web.AppRunner | web.ServerRunner) -> None:
    """Stop listening, and drop what is open.

    Who was let in a moment ago is made known to the server some turns of the loop later. One to whom something was
    still being written would be waited for, though nobody may read it any more.
    """
    await _turns()
    server = runner.server
    open_before = [] if server is None else [connection.transport for connection in server.connections]
    await runner.cleanup()
    await _turns()
    late = [] if server is None else [connection.transport for connection in server.connections]
    for transport in (*open_before, *late):
        if transport is not None:
            transport.abort()
    await _turns()


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
