"""How the page behind a link is asked for and judged, over real HTTP on loopback."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from urllib.parse import urljoin

import pytest
from connects import heard
from standins import articles
from standins.articles import FOUNDING, HTML, RUSSIAN, TEASERS
from standins.publisher import Publisher

from bot.demo.bell import PATIENCE
from bot.feeds.article.extractor import ChildExtractor
from bot.feeds.article.pages import ArticleReader
from bot.feeds.fetch import guard
from bot.feeds.fetch.http import HttpFetcher
from bot.model import Article, Unread

LOOPBACK = (ip_network("127.0.0.1/32"),)
HOUR = 3_600.0


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def extractor() -> AsyncIterator[ChildExtractor]:
    made = ChildExtractor(deadline=PATIENCE)
    yield made
    await made.close()


@pytest.fixture
def steady() -> Hands:
    return Hands()


@pytest.fixture
def reader(fetcher, extractor, steady) -> ArticleReader:
    return ArticleReader(fetcher=fetcher, extractor=extractor, agent="Newsvane", steady=steady, may_ask=lambda *_: True)


@pytest.fixture
async def elsewhere() -> AsyncIterator[Publisher]:
    """Another host: another name for this machine."""
    made = Publisher(())
    await made.start()
    yield made
    await made.close()


def at(publisher: Publisher, path: str, host: str = "127.0.0.1") -> str:
    return urljoin(publisher.url.replace("127.0.0.1", host), path)


def asked(publisher: Publisher) -> list[str]:
    return [request.path for request in publisher.requests]


async def read(reader: ArticleReader, link: str, story=FOUNDING, *, of_chats: bool = False) -> Article | Unread:
    return await reader.read(link, title=story.title, summary=story.summary, of_chats=of_chats)


async def test_a_page_is_asked_for_once_after_robots_txt(publisher, reader) -> None:
    """One request a page, and one look at robots.txt for all of them; the article comes back from the child."""
    for name in ("/a", "/b"):
        publisher.pages[name] = (HTML, articles.news_site())
    article = await read(reader, at(publisher, "/a"))
    await read(reader, at(publisher, "/b"))
    assert isinstance(article, Article)
    assert article.body.splitlines()[6] == FOUNDING.paragraphs[6]
    assert asked(publisher) == ["/robots.txt", "/a", "/b"]
    assert publisher.requests[1].headers["Accept"].startswith("text/html")


async def test_a_russian_page_in_an_old_charset_is_read(publisher, reader) -> None:
    """Whatever the header says of it."""
    publisher.pages["/a"] = ("text/html", articles.russian())
    article = await read(reader, at(publisher, "/a"), RUSSIAN)
    assert isinstance(article, Article)
    assert RUSSIAN.paragraphs[0] in article.body


async def test_what_robots_txt_forbids_is_not_asked_for(publisher, reader) -> None:
    """By a rule for this program or for all; what is allowed beside it is."""
    rules = b"User-agent: *\nDisallow: /private\n\nUser-agent: newsvane\nDisallow: /news\nAllow: /news/open\n"
    publisher.pages = {"/robots.txt": ("text/plain", rules), "/news/open": (HTML, articles.news_site())}
    unread = await read(reader, at(publisher, "/news/a"))
    assert (unread.reason, unread.hold) == ("robots", 0)
    assert isinstance(await read(reader, at(publisher, "/news/open")), Article)
    assert asked(publisher) == ["/robots.txt", "/news/open"]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_site_whose_robots_txt_cannot_be_had_is_left_alone_for_an_hour(
    publisher, reader, steady, status
) -> None:
    """One look an hour, whatever many pages are wanted."""
    publisher.pages["/a"] = (HTML, articles.news_site())
    publisher.refusals["/robots.txt"] = (status, {})
    unread = await read(reader, at(publisher, "/a"))
    assert (unread.reason, unread.hold) == ("robots", HOUR)
    steady.now = HOUR - 1
    assert (await read(reader, at(publisher, "/a"))).hold == 1
    assert asked(publisher) == ["/robots.txt"]
    steady.now = HOUR
    publisher.refusals.clear()
    assert isinstance(await read(reader, at(publisher, "/a")), Article)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_site_without_robots_txt_allows_all(publisher, reader, status) -> None:
    """RFC 9309 §2.3.1.3: what is not there forbids nothing."""
    publisher.pages["/a"] = (HTML, articles.news_site())
    publisher.refusals["/robots.txt"] = (status, {})
    assert isinstance(await read(reader, at(publisher, "/a")), Article)


@pytest.mark.parametrize(
    ("page", "reason", "said"),
    [
        (articles.consent_wall(), "wall", "consent"),
        (articles.login(), "wall", "log in"),
        (articles.one_word(), "no article", "hardly a word"),
        (articles.news_site(articles.OTHER), "wall", "something else"),
        (b"%PDF-1.7 " + b"x" * 2_000, "no article", "a PDF"),
        (b"<html><body></body></html>", "no article", "no text"),
        (b"\0\xff" * 500, "no article", ""),
        (b"<p>" + b"<" * 300_000, "no article", "tags"),
    ],
    ids=["consent", "login", "one word", "another article", "PDF", "empty", "noise", "tags"],
)
async def test_what_is_no_article_is_not_taken_for_one(publisher, reader, page, reason, said) -> None:
    """It is told what it is, and the next page is read as ever."""
    publisher.pages = {"/a": (HTML, page), "/b": (HTML, articles.news_site())}
    unread = await read(reader, at(publisher, "/a"))
    assert isinstance(unread, Unread)
    assert unread.reason == reason
    assert said in unread.detail
    assert isinstance(await read(reader, at(publisher, "/b")), Article)


async def test_the_paragraphs_before_a_paywall_are_the_articles_and_it_is_told(publisher, reader) -> None:
    """Two paragraphs, not the offer under them, and what the rest is behind."""
    publisher.pages["/a"] = (HTML, articles.paywall())
    article = await read(reader, at(publisher, "/a"))
    assert article.body.splitlines() == list(FOUNDING.paragraphs[:2])
    assert article.wall == "the site asks to subscribe"


async def test_one_text_behind_three_links_is_a_wall_and_stays_one(publisher, reader) -> None:
    """Whatever it says: nothing that stands everywhere is an article."""
    publisher.pages = {f"/{number}": (HTML, articles.news_site()) for number in range(5)}
    found = [await read(reader, at(publisher, f"/{number}")) for number in range(5)]
    assert [isinstance(each, Article) for each in found] == [True, True, False, False, False]
    assert found[2].reason == "wall"
    assert isinstance(await read(reader, at(publisher, "/0")), Unread)


@pytest.mark.parametrize(
    ("status", "headers", "reason", "hold"),
    [
        (401, {}, "wall", 0),
        (403, {}, "wall", 0),
        (404, {}, "no article", 0),
        (429, {"Retry-After": "120"}, "refused", 120),
        (429, {}, "refused", 4 * HOUR),
        (503, {"Retry-After": "7"}, "refused", 7),
        (500, {}, "refused", 0),
        (302, {"Location": "http://10.1.2.3/"}, "refused", 0),
        (302, {"Location": "ftp://127.0.0.1/"}, "refused", 0),
        (302, {"Location": "/a"}, "unreachable", 0),
    ],
)
async def test_a_refusal_is_told_with_how_long_the_host_is_to_be_left_alone(
    publisher, reader, *, status, headers, reason, hold
) -> None:
    """And nothing is asked a second time."""
    publisher.refusals["/a"] = (status, headers)
    publisher.pages["/b"] = (HTML, articles.news_site())
    unread = await read(reader, at(publisher, "/a"))
    assert (unread.reason, unread.hold) == (reason, hold)
    assert asked(publisher).count("/a") == (6 if reason == "unreachable" else 1)


async def test_a_page_of_fifty_megabytes_is_not_read_to_its_end(publisher, reader) -> None:
    """It is cut off at the bound, and told."""
    publisher.pages["/b"] = (HTML, articles.news_site())
    await read(reader, at(publisher, "/b"))
    publisher.misbehave("huge body", 1)
    assert (await read(reader, at(publisher, "/a"))).reason in {"too large", "no article"}
    publisher.pages["/c"] = (HTML, b"<p>" + b"word " * 10_000_000)
    assert (await read(reader, at(publisher, "/c"))).reason == "too large"


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "video/mp4", "application/json"])
async def test_what_is_not_called_a_page_is_not_read(publisher, reader, kind) -> None:
    """The body is left where it is."""
    publisher.pages["/a"] = (kind, articles.news_site())
    unread = await read(reader, at(publisher, "/a"))
    assert unread.reason == "no article"
    assert kind in unread.detail


async def test_another_host_is_asked_for_its_robots_txt_before_its_page(publisher, elsewhere, reader) -> None:
    """A redirect is followed where that host lets it."""
    elsewhere.pages = {
        "/open": (HTML, articles.news_site()),
        "/shut": (HTML, articles.news_site()),
        "/robots.txt": ("text/plain", b"User-agent: *\nDisallow: /shut\n"),
    }
    publisher.pages["/none"] = (HTML, b"")
    publisher.refusals["/a"] = (302, {"Location": at(elsewhere, "/open", "localhost")})
    publisher.refusals["/b"] = (302, {"Location": at(elsewhere, "/shut", "localhost")})
    assert isinstance(await read(reader, at(publisher, "/a")), Article)
    assert (await read(reader, at(publisher, "/b"))).reason == "robots"
    assert asked(elsewhere) == ["/robots.txt", "/open"]


async def test_who_refuses_behind_a_redirect_is_the_one_to_be_left_alone(publisher, elsewhere, reader) -> None:
    """Not the host of the link, whose redirect is fine."""
    publisher.pages["/none"] = elsewhere.pages["/none"] = (HTML, b"")
    publisher.refusals["/a"] = (302, {"Location": at(elsewhere, "/b", "localhost")})
    elsewhere.refusals["/b"] = (429, {"Retry-After": "120"})
    unread = await read(reader, at(publisher, "/a"))
    assert (unread.reason, unread.hold, unread.host) == ("refused", 120, "localhost")
    elsewhere.refusals["/b"] = (302, {"Location": at(publisher, "/c")})
    publisher.refusals["/c"] = (503, {"Retry-After": "60"})
    assert (await read(reader, at(publisher, "/a"))).host == ""


async def test_a_redirect_leads_to_no_host_that_is_to_be_left_alone(publisher, elsewhere, fetcher, extractor) -> None:
    """It is not even asked for its robots.txt."""
    told = []

    def may_ask(host: str, of_chats: bool) -> bool:
        told.append((host, of_chats))
        return False

    reader = ArticleReader(fetcher=fetcher, extractor=extractor, agent="Newsvane", steady=Hands(), may_ask=may_ask)
    publisher.pages["/none"] = (HTML, b"")
    publisher.refusals["/a"] = (302, {"Location": at(elsewhere, "/b", "localhost")})
    unread = await read(reader, at(publisher, "/a"))
    assert (unread.reason, unread.hold) == ("refused", 0)
    assert (told, asked(elsewhere)) == ([("localhost", False)], [])


async def test_a_chats_link_learns_nothing_of_what_the_operators_network_says(publisher, reader) -> None:
    """What a host in an opened network told the operator is not told to chats, for whom it is closed."""
    publisher.pages = {"/robots.txt": ("text/plain", b"User-agent: *\nDisallow: /\n")}
    assert (await read(reader, at(publisher, "/a"))).reason == "robots"
    unread = await read(reader, at(publisher, "/a"), of_chats=True)
    assert unread.reason == "refused"
    assert "robots" not in unread.detail
    assert asked(publisher) == ["/robots.txt"]


async def test_nobody_outside_leads_into_a_network_that_was_opened(publisher, extractor, steady, monkeypatch) -> None:
    """Not with a page, and not with the look at robots.txt before it."""
    public = guard.Verdict(allowed=True, reason="public")
    opened = guard.Verdict(allowed=True, reason="opened", opened=True)
    closed = guard.Verdict(allowed=False, reason="loopback")

    def allowed(address: str, networks: tuple[guard.Network, ...] = ()) -> guard.Verdict:
        """Judge 127.0.0.1 as if it were public."""
        return public if address == "127.0.0.1" else opened if networks else closed

    monkeypatch.setattr(guard, "allowed", allowed)
    fetcher = HttpFetcher(user_agent="x", timeout=PATIENCE, spacing=0, allow_addresses=[ip_network("127.0.0.2/32")])
    reader = ArticleReader(
        fetcher=fetcher, extractor=extractor, agent="Newsvane", steady=steady, may_ask=lambda *_: True
    )
    publisher.refusals["/a"] = (302, {"Location": "http://127.0.0.2:8099/a"})
    reached = []
    with heard(lambda address: reached.append(address[0])):
        unread = await read(reader, at(publisher, "/a"))
    await fetcher.close()
    assert (unread.reason, unread.hold) == ("refused", 0)
    assert "127.0.0.2" not in reached


async def test_what_a_public_host_says_of_robots_is_asked_for_once_for_all(
    publisher, extractor, steady, monkeypatch
) -> None:
    """By the operator and by chats, whether it has rules or none."""
    public = guard.Verdict(allowed=True, reason="public")
    monkeypatch.setattr(guard, "allowed", lambda *_: public)
    fetcher = HttpFetcher(user_agent="x", timeout=PATIENCE, spacing=0)
    reader = ArticleReader(
        fetcher=fetcher, extractor=extractor, agent="Newsvane", steady=steady, may_ask=lambda *_: True
    )
    publisher.pages = {"/a": (HTML, articles.news_site()), "/b": (HTML, articles.news_site())}
    assert isinstance(await read(reader, at(publisher, "/a")), Article)
    assert isinstance(await read(reader, at(publisher, "/b"), of_chats=True), Article)
    assert asked(publisher) == ["/robots.txt", "/a", "/b"]
    await fetcher.close()


async def test_a_crawl_delay_is_heeded(publisher, reader, monkeypatch) -> None:
    """Up to a minute lies between two requests, and the first waits for nothing."""
    waited = []
    known = asyncio.sleep

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await known(0)

    publisher.pages = {"/robots.txt": ("text/plain", b"User-agent: *\nCrawl-delay: 500\n")}
    publisher.pages |= {f"/{number}": (HTML, articles.news_site()) for number in range(2)}
    monkeypatch.setattr("bot.feeds.article.permits.asyncio.sleep", sleep)
    await read(reader, at(publisher, "/0"))
    await read(reader, at(publisher, "/1"))
    assert [seconds for seconds in waited if seconds] == [60]


async def test_a_link_that_is_none_is_told(reader) -> None:
    """Whatever stands in a feed in its place."""
    for link in ("", "javascript:alert(1)", "http://", "http://[", "http://u:p@x.example/", "x" * 5_000):
        assert isinstance(await read(reader, link), Unread)


async def test_no_teaser_comes_through_any_door(publisher, reader) -> None:
    """All layouts over HTTP, a link each."""
    for number, make in enumerate((articles.news_site, articles.live_blog, articles.amp, articles.paywall)):
        publisher.pages[f"/{number}"] = (HTML, make())
        article = await read(reader, at(publisher, f"/{number}"))
        assert [word for word in TEASERS if word in article.body] == []


def hostile() -> dict[str, bytes]:
    return {
        "unclosed": b"<p>" * 60_000 + b"x",
        "nested": b"<div>" * 40_000 + b"text",
        "attributes": b"<p " + b"a=1 " * 100_000 + b">x",
        "teasers": (b"<p class='related'>" + b"xy " * 30) * 20_000,
        "articles": (b"<article><h1>Moscow</h1><p>" + b"y" * 300 + b"</p></article>") * 2_000,
        "entities": b"<p>" + b"&amp;" * 500_000,
        "structured": b"<script type='application/ld+json'>" + b"[" * 400_000 + b"</script><p>x",
    }


@pytest.mark.parametrize("kind", hostile())
async def test_a_hostile_page_costs_itself_alone(publisher, fetcher, steady, kind) -> None:
    """It is read, or told why not, and the next page is read as ever."""
    publisher.pages = {"/a": (HTML, hostile()[kind]), "/b": (HTML, articles.news_site())}
    extractor = ChildExtractor()
    reader = ArticleReader(
        fetcher=fetcher, extractor=extractor, agent="Newsvane", steady=steady, may_ask=lambda *_: True
    )
    assert isinstance(await read(reader, at(publisher, "/a")), Unread)
    await extractor.close()
    extractor = ChildExtractor(deadline=PATIENCE)
    again = ArticleReader(
        fetcher=fetcher, extractor=extractor, agent="Newsvane", steady=steady, may_ask=lambda *_: True
    )
    assert isinstance(await read(again, at(publisher, "/b")), Article)
    await extractor.close()


async def test_the_child_ends_when_nobody_has_work_for_it() -> None:
    """And the next page has a fresh one."""
    extractor = ChildExtractor(deadline=PATIENCE, idle=0.01)
    page = {"content_type": HTML, "address": "https://times.example/", "title": FOUNDING.title, "summary": ""}
    await extractor.page(articles.news_site(), **page)
    child = extractor._child
    async with asyncio.timeout(PATIENCE):
        while child.is_alive():  # noqa: ASYNC110  # a timer of the extractor's is waited for
            await asyncio.sleep(0.01)
    assert (await extractor.page(articles.news_site(), **page)).article.body
    await extractor.close()


async def test_a_child_that_is_killed_costs_one_page() -> None:
    """The page is told to be unread; the next one has a fresh child."""
    extractor = ChildExtractor(deadline=PATIENCE)
    page = {"content_type": HTML, "address": "https://times.example/", "title": FOUNDING.title, "summary": ""}
    await extractor.page(articles.news_site(), **page)
    extractor._child.process.kill()
    extractor._child.process.wait()
    assert (await extractor.page(articles.news_site(), **page)).article.body
    await extractor.close()


async def test_chats_reach_what_is_open_to_chats(publisher, extractor, steady) -> None:
    """And there their links are read as the operator's are."""
    fetcher = HttpFetcher(user_agent="x", timeout=PATIENCE, chats_may_reach=LOOPBACK, spacing=0)
    publisher.pages["/a"] = (HTML, articles.news_site())
    reader = ArticleReader(
        fetcher=fetcher, extractor=extractor, agent="Newsvane", steady=steady, may_ask=lambda *_: True
    )
    assert isinstance(await read(reader, at(publisher, "/a"), of_chats=True), Article)
    await fetcher.close()
