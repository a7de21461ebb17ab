"""Throws bytes at all that reads what publishers send: ./run drill fuzz [--minutes 10] [--seed N] [--own] [TARGET …].

Targets: `body` (whole feeds, as `parse_body` is given them), `outline`, `charset`, `mend`, `decode` (packed bodies).
Each input gives values that are clean, or FeedUnreadable, and nothing else. What takes feedparser long is cut by an
alarm and counted, for in the bot its process is killed; what takes the rest of the house long is a breach.

With atheris (`.venv/bin/pip install atheris`) the inputs are led by what code they reach, and one target is tried,
`body` if none is named. Without it, or with --own, they are mutations of a few feeds, the same for the same seed. At
the first breach its input is written to a file, and the exit code is not 0.
"""

import argparse
import gzip
import random
import resource
import signal
import sys
import tempfile
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import brotli

with warnings.catch_warnings():
    try:
        import atheris
    except ImportError:
        atheris = None
if atheris is not None and __name__ == "__main__" and "--own" not in sys.argv:
    with atheris.instrument_imports(include=["bot.feeds", "bot.text", "feedparser"]):
        from bot.feeds.parse import body as _instrumented  # noqa: F401

from bot.demo.publisher import render
from bot.demo.story import HISTORY
from bot.errors import FeedUnreadable
from bot.feeds.charset import as_utf8
from bot.feeds.fetch.decode import BodyDecoder
from bot.feeds.parse.body import parse_body
from bot.feeds.parse.hints import MAX_WISH
from bot.feeds.parse.mend import mended
from bot.feeds.parse.outline import check_outline
from bot.model import ParsedFeed

