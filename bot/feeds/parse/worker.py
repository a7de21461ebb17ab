"""The child process that reads feeds: `python -m bot.feeds.parse.worker`. Jobs come on stdin, replies go to stdout.

It lives under limits, has nothing worth stealing, and ends when its parent does (stdin ends). Only `child` starts it.
"""

import math
import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from bot.errors import FeedError
from bot.feeds.parse.body import parse_body
from bot.feeds.parse.wire import JOB_HEAD, Job, pack_reply, unpack_job

MAX_MEMORY = 256 * 2**20  # bytes of address space; a feed of 8 MiB needs half of it
MAX_CPU = 5  # seconds for one job; the parent's patience ends earlier unless the machine is busy
NICE = 5  # reading gives way to telling, where the machine has too little of both
READY = b"\n"  # the line that says that jobs may come
WORN = 40 * 2**20  # bytes of resident memory after which a fresh process is cheaper to keep than this one


def main() -> None:
    """Read jobs until stdin ends."""
    # Ctrl-C and `systemctl stop` are the parent's to answer; this process ends when the parent lets go of stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)
    jobs, replies = sys.stdin.buffer, sys.stdout.buffer
    try:
        _send(replies, (READY,))
        while (job := _next_job(jobs)) is not None:
            _allow_cpu(MAX_CPU)
            _send(replies, _reply(job))
    except (MemoryError, BrokenPipeError):
        os._exit(1)  # nothing to tidy, and no memory to do it in


def _reply(job: Job) -> Iterator[bytes]:
    try:
        feed = parse_body(job.body, job.content_type, base=job.base, now=job.now)
    except FeedError as error:
        return pack_reply(error=str(error), worn=_is_worn())
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # a slip of ours costs this feed, and no traceback in the log
        return pack_reply(error=f"the feed cannot be read ({type(error).__name__})", worn=True)
    return pack_reply(feed, worn=_is_worn())


def _next_job(jobs: BinaryIO) -> Job | None:
    head = jobs.read(JOB_HEAD.size)
    if len(head) < JOB_HEAD.size:
        return None
    facts_length, body_length = JOB_HEAD.unpack(head)
    facts = jobs.read(facts_length)
    body = jobs.read(body_length)
    return unpack_job(facts, body) if len(body) == body_length else None


def _send(replies: BinaryIO, lines: Iterable[bytes]) -> None:
    replies.writelines(lines)
    replies.flush()


def _allow_cpu(seconds: int) -> None:
    """Give the next job `seconds` of CPU time. The limit counts from the start of the process (setrlimit(2))."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _is_worn() -> bool:
    """Return whether this process has grown for good. Freed memory seldom goes back to the system."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]  # proc(5): resident pages
    except OSError:
        return False
    return int(pages) * resource.getpagesize() > WORN


if __name__ == "__main__":
    main()
