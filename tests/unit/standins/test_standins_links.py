"""Addresses are taken as Telegram takes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standins.botapi.links import checked


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("telegram.org", "http://telegram.org/"),
        ("telegram.org?<", "http://telegram.org/?<"),
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
        ("https://user:pw@example.org/", "https://user:pw@example.org/"),
        ("http://[::1]/", "http://[::1]/"),
        ("https://новости.рф/x", "https://новости.рф/x"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
    ],
)
def test_an_address_is_kept_in_its_full_form(address: str, kept: str) -> None:
    """A scheme and a path are added where they are missing."""
    assert checked(address) == kept


@pytest.mark.parametrize(
    "address",
    ["", "#", "/relative", "localhost", "http://localhost:80/", "javascript:alert(1)", "ftp://example.org/", "://a.b",
     "data:text/html,x", "http://exa mple.org/", "http://example.org:port/", "http://example.org:99999/", "tg:"],
)  # fmt: skip
def test_what_is_no_address_is_no_link(address: str) -> None:
    """Other schemes, hosts without a dot and broken ports are not taken."""
    assert checked(address) == ""


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_none(text: str) -> None:
    """Whatever stands in href has an answer, and it has a scheme that Telegram knows."""
    kept = checked(text)
    assert kept == "" or kept.partition("://")[0] in {"http", "https", "tg", "ton"}
