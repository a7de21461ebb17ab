"""A WebSub hub on loopback: it verifies who subscribes, keeps leases and pushes what it is given.

    subscription -> 202 -> GET callback: does it echo the challenge? -> lease
    publish(topic, body) -> POST callback, signed with the lease's secret

It can be told to misbehave in the ways of `PRANKS`, and it remembers what it was asked and answered.
"""

import asyncio
import io
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import aiohttp
from aiohttp import web

from bot.demo.bell import PATIENCE
from bot.feeds.websub.signature import signature
from bot.web.ending import end

PRANKS = frozenset(
    {
        "refuses",  # answers 500 to who subscribes
        "never verifies",
        "verifies another topic",
        "denies",
        "forgets",  # verifies, and never pushes
        "wrong signature",
        "unsigned",
        "thin",  # pushes an empty body
        "cut body",
        "another topic",  # pushes what is signed, but says that it is of another topic
        "huge",
        "thrice",  # pushes all three times
    }
)
_HUGE = b"<!--" + b" " * 3 * 2**20 + b"-->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a subscriber asked for. `verified` is the status of its answer to the challenge, 0 if it got none."""

    mode: str
    topic: str
    callback: str
    secret: str
    lease_seconds: str
    verified: int = 0


class Hub:
    """A hub at `url` between `start` and `close`. `lease` is the seconds that it grants, `method` how it signs."""

    def __init__(
        self, *, lease: float = 864_000, method: str = "sha256", clock: Callable[[], float] = time.time
    ) -> None:
        self.lease = lease
        self.method = method
        self.asked: list[Asked] = []
        self.subscribers: dict[tuple[str, str], tuple[str, float]] = {}
        self._clock = clock
        self._prank = ""
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None
        self._verifying: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; port 0 takes any that is free."""
        app = web.Application()
        app.router.add_post("/hub", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE))

    async def close(self) -> None:
        """Be gone, as a hub is that has died."""
        for task in tuple(self._verifying):
            task.cancel()
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await end(self._runner)
            self._runner = None

    @property
    def url(self) -> str:
        """Return the hub's address."""
        assert self._runner is not None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/hub"

    def misbehave(self, prank: str) -> None:
        """Play a prank of `PRANKS` until `behave`. KeyError if there is none of that name."""
        if prank not in PRANKS:
            raise KeyError(prank)
        self._prank = prank

    def behave(self) -> None:
        """Be a good hub again."""
        self._prank = ""

    async def publish(self, topic: str, body: bytes, content_type: str = "application/rss+xml") -> list[int]:
        """Push a topic's content to all who subscribe to it. Returns the statuses of their answers, 0 for none."""
        now = self._clock()
        self.subscribers = {key: kept for key, kept in self.subscribers.items() if kept[1] > now}
        if self._prank == "forgets":
            return []
        times = 3 if self._prank == "thrice" else 1
        return [
            await self._push(topic, callback, secret, body, content_type)
            for (subscribed, callback), (secret, _) in tuple(self.subscribers.items())
            for _ in range(times)
            if subscribed == topic
        ]

    async def wait_until(self, true: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until something is true of this hub after it was asked or verified. TimeoutError."""
        async with asyncio.timeout(patience), self._changed:
            await self._changed.wait_for(true)

    async def _push(self, topic: str, callback: str, secret: str, body: bytes, content_type: str) -> int:
        assert self._session is not None
        said = topic + "/other" if self._prank == "another topic" else topic
        body = {"thin": b"", "cut body": body[: len(body) // 2], "huge": body + _HUGE}.get(self._prank, body)
        headers = {"Content-Type": content_type, "Link": f'<{self.url}>; rel="hub", <{said}>; rel="self"'}
        if self._prank != "unsigned":
            key = "not the secret" if self._prank == "wrong signature" else secret
            headers["X-Hub-Signature"] = signature(self.method, key, body)
        try:
            async with self._session.post(callback, data=io.BytesIO(body), headers=headers) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    async def _answer(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        if self._prank == "refuses":
            await self._note(_asked(form))
            return web.Response(status=500)
        task = asyncio.create_task(self._verify(form))
        self._verifying.add(task)
        task.add_done_callback(self._verifying.discard)
        return web.Response(status=202)

    async def _verify(self, form: Mapping[str, str]) -> None:
        if self._prank == "never verifies":
            await self._note(_asked(form))
            return
        challenge, mode, topic = secrets.token_hex(8), form["hub.mode"], form["hub.topic"]
        query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge}
        if mode == "subscribe":
            query["hub.lease_seconds"] = str(round(self.lease))
        if self._prank == "denies":
            query = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": "not for <b>you</b>"}
        if self._prank == "verifies another topic":
            query["hub.topic"] = topic + "/other"
        status, echoed = await self._call(form["hub.callback"], query)
        if status == 200 and echoed == challenge:
            key = (topic, form["hub.callback"])
            if mode == "subscribe":
                self.subscribers[key] = (form.get("hub.secret", ""), self._clock() + self.lease)
            else:
                self.subscribers.pop(key, None)
        await self._note(_asked(form, verified=status))

    async def _call(self, callback: str, query: Mapping[str, str]) -> tuple[int, str]:
        assert self._session is not None
        try:
            async with self._session.get(callback, params=query) as response:
                return response.status, await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return 0, ""

    async def _note(self, asked: Asked) -> None:
        async with self._changed:
            self.asked.append(asked)
            self._changed.notify_all()


def _asked(form: Mapping[str, str], verified: int = 0) -> Asked:
    return Asked(
        mode=form["hub.mode"],
        topic=form["hub.topic"],
        callback=form["hub.callback"],
        secret=form.get("hub.secret", ""),
        lease_seconds=form.get("hub.lease_seconds", ""),
        verified=verified,
    )
