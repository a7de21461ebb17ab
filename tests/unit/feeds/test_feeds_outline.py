"""What can be told of a body without parsing it."""

from contextlib import suppress

import pytest
from growth import TIMES, check_growth
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FeedUnreadable
from bot.feeds.charset import as_utf8
from bot.feeds.parse.outline import Outline, check_outline

WHOLE = [
    b"<rss></rss>",
    b"<rss/>",
    b"<rss version='2.0' />",
    b"<RSS></rss>",
    b"\xef\xbb\xbf<?xml version='1.0'?>\n<rss><channel/></rss>\n",
    b"\n\n<?xml version='1.0'?><!-- made by <hand> --><rss></rss >",
    b"<!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'http://x.example/rss.dtd'><rss></rss>",
    b"<rdf:RDF xmlns='http://purl.org/rss/1.0/' a='>'></rdf:RDF>",
    b"<feed xmlns='http://www.w3.org/2005/Atom'></feed><!-- cached in 0.01 s -->",
    b"Warning: mysql is away\n<rss></rss>",
    "<?xml version='1.0'?><rss>ж</rss>".encode("utf-16"),
    "<?xml version='1.0'?><rss>ж</rss>".encode("utf-16-be"),
    "<?xml version='1.0'?><rss>ж</rss>".encode("utf-32"),
    b"<rss><item><![CDATA[</rss>]]></item></rss>",
    b'{"version": "https://jsonfeed.org/version/1.1", "items": []}',
    b'\xef\xbb\xbf\n{"version": "https:\\/\\/jsonfeed.org\\/version\\/1", "items": []}\n',
]


def outline(body: bytes) -> Outline:
    return check_outline(as_utf8(body, ""))


@pytest.mark.parametrize("body", WHOLE)
def test_a_whole_feed_passes(body: bytes) -> None:
    """Declarations, comments, marks, rubbish in front and comments behind are all fine."""
    outline(body)


@pytest.mark.parametrize(
    ("body", "feed"),
    [
        (b"<rss></rss>", b"<rss></rss>"),
        (b"\n <?xml version='1.0'?><rss/><script/>", b"<?xml version='1.0'?><rss/>"),
        (b"Warning: x\n<!-- a --><rss></rss ><!-- b --><script></script>", b"<!-- a --><rss></rss >"),
        (b"<rss><item>&lt;/rss></item></rss><!-- </rss> -->", b"<rss><item>&lt;/rss></item></rss>"),
        (b"<rss><item><![CDATA[</rss>]]></item></rss></rss>", b"<rss><item><![CDATA[</rss>]]></item></rss>"),
        (b'\n{"version": "https://jsonfeed.org/version/1"}\n', b'{"version": "https://jsonfeed.org/version/1"}'),
    ],
)
def test_what_stands_around_the_feed_is_left_out(body: bytes, feed: bytes) -> None:
    """Warnings in front and scripts behind would make a strict parser give up."""
    found = check_outline(body)
    assert body[found.start : found.end] == feed


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no feed"),
        (b"   ", "no feed"),
        (b"http://127.0.0.1/feed", "no feed"),
        (b"/etc/passwd", "no feed"),
        (b"Service unavailable", "no feed"),
        (b"<", "no feed"),
        (b"<!-- never ends", "no feed"),
        (b"<!DOCTYPE rss", "no feed"),
        (b"<?xml", "no feed"),
        (b'{"posts": []}', "JSON, but not a JSON Feed"),
        (b"\xef\xbb\xbf [1]", "JSON, but not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"', "cut off"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'><p>", "web page"),
        (b"<!-- x --><html lang='en'><body></body></html>", "web page"),
        (b"<HTML><head>", "web page"),
        (b"<?xml version='1.0'?><xhtml:html></xhtml:html>", "web page"),
        (b"<rss><channel>", "cut off"),
        (b"<rss", "cut off"),
        (b"<rss><channel></channel></rs", "cut off"),
        (b"<rss><channel></channel></rss", "cut off"),
        (b"<rss><item><![CDATA[ </rss> ]]></item><item>", "cut off"),
        (b"<rss><item>&lt;/rss></rss> is how it ends</item><item>", "cut off"),
        (b"<!DOCTYPE rss [<!ENTITY a 'b'>", "cut off: its DOCTYPE"),
        (b"<!DOCTYPE rss [<!-- ]> -->", "cut off: its DOCTYPE"),
    ],
)
def test_what_is_no_whole_feed_is_told_apart(body: bytes, message: str) -> None:
    """Each kind of wrong body gets the message that helps."""
    with pytest.raises(FeedUnreadable, match=message):
        outline(body)


@given(cut=st.integers(min_value=1, max_value=70))
def test_a_feed_cut_at_any_byte_is_never_taken_for_whole(cut: int) -> None:
    """Whatever is missing from the end is noticed, so the next poll reads the feed whole."""
    body = b"<?xml version='1.0'?><rss><channel><item><title>News</title></item></channel></rss>"
    with pytest.raises(FeedUnreadable):
        check_outline(body[:-cut])


@pytest.mark.parametrize(
    ("head", "piece", "tail"),
    [
        (b"", b"<!--", b""),
        (b"<rss>", b"<!--", b"</rss>"),
        (b"", b"<!DOCTYPE ", b""),
        (b"", b"<!DOCTYPE 'a", b""),
        (b"<rss ", b"a='", b""),
        (b"<rss ", b'a="1" ', b"></rss>"),
        (b"", b"</rss", b""),
        (b"", b"<", b""),
        (b"", b"<?", b""),
        (b"", b"<a:", b""),
    ],
)
def test_bodies_made_to_be_slow_are_not(head: bytes, piece: bytes, tail: bytes) -> None:
    """Looking through two megabytes of anything takes a time in line with their number."""

    def looked(body: bytes) -> None:
        with suppress(FeedUnreadable):
            check_outline(body)

    check_growth(looked, lambda size: head + piece * (size // len(piece)) + tail, 2 * 2**20 // TIMES)


@given(st.binary() | st.text(alphabet="<>!-[]?/\"' rsDOCTYPEhtml\0").map(str.encode))
def test_no_bytes_break_it(body: bytes) -> None:
    """Any bytes pass or raise FeedUnreadable."""
    with suppress(FeedUnreadable):
        check_outline(body)


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE rss [<!ENTITY a 'b'>]>",
        b"<!doctype rss\n[\n]>",
        b"<!DOCTYPE rss PUBLIC 'a>b' \"c>d\" [<!ENTITY nbsp '&#160;'><!ENTITY x ']>'>]  >",
        b"<?xml version='1.0'?><!-- <rss --><!DOCTYPE rss [<!-- it's ]> --><!ENTITY % a SYSTEM 'file:///etc/passwd'>]>",
    ],
)
def test_what_a_doctype_declares_is_left_out(doctype: bytes) -> None:
    """Entities are neither read nor refused: the feed begins behind them."""
    body = doctype + b"<rss>&a;&nbsp;</rss>"
    outline = check_outline(body)
    assert body[outline.start : outline.end] == b"<rss>&a;&nbsp;</rss>"
