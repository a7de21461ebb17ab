"""Looking at an address, over real HTTP on loopback: a feed, a page that names feeds, and what is neither."""

import asyncio
import re
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from standins.publisher import PATH, Publisher

from bot.demo.bell import PATIENCE
from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable, FeedUnreadable
from bot.feeds.discover.finder import Finder, Found
from bot.feeds.discover.page import Candidate
from bot.feeds.fetch.http import HttpFetcher
from bot.feeds.parse.child import ChildParser

HTML = "text/html; charset=utf-8"
RSS = "<link rel=alternate type=application/rss+xml href={}>"
CHOICE = f"{RSS.format('/world title=World')}{RSS.format('/sport title=Sport')}"


@pytest.fixture
async def parser() -> AsyncIterator[ChildParser]:
    made = ChildParser(deadline=PATIENCE)
    yield made
    await made.close()


@pytest.fixture
def finder(fetcher: HttpFetcher, parser: ChildParser) -> Finder:
    return Finder(fetcher=fetcher, parser=parser)


def site_of(publisher: Publisher) -> str:
    return publisher.url.removesuffix(PATH)


def serve(publisher: Publisher, **pages: str) -> str:
    """Put pages on the publisher's site, `home` at its root, and give its address."""
    publisher.pages = {
        "/" if name == "home" else f"/{name}": (HTML, f"<!DOCTYPE html><html>{text}</html>".encode())
        for name, text in pages.items()
    }
    return site_of(publisher)


def asked(publisher: Publisher) -> list[str]:
    return [request.path for request in publisher.requests]


# --- a feed -------------------------------------------------------------------------------------------------


async def test_the_address_of_a_feed_is_asked_once(publisher, finder) -> None:
    """What came is handed on whole, so that adding the feed needs no second request."""
    found = await finder.look(f" <{publisher.url}>\n")
    assert found.candidates == ()
    assert found.feed is not None
    assert (found.feed.url, found.feed.title) == (publisher.url, "The Moscow Times")
    assert len(found.feed.parsed.entries) == 50
    assert found.feed.fetched.body == publisher.body()
    assert found.feed.fetched.etag.startswith('"')
    assert asked(publisher) == [PATH]
    assert not {"If-None-Match", "If-Modified-Since"} & set(publisher.requests[0].headers)


async def test_a_feed_without_entries_is_a_feed(publisher, finder) -> None:
    """A new blog has nothing to say yet; without a title the host is its title."""
    publisher.pages = {"/new": ("text/xml", b"<rss version='2.0'><channel></channel></rss>")}
    found = await finder.look(f"{site_of(publisher)}/new")
    assert found.feed is not None
    assert (found.feed.title, found.feed.parsed.entries) == ("127.0.0.1", ())


async def test_a_feed_that_has_moved_for_good_is_polled_where_it_is(publisher, finder) -> None:
    """One request less at each poll; a redirect that is for now changes nothing."""
    publisher.misbehave("redirect", times=1, status="301", to="/new/rss")
    found = await finder.look(publisher.url)
    assert found.feed is not None
    assert found.feed.url == f"{site_of(publisher)}/new/rss"
    publisher.misbehave("redirect", times=1, status="302", to="/new/rss")
    found = await finder.look(publisher.url)
    assert found.feed is not None
    assert found.feed.url == publisher.url


# --- a page -------------------------------------------------------------------------------------------------


async def test_the_one_feed_of_a_page_is_followed(publisher, finder) -> None:
    """Two requests: the page and the feed."""
    site = serve(publisher, home=RSS.format(PATH))
    found = await finder.look(site)
    assert found.feed is not None
    assert (found.feed.url, found.candidates) == (publisher.url, ())
    assert asked(publisher) == ["/", PATH]


async def test_a_feed_that_stands_out_is_followed_and_the_others_are_named(publisher, finder) -> None:
    """The feed of the comments and links in the text are no reason to ask the person."""
    site = serve(publisher, home=RSS.format(PATH) + RSS.format("/comments/feed") + "<a href=/sport/rss>Sport</a>")
    found = await finder.look(site)
    assert found.feed is not None
    assert found.feed.url == publisher.url
    assert [candidate.url.removeprefix(site) for candidate in found.candidates] == ["/sport/rss", "/comments/feed"]


