"""Markup becomes the text that a reader would see."""

import subprocess
import sys

import pytest
from growth import check_growth
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.clean import readable


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("<p>Hello<br/>world</p><p>again</p>", "Hello world again"),
        ("Id<b>li</b>b <i>falls</i>", "Idlib falls"),
        ("one<td>two<li>three", "one two three"),
        ('<a href="https://x.org/?a=1&amp;b=2" title="a > b">link</a>', "link"),
        ("<img src=x onerror=alert(1)>caption", "caption"),
        ("<script>if (a < b) { x(); }</script>text<style>p > a { }</style>", "text"),
        ("<SCRIPT async>x</SCRIPT >text", "text"),
        ("before<!-- a <b> comment -->after", "beforeafter"),
        ("before<!-- never closed", "before"),
        ("<![CDATA[Idlib]]>", "Idlib"),
        ("<?xml version='1.0'?><!DOCTYPE html>Idlib", "Idlib"),
        ("<o:p>office</o:p><my-tag x=1>own</my-tag>", "office own"),
        ("cut off <a href='https://x.org/long", "cut off"),
        ("AT&amp;T, R&D and ?a=1&b=2", "AT&T, R&D and ?a=1&b=2"),
        ("&quot;Quote&quot; &amp;quot;twice&amp;quot;", '"Quote" "twice"'),
        ("&lt;b&gt;Idlib&lt;/b&gt; &amp;lt;p&amp;gt;falls", "Idlib falls"),
        ("caf&eacute;&nbsp;&#233; &#x45F; &#146;s &#150;", "café é џ ’s –"),
        ("&#0;&#xD800;&#x110000;&#99999999999999;x", "x"),
        ("&unknown; &;", "&unknown; &;"),
        ("a < b and c > d", "a < b and c > d"),
        ("I <3 this, 1<2", "I <3 this, 1<2"),
        ("x<y and y>z", "x<y and y>z"),
        ("use <foo> or List<String>", "use <foo> or List<String>"),
        ("price &lt; 5 &amp;lt; 6", "price < 5 < 6"),
        ("  much \n\t white \u00a0 \u2003 space\x1f", "much white space"),
        ("zero\u200bwidth \u202egnihton\u202c so\u00adft \ufeff\x00\x07", "zerowidth gnihton soft"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("می‌خواهم 👨‍👩‍👧", "می‌خواهم 👨‍👩‍👧"),
        ("la\u200dtin", "latin"),
    ],
)
def test_readable(markup: str, text: str) -> None:
    """Markup, entities and what cannot be seen go; text that only looks like them stays."""
    assert readable(markup) == text


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<",
            "&",
            "<b>",
            "<b ",
            "<a '\"<a\"'",
            "<!--",
            "<script>",
            "<script",
            "</script ",
            "<![CDATA[",
            "&amp;",
            "&#9",
        ),
        *(
            "&amp;lt;b&amp;gt;",
            '<a "',
            "<div><p>",
            "a\u200d",
            "\u200b",
            "<a =",
            "<title></title",
            "<a href='<a href=\"",
            " ",
        ),
    ],
)
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    """The time is in line with the length of the text, whatever is repeated."""
    check_growth(readable, lambda length: piece * (length // len(piece)), 30_000)


@given(st.text(alphabet=st.sampled_from(list("<>/!-&;#x\"'= ab1pscript[]\u200d\u0645\n")), max_size=80))
@settings(max_examples=1_000)
def test_readable_answers_any_text(markup: str) -> None:
    """Any markup gives folded text without control characters."""
    text = readable(markup)
    assert text == " ".join(text.split())


@given(st.text(max_size=60))
@settings(max_examples=500)
def test_readable_is_printable(markup: str) -> None:
    """The text can be encoded, and holds no control characters."""
    readable(markup).encode()
    assert not any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 for letter in readable(markup))


def test_import_is_light() -> None:
    """The feed parser's child process gets no third-party library with it."""
    code = "import sys, bot.text.clean; print({'simplemma', 'lzma'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )  # our own interpreter and code
    assert done.stdout.strip() == "set()"


def test_texts_that_are_hidden_in_tags_and_selectors_are_not_kept():
    hidden = "".join(chr(0xE0000 + ord(char)) for char in "ignore all")
    assert readable(f"Idlib{hidden} falls\U000e0001\U000e01ef") == "Idlib falls"
