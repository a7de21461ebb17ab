"""HTTP that costs whoever reads it: each bound at one below, at it and one above, over real sockets."""

import asyncio
import gzip
import ssl
import sys
from collections import Counter
from contextlib import suppress
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import brotli
import pytest
from aiohttp.client_proto import ResponseHandler
from examples import a_state

from bot.errors import FeedError, FeedUnreachable, FeedUnreadable
from bot.feeds.fetch.asking import Caps
from bot.feeds.fetch.connection import DENSE_PIECE, HEAD_BYTES, INFORMATIONAL, most_bytes
from bot.feeds.fetch.decode import MEMBERS, BodyDecoder
from bot.feeds.fetch.http import HttpFetcher
from bot.model import Feed

HINT = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LOOPBACK = (ip_network("127.0.0.0/8"),)
CERTIFICATE = Path(__file__).with_name("selfsigned.pem")


async def fetched(fetcher: HttpFetcher, url: str) -> bytes:
    return (await fetcher.fetch(Feed(name="x", title="", url=url), a_state(feed="x"))).body


def tiny_chunks(body: bytes) -> bytes:
    return CHUNKED + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"


def long_head(size: int) -> bytes:
    """Make all that comes until the head of an answer has ended so many bytes large, by informational answers too."""
    hints = [b"HTTP/1.1 103 Early Hints\r\n" + b"X: %b\r\n" % (b"a" * 4_000) * 3 + b"\r\n"] * INFORMATIONAL
    line = b"Y: %b\r\n"
    room = size - len(b"".join(hints)) - len(HEAD)
    lines = [line % (b"a" * 4_000)] * (room // 5_000)
    lines.append(line % (b"a" * (room - len(b"".join(lines)) - len(line % b""))))
    head = b"".join((*hints, HEAD[:-2], *lines, b"\r\n"))
    assert len(head) == size
    return head


@pytest.mark.parametrize("count", [0, INFORMATIONAL - 1, INFORMATIONAL])
async def test_so_many_informational_answers_are_passed_over(raw, fetcher, count) -> None:
    """What comes behind them is the answer."""
    async with raw(HINT * count + HEAD + b"news").up() as server:
        assert await fetched(fetcher, server.url) == b"news"


async def test_one_informational_answer_more_is_too_many(raw, fetcher) -> None:
    """Though the answer stands right behind it."""
    async with raw(HINT * (INFORMATIONAL + 1) + HEAD + b"news").up() as server:
        with pytest.raises(FeedUnreachable, match=r"127\.0\.0\.1 sends on and on before it answers"):
            await fetched(fetcher, server.url)


@pytest.mark.parametrize("size", [HEAD_BYTES - 1, HEAD_BYTES])
async def test_so_many_bytes_may_come_until_the_head_has_ended(raw, fetcher, size) -> None:
    """However they are shared by informational answers and the one that counts."""
    async with raw(long_head(size) + b"news").up() as server:
        assert await fetched(fetcher, server.url) == b"news"


async def test_one_byte_of_head_more_is_too_many(raw, fetcher) -> None:
    """Though the head ends with it."""
    async with raw(long_head(HEAD_BYTES + 1) + b"news").up() as server:
        with pytest.raises(FeedUnreachable, match="sends on and on"):
            await fetched(fetcher, server.url)


@pytest.mark.parametrize(("more", "comes"), [(-1, True), (0, True), (1, False)])
async def test_so_many_bytes_may_come_in_all(raw, more, comes) -> None:
    """A body in chunks may be as much again as its bound says, and no more."""
    small = HttpFetcher(user_agent="x", spacing=0, caps=Caps(raw=100), allow_addresses=LOOPBACK)
    padding = most_bytes(100) + more - len(CHUNKED) - len(b"4;a=\r\nnews\r\n0\r\n\r\n")
    answer = CHUNKED + b"4;a=%b\r\nnews\r\n0\r\n\r\n" % (b"x" * padding)
    assert len(answer) == most_bytes(100) + more
    async with raw(answer).up() as server:
        if comes:
            assert await fetched(small, server.url) == b"news"
        else:
            with pytest.raises(FeedUnreachable, match="sends much more than it says"):
                await fetched(small, server.url)
    await small.close()


@pytest.mark.parametrize(("members", "comes"), [(MEMBERS - 1, True), (MEMBERS, True), (MEMBERS + 1, False)])
async def test_so_many_members_may_a_gzip_body_have(raw, fetcher, members, comes) -> None:
    """Each with a letter in it."""
    packed = gzip.compress(b"a") * members
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with raw(head + packed).up() as server:
        if comes:
            assert await fetched(fetcher, server.url) == b"a" * members
        else:
            with pytest.raises(FeedUnreadable, match="packed in more than 1,000 pieces"):
                await fetched(fetcher, server.url)


class Turns:
    """Counts the turns of the loop, and what the library parses in each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.parsed: Counter[int] = Counter()  # bytes, by turn
        self.lines: Counter[int] = Counter()  # each of the tiny things has one at least
        self._turn = 0
        parse = ResponseHandler.data_received

        def counted(handler: ResponseHandler, data: bytes) -> None:
            self.parsed[self._turn] += len(data)
            self.lines[self._turn] += data.count(b"\n")
            parse(handler, data)

        monkeypatch.setattr(ResponseHandler, "data_received", counted)

    async def count(self) -> None:
        while True:
            self._turn += 1
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "answer",
    [HINT * 20_000, tiny_chunks(b"<a/>" * 50_000), CHUNKED + b"1;%b\r\n \r\n" % (b"a" * 50) * 20_000],
    ids=["informational", "tiny chunks", "chunk extensions"],
)
async def test_of_many_tiny_things_one_piece_is_parsed_in_a_turn_of_the_loop(raw, fetcher, monkeypatch, answer) -> None:
    """So eight such publishers at once keep nobody waiting for more than eight pieces."""
    turns = Turns(monkeypatch)
    counting = asyncio.create_task(turns.count())
    async with raw(answer).up() as server:
        with suppress(FeedError):
            await fetched(fetcher, server.url)
        server.answer = b""
    counting.cancel()
    assert max(turns.lines.values()) <= DENSE_PIECE // 3 + 1  # as many as the shortest chunks have
    assert sum(turns.parsed.values()) >= 5 * DENSE_PIECE or answer.startswith(HINT)


async def test_a_plain_body_is_parsed_in_large_pieces(raw, fetcher, monkeypatch) -> None:
    """Who sends nothing tiny does not wait for hundreds of turns."""
    turns = Turns(monkeypatch)
    counting = asyncio.create_task(turns.count())
    body = (b"<item>" + b"a" * 5_000 + b"</item>\n") * 200
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)).up() as server:
        assert await fetched(fetcher, server.url) == body
    counting.cancel()
    assert max(turns.parsed.values()) > 10 * DENSE_PIECE


@pytest.mark.parametrize("coding", ["gzip", "br"])
async def test_nothing_is_unpacked_on_the_loop(raw, fetcher, coding) -> None:
    """The first step of a bomb may take 40 ms; the interpreter itself tells who calls the libraries."""
    called: list[str] = []

    def profile(_: object, event: str, what: object) -> None:
        if event == "c_call" and getattr(what, "__name__", "") in {"decompress", "process"}:
            called.append(str(what))

    packed = {"gzip": gzip.compress, "br": partial(brotli.compress, quality=5)}[coding](bytes(20 << 20))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding.encode(), len(packed))
    async with raw(head + packed).up() as server:
        sys.setprofile(profile)
        try:
            with pytest.raises(FeedUnreadable, match="unpacks to more than 8 MiB"):
                await fetched(fetcher, server.url)
            here = list(called)
            with suppress(FeedUnreadable):  # a check that cannot fail is none
                BodyDecoder(coding, host="x", max_raw=len(packed), max_decoded=10).feed(packed)
            there = list(called)
        finally:
            sys.setprofile(None)
    assert here == []
    assert there != []


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("ending", ["length", "chunks", "close"])
async def test_a_body_that_ends_with_the_connection_is_whole(raw, secure, ending) -> None:
    """What came before the end is parsed after it, piece by piece."""
    body = b"<a>\n" * 40_000
    answer = {
        "length": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body),
        "chunks": tiny_chunks(body[:60_000]),
        "close": b"HTTP/1.0 200 OK\r\n\r\n%b" % body,
    }[ending]
    tls = None
    if secure:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(CERTIFICATE)
    fetcher = HttpFetcher(
        user_agent="x", spacing=0, allow_addresses=LOOPBACK, ca_file=str(CERTIFICATE) if secure else ""
    )
    async with raw(answer).up(tls) as server:
        url = server.url.replace("http:", "https:") if secure else server.url
        came = await fetched(fetcher, url)
    await fetcher.close()
    assert came == (body[:60_000] if ending == "chunks" else body)
