"""Asks publishers for their feeds, politely and within bounds. The only file of this room that knows HTTP.

    feed -> [checked address -> host's turn -> GET -> status -> redirect?] up to 5 hops -> bounded body -> Fetched

Manners: conditional requests, no cookies, no Referer, no proxy from the environment, one request at a time to a host.
Bounds: one deadline for all hops of a request, size caps before and after unpacking, and the address guard on the
address of each connection.
"""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from math import inf
from typing import TypeVar

import aiohttp
from yarl import URL

from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable, FeedUnreadable
from bot.feeds.fetch import guard
from bot.feeds.fetch.decode import BodyDecoder
from bot.feeds.fetch.headers import MAX_HEADER, any_of, freshness, kept, link_header, retry_after
from bot.feeds.fetch.hosts import Turn, Turns
from bot.feeds.fetch.reasons import advice, explained
from bot.feeds.fetch.targets import checked, host_of
from bot.feeds.fetch.trust import trusting
from bot.feeds.schedule.wait import host_share
from bot.model import Feed, FeedState, Fetched, NotModified

_Answer = TypeVar("_Answer")

MAX_HOPS = 5
AT_ONCE = 200
"""Requests under way at a time. Who waits for the turn at a host has no place yet, so no host can take them all."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many bytes of a body are read, and how many it may unpack to."""

    raw: int = 2 * 2**20
    decoded: int = 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Redirect:
    """Where to ask instead, and whether for good."""

    to: URL
    permanent: bool


@dataclass(slots=True)
class _Attempt:
    """What the guard said of the addresses that one connection tried."""

    opened: Sequence[guard.Network]
    allowed: int = 0
    refused: str = ""


_Request = Callable[[URL], Coroutine[None, None, _Answer | _Redirect]]

# The connector makes sockets deep inside the library, in tasks of its own; a context variable reaches them all.
_attempt: ContextVar[_Attempt] = ContextVar("attempt")


