"""Pages that are wanted are read beside the polls: over a real state, by who does as it is told."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import pytest_asyncio
from examples import NOW, a_state
from rooms import Room

from bot.assembly import Tempo
from bot.errors import StoreUnwritable
from bot.model import Article, Changes, Chat, Feed, Paragraph, Unread, Watch
from bot.model.bounds import LONGEST_HOLD, PAGES_AN_HOUR, PAGES_AT_ONCE, PAGES_WAIT
from bot.poll.lineup import HEADSTART, Lineup
from bot.poll.page_poller import ASKS, PagePoller
from bot.runtime.clocks import Clocks
from bot.settings import Settings

PAPER = Feed(name="paper", title="A paper", url="https://paper.example/rss")
COPY = Feed(name="copy", title="Its copy", url="https://copy.example/rss")
WATCHES = (Watch(name="idlib", title="Idlib", query="Idlib"), Watch(name="s-400", title="S-400", query="S-400"))
ARTICLE = Article(body="The S-400 was named.", paragraphs=(Paragraph(1),))
WALL = Unread(reason="wall", detail="it wants a login")


class Pages:
    """Meets `ports.PageReader`: gives what it was told to, and notes what it was asked for."""

    def __init__(self):
        self.asked = []
        self.gives = {}
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.was_asked = asyncio.Event()

    async def read(self, link, *, title, of_chats, **_):
        self.asked.append((link.rpartition("/")[2], title, of_chats))
        self.was_asked.set()
        await self.may_answer.wait()
        came = self.gives.get(link.rpartition("/")[2], ARTICLE)
        if isinstance(came, list):
            came = came.pop(0)
        if isinstance(came, Exception):
            raise came
        return came


class Now:
    """A clock that is set by hand."""

    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at


@pytest_asyncio.fixture
async def room(tmp_path):
    """A bot's half that reads news and pages, with two feeds and a subscriber of both watchlists."""
    async with AsyncExitStack() as closing:
        settings = Settings(config_dir=tmp_path, state_dir=tmp_path, feeds=(PAPER, COPY), watches=WATCHES)
        pages, now = Pages(), Now()
        tempo = Tempo(host_spacing=0.0, pages=pages, clocks=Clocks(wall=now, steady=now))
        room = Room(settings, tmp_path, closing, tempo=tempo)
        room.pages, room.now, room.reader = pages, now, room.reading.page_poller
        room.store.commit(
            Changes(states=tuple(a_state(feed.name, url=feed.url, primed=True, last_new=NOW) for feed in (PAPER, COPY)))
        )
        room.subscriptions.subscribe(Chat(id=1), ["idlib", "s-400"])
        yield room


async def push(room, *names, feed=PAPER, title="Aleppo", host="paper.example"):
    """Let a feed show items."""
    items = "".join(f"<item><link>https://{host}/{name}</link><title>{title} {name}</title></item>" for name in names)
    body = f"<rss version='2.0'><channel><title>A paper</title>{items}</channel></rss>".encode()
    await room.pipeline.push(feed, body, "application/rss+xml")


def told(room):
    return sorted(room.store.content(row).item.title for row in room.store.deliveries())


async def test_a_page_is_read_and_who_was_not_told_by_the_headline_is_told(room):
    await push(room, "a")
    assert told(room) == []
    await room.reader.all(60)
    assert told(room) == ["Aleppo a"]
    assert room.pages.asked == [("a", "Aleppo a", False)]
    assert room.store.feed_state("paper").pages.read == 1
    assert room.store.wanted() == []


async def test_a_page_that_cannot_be_read_is_asked_for_once_and_counted(room):
    room.pages.gives["a"] = WALL
    await push(room, "a")
    await room.reader.all(60)
    await room.reader.all(60)
    assert (len(room.pages.asked), room.store.feed_state("paper").pages.walled) == (1, 1)
    assert room.store.feed_state("paper").pages.last == "it wants a login"


