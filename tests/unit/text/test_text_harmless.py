"""What others wrote is read as words, and as nothing else."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standins.botapi.entities import detect
from standins.botapi.markup import parse

from bot.text.harmless import JOINER, escape, harmless, settled

PIECES = (
    "/stop",
    "@durov",
    "#war",
    "$USD",
    "a.com",
    "a@b.com",
    "://",
    "4111111111111111",
    "10.0.0.1",
    *"/@#$.: -aé日1\u200c",
)
any_text = st.text() | st.lists(st.sampled_from(PIECES)).map("".join)


@pytest.mark.parametrize(
    "words",
    ["/stop", "/stop@newsvane_bot", "@durov", "#war", "#war@durov", "$USD", "evil.com/x", "evil.xn--p1ai", "сайт.рф",
     "a@b.com", "file.py", "4111 1111 1111 1111", "4111111111111111", "tg://resolve?domain=x", "https://u:p@evil.com:80/?x",
     "10.0.0.1", "(themoscowtimes.com)", "EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N"],
)  # fmt: skip
def test_what_telegram_would_find_it_does_not_find(words: str) -> None:
    """No command, name, tag, address or number is left, and the words look as they did."""
    assert detect(f"so {words} it is") != ()
    assert detect(harmless(f"so {words} it is")) == ()
    assert harmless(words).replace(JOINER, "") == words


def test_a_phone_number_is_parted() -> None:
    """Telegram's server links those with a plus; its library does not, so the stand-in cannot show it."""
    assert max(len(part) for part in harmless("+12025550123").split(JOINER)) <= 6


@pytest.mark.parametrize(
    "words",
    ["S-400", "U.S. Army", "24/7 and/or", "3.5 bn", "5.2.2024", "12:30", "2019-2020", "No. 1", "#1", "$5m",
     "C# and .NET", "т.е. да", "AT&T", "1,000,000.50", "Ph.D.", "2+2", "и/или", "Jan. 2. 2020"],
)  # fmt: skip
def test_what_telegram_would_not_find_is_left_alone(words: str) -> None:
    """A search in the chat finds it."""
    assert harmless(words) == words


@given(any_text)
def test_in_no_text_telegram_finds_anything(text: str) -> None:
    """Whatever stands beside it."""
    made = harmless(settled(text))
    assert detect(made) == ()
    assert harmless(made) == made
    assert made.replace(JOINER, "") == settled(text).replace(JOINER, "")


@given(any_text)
def test_escaped_words_are_read_back(text: str) -> None:
    """No markup of theirs is markup."""
    assert html.unescape(escape(text)) == harmless(settled(text))
    assert parse(escape("<b>x</b> &lt;")) == ("<b>x</b> &lt;", ())


def test_an_accent_that_telegram_takes_away_is_part_of_its_letter() -> None:
    """U+030A above A is Å; where there is no such letter it goes, as it would at Telegram's."""
    assert settled("A\u030angstro\u0308m") == "Ångström"
    assert settled("x\u030a y\u0333\u200e\u200f\r") == "x y"


def test_a_row_of_accents_is_left_as_it_is() -> None:
    """To put a hundred thousand in order would take seconds."""
    heap = "a" + "\u0301\u0316" * 50_000
    assert settled(heap) == heap
