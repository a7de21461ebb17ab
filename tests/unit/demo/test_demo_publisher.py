"""The demo's publisher and its story, over real HTTP."""

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from itertools import islice, pairwise
from pathlib import Path

import aiohttp
import pytest
from examples import rss_items

from bot.assembly import index_of
from bot.demo.publisher import Publisher
from bot.demo.story import HISTORY, LONGEST_HEADLINE, RELEASES, NewsItem, news, own_item, read_items
from bot.errors import ConfigError
from bot.model import Item
from bot.settings import load

NOW = 1_582_900_000.0  # Fri, 28 Feb 2020 17:26:40 +0300


@pytest.fixture
def settings():
    """The config that is shipped."""
    return load(Path(__file__).parents[3] / "config", Path("unused"), environ={})


def some_news(number: int) -> NewsItem:
    return NewsItem(title=f"News {number}", summary="A sentence.", link=f"https://moscow-times.example/x-a{number}")


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    made = Publisher(HISTORY, clock=lambda: NOW)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


async def test_the_feed_has_the_shape_of_the_moscow_times(publisher, session) -> None:
    """RSS 2.0, newest first, guid = link = …-aNUMBER, blank space round the sentence, Moscow time, ttl 600."""
    async with session.get(publisher.url) as response:
        body = await response.read()
        assert response.headers["Content-Type"] == "application/rss+xml; charset=UTF-8"
    root = ET.fromstring(body)  # noqa: S314  # our own
    assert (root.tag, root.get("version"), root.findtext("channel/ttl")) == ("rss", "2.0", "600")
    found = rss_items(body)
    assert [item["link"] for item in found] == [item.link for item in HISTORY[::-1]]
    for item in found:
        assert item["guid"] == item["link"]
        assert item["link"].rpartition("-a")[2].isdigit()
        assert item["description"].startswith("\n  ")
        assert item["pubDate"].endswith(" +0300")
    assert found[0]["pubDate"] == "Fri, 28 Feb 2020 16:49:40 +0300"


async def test_the_window_slides(publisher, session) -> None:
    """The feed shows the newest 50; what is published pushes the oldest out."""
    for number in range(3):
        publisher.publish(some_news(number))
    async with session.get(publisher.url) as response:
        found = rss_items(await response.read())
    assert len(found) == 50
    assert [item["title"] for item in found[:3]] == ["News 2", "News 1", "News 0"]
    assert found[-1]["link"] == HISTORY[3].link
    publisher.window = 2
    assert len(rss_items(publisher.body())) == 2


async def test_validators(publisher, session) -> None:
    """Either validator brings a 304 without a body until something is published; the tag outranks the date."""
    async with session.get(publisher.url) as response:
        etag, date = response.headers["ETag"], response.headers["Last-Modified"]
    assert date == "Fri, 28 Feb 2020 14:26:40 GMT"
    stale = {"If-None-Match": '"other"', "If-Modified-Since": date}
    for asked, status in (({"If-None-Match": etag}, 304), ({"If-Modified-Since": date}, 304), (stale, 200), ({}, 200)):
        async with session.get(publisher.url, headers=asked) as response:
            assert (response.status, bool(await response.read())) == (status, status == 200)
    publisher.publish(some_news(1))
    async with session.get(publisher.url, headers={"If-None-Match": etag}) as response:
        assert response.status == 200


async def test_texts_that_xml_cannot_hold_do_not_break_the_feed() -> None:
    """Markup, control characters and lone surrogates of real items come out as XML that can be read."""
    publisher = Publisher(clock=lambda: NOW)
    publisher.publish(NewsItem(title='<b>&amp; "x" \x00\x1b\ud800', summary="]]>", link="https://x.example/?a=1&b=2"))
    (item,) = rss_items(publisher.body())
    assert (item["title"], item["link"]) == ('<b>&amp; "x" ?', "https://x.example/?a=1&b=2")


def test_the_story() -> None:
    """Fifty items of the past and ten to come, each with its own number and words, the first to come about both."""
    story = HISTORY + RELEASES
    assert (len(HISTORY), len(RELEASES)) == (50, 10)
    for part in ("link", "title", "summary"):
        assert len({getattr(item, part) for item in story}) == len(story)
    assert "Turkish Aircraft Over Idlib" in RELEASES[0].title
    assert all(item.link.startswith("https://moscow-times.example/") for item in story)
    text = [f"{item.title} {item.summary}".lower() for item in story]
    hits = [
        words
        for words in text
        if any(t in words for t in ("idlib", "s-400", "turkish air", "turkish w", "turkish j", "turkish pl"))
    ]
    assert 8 <= len(hits) <= 12


def test_items_are_read_from_lines() -> None:
    """Each line is an item; times come as ISO 8601 or seconds; empty lines are passed over."""
    lines = [
        '{"title": "A", "summary": "B", "link": "https://x.example/1", "published": "2020-01-01 23:50:31+00:00"}\n',
        "\n",
        '{"title": "C", "published": 5}',
        '{"title": "D", "published": "2020-01-01T00:00:00", "summary": null}',
    ]
    assert list(read_items(lines, "x.jsonl")) == [
        NewsItem(title="A", summary="B", link="https://x.example/1", published=1_577_922_631.0),
        NewsItem(title="C", summary="", link="", published=5.0),
        NewsItem(title="D", summary="", link="", published=1_577_836_800.0),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "5",
        "null",
        '"x"',
        '{"title": 5}',
        '{"published": "soon"}',
        '{"published": []}',
        '{"published": 1e999}',
    ],
)
def test_a_line_that_is_no_item_is_told_with_its_place(line: str) -> None:
    """The message says where and what a line should be."""
    with pytest.raises(ConfigError, match=r"x\.jsonl:2: .*each line is a JSON object"):
        list(read_items(['{"title": "A"}', line], "x.jsonl"))


def test_news_never_ends_and_each_watchlist_fires_again_and_again(settings) -> None:
    """Over an hour of the demo no link comes twice, and no watchlist is silent for more than a minute and a half."""
    index = index_of(settings)
    items = list(islice(news(), 450))
    assert len({item.link for item in items}) == 450
    fired: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        matched = Item(keys=(item.link,), feed="f", source="s", title=item.title, summary=item.summary, link=item.link)
        for match in index.match(matched):
            fired.setdefault(match.watch, []).append(number)
    assert fired.keys() == {"idlib", "s-400", "turkish-aircraft"}
    for numbers in fired.values():
        assert max(later - earlier for earlier, later in pairwise([0, *numbers, 450])) <= 11


def test_no_headline_comes_again_soon() -> None:
    """Five rounds long, that is for six minutes of the demo, no two items are called the same."""
    titles = [item.title for item in islice(news(), 450)]
    assert all(title not in titles[max(0, place - 45) : place] for place, title in enumerate(titles))


def test_what_is_left_to_fill_in_is_filled_in() -> None:
    assert not [item for item in islice(news(), 100) if set("{}") & set(item.title + item.summary + item.link)]


@pytest.mark.parametrize("typed", ["", "   ", "<script>x</script>", "\x00\x1b[31m", "&#x202e;"])
def test_a_headline_of_nothing_is_no_headline(typed) -> None:
    assert own_item(typed, 1).title in {"", "[31m"}


def test_a_headline_that_somebody_typed_is_cut_and_cleaned() -> None:
    item = own_item("<b>S-400</b> \x00" + "long " * 100, 1)
    assert item.title.startswith("S-400 long")
    assert len(item.title) <= LONGEST_HEADLINE
    assert item.title.endswith("…")
    assert item.link != own_item("x", 2).link
