"""Lists of feeds in OPML, and the names that feeds get."""

import re
from contextlib import suppress

import pytest
from growth import TIMES, check_growth
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import OpmlUnreadable
from bot.feeds.discover.naming import feed_name
from bot.feeds.discover.opml import MAX_COMPLAINTS, MAX_FEEDS, ListedFeed, Opml, read_opml, write_opml
from bot.model import Feed
from bot.text.clean import readable

NOW = 1_764_000_000.0


def listed(outlines: str, head: str = "") -> Opml:
    return read_opml(f"<opml version='2.0'><head>{head}</head><body>{outlines}</body></opml>".encode())


# --- reading ------------------------------------------------------------------------------------------------


def test_a_list_is_read_flat_with_each_feed_once() -> None:
    """Folders are opened, xmlUrl counts in any case, and the first of two with one address holds."""
    assert listed(
        """<outline text="World"><outline text="Asia">
             <outline type="rss" text="A" title="Times &amp; co" xmlUrl="https://times.example/rss?a=1&amp;b=2"/></outline>
           <outline text=" &lt;b>B&lt;/b> " XMLURL="feed://B.example/rss"/></outline>
           <OUTLINE xmlurl="c.example"/><outline title="Again" xmlUrl="https://c.example"/>""",
        head="<title>My\nfeeds</title>",
    ) == Opml(
        title="My feeds",
        feeds=(
            ListedFeed(url="https://times.example/rss?a=1&b=2", title="Times & co"),
            ListedFeed(url="https://b.example/rss", title="B"),
            ListedFeed(url="https://c.example"),
        ),
    )


def test_what_is_wrong_in_a_list_is_told_and_the_rest_is_taken() -> None:
    """Each complaint names the line, the feed and what is wrong with it."""
    found = listed(
        """
        <outline title="Empty" xmlUrl=" "/>
        <outline type="rss" title="None"/>
        <outline title="File" xmlUrl="file:///etc/passwd"/>
        <outline xmlUrl="https://me:secret@times.example/"/>
        <outline xmlUrl="gopher://times.example/"/>
        <outline title="Fine" xmlUrl="https://times.example/"/>"""
    )
    assert found.feeds == (ListedFeed(url="https://times.example/", title="Fine"),)
    assert [complaint.partition(";")[0] for complaint in found.complaints] == [
        "line 2, Empty: it has no address (xmlUrl)",
        "line 3, None: it has no address (xmlUrl)",
        "line 4, File: file: is no web address",
        "line 5, a feed without title: an address here has no user name and no password",
        "line 6, gopher://times.example/: gopher: is no web address",
    ]


def test_an_and_that_is_not_escaped_is_meant_as_one() -> None:
    """What programs get wrong most; entities of HTML, which XML does not know, are read too."""
    found = listed("<outline text='A & B&nbsp;&amp; &eacute;' xmlUrl='https://a.example/?b=1&copy=2&amp;d=&#51;'/>")
    assert found.feeds == (ListedFeed(url="https://a.example/?b=1&copy=2&d=3", title="A & B & é"),)


def test_of_thousands_of_complaints_some_are_shown_and_the_rest_counted() -> None:
    """A list of nothing but rubbish fills no screen."""
    complaints = listed("<outline xmlUrl='x'/>" * 2_000).complaints
    assert len(complaints) == MAX_COMPLAINTS + 1
    assert complaints[-1] == "and 1,950 more like these"


@pytest.mark.parametrize(
    ("declared", "charset"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("windows-1251", "cp1251"),
        ("KOI8-R", "koi8-r"),
        ("iso-8859-5", "iso-8859-5"),
        ("shift_jis", "shift_jis"),
        ("gb2312", "gb2312"),
    ],
)
def test_a_list_is_read_in_the_charset_that_it_declares(declared: str, charset: str) -> None:
    """Also in those that the XML library does not know itself."""
    outline = "<outline text='Новости' xmlUrl='a.example'/>"
    body = f"<?xml version='1.0' encoding='{declared}'?><opml><body>{outline}</body></opml>".encode(charset)
    assert read_opml(body).feeds == (ListedFeed(url="https://a.example", title="Новости"),)


