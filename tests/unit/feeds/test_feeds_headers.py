"""What a publisher's headers say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.feeds.fetch.headers import any_of, freshness, link_header

NOW = 1_582_900_000.0
BASE = URL("https://times.example/rss")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=600"}, 600.0),
        ({"Cache-Control": "public, Max-Age=600", "Age": "250"}, 350.0),
        ({"Cache-Control": "max-age=600", "Age": "9999"}, 0.0),
        ({"Cache-Control": "max-age=60, s-maxage=600"}, 600.0),
        ({"Cache-Control": 'max-age="600"'}, 600.0),
        ({"Cache-Control": "no-cache, max-age=600"}, None),
        ({"Cache-Control": "max-age=-5"}, None),
        ({"Cache-Control": "max-age=rubbish", "Age": "x"}, None),
        ({"Expires": "Fri, 28 Feb 2020 14:36:40 GMT", "Date": "Fri, 28 Feb 2020 14:26:40 GMT"}, 600.0),
        ({"Expires": "0"}, None),
        ({"Expires": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"Cache-Control": "max-age=0", "Expires": "Fri, 28 Feb 2030 14:36:40 GMT"}, 0.0),
    ],
)
def test_a_copy_is_fresh_for_as_long_as_the_headers_say(headers: dict[str, str], seconds: float | None) -> None:
    assert freshness(headers, NOW) == seconds


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=30))
def test_no_header_is_too_odd_to_be_read(control: str, age: str, expires: str) -> None:
    found = freshness({"Cache-Control": control, "Age": age, "Expires": expires}, NOW)
    assert found is None or 0 <= found <= 366 * 86_400


@pytest.mark.parametrize(
    ("values", "hubs", "topic"),
    [
        ([], (), ""),
        (['<https://hub.example/>; rel="hub"'], ("https://hub.example/",), ""),
        (
            ['<https://hub.example/>; rel=hub, </feed>; rel="self"'],
            ("https://hub.example/",),
            "https://times.example/feed",
        ),
        (
            ["<https://a.example/>; rel=hub", '<https://b.example/>; title=x; rel="next hub"'],
            ("https://a.example/", "https://b.example/"),
            "",
        ),
        (["<javascript:x>; rel=hub", "<file:///etc>; rel=self"], (), ""),
        (["<https://u:p@hub.example/>; rel=hub"], (), ""),
        (["<" * 5_000, ";" * 5_000, '<x>;rel="' * 500], (), ""),
    ],
)
def test_hubs_and_the_feeds_own_address_are_read_from_link_headers(values, hubs, topic) -> None:
    found = link_header(values, BASE)
    assert (found["hubs"], found["topic"]) == (hubs, topic)


@pytest.mark.parametrize(
    ("etag", "sent"),
    [
        ('"x"', '"x"'),
        ('W/"x"', 'W/"x"'),
        ('"x-gzip"', '"x-gzip", "x"'),
        ('W/"x-br"', 'W/"x-br", W/"x"'),
        ('"x;gzip"', '"x;gzip", "x"'),
        ('"x--gzip"', '"x--gzip", "x"'),
        ('"-gzip"', '"-gzip"'),
        ("x-gzip", "x-gzip"),
        ('"a", "b-gzip"', '"a", "b-gzip"'),
    ],
)
def test_a_validator_goes_back_as_it_came_and_as_the_server_knows_it(etag, sent):
    """Apache never answers 304 to the validator that it gives out with what it compresses."""
    assert any_of(etag) == sent
