"""Ends a server on loopback so that nothing of it is left behind when the event loop ends."""

import asyncio

from aiohttp import web

_TURNS = 5


async def end(runner: web.AppRunner) -> None:
    """Stop listening and drop what is open.

    Who was let in a moment ago is made known to the server some turns of the loop later, and one that was dropped is
    gone some turns later; without them both would be left open for ever.
    """
    await _turns()
    await runner.cleanup()
    await _turns()


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
