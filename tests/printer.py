"""Publishers of thousands of feeds in a process of their own, so cheap that they are not what is measured.

    with Printer.started() as printer: printer.url("news", 7) -> "http://127.0.0.8:PORT/news/7"

Each number is a host of its own. It listens on the loopback device only. What a kind answers: `KINDS`. `/log` gives
all requests so far as JSON: [[kind, number, Unix seconds], …]; that of a page has the feed's number times `STORIES`
and the story's.
"""

import asyncio
import gzip
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import urlopen
from zlib import crc32

import brotli
import canned
from canned import Answer, Connection

ITEMS, NEW = 36, 2
SIZE = 30_000
EVERY = 600.0
STORIES = 1_000_000
LURED = 100
ALERTS = {"alerts": 120.0, "brisk": 5.0, "deep": 120.0}
"""Seconds between two stories of a good feed, by kind."""
FILLING = "Idlib and more of it, and then some. " * 100
RSS = {"Content-Type": "application/rss+xml"}
WORDS = ("the", "of", "and", "to", "minister", "talks", "border", "army", "aircraft", "said", "region", "report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """The process, as the trial sees it."""

    port: int
    pid: int

    @classmethod
    @contextmanager
    def started(cls) -> Iterator["Printer"]:
        """Start it, and end it."""
        process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            yield cls(port=int(process.stdout.readline()), pid=process.pid)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def url(self, kind: str, number: int) -> str:
        """Return the address of a feed."""
        return address(self.port, kind, number)

    def log(self) -> list[tuple[str, int, float]]:
        """Return all requests: kind, number, Unix seconds."""
        with urlopen(f"http://127.0.0.1:{self.port}/log/0") as answer:
            return [tuple(each) for each in json.load(answer)]


def address(port: int, kind: str, number: int) -> str:
    """Return the address of what has a number."""
    return f"http://127.{1 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}:{port}/{kind}/{number}"


def feed(number: int, newest: int, *, items: int = ITEMS, size: int = SIZE, port: int = 0) -> bytes:
    """Make a feed whose newest item has that number, so many bytes large. With a port its items have pages there."""
    text = size // items - 260
    entries = "".join(_item(number, each, text, port) for each in range(newest, newest - items, -1))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
    return f"{head}<title>Feed {number}</title>{entries}</channel></rss>".encode()


def _item(number: int, item: int, size: int, port: int) -> str:
    seed = crc32(f"{number} {item}".encode())
    words = " ".join(WORDS[(seed >> (place % 24)) % len(WORDS)] for place in range(size // 6))
    link = f"https://feed-{number}.example/2020/03/06/{seed:x}-a{item}"
    link = f"{address(port, 'page', number)}?{item}" if port else link
    return (
        f"<item><title>Story {item} of {number}: {words[:60]}</title><link>{link}</link><guid>{link}</guid>"
        f"<description>{words[:size]}</description><pubDate>Fri, 06 Mar 2020 13:00:00 GMT</pubDate></item>\n"
    )


def _not_modified(_: Connection, __: int, asked: dict[str, str]) -> Answer:
    return Answer(raw=canned.response(304, {"ETag": asked.get("if-none-match", '"1"')}))


def _same(_: Connection, number: int, __: dict[str, str]) -> Answer:
    return Answer(
        raw=_kept("same", lambda: canned.response(200, {**RSS, "ETag": f'"{time.time()}"'}, feed(number, 100)))
    )


def _changing(_: Connection, number: int, __: dict[str, str]) -> Answer:
    asked = _counts[number] = _counts.get(number, 0) + 1
    return Answer(raw=canned.response(200, {**RSS, "ETag": f'"{asked}"'}, feed(number, 100 + NEW * asked)))


def _news(_: Connection, number: int, asked: dict[str, str]) -> Answer:
    """Have something new every ten minutes, and else say 304."""
    newest = 1_000 + NEW * int((time.time() + number * 7) % 1e6 // EVERY)
    etag = f'"{newest}"'
    if asked.get("if-none-match") == etag:
        return Answer(raw=canned.response(304, {"ETag": etag}))
    return Answer(raw=canned.response(200, {**RSS, "ETag": etag}, feed(number, newest)))


def _alerts(every: float, *, deep: bool = False) -> Callable[[Connection, int, dict[str, str]], Answer]:
    """Have something new that a watch meets every so many seconds, each feed at another time, and else say 304.

    If it is `deep`, its pages have what another watch meets.
    """

    def answer(_: Connection, number: int, asked: dict[str, str]) -> Answer:
        newest = story_at(number, time.time(), every)
        etag = f'"{newest}"'
        if asked.get("if-none-match") == etag:
            return Answer(raw=canned.response(304, {"ETag": etag}))
        body = feed(number, newest, port=_port_of(asked) if deep else 0).replace(b"<title>Story", b"<title>Idlib story")
        return Answer(raw=canned.response(200, {**RSS, "ETag": etag}, body))

    return answer


def story_at(number: int, when: float, every: float) -> int:
    """Return the number of the newest story that a feed shows which has one every so many seconds."""
    return int((when + number * every / 20) // every) % 1_000_000


def _flood(_: Connection, number: int, __: dict[str, str]) -> Answer:
    """Show 2,000 entries at each poll that nobody has seen and a watch meets: 7.6 MB, packed to some 100 kB."""
    asked = _counts[number] = _counts.get(number, 0) + 1
    entries = "".join(
        f"<item><title>Idlib {number} {asked} {each}</title><link>https://flood.example/{number}/{asked}/{each}</link>"
        f"<description>{FILLING}</description></item>"
        for each in range(2_000)
    )
    body = f"<rss version='2.0'><channel><title>Flood</title>{entries}</channel></rss>".encode()
    return Answer(raw=canned.response(200, {**RSS, "Content-Encoding": "gzip"}, gzip.compress(body, 1)))


def _page(_: Connection, number: int, asked: dict[str, str]) -> Answer:
    """Return the article of a story of a good feed."""
    story = asked["path"].partition("?")[2]
    words = " ".join(WORDS[crc32(f"{story} {place}".encode()) % len(WORDS)] for place in range(400))
    title = f"Idlib story {story} of {number}"
    text = f"<h1>{title}</h1><p>{title}: {words}</p><p>{words[:700]}</p><p>It ends with the S-400, {story} says.</p>"
    body = f"<html><head><title>{title}</title></head><body><article>{text}</article></body></html>".encode()
    return Answer(raw=canned.response(200, {"Content-Type": "text/html"}, body))


def _lure(link: Callable[[int, int, int], str]) -> Callable[[Connection, int, dict[str, str]], Answer]:
    """Show 100 entries at each poll that nobody has seen and no headline tells of, each with a link."""

    def answer(_: Connection, number: int, asked: dict[str, str]) -> Answer:
        count = _counts[number] = _counts.get(number, 0) + 1
        entries = "".join(
            f"<item><title>Talk {count} {each}</title>"
            f"<link>{link(_port_of(asked), number, each)}?x{count}</link></item>"
            for each in range(LURED)
        )
        body = f"<rss version='2.0'><channel><title>Lure</title>{entries}</channel></rss>".encode()
        return Answer(raw=canned.response(200, {**RSS, "ETag": f'"{count}"'}, body))

    return answer


def _tags(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    """Send a page of many tags, nearly as many as are read."""
    page = _kept("tags", lambda: b"<html><p>" + b"<div><b>a</b>" * 45_000)
    return Answer(raw=canned.response(200, {"Content-Type": "text/html"}, page))


def _port_of(asked: dict[str, str]) -> int:
    return int(asked["host"].rpartition(":")[2])


def _send_without_end(connection: Connection, data: bytes) -> None:
    if not connection.transport.is_closing():
        if connection.transport.get_write_buffer_size() < 1 << 20:
            connection.transport.write(data)
        asyncio.get_running_loop().call_later(0.01, _send_without_end, connection, data)


def _informational(connection: Connection, _: int, __: dict[str, str]) -> Answer:
    """Say "go on" without end."""
    _send_without_end(connection, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 5_000)
    return Answer(raw=None)


def _tiny_chunks(_: Connection, number: int, __: dict[str, str]) -> Answer:
    """Send a body in chunks of one byte, all at once."""

    def chunks() -> bytes:
        return b"".join(b"1\r\n%c\r\n" % byte for byte in feed(number, 100, items=300, size=250_000))

    head = b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Answer(raw=head + _kept("tiny chunks", chunks) + b"0\r\n\r\n")


def _gzip_members(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    """Send 100,000 empty members of gzip."""
    packed = _kept("members", lambda: gzip.compress(b"") * 100_000)
    return Answer(raw=canned.response(200, {**RSS, "Content-Encoding": "gzip"}, packed))


def _chunk_extensions(connection: Connection, _: int, __: dict[str, str]) -> Answer:
    """Send little in chunks that say much of themselves, without end."""
    connection.transport.write(b"HTTP/1.1 200 So\r\nTransfer-Encoding: chunked\r\n\r\n")
    _send_without_end(connection, b"1;a=%b\r\n \r\n" % (b"x" * 1_000) * 200)
    return Answer(raw=None)


def _large_head(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    """Send as large a head as may be, of links and more."""
    lines = {"Link": "<https://a.example/>; rel=hub, " * 120} | {f"X-{number}": "a" * 500 for number in range(100)}
    return Answer(raw=canned.response(200, {**RSS, **lines}, b"<rss/>"))


def _hang(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    return Answer(raw=None)


def _drip(connection: Connection, number: int, _: dict[str, str]) -> Answer:
    """Send a byte now and then, so that no limit on single reads ever strikes."""
    body = canned.response(200, RSS, feed(number, 100))

    def drop(place: int = 0) -> None:
        if not connection.transport.is_closing():
            connection.transport.write(body[place : place + 1])
            asyncio.get_running_loop().call_later(0.05, drop, place + 1)

    drop()
    return Answer(raw=None)


def _endless(connection: Connection, _: int, __: dict[str, str]) -> Answer:
    connection.transport.write(b"HTTP/1.1 200 So\r\n\r\n<rss><channel>")
    _send_without_end(connection, b"<!-- more -->" * 1_000)
    return Answer(raw=None)


def _gzip_bomb(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    packed = _kept("gzip bomb", lambda: gzip.compress(bytes(200 << 20)))
    return Answer(raw=canned.response(200, {**RSS, "Content-Encoding": "gzip"}, packed))


def _brotli_bomb(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    """Send 200 bytes that unpack to 200 MB, and fill the largest window before the first comes."""

    def packed() -> bytes:
        packer = brotli.Compressor(quality=5, lgwin=24)
        return b"".join(packer.process(bytes(1 << 20)) for _ in range(200)) + packer.finish()

    return Answer(raw=canned.response(200, {**RSS, "Content-Encoding": "br"}, _kept("brotli bomb", packed)))


def _entity_bomb(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    head = b'<!DOCTYPE rss [<!ENTITY a "%s">]><rss version="2.0"><channel>' % (b"a" * 500_000)
    return Answer(raw=canned.response(200, RSS, head + b"<title>&a;</title>" * 90 + b"</channel></rss>"))


def _attribute_bomb(_: Connection, number: int, __: dict[str, str]) -> Answer:
    """Have 20,000 attributes in one element: quadratic for who is not careful."""
    many = b" ".join(b'a%d="1"' % place for place in range(20_000))
    head, _, rest = feed(number, int(time.time())).partition(b"<item>")
    return Answer(raw=canned.response(200, RSS, head + b"<item " + many + b">" + rest))


def _server_error(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    return Answer(raw=canned.response(500, {}, b"oh"))


def _reset(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    return Answer(raw=None, reset=True)


def _loop(_: Connection, number: int, __: dict[str, str]) -> Answer:
    return Answer(raw=canned.response(302, {"Location": f"/loop/{number}?{time.time_ns()}"}))


def _cut(_: Connection, number: int, __: dict[str, str]) -> Answer:
    body = feed(number, int(time.time()))
    return Answer(raw=canned.response(200, RSS, body[:-9_000], length=len(body)), then_close=True)


def _log(_: Connection, __: int, ___: dict[str, str]) -> Answer:
    return Answer(raw=canned.response(200, {}, json.dumps(_asked).encode()), then_close=True)


LURES = ("hang", "drip", "endless", "gzip-bomb", "tags", "loop")
"""What stands behind the links of a lure at many hosts."""
KINDS: dict[str, Callable[[Connection, int, dict[str, str]], Answer]] = {
    "304": _not_modified,
    "same": _same,
    "changing": _changing,
    "news": _news,
    "alerts": _alerts(ALERTS["alerts"]),
    "brisk": _alerts(ALERTS["brisk"]),
    "deep": _alerts(ALERTS["deep"], deep=True),
    "page": _page,
    "lure-many": _lure(lambda port, number, each: address(port, LURES[each % len(LURES)], 20_000 + number + each)),
    "lure-one": _lure(lambda port, number, each: f"{address(port, 'page', number % 20)}?{number}-{each}-"),
    "tags": _tags,
    "flood": _flood,
    "log": _log,
    "hang": _hang,
    "drip": _drip,
    "endless": _endless,
    "gzip-bomb": _gzip_bomb,
    "entity-bomb": _entity_bomb,
    "attribute-bomb": _attribute_bomb,
    "server-error": _server_error,
    "reset": _reset,
    "loop": _loop,
    "cut": _cut,
    "informational": _informational,
    "tiny-chunks": _tiny_chunks,
    "gzip-members": _gzip_members,
    "chunk-extensions": _chunk_extensions,
    "large-head": _large_head,
    "brotli-bomb": _brotli_bomb,
}
MISBEHAVING = tuple(KINDS)[tuple(KINDS).index("log") + 1 :]

_bodies: dict[str, bytes] = {}
_counts: dict[int, int] = {}
_asked: list[tuple[str, int, float]] = []


def _kept(name: str, make: Callable[[], bytes]) -> bytes:
    if name not in _bodies:
        _bodies[name] = make()
    return _bodies[name]


def _answer(connection: Connection, head: bytes) -> Answer:
    path, asked = canned.fields(head)
    if path == "/robots.txt":
        return Answer(raw=canned.response(404, {}, b"none"))
    asked["path"] = path
    _, kind, number = path.partition("?")[0].split("/")
    story = path.partition("?")[2]
    if kind == "page" and not story.isdigit():
        kind = "lured"
    if kind != "log":
        told = int(number) * STORIES + int(story) if kind == "page" else int(number)
        _asked.append((kind, told, time.time()))
    return KINDS["page" if kind == "lured" else kind](connection, int(number), asked)


async def _serve() -> None:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    listening.bind(("0.0.0.0", 0))
    server = await asyncio.get_running_loop().create_server(lambda: Connection(_answer), sock=listening, backlog=4_096)
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
