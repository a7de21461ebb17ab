"""No address that is not public is ever connected to, however it is written, asked for or redirected to.

What counts is what the interpreter itself reports of connections (the audit event `socket.connect`), not what our code
says of them.
"""

from collections.abc import Iterator

import pytest
from connects import heard
from examples import a_state
from test_feeds_guard import CASES

from bot.demo.bell import PATIENCE
from bot.errors import FeedError
from bot.feeds.fetch.http import HttpFetcher
from bot.model import Feed

ODDLY = """
0x7f.1 0x7f000001 2130706433 017700000001 0177.0.0.1 127.1 127.0.1 0x7f.0.0.1 127.000.000.001 0 0x0 00000000
１２７.０.０.１ 127。0。0。1 ①②⑦.⓪.⓪.① localhost localhost. LOCALHOST 0xa9fea9fe 2852039166 169.254.43518 0xA.0.0.1
[::] [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::] [fe80::1%25lo]
127.0.0.1.  10.1 192.168.1 172.16.1
"""


@pytest.fixture
def connects() -> Iterator[list[object]]:
    found: list[object] = []
    with heard(found.append):
        yield found


@pytest.fixture
async def strict():
    fetcher = HttpFetcher(user_agent="Newsvane/1 (+https://x.example)", timeout=PATIENCE, spacing=0)
    yield fetcher
    await fetcher.close()


def written(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@pytest.mark.parametrize("host", [written(address) for address, _ in CASES] + ODDLY.split())
async def test_an_address_that_is_not_public_is_not_connected_to(strict, connects, host: str) -> None:
    """More than a hundred cases, each with its own connections counted: none."""
    feed = Feed(name="x", title="X", url=f"http://{host}:8099/rss")
    with pytest.raises(FeedError):
        await strict.fetch(feed, a_state(feed="x"))
    assert connects == []


# The fetcher of these may visit loopback, so that there is somebody who redirects.
ELSEWHERE = [written(address) for address, reason in CASES if reason not in {"loopback", "no IP"}]


@pytest.mark.parametrize("host", ELSEWHERE)
async def test_a_redirect_to_an_address_that_is_not_public_is_not_followed(raw, fetcher, connects, host: str) -> None:
    """From a host that is let through to one that is not: the one connection is that to the first."""
    answer = f"HTTP/1.1 302 Found\r\nLocation: http://{host}:8099/\r\nContent-Length: 0\r\n\r\n".encode()
    async with raw(answer).up() as server:
        with pytest.raises(FeedError):
            await fetcher.fetch(Feed(name="x", title="X", url=server.url), a_state(feed="x"))
        assert connects == [("127.0.0.1", server.port)]


async def test_the_count_of_connections_counts(raw, fetcher, connects) -> None:
    """A check that cannot fail is none."""
    async with raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").up() as server:
        with pytest.raises(FeedError):
            await fetcher.fetch(Feed(name="x", title="X", url=server.url), a_state(feed="x"))
        assert connects == [("127.0.0.1", server.port)]
