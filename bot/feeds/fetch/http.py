"""Asks publishers for their feeds and pages, and hubs for what they push, politely and within bounds (`asking`).

feed -> conditional GET -> status -> bounded body -> Fetched | NotModified
link -> may it be asked? -> GET -> status -> HTML? -> bounded body -> FetchedPage
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import aiohttp
from yarl import URL

from bot.errors import FeedRefused, FeedTooLarge, FeedUnreadable
from bot.feeds.fetch import guard
from bot.feeds.fetch.asking import REDIRECTS, Asked, Asker, Asking, Caps, Leave, Redirect, redirected
from bot.feeds.fetch.headers import any_of, freshness, kept, link_header, retry_after
from bot.feeds.fetch.reasons import advice
from bot.feeds.fetch.targets import checked, host_of
from bot.feeds.schedule.wait import SHORTEST_SHARE, host_share
from bot.model import Feed, FeedState, Fetched, NotModified

_LATE = 0.5
"""What part of its seconds an answer may take before it counts as late."""
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_ACCEPT_PAGE = "text/html, application/xhtml+xml, text/plain;q=0.5, */*;q=0.1"
_HTML = ("text/html", "application/xhtml+xml", "text/plain", "application/xml", "text/xml")
"""What the body of a page may be called. Nothing else of an answer is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedPage:
    """What came when a page was asked for, and from which address. `public` says that a public host was asked."""

    body: bytes
    content_type: str
    address: str
    public: bool = False


