"""The parser in its child process: what happens when a body is a trap, a child dies or a caller leaves."""

import asyncio
import math
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

import bot
from bot.demo.bell import PATIENCE
from bot.demo.publisher import render
from bot.demo.story import HISTORY
from bot.errors import FeedError, FeedUnreadable
from bot.feeds.parse import limited, worker
from bot.feeds.parse.child import ChildParser
from bot.feeds.parse.process import _environment
from bot.feeds.parse.wire import Job, pack_job, pack_reply, unpack_entry, unpack_head, unpack_job
from bot.model import Entry, ParsedFeed

NOW = 1_582_900_000.0
GOOD = render("The Moscow Times", HISTORY[:3], NOW)
SLOW = b"<rss " + b" ".join(b'a%d="1"' % n for n in range(20_000)) + b"></rss>"  # two seconds of feedparser


@pytest.fixture
async def parser() -> AsyncIterator[ChildParser]:
    made = ChildParser(deadline=PATIENCE, clock=lambda: NOW)
    yield made
    await made.close()


def titles(feed: ParsedFeed) -> list[str]:
    return [entry.title for entry in feed.entries]


def pids(parser: ChildParser) -> list[int]:
    """The children that run."""
    return sorted(child.process.pid for child in parser._running)


async def stuck(parser: ChildParser, base: str = "") -> asyncio.Task[ParsedFeed]:
    """Return a job under way that its child, the one that waits for work, will never do: it is stopped."""
    (child,) = parser._idle
    child.process.send_signal(signal.SIGSTOP)
    job = asyncio.create_task(parser.parse(GOOD, "", base))
    while child in parser._idle:  # noqa: ASYNC110  # some turns of the loop
        await asyncio.sleep(0)
    return job


EXPECTED = [item.title for item in HISTORY[:3]]


async def test_a_feed_comes_back_from_the_child_as_it_was_read(parser) -> None:
    """Values cross the pipe unharmed, and one child serves many jobs."""
    await parser.start()
    (pid,) = pids(parser)
    for _ in range(3):
        assert titles(await parser.parse(GOOD, "application/rss+xml")) == EXPECTED
    assert pids(parser) == [pid]


async def test_a_job_that_comes_while_a_child_is_started_ahead_takes_that_one(parser) -> None:
    """A bot's first poll comes before its parser is ready."""
    starting = asyncio.create_task(parser.start())
    await asyncio.sleep(0)
    assert titles(await parser.parse(GOOD, "application/rss+xml")) == EXPECTED
    await starting
    assert len(pids(parser)) == 1


async def test_the_address_and_the_clock_reach_the_child(parser) -> None:
    """Relative links are resolved against the feed's address, and dates are judged by the parent's clock."""
    item = "<item><link>/a</link><pubDate>{}</pubDate></item>"
    body = "<rss><channel>" + item.format("2020-02-28") + item.format("2020-03-05") + "</channel></rss>"
    entries = (await parser.parse(body.encode(), "", "https://x.example/rss")).entries
    assert [entry.link for entry in entries] == ["https://x.example/a"] * 2
    assert [entry.published for entry in entries] == [1_582_848_000.0, None]


async def test_what_the_child_cannot_read_is_told_in_its_words(parser) -> None:
    """Errors cross the pipe, and the child goes on."""
    with pytest.raises(FeedUnreadable, match="this is a web page"):
        await parser.parse(b"<html></html>", "text/html")
    assert titles(await parser.parse(GOOD, "")) == EXPECTED


async def test_a_body_that_takes_too_long_is_cut_short() -> None:
    """At the deadline the child is killed and the job fails; the next is read by a fresh one."""
    parser = ChildParser(deadline=0.5)
    await parser.start()
    (pid,) = pids(parser)
    with pytest.raises(FeedUnreadable, match=r"takes longer than 0\.5 s"):
        await parser.parse(SLOW * 8, "")
    assert pid not in pids(parser)
    parser._deadline = PATIENCE
    assert titles(await parser.parse(GOOD, "")) == EXPECTED
    await parser.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_while_a_body_takes_long_others_go_on(parser) -> None:
    """Other jobs are read by a second child."""
    await parser.start()
    slow = await stuck(parser)
    good = [asyncio.create_task(parser.parse(GOOD, "")) for _ in range(3)]
    assert [titles(await job) for job in good] == [EXPECTED] * 3
    assert not slow.done()
    await parser.close()
    with pytest.raises(FeedUnreadable):
        await slow


