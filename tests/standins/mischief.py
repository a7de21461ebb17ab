"""What publishers do that they should not, by name: `MISCHIEF` is the table. Each is seen in the wild or an attack.

A prank either serves a whole answer of its own or changes the feed's body and lets it be served properly.
"""

import asyncio
import itertools
import re
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import brotli
from aiohttp import web

Serve = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]
Options = Mapping[str, str]

_RSS = "application/rss+xml; charset=UTF-8"
_PAGE = b"<!DOCTYPE html>\n<html><head><title>Be right back</title></head><body><p>Under repair.</p></body></html>"
_STEP = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Prank:
    """How one request is answered. `status` is what the client will see, 0 for nothing."""

    status: int = 200
    serve: Serve | None = None
    change: Callable[[bytes], bytes] | None = None


def _html_page(_: Options) -> Prank:
    return _fixed(_PAGE, "text/html; charset=utf-8")


def _empty_body(_: Options) -> Prank:
    return _fixed(b"", _RSS)


def _cut_body(_: Options) -> Prank:
    return Prank(change=lambda body: body[: len(body) * 2 // 3])


def _status(code: int, **headers: str) -> Callable[[Options], Prank]:
    """Answer with a status; the option `retry_after` becomes a header."""

    def prank(options: Options) -> Prank:
        extra = {"Retry-After": options["retry_after"]} if "retry_after" in options else {}

        async def serve(_: web.Request, __: bytes) -> web.StreamResponse:
            return web.Response(status=code, text="no feed", headers={**headers, **extra})

        return Prank(status=code, serve=serve)

    return prank


def _redirect(options: Options) -> Prank:
    code = int(options.get("status", "302"))

    async def serve(_: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(status=code, headers={"Location": options["to"]})

    return Prank(status=code, serve=serve)


def _redirect_loop(_: Options) -> Prank:
    numbers = itertools.count()

    async def serve(request: web.Request, _: bytes) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": f"{request.path}?round={next(numbers)}"})

    return Prank(status=302, serve=serve)


def _hang(_: Options) -> Prank:
    async def serve(_: web.Request, __: bytes) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    return Prank(status=0, serve=serve)


def _drip(_: Options) -> Prank:
    """Send a byte now and then, so that no limit on single reads ever strikes."""

    async def serve(request: web.Request, body: bytes) -> web.StreamResponse:
        response = await _begun(request)
        for byte in body:
            await response.write(bytes([byte]))
            await asyncio.sleep(0.05)
        return response

    return Prank(serve=serve)


def _endless_body(_: Options) -> Prank:
    async def serve(request: web.Request, body: bytes) -> web.StreamResponse:
        response = await _begun(request)
        await response.write(body.partition(b"</channel>")[0])
        while True:
            await response.write(b"<!-- more -->" * 1_000)

    return Prank(serve=serve)


def _gzip_bomb(_: Options) -> Prank:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(_STEP)) for _ in range(16 * 200)) + packer.flush()  # 200 MiB in 200 kB

    async def serve(_: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Type": _RSS, "Content-Encoding": "gzip"})

    return Prank(serve=serve)


def _brotli_bomb(_: Options) -> Prank:
    packer = brotli.Compressor(quality=5, lgwin=24)
    packed = b"".join(packer.process(bytes(_STEP)) for _ in range(16 * 200)) + packer.finish()  # 200 MiB in 200 bytes

    async def serve(_: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Type": _RSS, "Content-Encoding": "br"})

    return Prank(serve=serve)


def _huge_body(_: Options) -> Prank:
    """Promise 200 MB, and send them."""
    size = 200_000_000

    async def serve(request: web.Request, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": _RSS, "Content-Length": str(size)})
        await response.prepare(request)
        await response.write(body)
        for start in range(len(body), size, _STEP):
            await response.write(b" " * min(_STEP, size - start))
        return response

    return Prank(serve=serve)


def _wrong_length(_: Options) -> Prank:
    """Promise more bytes than come."""

    async def serve(request: web.Request, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": _RSS, "Content-Length": str(len(body) + 100)})
        response.force_close()
        await response.prepare(request)
        await response.write(body)
        if request.transport is not None:
            request.transport.close()
        return response

    return Prank(serve=serve)


def _connection_reset(_: Options) -> Prank:
    async def serve(request: web.Request, _: bytes) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    return Prank(status=0, serve=serve)


def _not_gzip(_: Options) -> Prank:
    async def serve(_: web.Request, body: bytes) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Type": _RSS, "Content-Encoding": "gzip"})

    return Prank(serve=serve)


def _duplicate_entries(_: Options) -> Prank:
    return Prank(change=lambda body: re.sub(rb"<item>.*?</item>", rb"\g<0>\n\g<0>", body, flags=re.DOTALL))


def _changed_guids(_: Options) -> Prank:
    """Let every entry have another guid at each request, as some content systems do after an update."""
    numbers = itertools.count(1)
    return Prank(change=lambda body: body.replace(b"</guid>", b"?v=%d</guid>" % next(numbers)))


def _entity_bomb(_: Options) -> Prank:
    body = b'<!DOCTYPE rss [<!ENTITY a "%s">]><rss version="2.0"><channel>' % (b"a" * 500_000)
    return _fixed(body + b"<title>&a;</title>" * 90 + b"</channel></rss>", _RSS)


# Bodies that are slow to parse, or were in some version of the parser.


def _many_attributes(_: Options) -> Prank:
    attributes = b" ".join(b'a%d="1"' % number for number in range(60_000))
    return Prank(change=lambda body: body.replace(b"<item>", b"<item " + attributes + b">", 1))


def _unclosed_comments(_: Options) -> Prank:
    return Prank(change=lambda body: body.replace(b"<item>", b"<!--" * 100_000 + b"<item>", 1))


def _long_author(_: Options) -> Prank:
    return Prank(change=lambda body: body.replace(b"<item>", b"<item><author>%s</author>" % (b"a" * 100_000), 1))


def _many_items(_: Options) -> Prank:
    """Send four megabytes of small items: not one of them costs anything by itself."""
    items = b"<item><title>a</title><guid>1</guid></item>" * 100_000
    return Prank(change=lambda body: body.replace(b"<item>", items + b"<item>", 1))


def _deep_json(_: Options) -> Prank:
    """Nest a JSON Feed deeper than any stack."""
    head = b'{"version":"https://jsonfeed.org/version/1.1","items":'
    return _fixed(head + b"[" * 900_000 + b"]" * 900_000 + b"}", "application/feed+json")


# What costs whoever reads HTTP.


def _informational(_: Options) -> Prank:
    """Say "go on" without end, and never answer."""

    async def serve(request: web.Request, _: bytes) -> web.StreamResponse:
        assert request.transport is not None
        while not request.transport.is_closing():
            request.transport.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1_000)
            await asyncio.sleep(0)
        return web.Response()

    return Prank(status=0, serve=serve)


def _tiny_chunks(_: Options) -> Prank:
    """Send a byte a chunk, all at once."""

    async def serve(request: web.Request, body: bytes) -> web.StreamResponse:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nTransfer-Encoding: chunked\r\n\r\n"
        return await _raw(request, head + b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n")

    return Prank(serve=serve)


def _chunk_extensions(_: Options) -> Prank:
    """Send little in chunks that say much of themselves, without end."""

    async def serve(request: web.Request, _: bytes) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not request.transport.is_closing():
            request.transport.write(b"1;a=%b\r\n \r\n" % (b"x" * 1_000) * 100)
            await asyncio.sleep(0)
        return web.Response()

    return Prank(serve=serve)


def _gzip_members(_: Options) -> Prank:
    """Send 100,000 members of gzip with nothing in them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = packer.flush() * 100_000

    async def serve(_: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Type": _RSS, "Content-Encoding": "gzip"})

    return Prank(serve=serve)


async def _raw(request: web.Request, answer: bytes) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.write(answer)
    while request.transport is not None and request.transport.get_write_buffer_size():  # noqa: ASYNC110  # no event of it
        await asyncio.sleep(0)
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _fixed(body: bytes, content_type: str) -> Prank:
    async def serve(_: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Type": content_type})

    return Prank(serve=serve)


async def _begun(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": _RSS})
    await response.prepare(request)
    return response


MISCHIEF: Mapping[str, Callable[[Options], Prank]] = {
    "html page": _html_page,
    "empty body": _empty_body,
    "cut body": _cut_body,
    "not found": _status(404),
    "gone": _status(410),
    "too many requests": _status(429),
    "server error": _status(500),
    "unavailable": _status(503),
    "unasked 304": _status(304),
    "redirect": _redirect,
    "redirect loop": _redirect_loop,
    "hang": _hang,
    "drip": _drip,
    "endless body": _endless_body,
    "gzip bomb": _gzip_bomb,
    "brotli bomb": _brotli_bomb,
    "huge body": _huge_body,
    "not gzip": _not_gzip,
    "wrong length": _wrong_length,
    "connection reset": _connection_reset,
    "duplicate entries": _duplicate_entries,
    "changed guids": _changed_guids,
    "entity bomb": _entity_bomb,
    "many attributes": _many_attributes,
    "unclosed comments": _unclosed_comments,
    "long author": _long_author,
    "many items": _many_items,
    "deep json": _deep_json,
    "informational": _informational,
    "tiny chunks": _tiny_chunks,
    "chunk extensions": _chunk_extensions,
    "gzip members": _gzip_members,
}
