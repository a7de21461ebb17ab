"""What the parser and its child process say to each other over a pipe. Pure.

A job:    two lengths (network order), then JSON with the job's facts, then the body.
A reply:  JSON lines. The first is a `Head`: {"error": …} or {"entries": N, "feed": {…}}; N lines follow, an entry each.

JSON, for a child that read hostile bytes must not be able to make the parent run anything. Lines, so that the parent
holds one at a time beside the values that it makes of them.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from bot.model import Entry, Paragraph, ParsedFeed

JOB_HEAD = struct.Struct("!II")
MAX_LINE = 256 * 2**10  # bytes; an entry with the longest of texts takes less than three quarters of it
_NOTHING = ParsedFeed(title="", entries=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A body to read and what `body.parse_body` needs to know of it."""

    body: bytes
    content_type: str = ""
    base: str = ""
    now: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line of a reply. `error` is empty if the feed was read; `worn` asks for a fresh child.

    `entries` is how many lines follow; `feed` is what was read, but for them.
    """

    error: str = ""
    worn: bool = False
    entries: int = 0
    feed: ParsedFeed = _NOTHING


def pack_job(job: Job) -> bytes:
    """Return the bytes of a job but for its body, which goes behind them as it is."""
    return pack_facts({"content_type": job.content_type, "base": job.base, "now": job.now}, job.body)


def pack_facts(facts: Mapping[str, object], body: bytes) -> bytes:
    """Return the bytes of any job but for its body, which goes behind them as it is."""
    packed = json.dumps(facts).encode()
    return JOB_HEAD.pack(len(packed), len(body)) + packed


def unpack_job(facts: bytes, body: bytes) -> Job:
    """Return the job of its two parts."""
    return Job(body=body, **json.loads(facts))


def pack_reply(feed: ParsedFeed | None = None, *, error: str = "", worn: bool = False) -> Iterator[bytes]:
    """Return the lines of a reply, each with its end."""
    entries = feed.entries if feed else ()
    bare = replace(feed, entries=()) if feed else _NOTHING
    yield _line(asdict(Head(error=error, worn=worn, entries=len(entries), feed=bare)))
    for entry in entries:
        yield _line(asdict(entry))


def unpack_head(line: bytes) -> Head:
    """Read the first line. Raises ValueError or TypeError for what is none."""
    head = Head(**json.loads(line))
    if not isinstance(head.feed, dict) or not isinstance(head.entries, int):
        raise TypeError("no head of a reply")
    # JSON knows no tuples.
    feed = {name: tuple(value) if isinstance(value, list) else value for name, value in head.feed.items()}
    return replace(head, feed=ParsedFeed(**feed))


def unpack_entry(line: bytes) -> Entry:
    """Read a further line. Raises ValueError or TypeError for what is no entry."""
    found = {**json.loads(line)}
    found["paragraphs"] = tuple([Paragraph(*each) for each in found.get("paragraphs", ())])
    return Entry(**found)


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
