"""The address that hubs call: verification by GET, news by POST (WebSub §5.3 and §7). Decides nothing.

    GET  -> Subscriber.called -> the challenge, or 404
    POST -> a token that was given out -> not too often -> read within bounds -> signed? -> Intake, answered at once

A push with a wrong signature gets the same answer as a right one, and nothing else happens.
"""

import asyncio
import time

import structlog
from aiohttp import web
from yarl import URL

from bot.errors import StoreUnwritable
from bot.feeds.fetch.headers import kept, link_header
from bot.feeds.websub.intake import Intake, Push
from bot.feeds.websub.leases import Confirmed, Denied
from bot.feeds.websub.signature import is_signed
from bot.feeds.websub.subscriber import PATH, Subscriber
from bot.model import Lease
from bot.runtime.clocks import Clock
from bot.web.server import Bucket, plain

MAX_BODY = 2 * 2**20
"""Bytes of a push as it is sent."""
READ_WITHIN = 10.0
"""Seconds for a push to come in whole."""
MAX_READING = 8
"""Pushes that are being read at a time, so that they need no more memory than this many bodies."""
RATE, BURST = 5.0, 20.0
"""Calls a second about one feed, and how many may come at once."""

log = structlog.get_logger()


class WebSubDoor:
    """Answers hubs. `prefix` is the path of the public address, for a proxy that does not take it off."""

    def __init__(
        self,
        *,
        subscriber: Subscriber,
        intake: Intake,
        prefix: str = "",
        clock: Clock = time.time,
        read_within: float = READ_WITHIN,
    ) -> None:
        self._subscriber = subscriber
        self._intake = intake
        self._paths = (PATH, prefix.rstrip("/") + PATH)
        self._clock = clock
        self._read_within = read_within
        self._reading = 0
        self._calls: dict[str, Bucket] = {}
        self._complaints = Bucket(rate=1 / 60, burst=3)

    def token_in(self, path: str) -> str:
        """Give the token that a path names if somebody was given it, else an empty text."""
        for start in self._paths:
            token = path.removeprefix(start)
            if token != path and (
                self._subscriber.lease_of(token) is not None or self._subscriber.is_leaving(token, self._clock())
            ):
                return token
        return ""

    async def answer(self, request: web.BaseRequest, token: str) -> web.Response:
        """Answer a call to a known token."""
        lease = self._subscriber.lease_of(token)
        feed = "" if lease is None else lease.feed
        bucket = self._calls.setdefault(feed, Bucket(rate=RATE, burst=BURST))
        if not bucket.take(asyncio.get_running_loop().time()):
            return plain(429, "too many calls\n", Retry_After="10")
        if request.method == "GET":
            return self._called(request, token)
        if request.method != "POST":
            return plain(405, "GET or POST\n", Allow="GET, POST")
        if lease is None or lease.state == "denied":
            return plain(410, "no longer subscribed\n")
        if self._reading >= MAX_READING:
            return plain(503, "busy\n", Retry_After="10")
        self._reading += 1
        try:
            return await self._pushed(request, lease)
        finally:
            self._reading -= 1

    def _called(self, request: web.BaseRequest, token: str) -> web.Response:
        try:
            verdict = self._subscriber.called(token, request.query, self._clock())
        except StoreUnwritable as error:
            log.debug("push.paused", reason=str(error))
            return plain(503, "try again later\n", Retry_After="60")
        if isinstance(verdict, Confirmed):
            return plain(200, verdict.challenge)
        return plain(200) if isinstance(verdict, Denied) else plain(404, "not found\n")

    async def _pushed(self, request: web.BaseRequest, lease: Lease) -> web.Response:
        body = await self._body(request)
        if isinstance(body, web.Response):
            return body
        if not is_signed(request.headers.get("X-Hub-Signature", ""), lease.secret, body):
            if self._complaints.take(asyncio.get_running_loop().time()):
                log.warning("push.ignored", feed=lease.feed, reason="it is not signed with the lease's secret")
            return plain(202)
        topic = link_header(request.headers.getall("Link", []), URL(lease.topic))["topic"]
        if topic and topic != str(URL(lease.topic)):
            log.warning("push.ignored", feed=lease.feed, reason="it is of another topic")
            body = b""  # signed all the same: there may be news
        push = Push(
            body=body,
            content_type=kept(request.headers.get("Content-Type", "")),
            coding=kept(request.headers.get("Content-Encoding", "")),
        )
        self._intake.put(lease.feed, push)
        return plain(202)

    async def _body(self, request: web.BaseRequest) -> bytes | web.Response:
        """Read a body within its bounds, or give the answer to one beyond them."""
        if (request.content_length or 0) > MAX_BODY:
            return plain(413, "too large\n")
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # the library takes what was sent for a begun answer
        try:
            async with asyncio.timeout(self._read_within):
                return await request.clone(client_max_size=MAX_BODY + 1).read()
        except web.HTTPRequestEntityTooLarge:
            return plain(413, "too large\n")
        except TimeoutError:
            return plain(408, "too slow\n")
