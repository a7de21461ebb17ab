"""What strangers make the bot read is read one body after the other."""

import asyncio

from bot.feeds.parse.one_by_one import OneByOne
from bot.model import ParsedFeed


class Reader:
    """Reads until it is told to go on, and counts the bodies that it has at once."""

    def __init__(self):
        self.now = self.most = 0

    async def parse(self, body, content_type, base=""):
        """Take the place of a child process."""
        del content_type, base
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        if not body:
            raise ValueError
        return ParsedFeed(title=body.decode(), entries=())


async def test_a_body_waits_until_the_one_before_is_read_or_has_failed():
    reader = Reader()
    parser = OneByOne(reader)
    read = await asyncio.gather(*(parser.parse(body, "") for body in (b"a", b"", b"b")), return_exceptions=True)
    assert (read[0].title, type(read[1]), read[2].title) == ("a", ValueError, "b")
    assert reader.most == 1
