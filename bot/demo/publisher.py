"""A news publisher on loopback, in the exact shape of The Moscow Times' feed. The demo and the tests poll it.

    publish(item) -> window of the newest items -> RSS 2.0 -> 200 with validators, or 304

It can be told to misbehave in every way that real ones do (see `mischief`), and it remembers each request. With a
`hub`, the feed names it (see `hub`).
"""

import asyncio
import gzip
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from xml.sax.saxutils import escape

from aiohttp import web

from bot.demo.mischief import MISCHIEF, Prank
from bot.demo.patience import PATIENCE
from bot.demo.story import NewsItem
from bot.web.ending import end

PATH = "/rss/news"
_BETWEEN = 37 * 60.0  # seconds between two items of the past
_MOSCOW = timezone(timedelta(hours=3))


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRequest:
    """A request as it came. `at` is in the publisher's clock; `status` is the answer's, 0 if none was given."""

    at: float
    path: str
    headers: Mapping[str, str]
    status: int


class Publisher:
    """A feed that can be asked at `url` between `start` and `close`, and the `pages` that it is given."""

    def __init__(
        self,
        history: Iterable[NewsItem] = (),
        *,
        title: str = "The Moscow Times",
        window: int = 50,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the items that stand in the feed from the start, oldest first, and how many the feed shows at most.

        Items of the past without a date get one each, some minutes apart. `clock` gives Unix seconds.
        """
        self.title = title
        self.window = window
        self.requests: list[FeedRequest] = []
        self.gzip = True
        self.pages: dict[str, tuple[str, bytes]] = {}  # path -> type, body; if there are any, other paths are 404
        self.hub = ""
        self._clock = clock
        self._items: list[NewsItem] = []
        self._changed = clock()
        self._prank: Prank | None = None
        self._left: int | None = None
        self._arrived = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        past = tuple(history)
        for age, item in zip(range(len(past), 0, -1), past, strict=True):
            self.publish(item if item.published else replace(item, published=self._changed - age * _BETWEEN))

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen on a loopback address; port 0 takes any that is free."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def close(self) -> None:
        """Stop listening; requests that hang are dropped."""
        if self._runner is not None:
            await end(self._runner)

    @property
    def url(self) -> str:
        """Give the feed's address."""
        assert self._runner is not None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}{PATH}"

    @property
    def items(self) -> Sequence[NewsItem]:
        """Give all items ever published, oldest first, as they stand."""
        return tuple(self._items)

    def publish(self, item: NewsItem) -> None:
        """Put an item on top of the feed. It is dated to this moment if it has no date."""
        self._changed = self._clock()
        published = self._changed if item.published is None else item.published
        self._items.append(replace(item, published=published))

    def edit(self, position: int, title: str) -> None:
        """Give an item another headline. As on the real site its link changes with it, but for the id at the end."""
        old = self._items[position]
        base, _, last = old.link.rpartition("/")
        slug = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
        self._items[position] = replace(old, title=title, link=f"{base}/{slug}-{last.rpartition('-')[2]}")
        self._changed = self._clock()

    def misbehave(self, name: str, times: int | None = None, **options: str) -> None:
        """Play a prank of `mischief.MISCHIEF` at the next so many requests, or until `behave`. KeyError if unknown."""
        self._prank, self._left = MISCHIEF[name](options), times

    def behave(self) -> None:
        """Be a good publisher again."""
        self._prank = None

    async def wait_for_request(
        self,
        count: int,
        timeout: float = PATIENCE,  # noqa: ASYNC109  # a test that waits says how long, in one place
    ) -> FeedRequest:
        """Wait until that many requests have come in all, and give that one. TimeoutError after `timeout` seconds."""
        async with asyncio.timeout(timeout), self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    async def wait_until_known(self, patience: float = PATIENCE) -> None:
        """Wait until a client shows, by asking conditionally, that it remembers the feed as it stands. TimeoutError."""
        etag = _etag(self.body())
        async with asyncio.timeout(patience), self._arrived:
            await self._arrived.wait_for(
                lambda: bool(self.requests) and self.requests[-1].headers.get("If-None-Match") == etag
            )

    def body(self) -> bytes:
        """Give the feed as it stands."""
        topic = self.url if self.hub else ""
        return render(self.title, self._items[-self.window :][::-1], self._changed, hub=self.hub, topic=topic)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        prank = self._next_prank()
        if prank is not None and prank.serve is not None:
            await self._remember(request, prank.status)
            return await prank.serve(request, self.body())
        if self.pages and request.path != PATH:
            return await self._page(request)
        body = self.body() if prank is None or prank.change is None else prank.change(self.body())
        headers = {
            "ETag": _etag(body),
            "Last-Modified": format_datetime(datetime.fromtimestamp(int(self._changed), UTC), usegmt=True),
        }
        if self.hub:
            headers["Link"] = f'<{self.hub}>; rel="hub", <{self.url}>; rel="self"'
        status = 304 if _is_fresh(request.headers, headers) else 200
        await self._remember(request, status)
        if status == 304:
            return web.Response(status=304, headers=headers)
        if self.gzip and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers={**headers, "Content-Type": "application/rss+xml; charset=UTF-8"})

    async def _page(self, request: web.Request) -> web.StreamResponse:
        content_type, body = self.pages.get(request.path, ("", b""))
        await self._remember(request, 200 if body else 404)
        if not body:
            return web.Response(status=404, text="no page")
        return web.Response(body=body, headers={"Content-Type": content_type})

    def _next_prank(self) -> Prank | None:
        prank = self._prank
        if prank is not None and self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self.behave()
        return prank

    async def _remember(self, request: web.Request, status: int) -> None:
        seen = FeedRequest(at=self._clock(), path=request.path_qs, headers=request.headers.copy(), status=status)
        async with self._arrived:
            self.requests.append(seen)
            self._arrived.notify_all()