class HttpFetcher:
    """Fetches feeds over HTTP (RFC 9110). Meets `ports.Fetcher`. Needs a running event loop from the first fetch on."""

    def __init__(
        self,
        *,
        user_agent: str,
        timeout: float = 30.0,
        allow_addresses: Sequence[guard.Network] = (),
        spacing: float = 2.0,
        caps: Caps | None = None,
        clock: Callable[[], float] = time.time,
        ca_file: str = "",
    ) -> None:
        """Take the total seconds a request may last, the networks opened, and the seconds between requests to a host.

        `ca_file` has certificates in PEM to trust besides those of the machine.
        `user_agent` should have name, version and a link, for publishers who wonder. `clock` gives Unix seconds.
        """
        self._user_agent = user_agent
        self._timeout = timeout
        self._networks = tuple(allow_addresses)
        self._turns = Turns(spacing)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._caps = caps or Caps()
        self._clock = clock
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections. A fetch under way fails as FeedUnreachable."""
        if self._session is not None:
            await self._session.close()

    async def fetch(self, feed: Feed, state: FeedState) -> Fetched | NotModified:
        """Ask once, following redirects. Conditional if `state` has validators and they belong to the feed's address.

        Asked is where permanent redirects have moved the feed, else its own address. Raises FeedError for the operator.
        """
        own = state.url == feed.url
        headers = self._headers(state if own else None)
        url = checked((own and state.validators.address) or feed.url)
        answer: Fetched | NotModified
        # Whoever adds many slow addresses at a host of somebody else's feed must not keep that feed from being asked.
        behind = bool(feed.chats)
        share = host_share(state.schedule) if state.schedule.last_poll else self._timeout
        answer, permanent = await self._asked(url, lambda to: self._hop(to, headers), behind=behind, share=share)
        return replace(answer, permanent=permanent) if permanent else answer

    async def post(self, url: str, form: Mapping[str, str], *, home: str) -> int:
        """Send a form to a hub, following 307 and 308 (WebSub §5.1). Meets `ports.Poster`."""
        status, _ = await self._asked(checked(url), lambda to: self._send(to, form), home=checked(home))
        return status

    async def _asked(
        self,
        url: URL,
        request: _Request[_Answer],
        home: URL | None = None,
        *,
        behind: bool = False,
        share: float = inf,
    ) -> tuple[_Answer, str]:
        """Ask at each hop in its host's turn. Returns the answer, and where nothing but permanent redirects led.

        While others wait for the host, a request holds it for `share` seconds at most.

        Networks that were opened are open everywhere, or on the host of `home` alone.
        """
        permanent, only_permanent, left = "", True, self._timeout
        for _ in range(MAX_HOPS + 1):
            async with self._turns.turn(host_of(url), behind=behind, share=share) as turn, self._places:
                started = time.monotonic()
                opened = self._networks if home is None or host_of(home) == host_of(url) else ()
                answer = await self._within(turn, left, url, request(url), opened)
                left -= time.monotonic() - started
            if not isinstance(answer, _Redirect):
                return answer, permanent
            url = answer.to
            only_permanent = only_permanent and answer.permanent
            if only_permanent:
                permanent = str(url)
        raise FeedUnreachable(f"{host_of(url)} redirects more than {MAX_HOPS} times; give the final address")

    async def _send(self, url: URL, form: Mapping[str, str]) -> int | _Redirect:
        async with self._open().post(url, data=form, headers=self._headers(None), allow_redirects=False) as response:
            return _redirected(url, response) if response.status in {307, 308} else response.status

    async def _within(
        self,
        turn: Turn,
        seconds: float,
        url: URL,
        request: Coroutine[None, None, _Answer],
        opened: Sequence[guard.Network],
    ) -> _Answer:
        """Make one request within a deadline, and turn whatever happens into an answer or a FeedError."""
        host = host_of(url)
        attempt = _Attempt(opened=opened)
        token = _attempt.set(attempt)
        try:
            async with turn.bounded(max(seconds, 0)):
                return await request
        except FeedError:
            raise
        except TimeoutError as error:
            late = "in time, and other feeds at it waited" if turn.was_cut else f"within {self._timeout:g} s"
            raise FeedUnreachable(f"{host} did not answer in full {late}") from error
        except (aiohttp.ClientError, aiohttp.http.HttpProcessingError, OSError, ValueError, RuntimeError) as error:
            if attempt.refused and not attempt.allowed:
                raise FeedForbidden(
                    f"{host} is not to be connected to: {attempt.refused}; "
                    "if that is meant, open its network with [fetch] allow_addresses",
                ) from error
            raise FeedUnreachable(explained(host, error)) from error
        finally:
            _attempt.reset(token)

    async def _hop(self, url: URL, headers: dict[str, str]) -> Fetched | NotModified | _Redirect:
        """Make one request: the body, "not modified", or where to ask instead."""
        async with self._open().get(url, headers=headers, allow_redirects=False) as response:
            if response.status in _REDIRECTS:
                return _redirected(url, response)
            fresh_for = freshness(response.headers, self._clock())
            if response.status == 304:
                return self._not_modified(url, response, headers, fresh_for)
            if response.status != 200:
                raise self._refused(url, response)
            return Fetched(
                body=await self._body(url, response),
                content_type=kept(response.headers.get("Content-Type", "")),
                etag=kept(response.headers.get("ETag", "")),
                last_modified=kept(response.headers.get("Last-Modified", "")),
                address=str(url),
                fresh_for=fresh_for,
                **link_header(response.headers.getall("Link", []), url),
            )

    async def _body(self, url: URL, response: aiohttp.ClientResponse) -> bytes:
        host = host_of(url)
        coding = response.headers.get("Content-Encoding", "")
        decoder = BodyDecoder(coding, host=host, max_raw=self._caps.raw, max_decoded=self._caps.decoded)
        async for chunk in response.content.iter_any():
            decoder.feed(chunk)
        body = decoder.finish()
        if not body.strip():
            raise FeedUnreadable(f"{host} sent an empty body")
        return body

    def _headers(self, state: FeedState | None) -> dict[str, str]:
        headers = {"User-Agent": self._user_agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate, br"}
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

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # A host is asked again in minutes. A kept connection would have ended by then, maybe without a word.
                connector=aiohttp.TCPConnector(
                    socket_factory=self._guarded_socket, limit=0, force_close=True, ssl=trusting(self._ca_file)
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
                middlewares=(_only_once,),
            )
        return self._session

    def _guarded_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """Make the socket for one address, the very one that is connected to next, unless the guard says no."""
        family, kind, protocol, _, address = info
        attempt = _attempt.get()
        verdict = guard.allowed(str(address[0]), attempt.opened)
        if not verdict:
            attempt.refused = attempt.refused or f"{address[0]} is {verdict.reason}"
            raise PermissionError(f"{address[0]} is {verdict.reason}")  # an OSError, so that other addresses are tried
        attempt.allowed += 1
        return socket.socket(family, kind, protocol)


async def _only_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Ask one time. The library would ask again at once when a connection ends without an answer."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        raise FeedUnreachable(f"{host_of(request.url)} closed the connection without an answer") from error


def _redirected(url: URL, response: aiohttp.ClientResponse) -> _Redirect:
    location = response.headers.get("Location", "")
    if not location or len(location) > MAX_HEADER:
        raise FeedRefused(f"{host_of(url)} answered {response.status} without saying where to", status=response.status)
    return _Redirect(to=checked(location, url), permanent=response.status in _PERMANENT)
