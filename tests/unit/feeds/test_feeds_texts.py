"""Of an entry's texts it is told which is the summary and which the article, in every format."""

import json
from dataclasses import replace
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.parse.body import parse_body
from bot.feeds.parse.texts import LONG, MAX_ARTICLES, SUMMARY, Texts, bounded, texts_of
from bot.feeds.parse.wire import MAX_LINE, pack_reply, unpack_entry
from bot.model import Entry, Feed, Item, MatchedItem, Paragraph, ParsedFeed
from bot.poll.identity import item_keys
from bot.poll.kept import kept, reads_alike
from bot.text.clean import readable
from bot.text.paragraphs import MAX_BODY

NOW = 1_582_900_000.0
LEAD = "Turkish warplanes were seen over the border on Monday. The ministry said nothing. Its spokesman was away."
MORE = [f"Paragraph {number} goes on about what was said and done at the border, and by whom." for number in range(8)]
ARTICLE = "".join(f"<p>{text}</p>" for text in [LEAD, *MORE])
BODY = "\n".join([LEAD, *MORE])
OWN = "The publisher says it in a sentence."


def entry(markup: str) -> Entry:
    """Read one entry of an RSS feed that has these elements."""
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>T</title>'
    (found,) = parse_body(f"{head}<item>{markup}</item></channel></rss>".encode(), "", base="", now=NOW).entries
    return found


def described(text: str) -> str:
    return f"<title>Jets</title><description>{escape(text)}</description>"


def encoded(text: str) -> str:
    return f"<content:encoded><![CDATA[{text}]]></content:encoded>"


def atom(inside: str) -> Entry:
    """Read one entry of an Atom feed that has these elements."""
    body = (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>Jets</title>{inside}</entry></feed>'
    )
    (found,) = parse_body(body.encode(), "", base="", now=NOW).entries
    return found


def json_feed(**texts: str) -> Entry:
    """Read one entry of a JSON Feed that has these texts."""
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "Jets", **texts}]}
    (found,) = parse_body(json.dumps(feed).encode(), "", base="", now=NOW).entries
    return found


@pytest.mark.parametrize(
    "found",
    [
        entry(described(OWN) + encoded(ARTICLE)),
        entry(encoded(ARTICLE) + described(OWN)),
        atom(f'<summary>{OWN}</summary><content type="html">{escape(ARTICLE)}</content>'),
        atom(f'<content type="html">{escape(ARTICLE)}</content><summary>{OWN}</summary>'),
        atom(
            f'<summary>{OWN}</summary><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">{ARTICLE}</div></content>'
        ),
        json_feed(summary=OWN, content_html=ARTICLE),
        json_feed(summary=OWN, content_text="\n\n".join([LEAD, *MORE])),
        json_feed(summary=OWN, content_html=ARTICLE, content_text=LEAD),
    ],
)
def test_both_are_there(found: Entry) -> None:
    """The summary stays the publisher's own, and the article is the body, in whatever order and format they come."""
    assert (found.summary, found.body, found.named_by) == (OWN, BODY, "")
    assert found.paragraphs[:3] == (Paragraph(1), Paragraph(2), Paragraph(3))
    assert found.paragraphs[-1] == Paragraph(9, aside=True)


@pytest.mark.parametrize(
    "found",
    [
        entry(described(ARTICLE)),
        entry("<title>Jets</title>" + encoded(ARTICLE)),
        entry(described(ARTICLE) + encoded(ARTICLE)),
        entry(described("Jets") + encoded(ARTICLE)),
        atom(f'<content type="html">{escape(ARTICLE)}</content>'),
        json_feed(content_html=ARTICLE),
        json_feed(content_html=ARTICLE, content_text=LEAD + " " + " ".join(MORE)),
    ],
)
def test_one_long_text(found: Entry) -> None:
    """One long text is the body, and its first paragraph the summary."""
    assert (found.summary, found.body) == (LEAD, BODY)


@pytest.mark.parametrize(
    "found",
    [
        entry(described(OWN)),
        entry(described(OWN) + encoded(f"<p>{OWN}</p>")),
        entry(
            described(OWN) + encoded(f"<p>{OWN}</p><p>The post <a href='/1'>Jets</a> appeared first on The Paper.</p>")
        ),
        entry(described(OWN) + encoded(f"<p>{OWN[:-4]} [&#8230;] <a href='/1'>Continue reading Jets →</a></p>")),
        entry(described(OWN) + encoded(f"<p>Jets</p><p>{OWN}</p><p><a href='/1'>Read more</a></p>")),
        entry(described(OWN) + encoded("<img src='/1.jpg'>")),
        entry(described(OWN) + encoded("<figure><figcaption>A jet in Izmir</figcaption></figure>")),
        json_feed(summary=OWN, content_text=OWN),
    ],
)
def test_a_teaser_is_no_article(found: Entry) -> None:
    """What says no more than the summary gives no body, so that the page is asked for."""
    assert (found.summary, found.body, found.paragraphs) == (OWN, "", ())


@pytest.mark.parametrize(
    "end",
    ["<a href='/1'>Continue reading...</a>", "<p>Read more »</p>", "It was […]", "And then...", "<p>Читать далее</p>"],
)
def test_an_excerpt_stays_the_summary(end: str) -> None:
    """What says that it goes on elsewhere is the publisher's own summary, however many paragraphs it has."""
    found = texts_of([ARTICLE + end], (), "x")
    assert found.summary == readable(ARTICLE + end)
    assert (found.body, found.named_by) == ("", "")
    assert texts_of([ARTICLE * 5 + end], (), "x").body


