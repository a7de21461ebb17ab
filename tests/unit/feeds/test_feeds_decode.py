"""What the bounded decoder makes of bodies."""

import gzip
import random
import zlib
from contextlib import suppress

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FeedUnreadable
from bot.feeds.fetch.decode import BodyDecoder

LIMIT = 100_000


def decoder(coding: str, *, max_raw: int = LIMIT, max_decoded: int = LIMIT) -> BodyDecoder:
    return BodyDecoder(coding, host="x.example", max_raw=max_raw, max_decoded=max_decoded)


def decode(coding: str, body: bytes, step: int = 1_000) -> bytes:
    made = decoder(coding)
    for start in range(0, len(body), step):
        made.feed(body[start : start + step])
    return made.finish()


def bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKERS = [("", bytes), ("identity", bytes), ("gzip", gzip.compress), ("X-GZIP ", gzip.compress)]
PACKERS += [("deflate", zlib.compress), ("deflate", bare), ("br", brotli.compress)]
ZLIB = PACKERS[2:-1]


@pytest.mark.parametrize(("coding", "pack"), PACKERS)
@given(body=st.binary(max_size=5_000), step=st.sampled_from([1, 2, 7, 4_096]))
def test_what_was_packed_comes_out_as_it_was(coding: str, pack, body: bytes, step: int) -> None:
    """Every coding that is asked for gives the body back, in chunks of any size."""
    assert decode(coding, pack(body), step) == body


@given(parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4), step=st.sampled_from([1, 5, 4_096]))
def test_gzip_with_several_members_is_read_to_its_end(parts: list[bytes], step: int) -> None:
    """Members stand behind one another, as from a server that packs chunk by chunk (RFC 1952)."""
    assert decode("gzip", b"".join(gzip.compress(part) for part in parts), step) == b"".join(parts)


@pytest.mark.parametrize("rubbish", [b"\0" * 512, b"<!-- cached -->", b"\x1e\x8b\x08"])
@pytest.mark.parametrize(("coding", "pack"), ZLIB)
def test_rubbish_behind_the_end_is_passed_over(coding: str, pack, rubbish: bytes) -> None:
    """Padding behind a packed body does not spoil it."""
    assert decode(coding, pack(b"news") + rubbish) == b"news"


@pytest.mark.parametrize(("coding", "pack"), PACKERS[2:])
def test_a_packed_body_that_ends_too_early_is_cut_off(coding: str, pack) -> None:
    """A packed body without its end is refused at every length but none."""
    whole = pack(bytes(range(256)) * 4)
    for length in (1, 5, len(whole) // 2, len(whole) - 1):
        with pytest.raises(FeedUnreadable, match="cut off"):
            decode(coding, whole[:length])


@pytest.mark.parametrize("coding", ["zstd", "compress", "gzip, br", "gzip, gzip", "gzip\0"])
def test_a_coding_that_nobody_asked_for_is_refused(coding: str) -> None:
    """Only what Accept-Encoding names is read."""
    with pytest.raises(FeedUnreadable, match="not asked for"):
        decoder(coding)


@pytest.mark.parametrize(("coding", "pack"), PACKERS[2:])
def test_a_bomb_is_stopped_at_the_bound(coding: str, pack) -> None:
    """A body that unpacks beyond the bound is refused, and no more than the bound is ever held."""
    bomb = pack(bytes(20 * LIMIT))
    made = decoder(coding)
    with pytest.raises(FeedUnreadable, match="unpacks to more than"):
        made.feed(bomb)
    assert sum(map(len, (*made._parts, made._small))) <= LIMIT


def test_rubbish_behind_brotli_is_passed_over_where_it_comes_by_itself() -> None:
    """Brotli's library tells its end only between chunks."""
    packed = brotli.compress(b"news")
    made = decoder("br")
    made.feed(packed)
    made.feed(b"<!-- cached -->")
    assert made.finish() == b"news"
    with pytest.raises(FeedUnreadable, match="does not unpack"):
        decode("br", packed + b"<!-- cached -->")


@pytest.mark.parametrize("quality", [0, 5, 9])
@pytest.mark.parametrize("body", [random.Random(1).randbytes(90_000), b"<item>news</item>" * 5_000])  # noqa: S311
def test_brotli_gives_all_that_it_holds_back(quality: int, body: bytes) -> None:
    """It may swallow megabytes before it gives the first byte; all come out in the end, in any step."""
    assert decode("br", brotli.compress(body, quality=quality, lgwin=24), 65_536) == body


@pytest.mark.parametrize("step", [1, 70_000, 40_000])
def test_large_and_small_pieces_keep_their_order(step: int) -> None:
    """A body is whole and in order however it arrives."""
    body = bytes(range(250)) * 360
    made = decoder("")
    made.feed(body[:3])
    for start in range(3, len(body), step):
        made.feed(body[start : start + step])
    assert made.finish() == body


def test_a_bomb_of_many_members_is_stopped_too() -> None:
    """Each member is small, but their sum is what counts."""
    with pytest.raises(FeedUnreadable, match="unpacks to more than"):
        decode("gzip", gzip.compress(bytes(40_000)) * 3)


@pytest.mark.parametrize("coding", ["", "gzip", "deflate", "br"])
def test_more_raw_bytes_than_the_bound_are_refused(coding: str) -> None:
    """The raw bound holds for packed and plain bodies, to the byte."""
    made = decoder(coding, max_raw=10)
    with pytest.raises(FeedUnreadable, match="more than 10 bytes"):
        made.feed(gzip.compress(b"")[:11])


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
@given(body=st.binary(max_size=400))
def test_random_bytes_give_a_body_or_a_feed_error(coding: str, body: bytes) -> None:
    """No bytes make the decoder raise anything but FeedUnreadable."""
    with suppress(FeedUnreadable):
        assert len(decode(coding, body)) <= LIMIT


def test_an_empty_body_is_empty_in_any_coding() -> None:
    """Nothing unpacks to nothing."""
    assert decode("gzip", b"") == decode("deflate", b"") == decode("br", b"") == decode("", b"") == b""
