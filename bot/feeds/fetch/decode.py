"""The bounded decoder: from the bytes of an HTTP body, packed by gzip, deflate or brotli or plain, to at most so many.

A few kilobytes can unpack to gigabytes, so no step unpacks more than what the bound still lets in. Pure.

A step cannot be made small: brotli fills its window, of up to 16 MiB, before it gives the first byte. So what is packed
is for a thread; the libraries let others run meanwhile.
"""

import zlib

import brotli

from bot.errors import FeedTooLarge, FeedUnreadable

_GZIP, _ZLIB, _BARE = zlib.MAX_WBITS | 16, zlib.MAX_WBITS, -zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_CODINGS = {"": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "br": "br"}
MEMBERS = 1_000
"""Members of one gzip body (RFC 1952 §2.2). A server that packs chunk by chunk makes one each; most make one."""
_STEP = 65_536  # bytes of output after which brotli pauses (it gives half as much again at most), and of a whole part


class BodyDecoder:
    """Takes a body chunk by chunk and gives it whole. Sizes are in bytes; `host` is for the messages."""

    def __init__(self, coding: str, *, host: str, max_raw: int, max_decoded: int) -> None:
        """Take the value of Content-Encoding (RFC 9110 §8.4). Raises FeedUnreadable for a coding nobody asked for."""
        known = _CODINGS.get(coding.strip().lower())
        if known is None:
            raise FeedUnreadable(f"{host} sent the feed in a coding that was not asked for ({coding[:40]!r})")
        self._coding = known
        self._host = host
        self._max_raw = max_raw
        self._max_decoded = max_decoded
        self._raw = 0
        self._parts: list[bytes] = []  # one growing buffer would be copied as it grows, and so lie here twice
        self._small = bytearray()  # what came in pieces too small to be parts
        self._decoded = 0
        self._waiting = b""
        self._members = 1
        self._inflater = zlib.decompressobj(_GZIP) if known == "gzip" else None
        self._brotli = brotli.Decompressor() if known == "br" else None
        self._rubbish = False

    @property
    def is_packed(self) -> bool:
        """Whether what comes is to be unpacked."""
        return bool(self._coding)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes. Raises FeedUnreadable when a bound is passed or the bytes do not unpack."""
        self._raw += len(chunk)
        if self._raw > self._max_raw:
            raise FeedTooLarge(f"{self._host} sent more than {_size(self._max_raw)}; that is no feed to poll")
        if not self._coding:
            self._keep(chunk)
            return
        if self._brotli is not None:
            self._unbrotli(self._brotli, chunk)
            return
        if self._inflater is None:  # deflate: the first two bytes tell which kind
            self._waiting, chunk = self._waiting + chunk, b""
            if len(self._waiting) >= 2:
                self._inflater = zlib.decompressobj(_ZLIB if _has_zlib_head(self._waiting) else _BARE)
                self._waiting, chunk = b"", self._waiting
        while chunk and not self._rubbish:
            chunk = self._inflate(chunk)

    def finish(self) -> bytes:
        """Return the whole body. Raises FeedUnreadable if it ended too early."""
        ended = self._inflater.eof if self._inflater else self._brotli.is_finished() if self._brotli else True
        if self._waiting or (self._raw and not ended):
            raise FeedUnreadable(f"the packed feed of {self._host} is cut off")
        self._inflater = self._brotli = None  # a window of up to 16 MiB is not needed beside the body
        return b"".join((*self._parts, self._small))

    def _inflate(self, chunk: bytes) -> bytes:
        """Unpack what fits, and give the bytes that are still to be unpacked."""
        assert self._inflater is not None
        if self._inflater.eof:  # another member may follow (RFC 1952 §2.2); anything else behind the end is rubbish
            if self._coding != "gzip" or not _GZIP_MAGIC.startswith(chunk[:2]):
                self._rubbish = True
                return b""
            self._members += 1
            if self._members > MEMBERS:
                raise FeedUnreadable(f"the feed of {self._host} is packed in more than {MEMBERS:,} pieces")
            self._inflater = zlib.decompressobj(_GZIP)
        try:
            self._keep(self._inflater.decompress(chunk, self._max_decoded - self._decoded + 1))
        except zlib.error as error:
            raise FeedUnreadable(f"the packed feed of {self._host} does not unpack") from error
        return self._inflater.unconsumed_tail or self._inflater.unused_data

    def _unbrotli(self, unpacker: "brotli.Decompressor", chunk: bytes) -> None:
        """Unpack a chunk step by step. What comes behind the end, in chunks of its own, is rubbish."""
        while not unpacker.is_finished():
            try:
                step = unpacker.process(chunk, output_buffer_limit=_STEP)
            except brotli.error as error:
                raise FeedUnreadable(f"the packed feed of {self._host} does not unpack") from error
            self._keep(step)
            chunk = b""
            if not step and unpacker.can_accept_more_data():  # it may take all input and still hold output back
                return

    def _keep(self, decoded: bytes) -> None:
        self._decoded += len(decoded)
        if self._decoded > self._max_decoded:
            raise FeedTooLarge(f"the feed of {self._host} unpacks to more than {_size(self._max_decoded)}")
        self._small += decoded if len(decoded) < _STEP else b""
        if self._small and (len(self._small) >= _STEP or len(decoded) >= _STEP):
            self._parts.append(bytes(self._small))
            self._small.clear()
        if len(decoded) >= _STEP:
            self._parts.append(decoded)


def _has_zlib_head(body: bytes) -> bool:
    """Distinguish zlib-framed deflate (RFC 1950) from the bare stream that some servers send (RFC 9110 §8.4.1.2)."""
    return body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0


def _size(count: int) -> str:
    return f"{count / 2**20:g} MiB" if count >= 2**20 else f"{count} bytes"
