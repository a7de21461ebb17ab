"""The loop of a child process that reads what others wrote: jobs come on stdin, replies go to stdout.

It lives under limits, has nothing worth stealing, and ends when its parent does (stdin ends). Only `process` starts
one.
"""

import math
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from bot.feeds.parse.wire import JOB_HEAD

MAX_CPU = 5  # seconds for one job; the parent's patience ends earlier unless the machine is busy
NICE = 5  # reading gives way to telling, where the machine has too little of both
READY = b"\n"  # the line that says that jobs may come

Answer = Callable[[bytes, bytes], Iterable[bytes]]
"""Does one job: from its facts, in JSON, and its body to the lines of its reply."""


def serve(answer: Answer, *, memory: int) -> None:
    """Do jobs until stdin ends, within so many bytes of address space."""
    # Ctrl-C and `systemctl stop` are the parent's to answer; this process ends when the parent lets go of stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICE)
    jobs, replies = sys.stdin.buffer, sys.stdout.buffer
    try:
        _send(replies, (READY,))
        while (job := _next_job(jobs)) is not None:
            allow_cpu(MAX_CPU)
            _send(replies, answer(*job))
    except (MemoryError, BrokenPipeError):
        os._exit(1)  # nothing to tidy, and no memory to do it in


def allow_cpu(seconds: int) -> None:
    """Give the next job `seconds` of CPU time. The limit counts from the start of the process (setrlimit(2))."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def is_worn(resident: int) -> bool:
    """Return whether this process has grown beyond so many bytes for good. Freed memory seldom goes back."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]  # proc(5): resident pages
    except OSError:
        return False
    return int(pages) * resource.getpagesize() > resident


def _next_job(jobs: BinaryIO) -> tuple[bytes, bytes] | None:
    head = jobs.read(JOB_HEAD.size)
    if len(head) < JOB_HEAD.size:
        return None
    facts_length, body_length = JOB_HEAD.unpack(head)
    facts = jobs.read(facts_length)
    body = jobs.read(body_length)
    return (facts, body) if len(body) == body_length else None


def _send(replies: BinaryIO, lines: Iterable[bytes]) -> None:
    replies.writelines(lines)
    replies.flush()
