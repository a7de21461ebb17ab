"""How much of its articles a feed may bring."""

from bot.feeds.parse.texts import MAX_ARTICLES, bounded
from bot.model import Entry, Paragraph


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