class HttpFetcher:
    """Fetches over HTTP (RFC 9110). Meets `ports.Fetcher` and `ports.Poster`. Needs a running loop to fetch."""

    def __init__(
        self,
        *,
        user_agent: str,
        timeout: float = 30.0,
        allow_addresses: Sequence[guard.Network] = (),
        chats_may_reach: Sequence[guard.Network] = (),
        spacing: float = 2.0,
        caps: Caps | None = None,
        clock: Callable[[], float] = time.time,
        ca_file: str = "",
    ) -> None:
        """Take the total seconds a request may last, and the seconds between requests to a host.

        `chats_may_reach` are networks opened to feeds of chats, `allow_addresses` those opened to the operator's too.
        `ca_file` has certificates in PEM to trust besides those of the machine.
        `user_agent` should have name, version and a link, for publishers who wonder. `clock` gives Unix seconds.
        """
        self._user_agent = user_agent
        self._timeout = timeout
        self._caps = caps or Caps()
        self._clock = clock
        self._asker = Asker(
            timeout=timeout,
            for_operator=(*allow_addresses, *chats_may_reach),
            for_chats=chats_may_reach,
            spacing=spacing,
            most=self._caps.raw,
            ca_file=ca_file,
        )

    async def close(self) -> None:
        """Close the connections. A fetch under way fails as FeedUnreachable."""
        await self._asker.close()

    async def fetch(self, feed: Feed, state: FeedState) -> Fetched | NotModified:
        """Ask once, following redirects. Conditional if `state` has validators and they belong to the feed's address.

        Asked is where permanent redirects have moved the feed, else its own address. Raises FeedError for the operator.
        """
        own = state.url == feed.url
        headers = self._headers(_ACCEPT, state if own else None)
        url = checked((own and state.validators.address) or feed.url)
        schedule = state.schedule
        how = Asking(of_chats=bool(feed.chats), late=schedule.late > 0, share=host_share(feed, schedule))
        asked: Asked[Fetched | NotModified] = await self._asker.ask(url, lambda to: self._hop(to, headers), how)
        answer, took = asked.answer, asked.seconds
        return replace(answer, permanent=asked.permanent, seconds=took, late=took > self._timeout * _LATE)

    async def page(
        self, link: str, *, of_chats: bool, leave: Leave | None = None, outside: bool = False, of_any_kind: bool = False
    ) -> FetchedPage:
        """Ask once for what stands behind a link, following redirects. Raises FeedError.

        `leave` is asked before each request; `outside` says that somebody in no network of ours has led here. Only
        what may be HTML is read, unless it may be `of_any_kind`.
        """
        how = Asking(of_chats=of_chats, share=SHORTEST_SHARE, outside=outside, leave=leave)
        asked = await self._asker.ask(
            checked(link, what="the page's address"), lambda to: self._look(to, of_any_kind=of_any_kind), how
        )
        return replace(asked.answer, public=asked.public)

    async def post(self, url: str, form: Mapping[str, str], *, home: str, of_chats: bool) -> int:
        """Send a form to a hub, following 307 and 308 (WebSub §5.1). Meets `ports.Poster`."""
        how = Asking(of_chats=of_chats, share=SHORTEST_SHARE, home=checked(home))
        return (await self._asker.ask(checked(url), lambda to: self._send(to, form), how)).answer

    async def _send(self, url: URL, form: Mapping[str, str]) -> int | Redirect:
        post = self._asker.session().post(url, data=form, headers=self._headers(_ACCEPT), allow_redirects=False)
        async with post as response:
            return redirected(url, response) if response.status in {307, 308} else response.status

    async def _hop(self, url: URL, headers: dict[str, str]) -> Fetched | NotModified | Redirect:
        """Make one request: the body, "not modified", or where to ask instead."""
        async with self._asker.session().get(url, headers=headers, allow_redirects=False) as response:
            if response.status in REDIRECTS:
                return redirected(url, response)
            fresh_for = freshness(response.headers, self._clock())
            if response.status == 304:
                return self._not_modified(url, response, headers, fresh_for)
            if response.status != 200:
                raise self._refused(url, response)
            return Fetched(
                body=await self._asker.body(url, response, self._caps),
                content_type=kept(response.headers.get("Content-Type", "")),
                etag=kept(response.headers.get("ETag", "")),
                last_modified=kept(response.headers.get("Last-Modified", "")),
                address=str(url),
                fresh_for=fresh_for,
                **link_header(response.headers.getall("Link", []), url),
            )

    async def _look(self, url: URL, *, of_any_kind: bool) -> FetchedPage | Redirect:
        """Make one request for a page: its body, or where to ask instead."""
        get = self._asker.session().get(url, headers=self._headers(_ACCEPT_PAGE), allow_redirects=False)
        async with get as response:
            if response.status in REDIRECTS:
                return redirected(url, response)
            if response.status != 200:
                raise self._refused(url, response)
            kind = kept(response.headers.get("Content-Type", ""))
            named = kind.partition(";")[0].strip().lower()
            if named and named not in _HTML and not of_any_kind:
                raise FeedUnreadable(f"{host_of(url)} sent {named[:60]} and not a page")
            if (response.content_length or 0) > self._caps.raw:
                raise FeedTooLarge(f"{host_of(url)} sent more than {self._caps.raw // 2**20} MiB")
            return FetchedPage(
                body=await self._asker.body(url, response, self._caps), content_type=kind, address=str(url)
            )

    def _headers(self, accept: str, state: FeedState | None = None) -> dict[str, str]:
        headers = {"User-Agent": self._user_agent, "Accept": accept, "Accept-Encoding": "gzip, deflate, br"}
        if state is not None and (etag := kept(state.validators.etag)):
            headers["If-None-Match"] = any_of(etag)
        if state is not None and (last_modified := kept(state.validators.last_modified)):
            headers["If-Modified-Since"] = last_modified
        return headers

    def _not_modified(
        self, url: URL, response: aiohttp.ClientResponse, headers: dict[str, str], fresh_for: float | None
    ) -> NotModified:
        if not headers.keys() & {"If-None-Match", "If-Modified-Since"}:
            raise FeedRefused(f"{host_of(url)} answered 304 (not modified) to a question that did not ask", status=304)
        return NotModified(
            etag=kept(response.headers.get("ETag", "")),
            last_modified=kept(response.headers.get("Last-Modified", "")),
            fresh_for=fresh_for,
        )

    def _refused(self, url: URL, response: aiohttp.ClientResponse) -> FeedRefused:
        status = response.status
        return FeedRefused(
            f"{host_of(url)} answered {status}: {advice(status)}",
            status=status,
            retry_after=retry_after(response.headers.get("Retry-After", ""), self._clock()),
        )
