"""What a feed's body says, as plain values. Pure: the door of this room.

    body -> charset (UTF-8 from here on) -> outline (a feed, whole, no tricks?) -> its format's reader -> ParsedFeed

To add a format: one file with a `read`, one row of `FORMATS`, and a way for `outline` to know it.
"""

from collections.abc import Mapping
from typing import Protocol

from bot.feeds.charset import as_utf8
from bot.feeds.parse import jsonfeed, rssatom
from bot.feeds.parse.outline import FormatName, check_outline
from bot.model import ParsedFeed


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, body: bytes, *, base: str, now: float) -> ParsedFeed:
        """Read a body in UTF-8 that has the outline of this format. Raises FeedUnreadable."""


FORMATS: Mapping[FormatName, Reader] = {
    "xml": rssatom.read,
    "json": jsonfeed.read,
}


def parse_body(body: bytes, content_type: str, *, base: str, now: float) -> ParsedFeed:
    """Read an RSS, Atom or JSON Feed body, at most 2,000 entries in the publisher's order.

    Links are resolved against the feed's own link, else against `base` (the feed's address, may be empty); what is not
    http or https becomes empty. Dates before 1990 or more than a day after `now` become None.
    Raises FeedUnreadable for what is no feed, is cut off, or cannot be read.
    """
    clean = as_utf8(body, content_type)
    outline = check_outline(clean)
    return FORMATS[outline.format](clean[outline.start : outline.end], base=base, now=now)