async def test_a_page_that_breaks_the_reader_stops_no_other(room):
    room.pages.gives["a"] = RuntimeError("a slip")
    await push(room, "a", "b")
    await room.reader.all(60)
    await room.reader.all(60)
    assert told(room) == ["Aleppo b"]
    assert room.store.wanted() == []


async def test_a_host_that_wants_to_be_asked_later_is_asked_once_more_and_then_no_more(room):
    later = Unread(reason="unreachable", detail="later", hold=600.0)
    room.pages.gives["a"] = [later, later, ARTICLE]
    await push(room, "a")
    await room.reader.all(60)
    assert (len(room.pages.asked), len(room.store.wanted())) == (1, 1)
    room.now.at += 599
    await room.reader.all(60)
    assert len(room.pages.asked) == 1
    room.now.at += 2
    await room.reader.all(60)
    assert (len(room.pages.asked), room.store.wanted()) == (2, [])


async def test_a_host_is_left_alone_as_long_as_it_said_over_a_restart_too(room):
    room.pages.gives["a"] = Unread(reason="refused", detail="later", hold=600.0)
    await push(room, "a")
    await room.reader.all(60)
    room.now.at += 599
    await push(room, "b")
    await anew(room).all(60)
    assert [name for name, _, _ in room.pages.asked] == ["a"]
    room.now.at += 2
    await anew(room).all(60)
    assert sorted(name for name, _, _ in room.pages.asked) == ["a", "a", "b"]


async def test_a_host_that_a_link_led_to_is_left_alone_and_the_links_own_is_not(room):
    room.pages.gives["a"] = Unread(reason="refused", detail="later", hold=600.0, host="other.example")
    await push(room, "a")
    await room.reader.all(60)
    await push(room, "b")
    await push(room, "c", host="other.example")
    await room.reader.all(60)
    assert [name for name, _, _ in room.pages.asked] == ["a", "b"], "and a page is not asked for again for that"
    room.now.at += 601
    await anew(room).all(60)
    assert [name for name, _, _ in room.pages.asked] == ["a", "b", "c"]


async def test_few_hosts_are_remembered_to_want_to_be_left_alone(room, monkeypatch):
    monkeypatch.setattr("bot.poll.page_poller.HOLDS", 2)
    for number, seconds in enumerate((100.0, 900.0, 10 * LONGEST_HOLD)):
        room.pages.gives[f"n{number}"] = [Unread(reason="refused", detail="later", hold=seconds), WALL]
        await push(room, f"n{number}", host=f"h{number}.example")
        await room.reader.all(60)
    held = {each.host: each.until - room.now.at for each in room.store.holds()}
    assert held == {"h1.example": 900.0, "h2.example": LONGEST_HOLD}
    room.now.at += 901
    room.pages.gives["n3"] = Unread(reason="refused", detail="later", hold=50.0)
    await push(room, "n3", host="h3.example")
    await room.reader.all(60)
    assert {each.host for each in room.store.holds()} == {"h2.example", "h3.example"}


async def test_a_page_that_two_feeds_show_is_asked_for_once(room):
    await push(room, "a")
    await push(room, "a", feed=COPY)
    await room.reader.all(60)
    await push(room, "b")
    await room.reader.all(60)
    await push(room, "b", feed=COPY)
    await room.reader.all(60)
    assert [name for name, _, _ in room.pages.asked] == ["a", "b"]
    assert told(room) == ["Aleppo a", "Aleppo b"], "and the chat is told once of each"
    assert room.store.wanted() == []


async def test_a_page_is_not_asked_for_once_nobody_could_be_told(room):
    await push(room, "a")
    room.subscriptions.unsubscribe(1, ["s-400", "idlib"])
    await room.reader.all(60)
    assert (room.pages.asked, room.store.wanted()) == ([], [])


async def test_the_pages_of_a_feed_that_is_gone_are_wanted_no_longer(room):
    await push(room, "a")
    room.feeds._config.clear()
    await room.reader.all(60)
    assert (room.pages.asked, room.store.wanted()) == ([], [])


