"""How one question is asked, whatever it is for: redirects, turns at hosts, one deadline, the address guard, bodies.

    address -> [may it be asked? -> host's turn -> request -> redirect?] up to 5 hops -> answer

Manners: no cookies, no Referer, no proxy from the environment, one request at a time to a host, and one that is late
beside it.
Bounds: one deadline for all hops of a question, size caps before and after unpacking, and the address guard on the
address of each connection (see `connection`). Networks that were opened are open by role: those of the operator's feeds
to these alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import inf
from typing import Generic, TypeVar

import aiohttp
from yarl import URL

from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable, FeedUnreadable
from bot.feeds.fetch import guard
from bot.feeds.fetch.connection import Attempt, GuardedConnector, attempt, most_bytes, only_once
from bot.feeds.fetch.decode import BodyDecoder
from bot.feeds.fetch.headers import MAX_HEADER
from bot.feeds.fetch.hosts import Turn, Turns
from bot.feeds.fetch.reasons import NOWHERE, explained
from bot.feeds.fetch.targets import checked, host_of, is_address

_Answer = TypeVar("_Answer")

MAX_HOPS = 5
_BATCH = 65_536  # packed bytes that are unpacked at a time
AT_ONCE = 200
"""Requests under way at a time. Who waits for the turn at a host has no place yet, so no host can take them all."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many bytes of a body are read, and how many it may unpack to."""

    raw: int = 2 * 2**20
    decoded: int = 8 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Where to ask instead, and whether for good."""

    to: URL
    permanent: bool


Request = Callable[[URL], Coroutine[None, None, _Answer | Redirect]]
Leave = Callable[[str, bool], Awaitable[None]]
"""Raises FeedError if an address is not to be asked; the flag says that somebody outside has led there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a question is asked: for chats or the operator, known to be late or not, and for how long at a host.

    Networks that were opened are open everywhere, or on the host of `home` alone; to what somebody `outside` has led
    to, nowhere. Each address is asked with the `leave` of somebody, if there is one.
    """

    of_chats: bool
    late: bool = False
    share: float = inf
    home: URL | None = None
    outside: bool = False
    leave: Leave | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Generic[_Answer]):
    """What came, and where nothing but permanent redirects led. Publishers took so many `seconds`.

    `public` says that a public address has answered, at some hop.
    """

    answer: _Answer
    permanent: str
    seconds: float
    public: bool


class Asker:
    """Asks over HTTP (RFC 9110). Needs a running event loop from the first question on."""

    def __init__(
        self,
        *,
        timeout: float,
        for_operator: Sequence[guard.Network],
        for_chats: Sequence[guard.Network],
        spacing: float,
        most: int,
        ca_file: str,
    ) -> None:
        """Take the seconds of a question, opened networks by role, the seconds between requests to a host, and bytes.

        `most` is how many bytes of an answer may come.
        """
        self._timeout = timeout
        self._for_chats = tuple(for_chats)
        self._for_operator = tuple(for_operator)
        self._turns = Turns(spacing)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._most = most
        self._ca_file = ca_file
        self._session: aiohttp.ClientSession | None = None
        self._unpacking = ThreadPoolExecutor(1, thread_name_prefix="unpack")

    async def close(self) -> None:
        """Close the connections. What is under way fails as FeedUnreachable."""
        self._unpacking.shutdown(wait=False, cancel_futures=True)
        if self._session is not None:
            await self._session.close()

    async def ask(self, url: URL, request: Request[_Answer], how: Asking) -> Asked[_Answer]:
        """Ask at each hop in its host's turn. Raises FeedError."""
        permanent, only_permanent, left, public = "", True, self._timeout, False
        opened = () if how.outside else self._for_chats if how.of_chats else self._for_operator
        now = asyncio.get_running_loop().time
        for _ in range(MAX_HOPS + 1):
            if how.leave is not None:
                await how.leave(str(url), how.outside or public)
            # Whoever adds many slow addresses at a host of somebody else's feed must not keep that feed from being
            # asked.
            turn = self._turns.turn(host_of(url), behind=how.of_chats, late=how.late, share=how.share)
            async with turn as held, self._places:
                started = now()
                here = Attempt(opened=opened if how.home is None or host_of(how.home) == host_of(url) else ())
                answer = await self._within(held, left, url, request(url), here, of_chats=how.of_chats)
                left -= now() - started
            if here.public:
                opened, public = (), True  # nobody outside leads into a network
            if not isinstance(answer, Redirect):
                return Asked(answer=answer, permanent=permanent, seconds=self._timeout - left, public=public)
            url = answer.to
            only_permanent = only_permanent and answer.permanent
            if only_permanent:
                permanent = str(url)
        raise FeedUnreachable(f"{host_of(url)} redirects more than {MAX_HOPS} times; give the final address")

    async def body(self, url: URL, response: aiohttp.ClientResponse, caps: Caps) -> bytes:
        """Read and unpack a body. Raises FeedUnreadable for one that is too large or does not unpack."""
        coding = response.headers.get("Content-Encoding", "")
        decoder = BodyDecoder(coding, host=host_of(url), max_raw=caps.raw, max_decoded=caps.decoded)
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
            raise FeedUnreadable(f"{host_of(url)} sent an empty body")
        return body

    def session(self) -> aiohttp.ClientSession:
        """Return what requests are made with."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=GuardedConnector(ca_file=self._ca_file, most=most_bytes(self._most)),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                auto_decompress=False,
                trust_env=False,
                middlewares=(only_once,),
            )
        return self._session

    async def _unpack(self, decoder: BodyDecoder, packed: bytearray) -> None:
        """Unpack what came in a thread, one body at a time: one step of some bombs takes 40 ms."""
        await asyncio.get_running_loop().run_in_executor(self._unpacking, decoder.feed, bytes(packed))
        packed.clear()

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
        except FeedError as error:
            if isinstance(error, FeedRefused):
                error.public = here.public
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


def redirected(url: URL, response: aiohttp.ClientResponse) -> Redirect:
    """Return where an answer leads. Raises FeedRefused if it does not say, FeedForbidden for what must not be asked."""
    location = response.headers.get("Location", "")
    if not location or len(location) > MAX_HEADER:
        raise FeedRefused(f"{host_of(url)} answered {response.status} without saying where to", status=response.status)
    return Redirect(to=checked(location, url), permanent=response.status in _PERMANENT)


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
