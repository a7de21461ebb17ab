"""Ends a server so that nothing of it is left behind when the event loop ends."""

import asyncio

from aiohttp import web

_TURNS = 5


async def end(runner: web.AppRunner | web.ServerRunner) -> None:
    """Stop listening, and drop what is open.

    Who was let in a moment ago is made known to the server some turns of the loop later; only then is all that is open
    known. One to whom something was still being written would be waited for, though nobody may read it any more.
    """
    for site in tuple(runner.sites):
        await site.stop()
    await _turns()
    transports = [] if runner.server is None else [connection.transport for connection in runner.server.connections]
    await runner.cleanup()
    for transport in transports:
        if transport is not None:
            transport.abort()
    await _turns()


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