async def test_what_waits_too_long_is_dropped_and_counted(room):
    room.pages.gives["a"] = Unread(reason="unreachable", detail="later", hold=10 * PAGES_WAIT)
    await push(room, "a", "b")
    await room.reader.all(60)
    room.now.at += PAGES_WAIT + 1
    await room.reader.all(60)
    assert room.store.feed_state("paper").pages.dropped == 2
    assert room.store.wanted() == []


async def test_few_pages_are_under_way_at_once(room):
    room.pages.may_answer.clear()
    for number in range(PAGES_AT_ONCE * 2):
        await push(room, f"n{number}", host=f"h{number}.example")
    reading = asyncio.create_task(room.reader.all(60))
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(room.pages.asked) == PAGES_AT_ONCE
    room.pages.may_answer.set()
    await reading
    assert len(room.pages.asked) == PAGES_AT_ONCE * 2


@pytest.mark.parametrize("ends", [1, ASKS])
async def test_a_page_is_asked_for_once_more_after_an_end_of_the_process_and_never_a_third_time(room, ends):
    await push(room, "a")
    room.pages.may_answer.clear()
    for _ in range(ends):
        room.pages.was_asked.clear()
        room.now.at += HEADSTART
        reader = anew(room)
        reader.tick()
        await room.pages.was_asked.wait()
        await reader.drain(0)
    room.pages.may_answer.set()
    await anew(room).all(60)
    assert len(room.pages.asked) == min(ends + 1, ASKS)
    assert told(room) == (["Aleppo a"] if ends < ASKS else [])
    assert room.store.wanted() == []
    assert (room.store.feed_state("paper").pages.failed == 1) == (ends == ASKS)


def anew(room):
    """Return a reader as a new process has it."""
    clocks = Clocks(wall=room.now, steady=room.now)
    return PagePoller(pages=room.pages, pipeline=room.pipeline, store=room.store, lineup=Lineup(60), clocks=clocks)


async def test_a_chats_own_feed_is_read_on_its_behalf(room):
    own = replace(PAPER, name="own@1", url="https://own.example/rss", chats=(1,), added=True)
    room.store.commit(Changes(feeds=(own,), states=(a_state(own.name, url=own.url, primed=True, last_new=NOW),)))
    await push(room, "a", feed=own)
    await room.reader.all(60)
    assert room.pages.asked == [("a", "Aleppo a", True)]


class Disk:
    """A store on a disk that is full until it is not."""

    def __init__(self, store):
        self._store, self.full = store, True

    def __getattr__(self, name):
        return getattr(self._store, name)

    def commit(self, changes):
        if self.full:
            raise StoreUnwritable("no space is left")
        self._store.commit(changes)


async def test_a_page_that_a_full_disk_kept_from_being_asked_for_counts_for_no_hour(room):
    disk = Disk(room.store)
    lineup = Lineup(PAGES_AN_HOUR)
    await push(room, "a")
    reader = PagePoller(
        pages=room.pages,
        pipeline=room.pipeline,
        store=disk,
        lineup=lineup,
        clocks=Clocks(wall=room.now, steady=room.now),
    )
    for _ in range(PAGES_AN_HOUR + 1):
        await reader.all(60)
        room.now.at += 10
    assert room.pages.asked == []
    disk.full = False
    await reader.all(60)
    assert told(room) == ["Aleppo a"]


async def test_pages_that_are_wanted_no_longer_count_for_no_hour(room):
    await push(room, *(f"n{number}" for number in range(PAGES_AN_HOUR)))
    room.subscriptions.unsubscribe(1, ["idlib", "s-400"])
    await room.reader.all(60)
    assert room.pages.asked == []
    room.subscriptions.subscribe(Chat(id=1), ["s-400"])
    await push(room, "b")
    await room.reader.all(60)
    assert [name for name, *_ in room.pages.asked] == ["b"]
