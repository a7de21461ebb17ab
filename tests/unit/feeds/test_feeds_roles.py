"""Who may be led where: role by kind of address, at every door. Nothing leaves this machine.

What counts is what the interpreter reports of connections (the audit event `socket.connect`), and there each that leads
elsewhere is stopped.
"""

import socket
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from itertools import product

import pytest
from connects import heard
from examples import a_state
from leaping import ParserHere
from monitor import free_port

from bot.demo.bell import PATIENCE
from bot.errors import FeedError, FeedForbidden, FeedUnreachable
from bot.feeds.discover.finder import Finder
from bot.feeds.fetch import guard
from bot.feeds.fetch.http import HttpFetcher
from bot.model import Feed

ANNA = 7
ROLES = {"operator": (), "chat": (ANNA,)}
SECRET = ip_network("127.0.0.2/32")
SERVER = ip_network("127.0.0.1/32")  # where the tests' own page and redirect are; open to all
OPERATORS = tuple(map(ip_network, ("127.9.0.0/16", "10.1.0.0/16", "fd00:1::/32", "169.254.8.0/24")))
CHATS = tuple(map(ip_network, ("127.8.0.0/16", "172.16.5.0/24", "fd00:2::/32")))

# The address, and who is let in: the operator, chats.
TABLE = {
    "public": ("1.1.1.1", True, True),
    "public IPv6": ("2606:4700::1111", True, True),
    "loopback": ("127.0.0.5", False, False),
    "loopback IPv6": ("::1", False, False),
    "loopback opened": ("127.9.0.1", True, False),
    "loopback opened to chats": ("127.8.0.1", True, True),
    "private opened": ("10.1.2.3", True, False),
    "private IPv6 opened": ("fd00:1::5", True, False),
    "private opened to chats": ("172.16.5.9", True, True),
    "private IPv6 opened to chats": ("fd00:2::5", True, True),
    "private": ("10.2.0.1", False, False),
    "private beside what is opened": ("172.16.6.1", False, False),
    "private IPv6": ("fd00:3::5", False, False),
    "shared by customers": ("100.64.0.1", False, False),
    "link-local": ("169.254.0.1", False, False),
    "link-local opened": ("169.254.8.1", True, False),
    "metadata": ("169.254.169.254", False, False),
    "metadata IPv6": ("fd00:ec2::254", False, False),
    "unspecified": ("0.0.0.0", False, False),  # asked for, not listened on
    "unspecified IPv6": ("::", False, False),
    "multicast": ("224.0.0.1", False, False),
    "mapped": ("::ffff:8.8.8.8", False, False),
    "mapped, of what is opened": ("::ffff:10.1.2.3", False, False),
    "mapped, of what is opened to chats": ("::ffff:172.16.5.9", False, False),
    "NAT64": ("64:ff9b::8.8.8.8", False, False),
    "NAT64, of what is opened": ("64:ff9b::a01:203", False, False),
    "6to4, of what is opened": ("2002:a01:203::1", False, False),
}
PUBLIC = {TABLE[kind][0] for kind in ("public", "public IPv6")}
DOORS = ("fetch", "redirect", "page", "hub", "redirect of a hub")
CELLS = [
    pytest.param(door, role, address, lets_in, id=f"{door}: {role} at {kind}")
    for door, (kind, (address, *allowed)) in product(DOORS, TABLE.items())
    for role, lets_in in zip(ROLES, allowed, strict=True)
]


@pytest.fixture
def connects() -> Iterator[list[str]]:
    found: list[str] = []

    def hear(address: object) -> None:
        if isinstance(address, tuple) and address[0] != "127.0.0.1":
            found.append(str(address[0]))
            raise OSError("stopped by the test")

    with heard(hear):
        yield found


@pytest.fixture
async def roles() -> AsyncIterator[HttpFetcher]:
    made = HttpFetcher(
        user_agent="x", timeout=PATIENCE, spacing=0, allow_addresses=OPERATORS, chats_may_reach=(SERVER, *CHATS)
    )
    yield made
    await made.close()


def answer(status: str, *, location: str = "", page: str = "") -> bytes:
    where = f"Location: {location}\r\n" if location else ""
    kind = "Content-Type: text/html\r\n" if page else ""
    return f"HTTP/1.1 {status}\r\n{where}{kind}Content-Length: {len(page)}\r\n\r\n{page}".encode()


async def go(door: str, role: str, url: str, fetcher: HttpFetcher, raw) -> None:
    """Be led to an address by a door, in a role."""
    chats = ROLES[role]
    page = f'<html><head><link rel="alternate" type="application/rss+xml" href="{url}"></head></html>'
    answers = {
        "redirect": answer("302 Found", location=url),
        "page": answer("200 OK", page=page),
        "redirect of a hub": answer("307 Elsewhere", location=url),
    }
    async with raw(answers.get(door, answer("404 Not Found"))).up() as server:
        match door:
            case "fetch":
                await fetcher.fetch(Feed(name="f", title="", url=url, chats=chats), a_state(feed="f"))
            case "redirect":
                await fetcher.fetch(Feed(name="f", title="", url=server.url, chats=chats), a_state(feed="f"))
            case "page":
                await Finder(fetcher=fetcher, parser=ParserHere()).look(server.url, chats)
            case "hub":
                await fetcher.post(url, {}, home=url, of_chats=bool(chats))
            case "redirect of a hub":
                await fetcher.post(server.url, {}, home=server.url, of_chats=bool(chats))