async def test_of_several_feeds_the_person_chooses_and_what_is_chosen_is_taken(publisher, finder) -> None:
    """The page is asked, nothing else; then one request for what was chosen."""
    site = serve(publisher, home=CHOICE)
    found = await finder.look(site)
    assert found == Found(
        candidates=(
            Candidate(url=f"{site}/world", title="World", kind="rss"),
            Candidate(url=f"{site}/sport", title="Sport", kind="rss"),
        )
    )
    assert asked(publisher) == ["/"]
    publisher.pages.clear()
    feed = await finder.take(found.candidates[1])
    assert (feed.url, feed.title) == (f"{site}/sport", "The Moscow Times")
    assert asked(publisher) == ["/", "/sport"]


async def test_a_link_is_read_as_where_the_page_is_in_the_end(publisher, finder) -> None:
    """Many a site's root leads to /en/, and its links start from there."""
    site = serve(publisher, **{"en/": CHOICE.replace("/world", "world")})
    publisher.misbehave("redirect", times=1, to="/en/")
    assert [candidate.url for candidate in (await finder.look(site)).candidates] == [
        f"{site}/en/world",
        f"{site}/sport",
    ]


async def test_one_feed_in_two_formats_is_no_question(publisher, finder) -> None:
    """The other format is named beside it."""
    atom = "<link rel=alternate type=application/atom+xml title='Times (Atom)' href=/atom>"
    site = serve(publisher, home=RSS.format(f"{PATH} title='Times (RSS)'") + atom)
    found = await finder.look(site)
    assert found.feed is not None
    assert [candidate.kind for candidate in found.candidates] == ["atom"]


async def test_a_page_about_the_feeds_is_looked_at_too(publisher, finder) -> None:
    """A link named RSS often leads to a list of feeds."""
    site = serve(publisher, home="<a href=/about/rss>RSS</a>", **{"about/rss": CHOICE})
    assert [candidate.title for candidate in (await finder.look(site)).candidates] == ["World", "Sport"]


async def test_pages_that_lead_from_one_to_the_next_are_left_soon(publisher, finder) -> None:
    """Two pages are looked at, no more, and none twice."""
    site = serve(
        publisher, home="<a href=/1/rss>RSS</a>", **{f"{n}/rss": f"<a href=/{n + 1}/rss>RSS" for n in range(9)}
    )
    with pytest.raises(FeedUnreadable, match="look there for a link named RSS"):
        await finder.look(site)
    assert asked(publisher) == ["/", "/1/rss", "/2/rss"]


async def test_where_the_one_feed_is_broken_the_others_are_offered(publisher, finder) -> None:
    """A site may name what is gone."""
    site = serve(publisher, home=RSS.format("/gone") + "<a href=/sport/rss>Sport</a>")
    assert [candidate.title for candidate in (await finder.look(site)).candidates] == ["Sport"]
    site = serve(publisher, home=RSS.format("/gone"))
    with pytest.raises(FeedRefused, match="404"):
        await finder.look(site)


async def test_a_page_that_names_none_is_searched_at_the_usual_places(publisher, finder) -> None:
    """One after the other, and the first that is a feed is it."""
    site = serve(publisher, home="<p>Welcome</p>", rss="<p>Welcome</p>")
    publisher.pages["/rss.xml"] = ("text/xml", publisher.body())
    found = await finder.look(site)
    assert found.feed is not None
    assert found.feed.url == f"{site}/rss.xml"
    assert asked(publisher) == ["/", "/feed", "/rss", "/rss.xml"]


async def test_where_there_is_no_feed_it_is_said_and_what_to_look_for(publisher, finder) -> None:
    """At most seven requests more, and then a sentence."""
    site = serve(publisher, home="<p>Welcome</p>", blog="<p>Welcome</p>")
    with pytest.raises(FeedUnreadable, match=f"there is no feed at {site}/blog, and the page names none; look there"):
        await finder.look(f"{site}/blog")
    assert asked(publisher) == [
        "/blog",
        "/blog/feed",
        *(f"/{name}" for name in ("feed", "rss", "rss.xml", "atom.xml", "feed.xml", "index.xml")),
    ]