async def test_feeds_that_were_slow_before_never_hold_both_children(parser) -> None:
    """Two bodies that were slow come again, and the feeds that behave are read at once."""
    await parser.start()
    addresses = [f"https://slow{number}.example/" for number in range(2)]
    for address in addresses:
        parser._remember_slow(address)
    slow = [await stuck(parser, addresses[0]), asyncio.create_task(parser.parse(GOOD, "", addresses[1]))]
    for _ in range(2):
        assert titles(await parser.parse(GOOD, "", "https://x.example/")) == EXPECTED
    assert not any(job.done() for job in slow)
    await parser.close()
    assert all(isinstance(how, FeedUnreadable) for how in await asyncio.gather(*slow, return_exceptions=True))


async def test_a_feed_that_overran_is_remembered_as_slow() -> None:
    """So that next time it waits for the others of its kind."""
    parser = ChildParser(deadline=0.5)
    with pytest.raises(FeedUnreadable, match="takes longer"):
        await parser.parse(SLOW * 8, "", "https://slow.example/")
    assert list(parser._slow) == ["https://slow.example/"]
    await parser.close()


async def test_a_slow_feed_that_got_well_is_like_any_other(parser) -> None:
    """One whole answer, and the feed waits for nobody."""
    parser._remember_slow("https://x.example/")
    assert titles(await parser.parse(GOOD, "", "https://x.example/")) == EXPECTED
    assert parser._slow == {}


async def test_a_second_child_ends_when_it_has_no_work() -> None:
    """Two jobs at a time take two children; a while later there is one again, and it still reads."""
    parser = ChildParser(deadline=PATIENCE, idle=0.05)
    seen = []

    async def read() -> None:
        await parser.parse(GOOD, "")
        seen.append(len(pids(parser)))

    await asyncio.gather(*(read() for _ in range(6)))
    assert max(seen) == 2
    async with asyncio.timeout(PATIENCE):
        while len(pids(parser)) == 2:  # noqa: ASYNC110  # a timer of the parser's is waited for
            await asyncio.sleep(0.01)
    (pid,) = pids(parser)
    assert titles(await parser.parse(GOOD, "")) == EXPECTED
    assert pids(parser) == [pid]
    await parser.close()


async def test_a_child_that_dies_fails_its_job_alone(parser) -> None:
    """A child that is killed in the middle of a job costs that job; the next gets a fresh child."""
    await parser.start()
    job = await stuck(parser)
    os.kill(*pids(parser), signal.SIGKILL)
    with pytest.raises(FeedUnreadable, match="more memory or time"):
        await job
    assert titles(await parser.parse(GOOD, "")) == EXPECTED


async def test_a_child_that_dies_while_idle_costs_nothing(parser) -> None:
    """A child that was killed between jobs is replaced before the next one."""
    await parser.start()
    (child,) = parser._running
    child.process.kill()
    child.process.wait()
    assert titles(await parser.parse(GOOD, "")) == EXPECTED


async def test_a_cancelled_job_leaves_no_reply_for_the_next(parser) -> None:
    """Cancelling at any moment never gives one feed's entries to another."""
    other = render("Other", HISTORY[5:6], NOW)
    for steps in range(12):
        job = asyncio.create_task(parser.parse(other, ""))
        for _ in range(steps):
            await asyncio.sleep(0)
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
        assert titles(await parser.parse(GOOD, "")) == EXPECTED


async def test_a_closed_parser_fails_as_a_feed_error(parser) -> None:
    """After the end there is no child, and the error says why."""
    await parser.start()
    await parser.close()
    with pytest.raises(FeedError, match="stopping"):
        await parser.parse(GOOD, "")


async def test_closing_in_the_middle_of_a_job_ends_both(parser) -> None:
    """A job under way fails when the parser is closed, and no process is left."""
    await parser.start()
    (pid,) = pids(parser)
    job = await stuck(parser)
    await parser.close()
    with pytest.raises(FeedError):
        await job
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_signals_to_the_group_do_not_reach_the_child(parser) -> None:
    """Ctrl-C and SIGTERM are the parent's to answer: the child is no member of its group and ignores both."""
    await parser.start()
    (pid,) = pids(parser)
    assert os.getpgid(pid) != os.getpgid(0)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)
    assert titles(await parser.parse(GOOD, "")) == EXPECTED
    assert pids(parser) == [pid]


async def test_a_child_that_cannot_start_is_a_feed_error(monkeypatch) -> None:
    """Where no process can be started, polls fail with a reason and the bot lives."""
    parser = ChildParser()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FeedUnreadable, match="does not start"):
        await parser.parse(GOOD, "")
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(FeedUnreadable, match="does not start"):
        await parser.parse(GOOD, "")
    await parser.close()