FORMATS = Path(__file__).resolve().parents[1] / "unit/feeds/formats"
NOW = 1_582_900_000.0
PATIENCE = 4.0  # seconds for feedparser, as in the bot
OURS = 1.0  # seconds for everything else
LARGEST = 200_000
MEMORY = 2 * 2**30
TYPES = ("", "text/xml", "application/xml; charset=utf-8", "text/xml; charset=windows-1251", "x; charset=utf-16")
CODINGS = ("gzip", "deflate", "br", "")
# fmt: off
PIECES = (
    b"<", b">", b"</", b"/>", b"&", b";", b"&#", b"&#x", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<!DOCTYPE", b"[",
    b"<?", b"?>", b"<?xml encoding='\xa5\x1d'?>", b"encoding='utf-7'", b"encoding='zip'", b"\0", b"\xff\xfe",
    b"\xef\xbb\xbf", b"<item>", b"</item>", b"<entry>", b"<title>", b"<link>", b"<link rel='hub' href='http://['/>",
    b"<guid>", b"<svg>", b"<math>", b"<hour>", b"<day>", b"<ttl>", b"<image>", b"<source>", b"<author>", b"<pubDate>",
    b"<description/>", b"<media:description>", b"<content type='xhtml'>", b"<summary mode='base64'>",
    b"xml:base='http://['", b"xmlns:a='b'", b"xmlns='http://www.w3.org/2005/Atom'", b"<rss>", b"</rss>", b"<feed>",
    b"</feed>", b"</channel>", b"&eacute;", b"<g:point xmlns:g='http://www.georss.org/georss'>a b</g:point>",
    b"<itunes:explicit>", b"<media:thumbnail>", b"<category/>", b"<tags>", b"<enclosure/>", b"<textinput>", b"<name>",
    b"<width>x", b"<cloud/>", b"<psc:chapter/>", b'"', b"'", b"{", b"}", b"[", b"]", b",", b":", b"null", b"1e999",
    b"NaN", b'"\\ud800"', b'"items":', b"\xd0", b"\xe2\x80",
)
# fmt: on


class _TooSlow(BaseException):
    """The alarm. No Exception, so that nothing on the way takes it for an error of its own."""


def fuzz_body(data: bytes) -> str:
    """Read a whole feed and check its values."""
    kind = data[0] % len(TYPES) if data else 0
    try:
        found = parse_body(data[1:], TYPES[kind], base="https://x.example/feed" if kind else "", now=NOW)
    except FeedUnreadable:
        return "refused"
    except MemoryError:  # in the bot the child dies of it
        return "hungry"
    check_clean(found)
    return "read"


def fuzz_outline(data: bytes) -> str:
    """Tell the outline of any bytes."""
    try:
        found = check_outline(data)
    except FeedUnreadable:
        return "refused"
    assert 0 <= found.start < found.end <= len(data)
    return "passed"


def fuzz_charset(data: bytes) -> str:
    """Bring any bytes to UTF-8."""
    text = as_utf8(data[1:], TYPES[data[0] % len(TYPES)] if data else "").decode()
    assert "\0" not in text
    return "decoded"


def fuzz_mend(data: bytes) -> str:
    """Mend any bytes; once mended there is nothing left to mend."""
    once = mended(data)
    assert mended(once) == once
    return "mended" if once != data else "left"


def fuzz_decode(data: bytes) -> str:
    """Unpack any bytes, in pieces, within a bound."""
    kind = data[0] if data else 0
    decoder = BodyDecoder(CODINGS[kind % len(CODINGS)], host="x", max_raw=LARGEST, max_decoded=LARGEST)
    step = 1 + kind // len(CODINGS) * 16
    try:
        for start in range(1, len(data), step):
            decoder.feed(data[start : start + step])
        body = decoder.finish()
    except FeedUnreadable:
        return "refused"
    assert len(body) <= LARGEST
    return "unpacked"


TARGETS: Mapping[str, Callable[[bytes], str]] = {
    "body": fuzz_body,
    "outline": fuzz_outline,
    "charset": fuzz_charset,
    "mend": fuzz_mend,
    "decode": fuzz_decode,
}


def check_clean(feed: ParsedFeed) -> None:
    """Check that a feed is what `model.ParsedFeed` promises."""
    assert feed.wish is None or 0 < feed.wish <= MAX_WISH
    assert set(feed.skip_hours) < set(range(24))
    assert set(feed.skip_days) < set(range(7))
    assert len(feed.hubs) <= 4
    for link in (feed.link, feed.topic, *feed.hubs, *(entry.link for entry in feed.entries)):
        assert link == "" or link.lower().startswith(("http://", "https://"))
        assert not set(link) & set(" \t\r\n\0")
    for entry in feed.entries:
        for text in (entry.guid, entry.title, entry.summary, entry.author, entry.lang):
            text.encode()  # no lone surrogates
            assert "\n" not in text
            assert "\0" not in text
            assert len(text) <= 5_000


def once(target: str, data: bytes) -> str:
    """Try one input and say how it went. Raises what must not be."""
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    began = time.thread_time()
    try:
        how = TARGETS[target](data)
    except _TooSlow:
        if target != "body":
            raise
        how = "slow"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    took = time.thread_time() - began
    assert target == "body" or took < OURS, f"{target} took {took:.1f} s"
    return f"{target} {how}"


def _ring(*_: object) -> None:
    raise _TooSlow


def corpus(target: str) -> list[bytes]:
    """Give good inputs to begin with."""
    feeds = [path.read_bytes() for path in sorted(FORMATS.iterdir()) if path.suffix in {".xml", ".json"}]
    feeds += [render("The Times", HISTORY[:2], NOW), feeds[0].decode().encode("utf-16")]
    if target == "decode":
        packed = [
            pack(feed[:3_000]) for feed in feeds[:4] for pack in (gzip.compress, zlib.compress, brotli.compress, bytes)
        ]
        return [bytes([number % 4]) + one for number, one in enumerate(packed)]
    return [b"\0" + feed for feed in feeds] if target in {"body", "charset"} else feeds


def mutated(good: list[bytes], dice: random.Random) -> bytes:
    """Change a good input in a few places."""
    data = bytearray(dice.choice(good))
    for _ in range(dice.randrange(1, 9)):
        place = dice.randrange(len(data) + 1)
        match dice.randrange(7):
            case 0:
                data[place:place] = dice.choice(PIECES)
            case 1:
                data[place:place] = dice.choice(PIECES) * dice.choice((2, 10, 300))
            case 2:
                del data[place : place + dice.choice((1, 3, 40, 500))]
            case 3 if place < len(data):
                data[place] = dice.randrange(256)
            case 4:
                other = dice.choice(good)
                start = dice.randrange(len(other))
                data[place:place] = other[start : start + dice.choice((10, 100, 1_000))]
            case 5:
                tag = data.find(b"<", place)
                data[tag if tag >= 0 else place : place] = b""
                data[place:place] = dice.choice(PIECES)
            case _:
                data[place:place] = dice.randbytes(dice.randrange(1, 6))
    return bytes(data[:LARGEST])


def told(target: str, data: bytes, error: BaseException) -> None:
    """Say what was found and keep its input."""
    with tempfile.NamedTemporaryFile(prefix=f"fuzz-{target}-", suffix=".bin", delete=False) as file:
        file.write(data)
    print(f"{target}: {type(error).__name__}: {error}; the input is in {file.name}")


def own(targets: list[str], seconds: float, seed: int) -> tuple[Counter[str], int]:
    """Mutate until the time is over. Returns how the inputs went, and how many breaches there were (one ends it)."""
    dice = random.Random(seed)  # noqa: S311  # chance, not secrecy
    good = {target: corpus(target) for target in targets}
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        target = dice.choice(targets)
        data = mutated(good[target], dice)
        try:
            counts[once(target, data)] += 1
        except (Exception, _TooSlow) as error:  # noqa: BLE001  # it is what the drill looks for
            told(target, data, error)
            return counts, 1
    return counts, 0


def led(target: str, seconds: float, seed: int) -> None:
    """Let atheris choose the inputs. Ends the process."""

    def try_one(data: bytes) -> None:
        try:
            once(target, data)
        except (Exception, _TooSlow) as error:
            told(target, data, error)
            raise

    with tempfile.TemporaryDirectory() as folder:
        for number, good in enumerate(corpus(target)):
            Path(folder, str(number)).write_bytes(good)
        limits = [
            f"-max_total_time={seconds:.0f}",
            f"-seed={seed}",
            f"-max_len={LARGEST}",
            "-timeout=60",
            f"-artifact_prefix={folder}/",
            "-rss_limit_mb=2048",
        ]
        atheris.Setup([sys.argv[0], *limits, "-verbosity=0", "-print_final_stats=1", folder], try_one)
        atheris.Fuzz()


def main() -> int:
    """Run the drill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--own", action="store_true", help="do without atheris")
    parser.add_argument("targets", nargs="*", metavar="TARGET", default=[])
    given = parser.parse_args()
    if unknown := set(given.targets) - set(TARGETS):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    signal.signal(signal.SIGVTALRM, _ring)
    warnings.simplefilter("ignore")
    if atheris is not None and not given.own:
        led((given.targets or ["body"])[0], given.minutes * 60, given.seed)
    if atheris is None:
        print("atheris is not installed (.venv/bin/pip install atheris); the drill's own mutations are used")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    counts, breaches = own(given.targets or list(TARGETS), given.minutes * 60, given.seed)
    print(", ".join(f"{how}: {number}" for how, number in sorted(counts.items())))
    print(f"{counts.total()} inputs, {breaches} breaches")
    return min(breaches, 1)


if __name__ == "__main__":
    sys.exit(main())
