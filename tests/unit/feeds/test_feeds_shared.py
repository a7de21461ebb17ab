"""Who asks an address that another has just asked gets that answer, and cannot tell."""

import asyncio
from dataclasses import dataclass, field

import pytest

from bot.errors import FeedError, FeedRefused, FeedUnreachable
from bot.feeds.fetch.shared import LONGEST_HOLD, TOGETHER, SharedAnswers
from bot.model import Feed, FeedState, Fetched, NotModified, Validators
from bot.model.bounds import ANSWERS, ANSWERS_BYTES
from bot.settings import PollSettings

URL = "https://blog.example/rss"
POLL = PollSettings()
ANNA, BORIS = (Feed(name=f"blog@{chat}", title="Blog", url=URL, chats=(chat,)) for chat in (7, 8))
BLOG = Feed(name="blog", title="Blog", url=URL)
ETAG = '"1"'


@dataclass
class Paper:
    """A publisher of one body, and a clock. Meets `ports.Fetcher`."""

    body: bytes = b"<rss>"
    etag: str = ETAG
    refuses: FeedError | None = None
    now: float = 0.0
    asked: list[str] = field(default_factory=list)
    slow: asyncio.Event | None = None

    async def fetch(self, feed, state):
        self.asked.append(feed.name)
        if self.slow:
            await self.slow.wait()
        if self.refuses:
            raise self.refuses
        if self.etag and state.validators.etag == self.etag:
            return NotModified(etag=self.etag)
        return Fetched(body=self.body, etag=self.etag, address=feed.url)


@pytest.fixture
def paper():
    return Paper()


@pytest.fixture
def shared(paper):
    return SharedAnswers(paper, poll=POLL, steady=lambda: paper.now)


def polled(feed, etag=ETAG):
    """A feed that has been polled before, and may have got a body with that ETag."""
    return FeedState(feed=feed.name, url=feed.url, validators=Validators(etag=etag))


def looked(feed):
    return FeedState(feed=feed.name)


async def test_two_chats_that_poll_one_address_together_ask_once(paper, shared):
    answers = await asyncio.gather(*(shared.fetch(feed, polled(feed)) for feed in (ANNA, BORIS)))
    assert answers == [NotModified(etag=ETAG)] * 2
    assert len(paper.asked) == 1


async def test_each_gets_what_its_own_validators_ask_for(paper, shared):
    old, new = await shared.fetch(ANNA, polled(ANNA, '"0"')), await shared.fetch(BORIS, polled(BORIS))
    assert (old.body, new) == (b"<rss>", NotModified(etag=ETAG))
    assert len(paper.asked) == 1


async def test_who_has_another_body_than_the_one_that_is_not_modified_asks(paper, shared):
    await shared.fetch(ANNA, polled(ANNA))
    assert (await shared.fetch(BORIS, polled(BORIS, '"0"'))).body == b"<rss>"
    assert (await shared.fetch(BORIS, looked(BORIS))).body == b"<rss>"
    assert len(paper.asked) == 2


@pytest.mark.parametrize(("after", "asked"), [(TOGETHER - 1, 1), (TOGETHER, 2), (TOGETHER + 1, 2)])
async def test_a_poll_is_not_served_what_is_older_than_a_moment(paper, shared, after, asked):
    await shared.fetch(ANNA, polled(ANNA))
    paper.now = after
    await shared.fetch(BORIS, polled(BORIS))
    assert len(paper.asked) == asked


@pytest.mark.parametrize(("after", "asked"), [(-1, 1), (0, 2), (1, 2)])
async def test_looking_at_an_address_again_and_again_asks_it_no_more_often_than_polling(paper, shared, after, asked):
    await shared.fetch(ANNA, looked(ANNA))
    paper.now = POLL.min_interval + after
    await shared.fetch(BORIS, looked(BORIS))
    assert len(paper.asked) == asked


@pytest.mark.parametrize(("after", "asked"), [(3599, 1), (3600, 2), (3601, 2)])
async def test_a_refusal_holds_for_all_who_ask_as_long_as_its_publisher_says(paper, shared, after, asked):
    paper.refuses = FeedRefused("blog.example answered 429", status=429, retry_after=3600.0)
    for feed, state in ((ANNA, polled(ANNA)), (BORIS, looked(BORIS)), (BORIS, polled(BORIS))):
        with pytest.raises(FeedRefused) as refused:
            await shared.fetch(feed, state)
        assert (refused.value.status, refused.value.retry_after) == (429, 3600.0)
        paper.now = after
    assert len(paper.asked) == asked


async def test_what_is_gone_may_be_looked_at_anew_after_a_day(paper, shared):
    paper.refuses = FeedRefused("gone", status=410)
    with pytest.raises(FeedRefused):
        await shared.fetch(ANNA, polled(ANNA))
    paper.refuses, paper.now = None, LONGEST_HOLD
    assert await shared.fetch(BORIS, looked(BORIS))


async def test_no_answer_is_one_for_all_for_a_moment_and_holds_nobody(paper, shared):
    paper.refuses = FeedUnreachable("no answer")
    for feed in (ANNA, BORIS):
        with pytest.raises(FeedUnreachable):
            await shared.fetch(feed, polled(feed))
    paper.refuses, paper.now = None, TOGETHER
    assert await shared.fetch(BORIS, polled(BORIS))
    assert len(paper.asked) == 2


async def test_everybodys_feeds_give_and_take_nothing(paper, shared):
    """Networks may be open to them that are closed to chats."""
    await shared.fetch(BLOG, looked(BLOG))
    await shared.fetch(ANNA, looked(ANNA))
    await shared.fetch(BLOG, looked(BLOG))
    assert paper.asked == ["blog", "blog@7", "blog"]


async def test_who_gives_up_leaves_the_question_to_who_waits(paper, shared):
    paper.slow = asyncio.Event()
    first, second = (asyncio.create_task(shared.fetch(feed, looked(feed))) for feed in (ANNA, BORIS))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    paper.slow.set()
    assert (await second).body == b"<rss>"
    assert paper.asked == ["blog@7", "blog@8"]


@pytest.mark.parametrize(("more", "asked"), [(-1, 0), (0, 0), (1, 1)])
async def test_so_many_addresses_are_remembered(paper, shared, more, asked):
    await shared.fetch(ANNA, looked(ANNA))
    for number in range(ANSWERS - 1 + more):
        other = Feed(name="other@8", title="", url=f"{URL}?{number}", chats=(8,))
        await shared.fetch(other, looked(other))
    paper.asked.clear()
    await shared.fetch(BORIS, looked(BORIS))
    assert len(paper.asked) == asked


@pytest.mark.parametrize(("more", "asked"), [(-1, 0), (0, 0), (1, 1)])
async def test_so_many_bytes_of_bodies_are_kept(paper, shared, more, asked):
    await shared.fetch(ANNA, looked(ANNA))
    paper.body = bytes(ANSWERS_BYTES - len(paper.body) + more)
    other = Feed(name="other@8", title="", url=f"{URL}?2", chats=(8,))
    await shared.fetch(other, looked(other))
    paper.asked.clear()
    await shared.fetch(BORIS, looked(BORIS))
    assert len(paper.asked) == asked


async def test_what_is_too_old_to_serve_is_forgotten(paper, shared):
    await shared.fetch(ANNA, looked(ANNA))
    paper.now = POLL.min_interval
    other = Feed(name="other@8", title="", url=f"{URL}?2", chats=(8,))
    await shared.fetch(other, looked(other))
    assert list(shared._addresses) == [other.url]
