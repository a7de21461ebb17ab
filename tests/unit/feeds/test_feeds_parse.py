"""What is read from a feed's body."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
from growth import check_growth
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.publisher import render
from bot.demo.story import HISTORY
from bot.errors import FeedUnreadable
from bot.feeds.parse import rssatom
from bot.feeds.parse.body import parse_body
from bot.model import Entry, ParsedFeed
from bot.text.paragraphs import MAX_BODY

NOW = 1_582_900_000.0  # 28 February 2020


def read(body: bytes | str, content_type: str = "", base: str = "") -> ParsedFeed:
    return parse_body(body.encode() if isinstance(body, str) else body, content_type, base=base, now=NOW)


def rss(items: str, channel: str = "") -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
    return f"{head}<title>The Times</title>{channel}{items}</channel></rss>"


def entry(inside: str, channel: str = "", base: str = "") -> Entry:
    (found,) = read(rss(f"<item>{inside}</item>", channel), base=base).entries
    return found


def test_an_entry_of_the_moscow_times() -> None:
    """Blank space, curly quotes, entities and the zone of Moscow come out as a reader expects."""
    body = rss(
        """<item>
      <title>Russia Says &lsquo;It&rsquo;s Over&rsquo; &amp;quot;For Now&amp;quot; — ‘Really’</title>
      <link>https://www.themoscowtimes.com/2020/02/28/over-a69460</link>
      <guid>https://www.themoscowtimes.com/2020/02/28/over-a69460</guid>
      <description>

        A spokesman&#039;s &quot;last&quot; word &amp;amp; more.
      </description>
      <pubDate>Fri, 28 Feb 2020 10:15:00 +0300</pubDate>
    </item>""".replace("&lsquo;", "‘").replace("&rsquo;", "’"),
        "<language>en</language><ttl>600</ttl>",
    )
    assert read(body).entries == (
        Entry(
            guid="https://www.themoscowtimes.com/2020/02/28/over-a69460",
            link="https://www.themoscowtimes.com/2020/02/28/over-a69460",
            title='Russia Says ‘It’s Over’ "For Now" — ‘Really’',
            summary='A spokesman\'s "last" word & more.',
            lang="en",
            published=1_582_874_100.0,
        ),
    )


def test_the_demo_publisher_is_read_as_it_wrote() -> None:
    """All items of the demo come back in order, with their texts."""
    items = HISTORY[::-1]
    found = read(render("The Moscow Times", items, NOW))
    assert found.title == "The Moscow Times"
    assert [e.link for e in found.entries] == [item.link for item in items]
    assert [e.title for e in found.entries] == [item.title.replace("&quot;", '"') for item in items]
    assert [e.summary for e in found.entries] == [item.summary for item in items]


def test_atom() -> None:
    """Atom's id, alternate link, content in the place of a summary, author, language and update time are read."""
    (found,) = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ru"><title>Лента</title>
        <entry><id>tag:x.example,2020:1</id><link rel="enclosure" href="https://x.example/a.mp3"/>
        <link rel="alternate" href="https://x.example/1"/><title type="html">A &lt;b&gt;bold&lt;/b&gt; claim</title>
        <author><name>Anna K.</name></author><updated>2020-02-28T10:15:00+03:00</updated>
        <content type="html">&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</content></entry></feed>""",
    ).entries
    assert found == Entry(
        guid="tag:x.example,2020:1",
        link="https://x.example/1",
        title="A bold claim",
        summary="One. Two.",
        author="Anna K.",
        lang="ru",
        published=1_582_874_100.0,
    )


def test_rss_1_0() -> None:
    """RSS 1.0 names its items by rdf:about and dates them by Dublin Core."""
    (found,) = read(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title></channel>
        <item rdf:about="https://x.example/1"><title>One</title><link>https://x.example/1</link>
        <dc:date>2020-02-28T07:15:00Z</dc:date></item></rdf:RDF>""",
    ).entries
    assert (found.guid, found.link, found.published) == ("https://x.example/1", "https://x.example/1", 1_582_874_100.0)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<author>Ann Reed</author>", "Ann Reed"),
        ("<author>ann@river.example (Ann Reed)</author>", "Ann Reed"),
        ("<author>Ann Reed (ann@river.example)</author>", "Ann Reed"),
        ("<author>ann@river.example</author>", "ann@river.example"),
        ("<dc:creator>Ann</dc:creator><dc:creator>Ben</dc:creator>", "Ann, Ben"),
        ("<dc:creator>Ann (our correspondent) and others</dc:creator>", "Ann (our correspondent) and others"),
    ],
)
def test_authors_are_named_without_their_addresses(inside: str, expected: str) -> None:
    """However a feed gives them, all of them."""
    body = rss(f"<item>{inside}</item>").replace("<rss ", "<rss xmlns:dc='http://purl.org/dc/elements/1.1/' ")
    assert read(body).entries[0].author == expected


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<guid>https://x.example/1</guid>", "https://x.example/1"),
        ("<guid>/1</guid>", "https://x.example/1"),
        ("<guid>1234</guid>", ""),
        ("<guid>urn:uuid:1</guid>", ""),
        ("<guid isPermaLink='false'>https://x.example/1</guid>", "https://x.example/1"),
        ("<link/><guid>https://x.example/1</guid>", "https://x.example/1"),
        ("<link></link><guid>1</guid><enclosure url='https://x.example/a.mp3'/>", "https://x.example/a.mp3"),
        ("<link>tg://x</link><guid>https://x.example/1</guid>", "https://x.example/1"),
        ("<a:link href='https://x.example/1'/>", "https://x.example/1"),
        ("<a:link rel='self' href='https://x.example/self'/><link>https://x.example/1</link>", "https://x.example/1"),
        ("<link>https://x.example/1</link><a:link rel='related' href='/2'/>", "https://x.example/1"),
        ("<link>https://x.example/?a=1&b=2&copy=3&amp;d=4</link>", "https://x.example/?a=1&b=2&copy=3&d=4"),
        ("<link><![CDATA[ https://x.example/?a=1&b=2 ]]></link>", "https://x.example/?a=1&b=2"),
    ],
)
def test_an_entry_leads_to_its_page_or_to_what_it_has(inside: str, expected: str) -> None:
    """Without a link the guid leads there if it is an address, else an enclosure; a bare number leads nowhere."""
    body = rss(f"<item>{inside}</item>").replace("<rss ", "<rss xmlns:a='http://www.w3.org/2005/Atom' ")
    assert read(body, base="https://x.example/feed").entries[0].link == expected


