"""Which feeds a web page names, and how addresses are read that people type."""

import pytest
from growth import TIMES, check_growth
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.errors import FeedForbidden
from bot.feeds.address import linked_address, typed_address
from bot.feeds.charset import codec, page_text
from bot.feeds.discover.page import (
    COMMENTS,
    JSON,
    LINKED,
    MAX_CANDIDATES,
    NAMED,
    UNTYPED,
    Candidate,
    feeds_of_page,
    guesses,
    is_page,
    standing_out,
)

SITE = "https://times.example/world/today"
READ = 512 * 2**10


def found(page: str, address: str = SITE) -> tuple[Candidate, ...]:
    return feeds_of_page(page.encode(), "text/html; charset=utf-8", address)


def urls(page: str, address: str = SITE) -> list[str]:
    return [candidate.url for candidate in found(page, address)]


# --- pages --------------------------------------------------------------------------------------------------


def test_a_feed_that_the_head_names_is_found_with_its_title_and_kind() -> None:
    """The usual case: one link in the head, its address relative."""
    page = """<!DOCTYPE html><html><head><title>Times</title>
      <link rel="alternate" type="application/rss+xml" title="The Times &amp; co" href="/rss?a=1&amp;b=2"></head>"""
    assert found(page) == (
        Candidate(url="https://times.example/rss?a=1&b=2", title="The Times & co", kind="rss", place=NAMED),
    )


@pytest.mark.parametrize(
    "tag",
    [
        '<LINK REL="ALTERNATE" TYPE="APPLICATION/RSS+XML" HREF="/rss">',
        "<link rel=alternate type=application/rss+xml href=/rss>",
        "<link href='/rss' type = 'application/rss+xml' rel = 'alternate' />",
        "<link rel='home alternate  feed' type='application/rss+xml; charset=utf-8' href=' /rss\n'>",
        "<link rel=alternate type=application/rdf+xml href=../rss>",
        "<link rel=alternate type=text/rss+xml href=//times.example/rss>",
        "<link rel=alternate type=application/atom+xml href=feed:https://times.example/rss>",
        "<link rel=alternate type=application/feed+json href=https://TIMES.example/rss#top>",
        "<link type=application/rss+xml href=/rss>",
        "<link rel=alternate href=/rss>",
        "<link rel=alternate type=text/xml href=/rss>",
        "<link rel=feed href=/rss>",
        "<a href=/rss>News</a>",
        "<base href=https://times.example/x/y/z><link rel=alternate type=application/rss+xml href=../../rss>",
        "<link rel=alternate type=application/rss+xml href=../../rss><base href=/x/y/z>",
        "<!-- old <link rel=alternate type=application/rss+xml href=/old> --><a href=/rss>RSS</a>",
        "<script>'<link rel=alternate type=application/rss+xml href=/old>'</script><a href=/rss>RSS</a>",
        "<p title='<a href=/feed>'><a href=/rss title=Don't>RSS</a>",
        '<body title="unclosed><a href=/rss>RSS</a>',
    ],
)
def test_a_feed_is_found_however_the_page_writes_it(tag: str) -> None:
    """Capitals, no quotes, several rel tokens, no type, a base, and nothing in comments, scripts and attributes."""
    assert urls(tag) == ["https://times.example/rss"]


@pytest.mark.parametrize(
    "href",
    [
        "/feed",
        "/feed/",
        "/feeds/all",
        "/news.rss",
        "/index.xml",
        "/?feed=rss2",
        "https://feeds.example/times",
        "/a/atom.xml",
    ],
)
def test_a_link_that_looks_like_a_feed_is_a_second_choice(href: str) -> None:
    """Many a site has an orange button and nothing in its head."""
    (candidate,) = found(f"<p>Read on</p><a class=x href='{href}'><img src=rss.png> Our <b>news</b></a>")
    assert (candidate.place, candidate.title) == (LINKED, "Our news")


def test_a_link_called_rss_is_a_feed_wherever_it_leads() -> None:
    """What people are told to look for counts here too."""
    assert urls("<a href=/service/35>RSS</a> <a href=/about>About us</a>") == ["https://times.example/service/35"]


