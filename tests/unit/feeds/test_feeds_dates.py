"""Dates are right, or there are none."""

from datetime import UTC, datetime

import pytest

from bot.feeds.parse.body import parse_body

NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def published(written: str) -> str:
    """Read a date as an RSS item has it; gives it in UTC, or an empty text."""
    item = f"<item><title>x</title><link>https://x.example/1</link><pubDate>{written}</pubDate></item>"
    body = f"<rss version='2.0'><channel><title>x</title>{item}</channel></rss>".encode()
    found = parse_body(body, "", base="", now=NOW).entries[0].published
    return "" if found is None else f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Fri, 28 Feb 2020 16:49:40 +0300", "2020-02-28 13:49:40"),
        ("2020-02-28T16:49:40+03:00", "2020-02-28 13:49:40"),
        ("2020-02-28T16:49:40Z", "2020-02-28 16:49:40"),
        ("20200228", "2020-02-28 00:00:00"),
        ("1520932969", "2018-03-13 09:22:49"),
        ("1520932969000", "2018-03-13 09:22:49"),
        ("1520932969.25", "2018-03-13 09:22:49"),
        ("15209329", ""),
        ("152093296", ""),
        ("March 30 2020 07:02:38 PM", "2020-03-30 19:02:38"),
        ("Sun, 17 Dec 2017 1:55 PM EST", "2017-12-17 18:55:00"),
        ("Sun, 17 Dec 2017 12:05:09 am +0300", "2017-12-16 21:05:09"),
        ("Sun, 17 Dec 2017 1:55 PM in Kyiv", ""),
        ("Sat, Oct 28 2023 08:28:28 PM", "2023-10-28 20:28:28"),
        ("Sat, Oct 28 2023 12:28:28 AM", "2023-10-28 00:28:28"),
        ("Sat, Oct 28 2023 12:28:28 p.m.", "2023-10-28 12:28:28"),
        ("2020-03-30T07:02:38-05:00Z", "2020-03-30 12:02:38"),
        ("2020-03-30T07:02:38+0330Z", "2020-03-30 03:32:38"),
        ("Fri, 31 Mar 2023 20:19:00 America/Los_Angeles", "2023-04-01 03:19:00"),
        ("Fri, 31 Mar 2023 20:19:00 Nowhere/At_All", ""),
        ("yesterday", ""),
        ("9" * 200, ""),
    ],
)
def test_a_date_is_read_as_it_is_meant_or_not_at_all(written: str, expected: str) -> None:
    assert published(written) == expected
