"""The demo's publisher, that can also be told to misbehave in every way that real ones do, and remembers each request.

With a `hub`, the feed names it (WebSub §4). `mischief` lists what it can do.
"""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from bot.demo import publisher
from bot.demo.bell import PATIENCE
from bot.demo.publisher import PATH
from bot.demo.story import NewsItem
from standins.mischief import MISCHIEF, Prank


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRequest:
    """A request as it came. `at` is in the publisher's clock; `status` is the answer's, 0 if none was given."""

    at: float
    path: str
    headers: Mapping[str, str]
    status: int


class Publisher(publisher.Publisher):
    """A publisher that tests and drills direct. Beside its feed it has the `pages` that it is given.

    At the paths of `tricks` it plays a prank, whatever it does elsewhere.
    """

    def __init__(self, *given, **more) -> None:
        super().__init__(*given, **more)
        self.requests: list[FeedRequest] = []
        self.gzip = True
        self.pages: dict[str, tuple[str, bytes]] = {}  # path -> type, body; if there are any, other paths are 404
        self.refusals: dict[str, tuple[int, dict[str, str]]] = {}  # path -> status, headers, in the place of a page
        self.tricks: dict[str, Prank] = {}
        self.hub = ""
        self._prank: Prank | None = None
        self._left: int | None = None

    @property
    def items(self) -> Sequence[NewsItem]:
        """Return all items ever published, oldest first, as they stand."""
        return tuple(self._items)

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
        """Wait until that many requests have come in all, and return that one. TimeoutError after `timeout` seconds."""
        await self._bell.wait_until(lambda: len(self.requests) >= count, timeout)
        return self.requests[count - 1]

    async def wait_for_path(self, path: str) -> None:
        """Wait until a path was asked for."""
        await self._bell.wait_until(lambda: any(each.path == path for each in self.requests), PATIENCE)

    def body(self) -> bytes:
        body = super().body()
        if not self.hub:
            return body
        links = f"""
    <atom:link rel="hub" href="{self.hub}"/>
    <atom:link rel="self" href="{self.url}" type="application/rss+xml"/>"""
        return body.replace(b"</ttl>", b"</ttl>" + links.encode(), 1)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        prank = self.tricks.get(request.path) or self._next_prank()
        if prank is not None and prank.serve is not None:
            self._note(request, prank.status)
            return await prank.serve(request, self.body())
        if request.path in self.refusals:
            status, headers = self.refusals[request.path]
            self._note(request, status)
            return web.Response(status=status, headers=headers)
        if self.pages and request.path != PATH:
            return self._page(request)
        body = self.body() if prank is None or prank.change is None else prank.change(self.body())
        response = self._answer(request.headers, body)
        self._note(request, response.status)
        if self.hub:
            response.headers["Link"] = f'<{self.hub}>; rel="hub", <{self.url}>; rel="self"'
        if response.status == 200 and self.gzip and "gzip" in request.headers.get("Accept-Encoding", ""):
            response.body = gzip.compress(body, mtime=0)
            response.headers["Content-Encoding"] = "gzip"
        return response

    def _page(self, request: web.Request) -> web.Response:
        content_type, body = self.pages.get(request.path, ("", b""))
        self._note(request, 200 if body else 404)
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

    def _note(self, request: web.Request, status: int) -> None:
        super()._note(request, status)
        self.requests.append(
            FeedRequest(at=self._clock(), path=request.path_qs, headers=request.headers.copy(), status=status)
        )