@pytest.mark.parametrize(
    "tag",
    [
        "<a href=/feedback>Feedback</a>",
        "<a href=/sitemap.xml>Sitemap</a>",
        "<a href=#feed>Feed</a>",
        "<a href='javascript:feed()' class=rss>feed</a>",
        "<a href='mailto:rss@times.example'>RSS</a>",
        "<a href='data:text/xml,/rss'>RSS</a>",
        "<a href='https://me:secret@times.example/rss'>RSS</a>",
        "<a href='https://feedly.com/i/subscription/feed/x'>Feedly</a>",
        "<link rel=stylesheet href=/feed.css>",
        "<link rel='alternate stylesheet' type=application/rss+xml href=/rss>",
        "<link rel=alternate type=application/json href=/wp-json/feed>",
        "<link rel=alternate type=text/xml+oembed href=/oembed/feed>",
        "<link rel=alternate hreflang=ru href=/ru>",
        "<link rel=canonical href=/feed>",
        f"<link rel=alternate type=application/rss+xml href={SITE}#feed>",
        "<link rel=alternate type=application/rss+xml href=''>",
        "<link rel=alternate type=application/rss+xml href='file:///etc/passwd'>",
        f"<link rel=alternate type=application/rss+xml href=/{'x' * 3000}>",
        "<link rel=alternate type=application/rss+xml href=//[bad>",
        "<link rel=alternate type=application/rss+xml href=/rss",
        "<!-- <a href=/rss>",
        "<script><a href=/rss>RSS</a>",
    ],
)
def test_what_is_no_feed_is_not_taken_for_one(tag: str) -> None:
    """Other formats, other schemes, the page itself, and what stands where no browser sees it."""
    assert found(tag) == ()


def test_the_best_comes_first_and_comments_come_last() -> None:
    """The head's feeds outrank links, XML outranks JSON, comments go last, and nothing is named twice."""
    page = """<link rel=alternate type=application/rss+xml title="Times » Feed" href='/index.php?/feeds/comments.rss2'>
      <a href=/sport/rss>Sport</a> <a href=/rss/>RSS</a>
      <link rel=alternate href=/feed>
      <link rel=alternate type=application/feed+json href=/feed.json>
      <link rel=alternate type=application/rss+xml title=Times href=/rss>
      <link rel=alternate type=application/atom+xml href=/atom>
      <link rel=alternate type=application/rss+xml title=Again href=/rss>"""
    assert [(c.url.removeprefix("https://times.example"), c.kind, c.place) for c in found(page)] == [
        ("/rss", "rss", NAMED),
        ("/atom", "atom", NAMED),
        ("/feed.json", "json", JSON),
        ("/feed", "", UNTYPED),
        ("/sport/rss", "", LINKED),
        ("/index.php?/feeds/comments.rss2", "rss", COMMENTS),
    ]


@pytest.mark.parametrize(
    ("links", "chosen"),
    [
        ([("rss", "Times")], 0),
        ([("rss", "Times - RSS"), ("atom", "Times - Atom"), ("json", "Times")], 0),
        ([("atom", "Atom 1.0"), ("rss", "RSS 2.0 Feed")], 0),
        ([("atom", ""), ("rss", "")], 0),
        ([("rss", "World"), ("atom", "Sport")], None),
        ([("rss", "World"), ("rss", "World")], None),
        ([], None),
    ],
)
def test_of_one_feed_in_several_formats_the_first_stands_out(links: list[tuple[str, str]], chosen: int | None) -> None:
    """Blog programs name each format; nobody should have to know the difference."""
    tag = "<link rel=alternate type=application/{0}+xml title='{1}' href=/{2}/{0}>"
    candidates = found(
        "".join(tag.format(kind, title, n) for n, (kind, title) in enumerate(links)).replace("json+xml", "feed+json")
    )
    assert standing_out(candidates) == (None if chosen is None else candidates[chosen])