@pytest.mark.parametrize("behind", ["", "<br>", "<p>unclosed"])
@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("AT&T buys R&D &amp; more", "AT&T buys R&D & more"),
        ("caf&eacute;&nbsp;&ldquo;Noir&rdquo; &mdash; &hellip;", "café “Noir” — …"),
        ("&amp;quot;Over&amp;quot; it&amp;#039;s", '"Over" it\'s'),
        ("a &lt; b &amp;lt; c", "a < b < c"),
        ("One&#0; two&#xD800; &#99999999; three&#xFFFF;", "One two three"),
        ("x&#55357;&#56832;y &#55357; &#56832; &#55000;&#57344; &amp;", "x😀y 훘\ue000 &"),
        ("&#8220;Q&#x201D; &#145;x&#146;", "“Q” ‘x’"),
        ("<![CDATA[AT&T &eacute; <b>bold</b> & &lt;i&gt;]]>", "AT&T é bold &"),
        ("A <b>bold</b> claim", "A bold claim"),
        ("&what; now", "&what; now"),
        ("&", "&"),
    ],
)
def test_ampersands_and_entities(title: str, expected: str, behind: str) -> None:
    """Whatever publishers do with ampersands, a reader sees what was meant; in a malformed feed too."""
    (found,) = read(rss(f"<item><title>{title}</title></item>{behind}")).entries
    assert found.title == expected


@pytest.mark.parametrize("name", ["title", "description"])
def test_a_caption_is_the_text_only_where_there_is_no_other(name: str) -> None:
    """The words under a picture never stand in the place of the entry's own."""
    space = "xmlns:media='http://search.yahoo.com/mrss/'"
    caption, own = f"<media:{name}>Caption</media:{name}>", f"<{name}>Own</{name}>"
    field = {"title": "title", "description": "summary"}[name]
    for inside, expected in ((caption + own, "Own"), (own + caption, "Own"), (caption, "Caption")):
        for within in (inside, inside.replace(caption, f"<media:content>{caption}</media:content>")):
            body = rss(f"<item>{within}</item>").replace("<rss ", f"<rss {space} ")
            assert getattr(read(body).entries[0], field) == expected, within