def render(title: str, items: Sequence[NewsItem], changed: float, *, hub: str = "", topic: str = "") -> bytes:
    """Give RSS 2.0 with these items in their order. `changed` is in Unix seconds.

    `hub` is the address of a hub that pushes the feed, `topic` the one that it knows the feed by (WebSub §4).
    """
    links = f"""
    <atom:link rel="hub" href="{_escaped(hub)}"/>
    <atom:link rel="self" href="{_escaped(topic)}" type="application/rss+xml"/>"""
    entries = "".join(
        f"""
    <item>
      <title>{_escaped(item.title)}</title>
      <link>{_escaped(item.link)}</link>
      <guid>{_escaped(item.link)}</guid>
      <description>
        {_escaped(item.summary)}
      </description>
      <pubDate>{_date(item.published or changed)}</pubDate>
    </item>"""
        for item in items
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
  <channel>
    <title>{_escaped(title)}</title>
    <link>https://moscow-times.example/</link>
    <description>News from a publisher that exists on this machine only.</description>
    <language>en</language>
    <lastBuildDate>{_date(changed)}</lastBuildDate>
    <ttl>600</ttl>{links if hub else ""}{entries}
  </channel>
</rss>
""".encode("utf-8", "replace")


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


def _is_fresh(asked: Mapping[str, str], validators: Mapping[str, str]) -> bool:
    """Tell whether the client has this version; If-None-Match outranks the date (RFC 9110 §13.2.2)."""
    if "If-None-Match" in asked:
        return asked["If-None-Match"] == validators["ETag"]
    return asked.get("If-Modified-Since") == validators["Last-Modified"]


def _escaped(text: str) -> str:
    # XML 1.0 has no place for control characters, not even escaped.
    return escape("".join(c for c in text if c >= " " or c in "\t\n"), {'"': "&quot;"})


def _date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(int(moment), _MOSCOW))