def test_a_page_with_a_hundred_feeds_gives_ten_with_short_clean_titles() -> None:
    """A list in a chat has to be read by somebody."""
    title = "<b>Fee\u202ed\x07</b> " + "x" * 500
    page = "".join(f"<link rel=alternate type=application/rss+xml title='{title}' href=/f{n}>" for n in range(100))
    candidates = found(page)
    assert len(candidates) == MAX_CANDIDATES
    assert all(len(c.title) <= 100 and c.title.startswith("Feed xxx") and c.title.endswith("…") for c in candidates)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<a href=/rss>Новости</a>".encode("cp1251"), "text/html; charset=windows-1251"),
        ("<meta charset=koi8-r><a href=/rss>Новости</a>".encode("koi8-r"), "text/html"),
        (
            "<meta http-equiv=Content-Type content='text/html; charset=cp1251'><a href=/rss>Новости</a>".encode(
                "cp1251"
            ),
            "",
        ),
        ("<a href=/rss>Новости</a>".encode("utf-16"), "text/html"),
        ("<a href=/rss>Новости</a>".encode("utf-16-be"), "text/html"),
        ("<meta charset=punycode><a href=/rss>Новости</a>".encode(), "text/html; charset=idna"),
        (("<a href=/rss>Новости</a>" + "ж" * 600_000).encode(), "text/html"),
    ],
)
def test_a_page_is_read_in_the_charset_that_it_declares(body: bytes, content_type: str) -> None:
    """Header, meta element, byte order mark; what is no charset of the web is not listened to."""
    assert [c.title for c in feeds_of_page(body, content_type, SITE)] == ["Новости"]


def test_bytes_in_no_charset_are_read_as_browsers_do() -> None:
    """What is not UTF-8 is Windows-1252."""
    assert page_text(b"caf\xe9 \x80", "text/html") == "café €"
    assert [codec(name) for name in ("latin1", "UTF8", "gbk", "utf-7", "hex", "rot13", "", "x" * 999)] == [
        "cp1252",
        "utf-8",
        "gb18030",
        *[""] * 5,
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "<link",
        "<link ",
        "<a href>",
        "<b>",
        "<",
        '<link href="',
        "<a href='x\" ",
        "<a a ",
        "<a = = =",
        "<!--",
        "<!---->",
        "<script>",
        "<title></title>",
        "<a href=/feed>",
        "<a href=/feed/>RSS",
        "<link rel=alternate type=application/rss+xml href=/x>",
        "<link rel=alternate title='&lt;b>&amp;' type=application/rss+xml href='&#x26;&#99999999'>",
        "<a href=//" + ("ж" * 50 + ".") * 4 + "example/feed>",
        "<a href=/feed" + "/.." * 600 + ">",
        "\0",
        "</a ",
        "<meta charset",
    ],
)
def test_a_hostile_page_takes_linear_time(piece: str) -> None:
    """The time is in line with what is read of the page, whatever is repeated."""
    check_growth(
        lambda body: feeds_of_page(body, "text/html", SITE),
        lambda size: (piece * (size // len(piece))).encode(),
        READ // TIMES,
    )


PIECES = st.sampled_from(
    [
        "<",
        ">",
        "=",
        '"',
        "'",
        " ",
        "/",
        "<link ",
        "<a ",
        "href",
        "rel=alternate",
        "<!--",
        "-->",
        "<base ",
        "<script>",
        "</",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5)).map("".join) | st.binary(), st.text(max_size=60))
def test_no_page_makes_it_raise(body: str | bytes, content_type: str) -> None:
    """Whatever the bytes, the answer is at most ten whole addresses."""
    body = body.encode("utf-8", "replace") if isinstance(body, str) else body
    is_page(body, content_type)
    for candidate in feeds_of_page(body, content_type, SITE):
        assert candidate.url.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("body", "content_type", "page"),
    [
        (b"<!DOCTYPE html><p>", "", True),
        (b"<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'>", "application/xhtml+xml", True),
        (b"<p>hello", "text/html", True),
        ("<html>".encode("utf-16"), "", True),
        (b"<rss version='2.0'><channel><title>cut", "text/html", False),
        (b"<rss><description>&lt;html>", "text/xml", False),
        (b"{}", "application/json", False),
        (b"%PDF-1.7", "application/pdf", False),
    ],
)
def test_a_page_is_told_from_a_broken_feed(body: bytes, content_type: str, page: bool) -> None:
    """A feed that is cut off is not searched for links, and its own trouble is told."""
    assert is_page(body, content_type) is page