def test_the_child_has_none_of_the_parents_secrets(monkeypatch) -> None:
    """The environment of the child holds the way to the code and no more."""
    monkeypatch.setenv("NEWSVANE_TOKEN", "canary")
    assert set(_environment()) == {"PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}


ORPHAN = """
import asyncio, os
from bot.feeds.parse.child import ChildParser
async def main():
    parser = ChildParser()
    await parser.start()
    print(*(child.process.pid for child in parser._running), flush=True)
    os._exit(1)
asyncio.run(main())
"""


async def test_the_child_ends_with_its_parent() -> None:
    """A parent that dies without a word takes its child along."""
    home = str(Path(bot.__file__).parent.parent)
    run = [sys.executable, "-c", ORPHAN]
    parent = await asyncio.create_subprocess_exec(*run, stdout=subprocess.PIPE, env={"PYTHONPATH": home})
    pid = int((await parent.communicate())[0])
    async with asyncio.timeout(PATIENCE):
        while is_alive(pid):  # noqa: ASYNC110  # no event tells of a process that is not one's child
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    return False


def test_the_cpu_limit_moves_on_with_each_job() -> None:
    """The kernel counts from the start of the process, so each job raises the limit above what was used."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    try:
        limited.allow_cpu(1_000)
        used = resource.getrusage(resource.RUSAGE_SELF)
        assert resource.getrlimit(resource.RLIMIT_CPU)[0] in range(
            1_000, 1_002 + math.ceil(used.ru_utime + used.ru_stime)
        )
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


def work(*jobs: Job, memory: int = worker.MAX_MEMORY, cut: int = 0) -> subprocess.CompletedProcess[bytes]:
    code = f"from bot.feeds.parse import worker; worker.MAX_MEMORY = {memory}; worker.main()"
    return subprocess.run(  # this very Python
        [sys.executable, "-P", "-c", code],
        input=b"".join(pack_job(job) + job.body for job in jobs)[: -cut or None],
        capture_output=True,
        env=_environment(),
        timeout=PATIENCE,
        check=False,
    )


def test_a_body_that_needs_too_much_memory_ends_the_child_quietly() -> None:
    """Under its memory limit the child dies without a traceback, and what it had answered stands."""
    hungry = b"<rss><channel><item><title>" + b"&what;" * 400_000 + b"</title></item></channel></rss>"
    done = work(Job(body=GOOD), Job(body=hungry), memory=64 * 2**20)
    assert done.returncode == 1
    assert done.stderr == b""
    assert done.stdout.count(b'"guid"') == 3


def test_a_slip_of_our_own_costs_one_feed_and_is_told() -> None:
    """Whatever error a body provokes, the reply names it, and the parent is asked for a fresh child."""
    code = "from bot.feeds.parse import worker; worker.parse_body = lambda *_, **__: 1 // 0; worker.main()"
    job = Job(body=GOOD)
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        input=pack_job(job) + job.body,
        capture_output=True,
        env=_environment(),
        timeout=PATIENCE,
        check=True,
    )
    head = unpack_head(done.stdout.removeprefix(limited.READY))
    assert (head.error, head.worn, done.stderr) == ("the feed cannot be read (ZeroDivisionError)", True, b"")


@pytest.mark.parametrize("jobs", [(), (Job(body=GOOD),)])
def test_the_child_ends_well_when_its_input_does(jobs: tuple[Job, ...]) -> None:
    """No jobs, or a job cut in the middle, end the child with success and no reply."""
    done = work(*jobs, cut=10 if jobs else 0)
    assert (done.returncode, done.stdout, done.stderr) == (0, limited.READY, b"")


def test_frames_come_back_as_they_went() -> None:
    """Jobs and replies survive packing, whatever their texts."""
    job = Job(body=b"\0\n\xff", content_type="té\n", base="https://x/", now=1.5)
    packed = pack_job(job)
    assert unpack_job(packed[8:], job.body) == job
    assert [int.from_bytes(packed[:4], "big"), int.from_bytes(packed[4:8], "big")] == [len(packed) - 8, 3]
    feed = ParsedFeed(
        title="a\nb",
        entries=(Entry(title="\n\u2028", published=1.5), Entry()),
        wish=60.0,
        skip_hours=(1, 2),
        hubs=("https://h.example/",),
    )
    first, *rest = pack_reply(feed, worn=True)
    assert all(line.count(b"\n") == 1 for line in rest)
    head = unpack_head(first)
    assert (head.worn, head.entries, head.error) == (True, 2, "")
    assert replace(head.feed, entries=tuple(map(unpack_entry, rest))) == feed
    assert unpack_head(*pack_reply(error="no")).error == "no"


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b'{"x": 1}', b"null", b"\xff", b'{"entries": "a", "feed": {}}', b"1"]
)
def test_a_reply_that_is_none_raises_what_the_parser_expects(line: bytes) -> None:
    """A broken reply is a ValueError or TypeError, never a surprise."""
    with pytest.raises((ValueError, TypeError)):
        unpack_head(line)
    if line not in {b'{"x": 1}', b'{"entries": "a", "feed": {}}'}:
        return
    with pytest.raises((ValueError, TypeError)):
        unpack_entry(line)