def test_a_summary_of_some_paragraphs_is_a_summary() -> None:
    """What is no longer than a summary is none the less one for having several paragraphs."""
    found = entry(described("<p>First it says this.</p><p>Then it says that.</p>"))
    assert (found.summary, found.body) == ("First it says this. Then it says that.", "")


def test_a_long_paragraph() -> None:
    """One paragraph is an article only if it is long; the summary then has whole sentences of it."""
    text = "He came on Monday to talk. " * 100
    assert texts_of([text[:LONG]], (), "x").body == ""
    found = texts_of([text], (), "x")
    assert found.body == text.strip()
    assert SUMMARY - 30 < len(found.summary) <= SUMMARY
    assert found.summary.endswith("to talk.")


def test_a_byline_is_no_summary() -> None:
    """A first paragraph of few words takes the next along."""
    found = texts_of(["<p>By Jane Doe</p>" + ARTICLE], (), "x")
    assert found.summary == f"By Jane Doe {LEAD}"


def test_captions_of_the_media() -> None:
    """A picture's caption is the summary only where there is no text at all."""
    assert texts_of([""], (), "x", captions=["A jet"]).summary == "A jet"
    assert texts_of([""], [ARTICLE], "x", captions=["A jet"]).summary == LEAD


FEED = Feed(name="f", title="F", url="https://f.example/")


def legacy(markup: str, title: str) -> str:
    """Return what the summary of an entry with one text was before articles were read."""
    text = readable(markup[:100_000])
    text = text if len(text) <= 5_000 else text[:4_999].rstrip() + "…"
    return "" if text == title else text


TEXTS = st.lists(
    st.sampled_from(["<p>", "</p>", "<br>", "\n\n", "<b>", "word ", "Idlib. ", LEAD, *MORE, "<li>", "ж" * 300, "…"]),
    max_size=30,
).map("".join)


@given(TEXTS, st.sampled_from(["", "Jets"]))
def test_names_stay(markup: str, title: str) -> None:
    """An entry that is named by its text has the name that it had when all of the text was its summary."""
    before = Entry(title=title, summary=legacy(markup, title))
    summary, body, paragraphs, named_by = texts_of([markup], (), title)
    now = Entry(title=title, summary=summary, body=body, paragraphs=paragraphs, named_by=named_by)
    assert item_keys(now, FEED) == item_keys(before, FEED)
    linked = (replace(each, link="https://f.example/1") for each in (before, now))
    assert len({item_keys(each, FEED) for each in linked}) == 1


def item(found: Entry) -> Item:
    """Make an item of an entry."""
    return Item(
        keys=("k",), feed="f", source="F", title=found.title, summary=found.summary, body=found.body,
        paragraphs=found.paragraphs,
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, 3, 200])
@pytest.mark.parametrize("own", [OWN, ""])
def test_what_was_known_before_articles_were_read_is_not_told_anew(size: int, own: str) -> None:
    """An item kept with its long text as the summary, or with its summary alone, reads as it did."""
    text = "<p>Photo: Jane Doe / TASS</p>" * (size == 3) + ARTICLE * size
    former = Item(keys=("k",), feed="f", source="F", title="Jets", summary=own or legacy(text, "Jets"))
    now = item(entry(described(own or text) + encoded(text) * bool(own)))
    assert now.body
    assert reads_alike(now, former)
    assert reads_alike(now, kept(MatchedItem(item=former, matches=())).item)
    assert not reads_alike(replace(now, title="Other jets"), former)


@pytest.mark.parametrize("word", ['""""""""""""', "\\\\\\\\\\\\", "😀😀😀😀", '"😀'])
def test_the_longest_entry_goes_through_the_pipe(word: str) -> None:
    """Whatever its texts are made of, an entry is a line that the parent takes, and comes out as it went in."""
    own = Texts(summary=word * 5_000, named_by=word * 5_000)
    texts = texts_of([f"{word} " * 400], ["".join(f"<p>{word * 5} {number}</p>" for number in range(2_000))], "x")
    assert len(texts.paragraphs) > 200
    wide = {"guid": word * 2_000, "link": word * 2_000, "title": word * 500, "author": word * 200}
    longest = {name: text[: len(text) // len(word)] for name, text in wide.items()}
    found = Entry(**longest, **texts._replace(summary=own.summary[:5_000], named_by=own.named_by[:5_000])._asdict())
    _, line = pack_reply(ParsedFeed(title="", entries=(found,)))
    assert len(line) <= MAX_LINE * 3 // 4
    assert unpack_entry(line) == found


def test_bounds() -> None:
    """However long a text is, what is made of it is within its bounds."""
    found = texts_of([OWN], ["<p>word</p>" + "слово " * 200_000], "x")
    assert len(found.body.encode()) <= MAX_BODY


def test_of_a_feed_that_brings_more_articles_than_there_is_room_for_the_first_are_kept_and_all_summaries():
    long = "a" * (MAX_ARTICLES // 4)
    entries = [Entry(guid=str(n), summary="s", body=long, paragraphs=(Paragraph(1),)) for n in range(10)]
    found = list(bounded(entries))
    assert [entry.guid for entry in found if entry.body] == ["0", "1", "2"]
    assert [entry.summary for entry in found] == ["s"] * 10
    assert not found[-1].paragraphs


def test_paragraphs_of_a_letter_weigh_more_than_their_letter():
    lines = 1_000
    body = "\n".join("a" * lines)
    entries = [Entry(body=body, paragraphs=tuple(map(Paragraph, range(lines)))) for _ in range(2_000)]
    assert sum(len(entry.paragraphs) for entry in bounded(entries)) < MAX_ARTICLES / 50


def test_a_usual_feed_keeps_all():
    entries = [Entry(body="word " * 2_000, paragraphs=(Paragraph(1),)) for _ in range(100)]
    assert list(bounded(entries)) == entries
