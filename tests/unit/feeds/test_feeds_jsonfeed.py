"""JSON Feed, and what is made of JSON by somebody who means harm."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import FeedUnreadable
from bot.feeds.parse.body import parse_body
from bot.model import Entry, ParsedFeed

NOW = 1_582_900_000.0
VERSION = "https://jsonfeed.org/version/1.1"


def read(body: str | bytes) -> ParsedFeed:
    return parse_body(body.encode() if isinstance(body, str) else body, "", base="https://x.example/feed", now=NOW)


def feed(*items: object, **rest: object) -> ParsedFeed:
    return read(json.dumps({"version": VERSION, "title": "T", "items": items, **rest}))


def entry(**item: object) -> Entry:
    (found,) = feed(item).entries
    return found


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [{}]', "cut off"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}', "cut off"),
        ('{"version": "https://jsonfeed.org/version/1.1"}', "no list of items"),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": {}}', "no list of items"),
        ('{"version": "https://jsonfeed.org/version/2", "items": []}', "not a JSON Feed"),
        ('{"about": "https://jsonfeed.org/version/1.1", "items": []}', "not a JSON Feed"),
        ('{"version": 1, "x": "jsonfeed.org/version/", "items": []}', "not a JSON Feed"),
        ('{"type": "FeatureCollection"}', "not a JSON Feed"),
        ("[1, 2]", "not a JSON Feed"),
    ],
)
def test_other_json_and_cut_json_are_refused(body: str, message: str) -> None:
    """What is no JSON Feed says so; what is half of one is refused whole."""
    with pytest.raises(FeedUnreadable, match=message):
        read(body)


@given(cut=st.integers(min_value=1, max_value=150))
def test_a_feed_cut_at_any_byte_is_never_taken_for_whole(cut: int) -> None:
    """Half a sentence never becomes an item."""
    body = json.dumps(
        {"version": VERSION, "items": [{"id": "1", "title": "News of the day"}, {"id": "2", "title": "}"}]}
    )
    with pytest.raises(FeedUnreadable):
        read(body[:-cut] if cut < len(body) else "{")


def test_a_feed_without_items_is_fine() -> None:
    """A quiet publisher is no error."""
    assert feed().entries == ()


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id": 5}, Entry(guid="5")),
        ({"id": 5.5, "title": None}, Entry(guid="5.5")),
        ({"id": True, "title": ["T"], "url": {"a": 1}, "summary": 7}, Entry()),
        ({"id": "1", "authors": "Ann", "author": "Ann", "language": 3, "date_published": 12}, Entry(guid="1")),
        ({"id": "1", "authors": [None, {"name": 1}, {"name": " Ann "}]}, Entry(guid="1", author="Ann")),
        ({"url": "javascript:alert(1)", "external_url": "tg://x"}, Entry()),
        ({"url": "javascript:alert(1)", "external_url": "/y"}, Entry(link="https://x.example/y")),
        ({"title": "a\ud800b\u202e", "content_text": "a\ud800b"}, Entry(title="a?b", summary="")),
        ({"title": "T", "content_html": "<script>x</script>"}, Entry(title="T")),
        ({"title": "T", "summary": "T", "content_text": "More."}, Entry(title="T", summary="More.")),
        ({"date_published": "2020-02-28"}, Entry(published=1_582_848_000.0)),
        ({"date_published": "2020-02-28T07:15:00"}, Entry(published=1_582_874_100.0)),
        ({"date_published": "yesterday", "date_modified": "2020-02-28t07:15:00z"}, Entry(published=1_582_874_100.0)),
        ({"date_published": "0001-01-01T00:00:00+23:59"}, Entry()),
        ({"date_published": "9999-12-31T23:59:59-23:59"}, Entry()),
        ({"date_published": "1" * 10_000}, Entry()),
    ],
)
def test_values_of_any_type_are_read_or_passed_over(item: dict[str, object], expected: Entry) -> None:
    """A value of the wrong type is as if it were not there."""
    assert entry(**item) == expected


def test_items_that_are_none_are_left_out() -> None:
    """One broken item does not cost the others."""
    assert [found.guid for found in feed({"id": "1"}, None, 3, [], "x", {"id": "2"}).entries] == ["1", "2"]


@pytest.mark.parametrize(
    "items",
    [
        "[" * 200_000 + "]" * 200_000,
        '[{"id":' * 50_000 + "1" + "}]" * 50_000,
        "[NaN, Infinity, -Infinity]",
        '[{"id": NaN}, {"id": 1e999}]',
        '[{"id": ' + "9" * 100_000 + "}]",
        '["\\ud800"]',
        "[1,]",
        "[\x01]",
    ],
)
def test_json_made_to_break_readers_gives_a_feed_or_a_feed_error(items: str) -> None:
    """Depth, numbers that are none, numbers without end."""
    with suppress(FeedUnreadable):
        for found in read('{"version": "' + VERSION + '", "items": ' + items + "}").entries:
            json.dumps(found.guid).encode()


def test_texts_and_lists_have_their_longest() -> None:
    """No publisher fills the memory."""
    found = feed(
        {"id": "g" * 5_000, "title": "t" * 9_000, "content_html": "<p>" * 90_000, "language": "l" * 99},
        *({"id": "1"},) * 2_010,
        hubs=[{"type": "WebSub", "url": f"https://{n}.example/"} for n in range(9)],
        authors=[{"name": "Ann"}] * 1_000,
    )
    assert len(found.entries) == 2_000
    assert len(found.hubs) == 4
    assert (len(found.entries[0].title), len(found.entries[0].lang)) == (500, 0)
    assert max(len(found.entries[0].guid), len(found.entries[0].author)) <= 300


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("id", "url", "external_url", "title", "content_html", "summary", "authors", "author", "language", "hubs")
NAMES += ("content_text", "date_published", "date_modified", "home_page_url", "feed_url")


@settings(max_examples=200)
@given(
    feed_values=st.dictionaries(st.sampled_from(NAMES), VALUES),
    items=st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES) | VALUES, max_size=3),
)
def test_no_values_break_it(feed_values: dict[str, object], items: list[object]) -> None:
    """Any JSON in any place gives clean values."""
    for found in feed(*items, **feed_values).entries:
        assert found.link == "" or found.link.lower().startswith(("http://", "https://"))
        (found.guid + found.title + found.summary + found.author + found.lang).encode()
