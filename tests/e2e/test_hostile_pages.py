"""Pages that do harm: whatever stands behind a link, headlines are told, and the next page is read."""

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import pytest
from people import ANNA, subscribed
from standins import articles
from standins.articles import FOUNDING, HTML
from standins.botapi import BotApi
from standins.mischief import MISCHIEF
from standins.publisher import Publisher

from bot.demo.bell import PATIENCE
from bot.demo.stage import Stage
from bot.demo.story import HISTORY, NewsItem
from bot.feeds.article.extractor import READING

DEEP = "Ankara bought the S-400"
TRICKS = ("drip", "endless body", "huge body", "gzip bomb", "redirect loop", "connection reset", "hang")


@pytest.fixture
async def elsewhere() -> AsyncIterator[Publisher]:
    """Another host, behind whose links harm waits."""
    made = Publisher(())
    await made.start("127.0.0.2")
    yield made
    await made.close()


async def started(settings, state, seconds) -> Stage:
    """Return a stage whose bot reads pages and has polled once; Anna watches what a headline says and what does not."""
    settings = replace(settings, fetch=replace(settings.fetch, timeout=seconds))
    publisher = Publisher(HISTORY)
    stage = Stage(settings, state, api=BotApi(limits=None), publisher=publisher, interval=0.05, article="if needed")
    await stage.__aenter__()
    stage.start_bot()
    await stage.first_poll_done()
    await subscribed(stage, ANNA, "idlib s-400")
    return stage


@pytest.fixture
async def patient(settings, tmp_path) -> AsyncIterator[Stage]:
    """A stage whose bot waits long for a page."""
    stage = await started(settings, tmp_path / "state", PATIENCE)
    yield stage
    await stage.__aexit__()


@pytest.fixture
async def hurried(settings, tmp_path) -> AsyncIterator[Stage]:
    """A stage whose bot waits for a page no longer than a second."""
    stage = await started(settings, tmp_path / "state", 1.0)
    yield stage
    await stage.__aexit__()


def publish(stage: Stage, path: str, at: Publisher, page: bytes = b"") -> str:
    """Show an item whose headline is told, with a link to a path at a publisher. Returns its headline."""
    at.pages[path] = (HTML, page)
    title = f"Report {path[1:].replace('-', ' ')} from Idlib"
    stage.publisher.publish(NewsItem(title=title, summary="", link=urljoin(at.url, path)))
    return title


def good(path: str) -> bytes:
    """Return the page of such an item, which has what no headline says."""
    return articles.news_site(replace(FOUNDING, title=f"Report {path[1:].replace('-', ' ')} from Idlib"))


async def told(stage: Stage, title: str, words: str = "") -> None:
    """Wait for the alert on an item, once it has these words."""
    await stage.api.wait_until(
        lambda: any(title in each.text and words in each.text for each in stage.api.messages(ANNA))
    )


async def test_beside_pages_that_never_end_headlines_are_told_and_other_hosts_pages_are_read(patient, elsewhere):
    elsewhere.tricks["/hangs"] = MISCHIEF["hang"]({})
    publish(patient, "/hangs", elsewhere)
    await elsewhere.wait_for_path("/hangs")
    for path in ("/one", "/two"):
        await told(patient, publish(patient, path, patient.publisher, good(path)), DEEP)
    await told(patient, publish(patient, "/three", elsewhere, good("/three")))
    assert [each.path for each in elsewhere.requests if each.status == 200] == [], "its host waits"


async def test_whatever_a_page_does_its_headline_is_told_and_the_next_page_of_its_host_is_read(hurried, elsewhere):
    elsewhere.tricks = {f"/trick-{number}": MISCHIEF[trick]({}) for number, trick in enumerate(TRICKS)}
    titles = [publish(hurried, path, elsewhere) for path in elsewhere.tricks]
    elsewhere.refusals["/inside"] = (302, {"Location": "http://10.1.2.3/"})
    titles.append(publish(hurried, "/inside", elsewhere))
    titles.append(publish(hurried, "/tags", elsewhere, b"<p>" + b"<b></b>" * 100_000))
    for title in titles:
        await told(hurried, title)
    for path in [*elsewhere.tricks, "/inside", "/tags"]:
        await elsewhere.wait_for_path(path)
    await told(hurried, publish(hurried, "/good", elsewhere, good("/good")), DEEP)


@pytest.mark.parametrize("what", [signal.SIGKILL, signal.SIGSTOP], ids=["ends", "hangs"])
async def test_after_the_end_of_the_process_that_reads_pages_the_next_page_is_read(patient, elsewhere, what):
    await told(patient, publish(patient, "/one", patient.publisher, good("/one")), DEEP)
    for child in children():
        os.kill(child, what)
    await told(patient, publish(patient, "/two", elsewhere, good("/two")), DEEP if what == signal.SIGKILL else "")
    await elsewhere.wait_for_path("/two")
    await told(patient, publish(patient, "/three", patient.publisher, good("/three")), DEEP)


def children() -> list[int]:
    """Return the ids of this process' children that read pages."""
    found = [int(each) for each in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    return [each for each in found if READING.encode() in Path(f"/proc/{each}/cmdline").read_bytes()]
