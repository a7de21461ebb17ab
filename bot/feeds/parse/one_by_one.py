"""A parser that reads one body at a time, for those who must not keep others waiting."""

import asyncio

from bot.model import ParsedFeed
from bot.ports import Parser


class OneByOne:
    """Meets `ports.Parser`. As another parser, but the next body waits until the last is read.

    What strangers make the bot read goes through it, and so leaves a child process free for everybody's feeds.
    """

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._turn = asyncio.Lock()

    async def parse(self, body: bytes, content_type: str, base: str = "") -> ParsedFeed:
        """See `ports.Parser`."""
        async with self._turn:
            return await self._parser.parse(body, content_type, base)