def test_a_site_that_names_none_is_asked_at_the_usual_places() -> None:
    """At most seven addresses, all on the same host."""
    assert guesses("https://times.example") == (
        "https://times.example/feed",
        "https://times.example/rss",
        "https://times.example/rss.xml",
        "https://times.example/atom.xml",
        "https://times.example/feed.xml",
        "https://times.example/index.xml",
    )
    assert guesses("https://times.example/blog/?x=1")[0] == "https://times.example/blog/feed"
    assert guesses("https://times.example/index.html")[0] == "https://times.example/feed"


# --- addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("themoscowtimes.com", "https://themoscowtimes.com"),
        ("  <https://Times.example/RSS?x=Y#top>\n", "https://times.example/RSS?x=Y"),
        ("`times.example/feed`", "https://times.example/feed"),
        ("HTTP://times.example", "http://times.example"),
        ("//times.example/feed", "https://times.example/feed"),
        ("feed://times.example/rss", "https://times.example/rss"),
        ("feed:https://times.example/rss", "https://times.example/rss"),
        ("feed://http://times.example/rss", "http://times.example/rss"),
        ("times.example:8080/feed", "https://times.example:8080/feed"),
        ("localhost:8000", "https://localhost:8000"),
        ("http://newsbox/rss", "http://newsbox/rss"),
        ("127.0.0.1/feed", "https://127.0.0.1/feed"),
        ("http://[2001:db8::1]:80/feed", "http://[2001:db8::1]:80/feed"),
        ("пример.рф/новости", "https://пример.рф/новости"),
        ("https://xn--e1afmkfd.xn--p1ai/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("my_blog.times.example.", "https://my_blog.times.example."),
    ],
)
def test_an_address_is_understood_as_people_type_it(text: str, address: str) -> None:
    """Without a scheme it is https; brackets, spaces and fragments go; what comes out comes out again."""
    assert typed_address(text) == address
    assert typed_address(address) == address
    assert URL(address).host


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no address"),
        (" <> ", "no address"),
        ("file:///etc/passwd", "file: is no web address"),
        ("gopher://times.example/", "gopher: is no web address"),
        ("javascript:alert(1)", "javascript: is no web address"),
        ("JavaScript:alert(1)", "javascript: is no web address"),
        ("data:text/xml,<rss/>", "data: is no web address"),
        ("mailto:a@b.example", "mailto: is no web address"),
        ("feed:file:///etc/passwd", "is no web address"),
        ("https://me:secret@times.example/", "no password"),
        ("me@times.example", "no user name"),
        ("@channel", "no user name"),
        ("hello", "no web address"),
        ("hello world", "spaces"),
        ("https://times.example/a b", "spaces"),
        ("https://times.example/\x07", "the character"),
        ("https://times.example/\u202ecod", "the character"),
        ("https://times.example\\@evil.example/", "the character"),
        ("https://", "no host"),
        ("https:///feed", "no host"),
        ("https:times.example", "no host"),
        ("https://-x-.example", "no host"),
        ("https://a..example", "no host"),
        ("https://%31.example", "no host"),
        ("https://" + "a" * 64 + ".example", "no host"),
        ("https://" + "ж." * 500 + "example", "no host"),
        ("https://" + "ж" * 64 + ".example", "no host"),
        ("https://times.example:99999/", "port"),
        ("https://times.example:0/", "port"),
        ("https://times.example:x/", "port"),
        ("https://[::1", "cannot be read"),
        ("https://times.example／@evil.example", "cannot be read"),
        ("https://times.example/" + "x" * 3000, "at most 2,048"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(text: str, says: str) -> None:
    """The sentence says what is wrong, and repeats no password."""
    with pytest.raises(FeedForbidden, match=says) as refused:
        typed_address(text)
    assert "secret" not in str(refused.value)
    assert len(str(refused.value)) < 150


@given(st.text() | st.text(alphabet="htps:/.@[]%#?x1\u0430 <>\\", max_size=30))
def test_no_text_makes_an_address_raise_anything_else(text: str) -> None:
    """What passes is http or https, has a host, and reads the same again."""
    linked = linked_address(text, SITE)
    try:
        address = typed_address(text)
    except FeedForbidden:
        address = ""
    for whole in filter(None, (linked, address)):
        assert whole.startswith(("http://", "https://"))
        assert typed_address(whole) == whole
