"""All publishers of a trial on loopback, each at an address of its own, and the log of what they were asked.

It notes each request when it comes and when its answer is out, under the name of the feed that its path begins with;
one for robots.txt under that of the first feed of its host.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from hashlib import blake2b

import canned
import papers
import stories
from papers import Paper, Reply, Visit
from scorecard import Exchange, Kind
from stories import Story
from waits import DAY

TRAP = "127.77.0.1"
"""An address that the bot must not connect to."""


class Press:
    """Publishers from `start` to `close`. `record` is told of each exchange as it begins; `life` is the bot's."""

    def __init__(self, clock: Callable[[], float], record: Callable[[Exchange], None]) -> None:
        self._clock = clock
        self._record = record
        self._began = clock()
        self._visits: dict[str, int] = {}
        self._servers: list[asyncio.Server] = []
        self.papers: dict[str, Paper] = {}
        self.life = 0

    async def start(self) -> None:
        """Open all of them at one port, as names are told apart by their addresses."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        names = list(papers.TEMPERS)
        for name in names:
            host = f"127.0.0.{10 + names.index(papers.HOSTS.get(name, name))}"
            paper = Paper(
                name=name,
                start=self._began,
                base=f"http://{host}:{port}/{name}",
                elsewhere=f"http://{TRAP}:{port}/{name}",
                **papers.PARTICULARS.get(name, {}),
            )
            self.papers[name] = paper
            if name not in papers.HOSTS:
                await self._listen(host, port)
        await self._listen(TRAP, port)

    async def close(self) -> None:
        """Close them all."""
        for server in self._servers:
            server.close()

    async def _listen(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        answer = lambda _, head: self._answer(host, port, head)  # noqa: E731  # knows where it was asked
        self._servers.append(await loop.create_server(lambda: canned.Connection(answer), host, port))

    def _reply(
        self, host: str, port: int, path: str, asked: Mapping[str, str], now: float
    ) -> tuple[Kind, str, int, Reply]:
        """Return what is asked for: its kind, the feed's name, the number of the story; and the answer."""
        if path == "/robots.txt":
            name = next(name for name, paper in self.papers.items() if f"//{host}:" in paper.base)
            return "robots", name, 0, stories.robots(name)
        name, _, rest = path[1:].partition("/")
        word, _, rest = rest.partition("/")
        if word == "story":
            said, _, rest = rest.partition("/")
            number = int(said)
            story = Story(
                paper=name,
                number=number,
                rest=f"/{rest}" if rest else "",
                at=now,
                count=self._count(path),
                beside=lambda other: f"{self._origin(other, port)}/{name}/story/{number}",
            )
            return "page", name, number, stories.KINDS.get(name, stories.article)(story)
        visit = Visit(
            at=now,
            path=f"/{word}" if word else "",
            asked=asked,
            number=self._count(name),
            day=(now - self._began) / DAY,
        )
        return "feed", name, 0, papers.TEMPERS[name](self.papers[name], visit)

    def _origin(self, name: str, port: int) -> str:
        """Return where a paper is, or a machine that must not be reached."""
        paper = self.papers.get(name)
        return f"http://{TRAP}:{port}" if paper is None else paper.base.removesuffix(f"/{name}")

    def _count(self, what: str) -> int:
        """Return how often something was asked for before."""
        count = self._visits.get(what, 0)
        self._visits[what] = count + 1
        return count

    def _answer(self, host: str, port: int, head: bytes) -> canned.Answer:
        path, asked = canned.fields(head)
        now = self._clock()
        kind, name, number, reply = self._reply(host, port, path, asked, now)
        exchange = Exchange(
            kind=kind,
            feed=name,
            number=number,
            host=host,
            url=f"http://{host}:{port}{path}",
            at=now,
            asked=asked,
            status=0 if reply.hang or reply.reset else reply.status,
            sent=_lower(reply.headers),
            good=reply.good,
            body=named(reply.body) if reply.good else "",
            says=reply.says,
            life=self.life,
        )
        self._record(exchange)

        def done() -> None:
            exchange.ended = self._clock()

        return canned.Answer(
            raw=None if reply.hang else _written(reply),
            delay=reply.delay,
            then_close=bool(reply.short),
            reset=reply.reset,
            done=done,
        )


def named(body: bytes) -> str:
    """Tell a body from others."""
    return blake2b(body, digest_size=8).hexdigest()


def _written(reply: Reply) -> bytes:
    headers = {"Content-Type": "application/rss+xml", **reply.headers}
    return canned.response(reply.status, headers, reply.body, length=len(reply.body) + reply.short)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
