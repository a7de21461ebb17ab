"""Asks publishers for their feeds, politely and within bounds.

    feed -> [checked address -> host's turn -> GET -> status -> redirect?] up to 5 hops -> bounded body -> Fetched

Manners: conditional requests, no cookies, no Referer, no proxy from the environment, one request at a time to a host,
and one that is late beside it.
Bounds: one deadline for all hops of a request, size caps before and after unpacking, and the address guard on the
address of each connection (see `connection`). Networks that were opened are open by role: those of the operator's feeds
to these alone.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import inf
from typing import TypeVar

import aiohttp
from yarl import URL

from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable, FeedUnreadable
from bot.feeds.fetch import guard
from bot.feeds.fetch.connection import Attempt, GuardedConnector, attempt, most_bytes, only_once
from bot.feeds.fetch.decode import BodyDecoder
from bot.feeds.fetch.headers import MAX_HEADER, any_of, freshness, kept, link_header, retry_after
from bot.feeds.fetch.hosts import Turn, Turns
from bot.feeds.fetch.reasons import NOWHERE, advice, explained
from bot.feeds.fetch.targets import checked, host_of, is_address
from bot.feeds.schedule.wait import SHORTEST_SHARE, host_share
from bot.model import Feed, FeedState, Fetched, NotModified

_Answer = TypeVar("_Answer")

MAX_HOPS = 5
_LATE = 0.5
"""What part of its seconds an answer may take before it counts as late."""
_BATCH = 65_536  # packed bytes that are unpacked at a time
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


_Request = Callable[[URL], Coroutine[None, None, _Answer | _Redirect]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """How a request is made: for a feed of chats or the operator's, known to be late, and for how long at a host.

    Networks that were opened are open everywhere, or on the host of `home` alone.
    """

    of_chats: bool
    late: bool = False
    share: float = inf
    home: URL | None = None


class HttpFetcher:
    """Fetches feeds over HTTP (RFC 9110). Meets `ports.Fetcher`. Needs a running event loop from the first fetch on."""

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
        self._for_chats = tuple(chats_may_reach)
        self._for_operator = (*allow_addresses, *chats_may_reach)
        self._turns = Turns(spacing)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._caps = caps or Caps()
        self._clock = clock
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None
        self._unpacking = ThreadPoolExecutor(1, thread_name_prefix="unpack")

    async def close(self) -> None:
        """Close the connections. A fetch under way fails as FeedUnreachable."""
        self._unpacking.shutdown(wait=False, cancel_futures=True)
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
        schedule = state.schedule
        how = _Asking(of_chats=bool(feed.chats), late=schedule.late > 0, share=host_share(feed, schedule))
        answer, permanent, took = await self._asked(url, lambda to: self._hop(to, headers), how)
        return replace(answer, permanent=permanent, seconds=took, late=took > self._timeout * _LATE)

    async def post(self, url: str, form: Mapping[str, str], *, home: str, of_chats: bool) -> int:
        """Send a form to a hub, following 307 and 308 (WebSub §5.1). Meets `ports.Poster`."""
        how = _Asking(of_chats=of_chats, share=SHORTEST_SHARE, home=checked(home))
        status, _, _ = await self._asked(checked(url), lambda to: self._send(to, form), how)
        return status

    async def _asked(self, url: URL, request: _Request[_Answer], how: _Asking) -> tuple[_Answer, str, float]:
        """Ask at each hop in its host's turn.

        Returns the answer, where nothing but permanent redirects led, and how many seconds the publishers took.
        """
        permanent, only_permanent, left = "", True, self._timeout
        opened = self._for_chats if how.of_chats else self._for_operator
        now = asyncio.get_running_loop().time
        for _ in range(MAX_HOPS + 1):
            # Whoever adds many slow addresses at a host of somebody else's feed must not keep that feed from being
            # asked.
            turn = self._turns.turn(host_of(url), behind=how.of_chats, late=how.late, share=how.share)
            async with turn as held, self._places:
                started = now()
                here = Attempt(opened=opened if how.home is None or host_of(how.home) == host_of(url) else ())
                answer = await self._within(held, left, url, request(url), here, of_chats=how.of_chats)
                left -= now() - started
            if here.public:
                opened = ()  # nobody outside leads into a network
            if not isinstance(answer, _Redirect):
                return answer, permanent, self._timeout - left
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
        here: Attempt,
        *,
        of_chats: bool,
    ) -> _Answer:
        """Make one request within a deadline, and turn whatever happens into an answer or a FeedError."""
        host = host_of(url)
        token = attempt.set(here)
        try:
            async with turn.bounded(max(seconds, 0)):
                return await request
        except FeedError:
            raise
        except TimeoutError as error:
            late = "in time, and other feeds at it waited" if turn.was_cut else f"within {self._timeout:g} s"
            raise FeedUnreachable(f"{host} did not answer in full {late}", late=True) from error
        except (aiohttp.ClientError, aiohttp.http.HttpProcessingError, OSError, ValueError, RuntimeError) as error:
            if here.refused and not here.allowed:
                raise _forbidden(host, here.refused, of_chats=of_chats) from error
            raise FeedUnreachable(explained(host, error)) from error
        finally:
            attempt.reset(token)

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
        packed = bytearray()
        async for chunk in response.content.iter_any():
            if not decoder.is_packed:
                decoder.feed(chunk)
                continue
            packed += chunk
            if len(packed) >= _BATCH:
                await self._unpack(decoder, packed)
        if packed:
            await self._unpack(decoder, packed)
        body = decoder.finish()
        if not body.strip():
            raise FeedUnreadable(f"{host} sent an empty body")
        return body

    async def _unpack(self, decoder: BodyDecoder, packed: bytearray) -> None:
        """Unpack what came in a thread, one body at a time: one step of some bombs takes 40 ms."""
        await asyncio.get_running_loop().run_in_executor(self._unpacking, decoder.feed, bytes(packed))
        packed.clear()

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
                connector=GuardedConnector(ca_file=self._ca_file, most=most_bytes(self._caps.raw)),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
                middlewares=(only_once,),
            )
        return self._session


def _redirected(url: URL, response: aiohttp.ClientResponse) -> _Redirect:
    location = response.headers.get("Location", "")
    if not location or len(location) > MAX_HEADER:
        raise FeedRefused(f"{host_of(url)} answered {response.status} without saying where to", status=response.status)
    return _Redirect(to=checked(location, url), permanent=response.status in _PERMANENT)


def _forbidden(host: str, refused: str, *, of_chats: bool) -> FeedError:
    """Return what is said of a host whose addresses the guard refuses.

    To chats a name in a network of the operator is a name that nobody has.
    """
    if of_chats and not is_address(host):
        return FeedUnreachable(NOWHERE.format(host=host))
    key = "chats_may_reach" if of_chats else "allow_addresses"
    return FeedForbidden(
        f"{host} is not to be connected to: {refused}; if that is meant, open its network with [fetch] {key}"
    )
