"""Every misbehaviour of publishers, through fetch and parse: what the poll loop gets to see of it."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import brotli
import pytest
from examples import a_state
from standins.mischief import MISCHIEF

from bot.demo.bell import PATIENCE
from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable, FeedUnreadable
from bot.feeds.fetch.http import HttpFetcher
from bot.feeds.parse.child import ChildParser
from bot.model import Feed, ParsedFeed

ERRORS: dict[str, tuple[type[FeedError], str]] = {
    "html page": (FeedUnreadable, "this is a web page"),
    "empty body": (FeedUnreadable, "127.0.0.1 sent an empty body"),
    "cut body": (FeedUnreadable, "cut off"),
    "not found": (FeedRefused, "127.0.0.1 answered 404: there is no feed"),
    "gone": (FeedRefused, "127.0.0.1 answered 410: the feed is gone"),
    "too many requests": (FeedRefused, "127.0.0.1 answered 429: it was asked too often"),
    "server error": (FeedRefused, "127.0.0.1 answered 500: the publisher's fault"),
    "unavailable": (FeedRefused, "127.0.0.1 answered 503: it is overloaded"),
    "unasked 304": (FeedRefused, "127.0.0.1 answered 304 (not modified) to a question that did not ask"),
    "redirect": (FeedForbidden, "169.254.169.254 is the metadata service"),
    "redirect loop": (FeedUnreachable, "127.0.0.1 redirects more than 5 times"),
    "hang": (FeedUnreachable, "127.0.0.1 did not answer in full within 0.5 s"),
    "drip": (FeedUnreachable, "127.0.0.1 did not answer in full within 0.5 s"),
    "endless body": (FeedUnreadable, "127.0.0.1 sent more than 2 MiB"),
    "gzip bomb": (FeedUnreadable, "127.0.0.1 unpacks to more than 8 MiB"),
    "brotli bomb": (FeedUnreadable, "127.0.0.1 unpacks to more than 8 MiB"),
    "huge body": (FeedUnreadable, "127.0.0.1 sent more than 2 MiB"),
    "not gzip": (FeedUnreadable, "127.0.0.1 does not unpack"),
    "wrong length": (FeedUnreachable, "127.0.0.1 broke off in the middle"),
    "connection reset": (FeedUnreachable, "127.0.0.1 closed the connection"),
    "many attributes": (FeedUnreadable, "takes longer than 0.5 s to read"),
    "unclosed comments": (FeedUnreadable, "malformed"),
    "long author": (FeedUnreadable, "takes longer than 0.5 s to read"),
    "many items": (FeedUnreadable, "takes longer than 0.5 s to read"),
    "informational": (FeedUnreachable, "127.0.0.1 sends on and on before it answers"),
    "chunk extensions": (FeedUnreachable, "127.0.0.1 sends much more than it says"),
    "gzip members": (FeedUnreadable, "127.0.0.1 is packed in more than 1,000 pieces"),
    "deep json": (FeedUnreadable, "the JSON Feed is malformed"),
}
HARMLESS = {"entity bomb": 0, "duplicate entries": 100, "changed guids": 50, "tiny chunks": 50}
LOOPBACK = (ip_network("127.0.0.0/8"),)
FEED = a_state(feed="times")


@pytest.fixture
async def parser() -> AsyncIterator[ChildParser]:
    made = ChildParser(deadline=PATIENCE)
    await made.start()
    yield made
    await made.close()


async def poll(publisher, parser: ChildParser, timeout: float = PATIENCE) -> ParsedFeed:  # noqa: ASYNC109  # the fetcher's own
    fetcher = HttpFetcher(user_agent="x", timeout=timeout, allow_addresses=LOOPBACK, spacing=0)
    try:
        answer = await fetcher.fetch(Feed(name="times", title="The Times", url=publisher.url), FEED)
        return await parser.parse(answer.body, answer.content_type, publisher.url)
    finally:
        await fetcher.close()


def test_every_misbehaviour_is_tried() -> None:
    """What the publisher can do wrong, and what is tried here, are the same."""
    assert set(ERRORS) | set(HARMLESS) == set(MISCHIEF)


@pytest.mark.parametrize("name", ERRORS)
async def test_a_misbehaviour_is_the_error_that_says_so(publisher, parser, name: str) -> None:
    """What goes wrong becomes the right error in plain words, and the poll after it is well."""
    kind, message = ERRORS[name]
    publisher.misbehave(name, to="http://169.254.169.254/latest")
    parser._deadline = 0.5 if "takes longer" in message else PATIENCE
    with pytest.raises(kind) as caught:
        await poll(publisher, parser, 0.5 if "within 0.5 s" in message else PATIENCE)
    assert message in str(caught.value)
    publisher.behave()
    parser._deadline = PATIENCE
    assert len((await poll(publisher, parser)).entries) == 50


@pytest.mark.parametrize("name", HARMLESS)
async def test_a_misbehaviour_that_can_be_read_is_read(publisher, parser, name: str) -> None:
    """Doubled entries and changed guids are entries; who they are is not for the parser to say."""
    publisher.misbehave(name)
    assert len((await poll(publisher, parser)).entries) == HARMLESS[name]


async def test_a_feed_packed_by_brotli_is_read(raw, parser) -> None:
    """What a publisher packs as it was asked to comes out whole, through the real fetcher."""
    packed = brotli.compress(b"<rss><channel><item><title>News</title></item></channel></rss>")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with raw(head + packed).up() as server:
        assert [entry.title for entry in (await poll(server, parser)).entries] == ["News"]