def test_empty_lines_in_front_are_no_trouble_and_are_counted() -> None:
    """Some programs put them before the declaration, where XML allows nothing."""
    body = b"\r\n\n<?xml version='1.0'?>\n<opml><body>\n<outline xmlUrl=''/></body></opml>"
    assert read_opml(body).complaints[0].startswith("line 5, ")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"no xml", "line 1, column 1"),
        (b"\n<opml>\n <body><outline text='a 'b''/></body></opml>", "line 3, column 26: .* mend it there or export"),
        (b"<opml><body>", "no element found|unclosed"),
        (b"<opml><body></opml>", "mismatched tag"),
        (b"<opml/><opml/>", "junk after"),
        (b"<opml>&nbsp;<</opml>", "undefined entity"),
        (b"<opml>\xff</opml>", "not well-formed"),
        (b"<?xml version='1.0' encoding='klingon'?><opml/>", "encoding|charset"),
        (b"<?xml version='1.0' encoding='hex'?><opml/>", "encoding|charset"),
        (b"<rss version='2.0'/>", "no OPML but <rss>; it is a feed itself"),
        (b"<html><body/></html>", "no OPML but <html>; in your feed reader, export"),
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml>&a;</opml>", "entities of its own"),
        (b"<!DOCTYPE opml [\n<!ENTITY a SYSTEM 'file:///etc/passwd'>]><opml>&a;</opml>", "entities of its own"),
        (b"<!DOCTYPE opml [<!ENTITY % p SYSTEM 'http://a.example/x.dtd'>%p;]><opml/>", "entities of its own"),
        (b"<opml>" * 101, "deeper than 100"),
        (b"<opml>" + b"<outline/>" * 100_001 + b"</opml>", "more than 100,000 elements"),
        (b"<opml>" + b" " * 8 * 2**20 + b"</opml>", "larger than 8 MiB"),
        (b"<opml>" + b"<outline xmlUrl='a.example'/>" * (MAX_FEEDS + 1) + b"</opml>", "more than 10,000 feeds"),
    ],
)
def test_a_list_that_cannot_be_read_says_where_and_why(body: bytes, says: str) -> None:
    """One sentence, with line and column where the XML is broken; nothing is expanded, nothing is fetched."""
    with pytest.raises(OpmlUnreadable, match=says):
        read_opml(body)