@pytest.mark.parametrize(("door", "role", "address", "lets_in"), CELLS)
async def test_a_role_is_let_in_where_it_may_go_and_nowhere_else(
    roles, connects, raw, *, door, role, address, lets_in
) -> None:
    """Whoever leads there: an address, a redirect, a page, a hub."""
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(FeedError):
        await go(door, role, f"http://{host}:8099/rss", roles, raw)
    reached = [each.partition("%")[0] for each in connects]
    if door == "redirect of a hub":  # what was opened is open to hubs at their feed's own host alone
        lets_in = address in PUBLIC
    assert reached == ([address] if lets_in else [])


async def test_nobody_outside_leads_into_a_network_that_was_opened(raw, monkeypatch, connects) -> None:
    """A publisher in an opened network may redirect within it; one on the internet may not lead there."""
    loopback = {"127.0.0.2": guard.Verdict(allowed=False, reason="loopback")}
    public = guard.Verdict(allowed=True, reason="public")
    opened = guard.Verdict(allowed=True, reason="opened", opened=True)

    def allowed(address: str, networks: tuple[guard.Network, ...] = ()) -> guard.Verdict:
        """Judge 127.0.0.1 as if it were public."""
        return public if address == "127.0.0.1" else opened if networks else loopback[address]

    fetcher = HttpFetcher(user_agent="x", timeout=PATIENCE, spacing=0, allow_addresses=[ip_network("127.0.0.2/32")])
    feed = Feed(name="f", title="", url="http://127.0.0.2:8099/")
    monkeypatch.setattr(guard, "allowed", allowed)
    with pytest.raises(FeedUnreachable):
        await fetcher.fetch(feed, a_state(feed="f"))
    assert connects == ["127.0.0.2"]
    async with raw(answer("302 Found", location=feed.url)).up() as server:
        with pytest.raises(FeedForbidden, match=r"127\.0\.0\.2 is loopback"):
            await fetcher.fetch(Feed(name="f", title="", url=server.url), a_state(feed="f"))
    assert connects == ["127.0.0.2"]
    await fetcher.close()


async def said(call, *, host: str) -> tuple[type[FeedError], str]:
    """Return how a call fails, without the name that it was given."""
    with pytest.raises(FeedError) as caught:
        await call
    return caught.type, str(caught.value).replace(host, "HOST")


@pytest.fixture
def names(monkeypatch) -> None:
    """Let there be a name in the operator's network, and another nowhere."""
    known = socket.getaddrinfo

    def looked_up(host: str, port: int, *args: object, **named: object) -> object:
        if host == "nosuch.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return known("127.0.0.2" if host == "intranet.example" else host, port, *args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("how", ["address", "redirect", "look"])
async def test_a_stranger_learns_nothing_of_a_network_that_is_closed_to_chats(raw, connects, how: str) -> None:
    """Open and closed ports, and names that exist there and names that do not, are refused in the same words."""
    fetcher = HttpFetcher(
        user_agent="x", timeout=PATIENCE, spacing=0, allow_addresses=[SECRET], chats_may_reach=[SERVER]
    )
    finder = Finder(fetcher=fetcher, parser=ParserHere())

    async def told(host: str, port: int) -> tuple[type[FeedError], str]:
        url = f"http://{host}:{port}/rss"
        if how == "look":
            return await said(finder.look(url, (ANNA,)), host=host)
        async with raw(answer("302 Found", location=url)).up() as server:
            feed = Feed(name="f", title="", url=url if how == "address" else server.url, chats=(ANNA,))
            return await said(fetcher.fetch(feed, a_state(feed="f")), host=host)

    async with raw(answer("200 OK", page="<rss/>")).up(host="127.0.0.2") as secret:
        existing, missing = await told("intranet.example", secret.port), await told("nosuch.example", secret.port)
        opened, closed = await told("127.0.0.2", secret.port), await told("127.0.0.2", free_port())
    await fetcher.close()
    assert connects == []
    assert existing == missing
    assert opened == closed
    assert (existing[0], opened[0]) == (FeedUnreachable, FeedForbidden)


@pytest.mark.usefixtures("names")
async def test_the_operator_is_told_what_is_closed_and_how_to_open_it(raw) -> None:
    """A name in a network that is not opened is said to be there."""
    fetcher = HttpFetcher(user_agent="x", timeout=PATIENCE, spacing=0)
    async with raw(b"").up(host="127.0.0.2") as secret:
        feed = Feed(name="f", title="", url=f"http://intranet.example:{secret.port}/")
        kind, text = await said(fetcher.fetch(feed, a_state(feed="f")), host="intranet.example")
    await fetcher.close()
    assert kind is FeedForbidden
    assert "127.0.0.2 is loopback; if that is meant, open its network with [fetch] allow_addresses" in text