def test_a_description_without_words_gives_way_to_the_article() -> None:
    """Some feeds describe an entry by a picture, or by its title again."""
    space = "xmlns:c='http://purl.org/rss/1.0/modules/content/'"
    full = "<c:encoded>&lt;p&gt;The article.&lt;/p&gt;</c:encoded>"
    for text in ("&lt;img src='x'&gt;", "T", ""):
        body = rss(f"<item><title>T</title><description>{text}</description>{full}</item>")
        assert read(body.replace("<rss ", f"<rss {space} ")).entries[0].summary == "The article."


def test_entries_with_one_guid_are_all_given() -> None:
    """Who is who is not for the parser to say."""
    assert len(read(rss("<item><guid>1</guid><title>A</title></item>" * 3)).entries) == 3


@pytest.mark.parametrize(
    "around", ["\n\n{}", "Warning: mysql is away\n{}", "{}<script>x()</script>", "{}\n<!-- 0.01 s -->"]
)
def test_what_stands_around_a_feed_does_not_spoil_it(around: str) -> None:
    """The feed itself is read by the strict parser, as if it stood alone."""
    body = rss("<item><title>A</title><description>R&amp;D</description></item>")
    assert read(around.format(body)) == read(body)


def test_description_wins_over_the_full_text() -> None:
    """Where a feed gives both a description and the whole article, the description is the summary, in either order."""
    space = "http://purl.org/rss/1.0/modules/content/"
    text, full = "<description>Short.</description>", "<content:encoded>Long, long.</content:encoded>"
    for inside in (text + full, full + text):
        body = rss(f"<item>{inside}</item>").replace("<rss ", f'<rss xmlns:content="{space}" ')
        assert read(body).entries[0].summary == "Short."


def test_a_summary_that_repeats_the_title_is_dropped() -> None:
    """Nobody reads a headline twice."""
    assert entry("<title>Same  words</title><description> Same words </description>").summary == ""
    assert entry("<title>Same words</title><description>Same words.</description>").summary == "Same words."


@pytest.mark.parametrize(
    ("link", "channel", "base", "expected"),
    [
        ("/a", "<link>https://x.example/b/</link>", "https://y.example/", "https://x.example/a"),
        ("a", "<link>https://x.example/b/</link>", "", "https://x.example/b/a"),
        ("/a", "", "https://y.example/feeds/rss", "https://y.example/a"),
        ("//z.example/a", "", "https://y.example/", "https://z.example/a"),
        ("/a", "", "", ""),
        ("/a", "<link>/b/</link>", "https://y.example/feed", "https://y.example/a"),
        ("https://x.example/a b\n c", "", "", "https://x.example/a%20b%20c"),
        ("https://x.example/ü?q=ж#top", "", "", "https://x.example/ü?q=ж#top"),
        ("ht&#9;tps://x.example/&#13;a&#9;b", "", "", "https://x.example/ab"),
        ("javascript:alert(1)", "", "https://y.example/", ""),
        ("java&#9;script:alert(1)", "", "https://y.example/", ""),
        ("tg://resolve?domain=x", "", "https://y.example/", ""),
        ("data:text/html,x", "", "", ""),
        ("file:///etc/passwd", "", "", ""),
        ("HTTPS://x.example/A", "", "", "HTTPS://x.example/A"),
        ("http://", "", "", ""),
        ("http://[::1", "", "", ""),
        ("https://x.example/" + "a" * 2_000, "", "", ""),
    ],
)
def test_links(link: str, channel: str, base: str, expected: str) -> None:
    """Links are whole http or https addresses, or nothing."""
    assert entry(f"<title>T</title><link>{link}</link>", channel, base).link == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Fri, 28 Feb 2020 10:15:00 +0300", 1_582_874_100.0),
        ("Fri, 28 Feb 2020 09:15:00 +0200", 1_582_874_100.0),
        ("2020-02-28T07:15:00Z", 1_582_874_100.0),
        ("Sat, 29 Feb 2020 10:15:00 +0000", 1_582_971_300.0),
        ("Sun, 01 Mar 2020 10:15:00 +0000", None),
        ("Fri, 31 Dec 2099 10:15:00 +0000", None),
        ("Mon, 01 Jan 1990 00:00:00 +0000", 631_152_000.0),
        ("Sun, 31 Dec 1989 23:59:59 +0000", None),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("yesterday", None),
        ("", None),
        ("0000-00-00T00:00:00Z", None),
        ("9999-99-99", None),
    ],
)
def test_dates(date: str, expected: float | None) -> None:
    """Dates are Unix seconds whatever their zone; what cannot be a news item's date is none."""
    assert entry(f"<title>T</title><pubDate>{date}</pubDate>").published == expected


