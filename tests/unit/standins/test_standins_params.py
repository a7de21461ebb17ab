"""Parameters are read from every body that the Bot API takes."""

import json

import aiohttp
import pytest
from standins.botapi import BotApi
from standins.botapi.params import Params, read
from standins.botapi.refusals import Refused

FORM = "application/x-www-form-urlencoded"


def told(query: str, kind: str, body: bytes) -> str:
    """Return the sentence with which a body is refused."""
    with pytest.raises(Refused) as refused:
        read(query, kind, body)
    return refused.value.refusal.description


def test_query_form_and_json_say_the_same() -> None:
    """The three bodies are read alike; JSON values that are no texts become JSON texts."""
    assert read("chat_id=7&text=a+b%26", "", b"") == {"chat_id": "7", "text": "a b&"}
    assert read("", FORM + "; charset=utf-8", b"chat_id=7&text=a+b%26") == {"chat_id": "7", "text": "a b&"}
    body = json.dumps({"chat_id": 7, "text": "a b&", "entities": [], "flag": True}).encode()
    assert read("", "application/json", body) == {"chat_id": "7", "text": "a b&", "entities": "[]", "flag": "true"}


def test_the_body_wins_over_the_query() -> None:
    """A parameter that is said twice counts as the body says it."""
    assert read("text=a&chat_id=7", FORM, b"text=b") == {"text": "b", "chat_id": "7"}


async def test_multipart_is_read(api: BotApi, http: aiohttp.ClientSession) -> None:
    """A multipart body, as clients send it with files, sends a message like any other."""
    with aiohttp.MultipartWriter("form-data") as form:
        for name, value in (("chat_id", "7"), ("text", "Привет\r\n--\r\n🏟")):
            form.append(value).set_content_disposition("form-data", name=name)
    async with http.post(f"{api.base_url}{api.token}/sendMessage", data=form) as response:
        assert response.status == 200
    assert [message.text for message in api.messages(7)] == ["Привет\n--\n🏟"]


@pytest.mark.parametrize(
    ("query", "kind", "body"),
    [
        ("text=%ff", "", b""),
        ("", FORM, b"text=\xff"),
        ("", FORM, b"text=%ff"),
        ("", "application/json", b'{"text": "\xff"}'),
        ("", "application/json", rb'{"text": "\ud800"}'),
    ],
)
def test_what_is_no_utf8_is_refused(query: str, kind: str, body: bytes) -> None:
    """Broken bytes and half surrogate pairs get Telegram's sentence."""
    assert told(query, kind, body) == "Bad Request: strings must be encoded in UTF-8"


@pytest.mark.parametrize("body", [b"{", b"[]", b"7", b"[" * 100_000])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    """A JSON body is an object or nothing, however deep it is."""
    assert "can't parse" in told("", "application/json", body)


def test_numbers_and_flags_are_read_with_telegrams_leniency() -> None:
    """What is no number counts as not given; yes, true and 1 are yes."""
    params = Params(limit="x", offset="-3", a="True", b="1", c="no")
    assert (params.integer("limit", 100), params.integer("offset"), params.integer("timeout")) == (100, -3, 0)
    assert (params.flag("a"), params.flag("b"), params.flag("c"), params.flag("d")) == (True, True, False, False)
