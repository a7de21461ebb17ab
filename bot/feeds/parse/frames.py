"""What the parser and its child process say to each other over a pipe. Pure.

A job:    two lengths (network order), then JSON with the job's facts, then the body.
A reply:  one length, then JSON lines. The first is {"error": …} or {"title": …}; each further line is an entry.

JSON, for a child that read hostile bytes must not be able to make the parent run anything.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from bot.model import Entry, ParsedFeed

JOB_HEAD = struct.Struct("!II")
REPLY_HEAD = struct.Struct("!I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A body to read and what `parse.parse_body` needs to know of it."""

    body: bytes
    content_type: str = ""
    base: str = ""
    now: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The first line of a reply. `error` is empty if the feed was read; `worn` asks for a fresh child."""

    error: str = ""
    title: str = ""
    worn: bool = False


def pack_job(job: Job) -> bytes:
    """Give the bytes of a job."""
    facts = json.dumps({"content_type": job.content_type, "base": job.base, "now": job.now}).encode()
    return JOB_HEAD.pack(len(facts), len(job.body)) + facts + job.body


def unpack_job(facts: bytes, body: bytes) -> Job:
    """Give the job of its two parts."""
    return Job(body=body, **json.loads(facts))


def pack_reply(head: Head, feed: ParsedFeed | None = None) -> bytes:
    """Give the bytes of a reply."""
    lines = [json.dumps(asdict(head))]
    lines += [json.dumps(asdict(entry)) for entry in (feed.entries if feed else ())]
    payload = "\n".join(lines).encode()
    return REPLY_HEAD.pack(len(payload)) + payload


def unpack_reply(payload: bytes) -> tuple[Head, Iterator[Entry]]:
    """Give the first line, and the entries one by one. Raises ValueError or TypeError for what is no reply."""
    first, *rest = payload.split(b"\n")
    return Head(**json.loads(first)), (Entry(**json.loads(line)) for line in rest)