def test_long_texts_are_cut() -> None:
    """No publisher fills the memory or an alert: every text has its longest."""
    words = "word " * 10_000
    found = entry(
        f"<title>{words}</title><description>x {words}</description><author>{words}</author><guid>{words}</guid>"
    )
    assert len(found.title) <= 500
    assert found.title.endswith("word…")
    assert len(found.summary) <= 500
    assert found.summary.endswith("word…")
    assert 49_000 < len(found.body.encode()) <= MAX_BODY
    assert len(found.author) <= 200
    assert len(found.guid) <= 2_000


def test_long_guids_that_differ_at_their_end_still_differ() -> None:
    """Cutting a guid never makes two items one."""
    one, two = (entry(f"<title>T</title><guid>{'x' * 5_000}{end}</guid>").guid for end in "ab")
    assert one != two


def test_at_most_two_thousand_entries_are_read_the_first_first() -> None:
    """Entries beyond the bound are left out, not the newest ones in front."""
    found = read(rss("".join(f"<item><guid>{n}</guid></item>" for n in range(2_100)))).entries
    assert [e.guid for e in found] == [str(n) for n in range(2_000)]


@pytest.mark.parametrize(
    "body",
    [
        rss(""),
        "<rss/>",
        "<rss version='2.0'><channel></channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'></feed>",
    ],
)
def test_a_feed_without_entries_is_fine(body: str) -> None:
    """A quiet publisher is no error."""
    assert read(body).entries == ()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<opml version='2.0'><body/></opml>", "neither RSS nor Atom"),
        ("<urlset></urlset>", "neither RSS nor Atom"),
        ("<rss version='2.0'><channel><title>a & b < c</title></channel></rss>", "malformed"),
        ("<rss version='2.0'><channel></rss>", "malformed"),
    ],
)
def test_xml_that_brings_nothing_is_told(body: str, message: str) -> None:
    """Other XML, and a feed too broken to give an entry, are errors and not empty feeds."""
    with pytest.raises(FeedUnreadable, match=message):
        read(body)


def test_a_malformed_feed_that_gives_entries_is_read() -> None:
    """A stray ampersand does not silence a publisher."""
    found = read("<rss version='2.0'><channel><item><title>A & B</title><guid>1</guid></item><br></channel></rss>")
    assert [(e.title, e.guid) for e in found.entries] == [("A & B", "1")]


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", "application/rss+xml; charset=UTF-8"),
        ("utf-8", "text/xml"),
        ("utf-8-sig", "text/xml; charset=windows-1251"),
        ("utf-16", "text/xml"),
        ("utf-16", "application/xml; charset=utf-8"),
        ("utf-16-be", "application/rss+xml"),
        ("windows-1251", "application/rss+xml"),
        ("windows-1251", "text/xml; charset=windows-1251"),
        ("koi8-r", "text/html"),
        ("utf-8", "text/plain; charset=nonsense"),
    ],
)
def test_charsets(encoding: str, content_type: str) -> None:
    """The text is right by its mark, its header or its declaration, in this order (RFC 7303)."""
    declared = {"utf-8-sig": "utf-8", "utf-16-be": "utf-16"}.get(encoding, encoding)
    body = rss("<item><title>Сирия: Идлиб</title></item>").replace("UTF-8", declared).encode(encoding)
    assert [e.title for e in read(body, content_type).entries] == ["Сирия: Идлиб"]