def test_mending_opens_no_door() -> None:
    """A list with an & to mend is refused for the same reasons as any other."""
    with pytest.raises(OpmlUnreadable, match="entities of its own"):
        read_opml(b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml>& &a;</opml>")
    with pytest.raises(OpmlUnreadable, match="more than 10,000"):
        read_opml(b"<opml>&" + b"<outline xmlUrl='a.example'/>" * (MAX_FEEDS + 1) + b"</opml>")


def test_a_doctype_that_declares_nothing_is_fine() -> None:
    """What it names is not fetched, and entities that it may have are nothing."""
    body = b"<!DOCTYPE opml SYSTEM 'http://a.example/opml.dtd'><opml><outline text='A&x;' xmlUrl='a.example'/></opml>"
    assert read_opml(body).feeds == (ListedFeed(url="https://a.example", title="A"),)


@pytest.mark.parametrize(
    "piece",
    [
        "<outline xmlUrl='x'/>",
        "<outline/>",
        "<opml>",
        "<",
        "<!---->",
        "<!--",
        "<?a?>",
        "&lt;",
        "]]>",
        "<outline a='",
        "<outline xmlUrl='http://" + ("ж" * 50 + ".") * 4 + "example'/>",
        "<outline xmlUrl='a.example' title='" + "&lt;b&gt;" * 100 + "'/>",
    ],
)
def test_a_hostile_list_takes_linear_time(piece: str) -> None:
    """The time is in line with the bytes, whatever is repeated, also if there is something to mend."""

    def read(body: bytes) -> None:
        with pytest.raises(OpmlUnreadable):
            read_opml(body)

    check_growth(read, lambda size: ("<opml><head><title>&" + piece * (size // len(piece.encode()))).encode(), 2**15)


@given(
    st.binary()
    | st.lists(st.sampled_from(["<opml>", "<outline xmlUrl='", "a.b", "'/>", "<", "&", "</opml>"])).map("".join)
)
def test_no_list_makes_it_raise_anything_else(body: bytes | str) -> None:
    """Whatever the bytes, it is a list or OpmlUnreadable."""
    with suppress(OpmlUnreadable):
        read_opml(body if isinstance(body, bytes) else body.encode())


# --- writing ------------------------------------------------------------------------------------------------


def test_a_list_is_written_as_opml_2() -> None:
    """Feeds of the model go in as they are; the whole file, for other programs read it."""
    feeds = [
        Feed(name="t", title='"A" <&> B', url="https://a.example/?b=1&c='2'"),
        ListedFeed(url="https://b.example/"),
    ]
    assert write_opml(feeds, "Mine\n& yours", NOW).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<opml version="2.0">\n'
        "  <head>\n"
        "    <title>Mine &amp; yours</title>\n"
        "    <dateCreated>Mon, 24 Nov 2025 16:00:00 GMT</dateCreated>\n"
        "  </head>\n"
        "  <body>\n"
        '    <outline type="rss" text="&quot;A&quot; &lt;&amp;&gt; B" title="&quot;A&quot; &lt;&amp;&gt; B"'
        " xmlUrl=\"https://a.example/?b=1&amp;c='2'\"/>\n"
        '    <outline type="rss" text="https://b.example/" xmlUrl="https://b.example/"/>\n'
        "  </body>\n"
        "</opml>\n"
    )


@given(st.lists(st.text(max_size=100)), st.text(max_size=100))
def test_what_was_written_is_read_again(titles: list[str], title: str) -> None:
    """A round trip changes nothing that a reader could see."""
    feeds = [ListedFeed(url=f"https://a.example/{n}", title=_settled(text)) for n, text in enumerate(titles)]
    again = read_opml(write_opml(feeds, _settled(title), NOW))
    assert again.feeds == tuple(feeds)
    assert again.complaints == ()
    assert again.title == _settled(title)


def _settled(text: str) -> str:
    """Return the text as a feed's title comes out of the parser; text that still looks like markup then, as nothing."""
    plain = readable("".join(c for c in text if c not in "\ufffe\uffff"))
    return plain if readable(plain) == plain else ""


def test_ten_thousand_feeds_are_read_whole_and_in_linear_time() -> None:
    """The largest list that is taken."""

    def feeds(count: int) -> list[ListedFeed]:
        return [
            ListedFeed(url=f"https://site-{n}.example/feed?a=1&b=2", title=f"Site & number {n}") for n in range(count)
        ]

    assert read_opml(write_opml(feeds(MAX_FEEDS), "Everything", NOW)).feeds == tuple(feeds(MAX_FEEDS))
    check_growth(read_opml, lambda count: write_opml(feeds(count), "Everything", NOW), MAX_FEEDS // TIMES)


# --- names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "url", "name"),
    [
        ("The Moscow Times", "", "the-moscow-times"),
        ("The Moscow Times - Independent News From Russia", "", "the-moscow-times"),
        ("RSS | Le Monde", "", "le-monde"),
        ("Meduza.io", "", "meduza-io"),
        ("Al Jazeera – Breaking News, World News", "", "al-jazeera"),
        ("Today's news", "", "todays-news"),
        ("Süddeutsche Zeitung", "", "suddeutsche-zeitung"),
        ("A very long title that nobody would ever type into a chat", "", "a-very-long-title-that-nobody"),
        ("x" * 99, "", "x" * 31),
        ("Новая газета", "https://www.novayagazeta.ru/feed/rss", "novayagazeta"),
        ("Новая газета BY", "https://novaya.example/", "novaya"),
        ("", "https://feeds.bbci.co.uk/news/rss.xml", "bbci"),
        ("RSS Feed", "https://news.google.com/rss", "news-google"),
        ("", "https://blog.times.example:8080/", "blog-times"),
        ("", "http://127.0.0.1:8000/feed", "127-0-0-1"),
        ("", "http://[2001:db8::1]/", "2001-db8-1"),
        ("", "http://localhost/feed", "localhost"),
        ("", "https://пример.рф/", "xn-e1afmkfd"),
        ("!!!", "", "feed"),
    ],
)
def test_a_feed_is_named_by_its_title_or_its_host(title: str, url: str, name: str) -> None:
    """Short enough to type, and without transliteration: a title in other letters gives way to the host."""
    assert feed_name(title, url, ()) == name


def test_a_name_that_is_taken_gets_a_number() -> None:
    """The number fits in, and thousands of feeds of one title take no time."""
    assert feed_name("Times", "", {"times"}) == "times-2"
    assert feed_name("Times", "", {"times", "times-2"}) == "times-3"
    assert feed_name("x" * 31, "", {"x" * 31}) == "x" * 29 + "-2"
    taken: set[str] = set()
    for n in range(3_000):
        taken.add(feed_name("Times", f"https://times.example/{n}", taken))
    assert len(taken) == 3_000


@given(st.text(), st.text(), st.sets(st.text(max_size=5)))
def test_every_name_is_one_that_the_config_takes(title: str, url: str, taken: set[str]) -> None:
    """1 to 31 of a-z, 0-9 and -, not - in front, and free."""
    name = feed_name(title, url, taken)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", name)
    assert name not in taken
