"""What a feed says of how often it wants to be asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.parse.body import parse_body
from bot.feeds.parse.hints import MAX_WISH, days_of, hours_of, wish_of
from bot.model import ParsedFeed

HOUR, DAY = 3_600.0, 86_400.0
SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:atom="http://www.w3.org/2005/Atom"'


@pytest.mark.parametrize(
    ("ttl", "period", "frequency", "expected"),
    [
        ("60", "", "", HOUR),
        (" 120 ", "", "", 2 * HOUR),
        ("299", "", "", 299 * 60.0),
        ("600", "", "", 600.0),
        ("86400", "", "", DAY),
        ("60.0", "", "", HOUR),
        ("0", "", "", None),
        ("-5", "", "", None),
        ("", "", "", None),
        ("one hour", "", "", None),
        ("1e3", "", "", None),
        ("٣", "", "", None),
        ("999999999", "", "", MAX_WISH),
        ("9" * 5_000, "", "", None),
        ("", "hourly", "", HOUR),
        ("", " Daily ", "", DAY),
        ("", "weekly", "7", DAY),
        ("", "monthly", "1", 30 * DAY),
        ("", "yearly", "1", MAX_WISH),
        ("", "", "2", DAY / 2),
        ("", "hourly", "0", None),
        ("", "hourly", "-1", None),
        ("", "hourly", "x", None),
        ("", "now and then", "1", None),
        ("30", "hourly", "1", HOUR),
        ("120", "hourly", "1", 2 * HOUR),
        ("30", "rubbish", "rubbish", HOUR / 2),
    ],
)
def test_the_longer_wish_counts_and_rubbish_does_not(ttl, period, frequency, expected) -> None:
    """Minutes of ttl or a share of a period, whichever is longer, within 31 days."""
    assert wish_of(ttl, period, frequency) == expected


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_no_text_is_a_wish_out_of_bounds(ttl: str, period: str, frequency: str) -> None:
    """A wish is none, or more than nothing and at most 31 days."""
    wish = wish_of(ttl, period, frequency)
    assert wish is None or 0 < wish <= MAX_WISH


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["3", " 0 ", "3"], (0, 3)),
        (["24", "1"], (0, 1)),
        (["25", "-1", "x", "", "²", "9" * 4_000], ()),
        ([str(hour) for hour in range(23)], tuple(range(23))),
        ([str(hour) for hour in range(24)], ()),
        ([str(hour) for hour in range(1, 25)], ()),
    ],
)
def test_hours(texts: list[str], expected: tuple[int, ...]) -> None:
    """0 to 23; 24 is midnight too; all of them are none."""
    assert hours_of(texts) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Sunday", "monday "], (0, 6)),
        (["Sat", "SUN"], (5, 6)),
        (["Someday", "", "x"], ()),
        (["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], ()),
    ],
)
def test_days(texts: list[str], expected: tuple[int, ...]) -> None:
    """0 is Monday; all of them are none."""
    assert days_of(texts) == expected


def read(channel: str, items: str = "") -> ParsedFeed:
    body = f"<rss version='2.0' {SY}><channel><title>T</title>{channel}{items}</channel></rss>"
    return parse_body(body.encode(), "", base="https://x.example/feed", now=0.0)


def test_what_stands_behind_the_items_or_in_them_counts_only_for_the_feed() -> None:
    """Elements of a channel may come in any order (RSS 2.0), and an item has none of these."""
    item = "<item><title>T</title><hour>5</hour><ttl>9</ttl><atom:link rel='hub' href='https://no.example/'/></item>"
    found = read("", item + "<ttl>60</ttl><skipHours><hour>7</hour></skipHours>")
    assert (found.wish, found.skip_hours, found.hubs) == (HOUR, (7,), ())


def test_a_malformed_feed_tells_its_habits_too() -> None:
    """The parser that forgives reads them as well."""
    found = read(
        "<ttl>60</ttl><skipHours><hour>7</hour><hour>8</hour></skipHours><br>", "<item><title>A & B</title></item>"
    )
    assert (found.wish, found.skip_hours, len(found.entries)) == (HOUR, (7, 8), 1)


def test_hubs_are_whole_addresses_each_once_at_most_four() -> None:
    """Whatever a publisher lists, no more is asked than what can be a hub."""
    links = [
        "javascript:x",
        "/hub",
        "https://a.example/",
        "https://a.example/",
        *(f"http://{n}.example/" for n in range(9)),
    ]
    found = read("".join(f"<atom:link rel='HUB' href='{link}'/>" for link in links))
    assert found.hubs == ("https://x.example/hub", "https://a.example/", "http://0.example/", "http://1.example/")


def test_the_topic_is_where_the_feed_says_that_it_lives() -> None:
    """rel=self, resolved; nothing if it leads nowhere."""
    assert read("<atom:link rel='self' href='/rss'/>").topic == "https://x.example/rss"
    assert read("<atom:link rel='self' href='tg://x'/>").topic == ""