async def test_who_has_had_enough_is_not_asked_on(publisher, finder) -> None:
    """A 429 at one of the usual places ends the search."""
    site = serve(publisher, home="<p>Welcome</p>")
    publisher.misbehave("html page", times=1)
    looking = asyncio.create_task(finder.look(site))
    await publisher.wait_for_request(1)
    publisher.misbehave("too many requests")
    with pytest.raises(FeedUnreadable, match="names none"):
        await looking
    assert len(publisher.requests) == 2


# --- neither ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("file:///etc/passwd", "file: is no web address"),
        ("javascript:alert(1)", "javascript: is no web address"),
        ("https://me:secret@127.0.0.1/", "no password"),
        ("hello", "no web address"),
        ("", "there is no address"),
    ],
)
async def test_what_is_no_web_address_is_never_asked(publisher, finder, text: str, says: str) -> None:
    """The person is told, and no connection is made."""
    with pytest.raises(FeedForbidden, match=says):
        await finder.look(text)
    assert publisher.requests == []


async def test_a_private_address_is_not_connected_to(publisher, parser) -> None:
    """With the guard as it is outside of tests, also in other spellings and where a page leads there."""
    strict = HttpFetcher(user_agent="x", timeout=PATIENCE, spacing=0)
    port = publisher.url.split(":")[2].partition("/")[0]
    for host in ("127.0.0.1", "127.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "localhost", "１２７.0.0.1"):
        with pytest.raises((FeedForbidden, FeedUnreachable), match=r"is not to be connected|is not the name|no host"):
            await Finder(fetcher=strict, parser=parser).look(f"http://{host}:{port}/rss")
    await strict.close()
    assert publisher.requests == []


async def test_a_page_cannot_lead_into_a_private_network(publisher, parser) -> None:
    """The guard judges each connection: the page's host is open, what it names is not."""
    half = HttpFetcher(user_agent="x", timeout=PATIENCE, spacing=0, allow_addresses=(ip_network("127.0.0.1/32"),))
    site = serve(publisher, home=RSS.format(site_of(publisher).replace("127.0.0.1", "127.0.0.2") + "/rss"))
    with pytest.raises(FeedForbidden, match=r"127\.0\.0\.2 is not to be connected to"):
        await Finder(fetcher=half, parser=parser).look(site)
    await half.close()
    assert asked(publisher) == ["/"]


@pytest.mark.parametrize(
    ("prank", "trouble", "requests"),
    [
        ("redirect loop", "FeedUnreachable: .* redirects more than 5 times", 6),
        ("endless body", "FeedTooLarge: .* sent more than 2 MiB", 1),
        ("gzip bomb", "FeedTooLarge: .* unpacks to more than 8 MiB", 1),
        ("cut body", "FeedUnreadable: the feed is cut off", 1),
        ("empty body", "FeedUnreadable: .* empty body", 1),
        ("not found", "FeedRefused: .* 404", 1),
        ("unasked 304", "FeedRefused: .* 304", 1),
    ],
)
async def test_a_publisher_that_misbehaves_is_not_searched(publisher, finder, prank, trouble, requests) -> None:
    """Its own trouble is told; nothing is guessed, and what it sends is bounded."""
    publisher.misbehave(prank)
    with pytest.raises(FeedError) as raised:
        await finder.look(publisher.url)
    assert re.match(trouble, f"{raised.type.__name__}: {raised.value}")
    assert len(publisher.requests) == requests


async def test_one_look_has_a_bound_in_time(publisher, fetcher, parser) -> None:
    """However many requests it takes; the message names the host."""
    publisher.misbehave("hang")
    finder = Finder(fetcher=fetcher, parser=parser, patience=0.3)
    with pytest.raises(FeedUnreachable, match=r"127\.0\.0\.1 did not show a feed within 0.3 s"):
        await finder.look(publisher.url)
    with pytest.raises(FeedUnreachable, match="did not show a feed"):
        await finder.take(Candidate(url=publisher.url))


async def test_who_types_no_scheme_is_told_about_http(publisher, finder) -> None:
    """It was read as https, which this publisher does not speak."""
    with pytest.raises(FeedUnreachable, match="if the site has no https, write http:// in front"):
        await finder.look(publisher.url.removeprefix("http://"))
    with pytest.raises(FeedUnreachable, match=r"^((?!in front).)*$"):
        await finder.look(publisher.url.replace("http:", "https:"))
