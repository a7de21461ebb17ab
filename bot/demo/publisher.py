"""A news publisher on loopback, in the exact shape of The Moscow Times' feed.

publish(item) -> window of the newest items -> RSS 2.0 -> 200 with validators, or 304
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from functools import lru_cache
from xml.sax.saxutils import escape

from aiohttp import web

from bot.demo.bell import PATIENCE, Bell
from bot.demo.story import NewsItem
from bot.web.ending import end

PATH = "/rss/news"
_MOSCOW = timezone(timedelta(hours=3))


class Publisher:
    """A feed that can be asked for at `url` between `start` and `close`."""

    def __init__(
        self,
        history: Iterable[NewsItem] = (),
        *,
        gap: float = 37 * 60.0,
        title: str = "The Moscow Times",
        window: int = 50,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the items that stand in the feed from the start, oldest first, and how many the feed shows at most.

        Items of the past without a date get one each, `gap` seconds apart. `clock` gives Unix seconds.
        """
        self.title = title
        self.window = window
        self._clock = clock
        self._items: list[NewsItem] = []
        self._changed = clock()
        self._remembered: str | None = None
        self._bell = Bell()
        self._runner: web.AppRunner | None = None
        past = tuple(history)
        for age, item in zip(range(len(past), 0, -1), past, strict=True):
            self.publish(item if item.published else replace(item, published=self._changed - age * gap))

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on a loopback address; port 0 takes any that is free."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def close(self) -> None:
        """Stop listening; requests that hang are dropped."""
        if self._runner is not None:
            await end(self._runner)

    @property
    def url(self) -> str:
        """Return the feed's address."""
        assert self._runner is not None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}{PATH}"

    def publish(self, item: NewsItem) -> None:
        """Put an item on top of the feed. It is dated to this moment if it has no date."""
        self._changed = self._clock()
        published = self._changed if item.published is None else item.published
        self._items.append(replace(item, published=published))

    def body(self) -> bytes:
        """Return the feed as it stands."""
        return render(self.title, self._items[-self.window :][::-1], self._changed)

    async def wait_until_known(self, patience: float = PATIENCE) -> None:
        """Wait until a client shows, by asking conditionally, that it remembers the feed as it stands. TimeoutError."""
        etag = _etag(self.body())
        await self._bell.wait_until(lambda: self._remembered == etag, patience)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        response = self._answer(request.headers, self.body())
        self._note(request, response.status)
        return response

    def _answer(self, asked: Mapping[str, str], body: bytes) -> web.Response:
        """Send the feed with its validators, or 304 if the client has this version."""
        headers = {
            "ETag": _etag(body),
            "Last-Modified": format_datetime(datetime.fromtimestamp(int(self._changed), UTC), usegmt=True),
        }
        if _is_fresh(asked, headers):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers={**headers, "Content-Type": "application/rss+xml; charset=UTF-8"})

    def _note(self, request: web.Request, status: int) -> None:
        """Remember what the client knows of the feed. `status` is what it is answered with."""
        del status
        self._remembered = request.headers.get("If-None-Match")
        self._bell.ring()


def render(title: str, items: Sequence[NewsItem], changed: float) -> bytes:
    """Return RSS 2.0 with these items in their order. `changed` is in Unix seconds."""
    entries = "".join(_rendered(item, item.published or changed) for item in items)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/">
  <channel>
    <title>{_escaped(title)}</title>
    <link>https://moscow-times.example/</link>
    <description>News from a publisher that exists on this machine only.</description>
    <language>en</language>
    <lastBuildDate>{_date(changed)}</lastBuildDate>
    <ttl>600</ttl>{entries}
  </channel>
</rss>
""".encode("utf-8", "replace")


@lru_cache(maxsize=1024)
def _rendered(item: NewsItem, published: float) -> str:
    return f"""
    <item>
      <title>{_escaped(item.title)}</title>
      <link>{_escaped(item.link)}</link>
      <guid>{_escaped(item.link)}</guid>
      <description>
        {_escaped(item.summary)}
      </description>{_content(item.body)}
      <pubDate>{_date(published)}</pubDate>
    </item>"""


def _content(body: str) -> str:
    if not body:
        return ""
    paragraphs = "".join(f"<p>{_escaped(line)}</p>" for line in body.splitlines() if line.strip())
    return f"\n      <content:encoded>{_escaped(paragraphs)}</content:encoded>"


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def _is_fresh(asked: Mapping[str, str], validators: Mapping[str, str]) -> bool:
    """Return whether the client has this version; If-None-Match outranks the date (RFC 9110 §13.2.2)."""
    if "If-None-Match" in asked:
        return asked["If-None-Match"] == validators["ETag"]
    return asked.get("If-Modified-Since") == validators["Last-Modified"]


def _escaped(text: str) -> str:
    # XML 1.0 has no place for control characters, not even escaped.
    return escape("".join(c for c in text if c >= " " or c in "\t\n"), {'"': "&quot;"})


def _date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(moment), _MOSCOW))