def test_a_body_that_is_an_address_or_a_path_is_never_opened(monkeypatch, tmp_path: Path) -> None:
    """Feedparser opens texts that look like addresses or files; it gets neither."""
    secret = tmp_path / "feed.xml"
    secret.write_text(rss("<item><title>secret</title></item>"), encoding="utf-8")
    seen: list[object] = []
    genuine = rssatom.feedparser.parse
    monkeypatch.setattr(
        rssatom.feedparser, "parse", lambda given, **rest: (seen.append(given), genuine(given, **rest))[1]
    )
    for body in (str(secret), secret.as_uri(), "http://127.0.0.1:9/"):
        with pytest.raises(FeedUnreadable):
            read(body)
    read(rss(""))
    assert all(isinstance(given, io.BytesIO) for given in seen)
    assert len(seen) == 1


BAD = {
    "an encoding that is no text": b'<?xml version="1.0" encoding="\xa5\x1d"?><rss></rss>',
    "unknown encoding": b'<?xml version="1.0" encoding="rot13"?><rss></rss>',
    "binary encoding": b'<?xml version="1.0" encoding="zip"?><rss></rss>',
    "idna": b'<?xml version="1.0" encoding="idna"?><rss>\xff</rss>',
    "comments": b"<rss>" + b"<!--" * 20_000 + b"</rss>",
    "deep": b"<rss><channel>" + b"<a>" * 20_000 + b"</rss>",
    "controls": b"<rss><channel><item><title>\0\x01\x1b[2J\xe2\x80\xae</title></item></channel></rss>",
    "bad char references": b"<rss><channel><item><title>&#0;&#xD800;&#99999999999;&#x;</title></item></channel></rss>",
    "utf-7 doctype": b"<?xml version='1.0' encoding='utf-7'?>+ADw-!DOCTYPE rss+AFs-+AD4-<rss></rss>",
    "bad ipv6": b"<rss><channel><link>http://[</link><item><link>http://[x]</link><guid>http://[</guid></item></channel></rss>",
    "bad base": b"<rss xml:base='http://['><channel><item><link>/a</link></item></channel></rss>",
    "bad date": b"<rss><channel><item><pubDate>Fri, 99 Foo 99999 99:99:99 +9999</pubDate></item></channel></rss>",
    "geo": b"<rss xmlns:g='http://www.georss.org/georss'><channel><item><g:point>a b</g:point></item></channel></rss>",
}


@pytest.mark.parametrize("name", BAD)
def test_known_bad_bodies_give_a_feed_or_a_feed_error(name: str) -> None:
    """Bodies on which readers stumbled give values or FeedUnreadable."""
    with suppress(FeedUnreadable):
        assert isinstance(read(BAD[name]), ParsedFeed)


SAMPLE = render("The Moscow Times", HISTORY[:2], NOW)
EDITS = st.lists(st.tuples(st.integers(0, len(SAMPLE) - 30), st.binary(max_size=6), st.integers(0, 12)), max_size=6)


@settings(max_examples=150)
@given(edits=EDITS, content_type=st.sampled_from(["", "text/xml", "text/xml; charset=utf-16"]) | st.text(max_size=40))
def test_no_mutation_of_a_feed_breaks_it(edits: list[tuple[int, bytes, int]], content_type: str) -> None:
    """A feed with bytes changed, added or missing, under any type, gives clean values or FeedUnreadable."""
    body = SAMPLE
    for position, put, gone in edits:
        body = body[:position] + put + body[position + gone :]
    with suppress(FeedUnreadable):
        for found in read(body, content_type).entries:
            assert_clean(found)


@settings(max_examples=100)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<rss><channel><item><title>", b"<?xml encoding='", b"<feed><entry><id>"]),
)
def test_no_bytes_break_it(body: bytes, head: bytes) -> None:
    """Random bytes, bare or inside a feed, give clean values or FeedUnreadable."""
    with suppress(FeedUnreadable):
        for found in read(head + body + b"</title></item></channel></rss>").entries:
            assert_clean(found)


def assert_clean(found: Entry) -> None:
    for text in (found.guid, found.link, found.title, found.summary, found.author, found.lang):
        text.encode()  # no lone surrogates
        assert "\n" not in text
    assert found.link == "" or found.link.lower().startswith(("http://", "https://"))
    assert not set(found.link) & set(" \t\r\n\0")


def test_titles_full_of_markup_take_linear_time() -> None:
    """Titles and summaries full of markup cost a time in line with their length."""

    def full(count: int) -> bytes:
        return rss(f"<item><title>{'&lt;' * count}</title><description>{'&lt;b&gt;' * count}</description></item>")

    check_growth(read, full, 6_000)
