"""The story that the bot is made for, from the feed's bytes to the alert: three watchlists, one message."""

import tomllib
from html import escape
from pathlib import Path

import pytest
from examples import NOW

from bot.delivery.compose import compose
from bot.demo.markup import read
from bot.feeds.parse.body import parse_body
from bot.model import Feed, MatchedItem, Watch
from bot.poll.identity import items_of
from bot.poll.kept import kept
from bot.watches.match.index import Index
from bot.watches.parser.aliases import with_builtin

FEED = Feed(name="times", title="The Times of the North", url="https://times.example/rss")
HEADLINE = "Moscow gives no promise for Turkish planes over Syria"
SUMMARY = "The air space over the north-west is closed."
PARAGRAPHS = [
    "Nobody can promise that Turkish planes are safe over Syria any more, an officer in Moscow said on Sunday.",
    "A day before, drones had struck a column of the army in Idlib, where almost a million people are on the road.",
    "“Whoever flies there does so at his own risk,” he said. The line to Ankara stays open.",
    "The two presidents are to meet on Thursday. Neither side expects much of it.",
    "Relations had been warm for years. Trade has grown, and so has the number of guests at the sea.",
    "The pipeline that both have built was opened in January. Gas has come through it ever since.",
    "Last July the first batteries of the S-400 came to an airfield near Ankara. They have not been switched on.",
]
ARTICLE = "".join(f"<p>{text}</p>" for text in PARAGRAPHS) + "<p>Read more: Kyiv gets new tanks</p>"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
CONFIG = Path(__file__).parents[3] / "config" / "watchlists.toml"
NAMES = ["idlib", "turkish-aircraft", "s-400"]


def shipped() -> Index:
    """Return the three watchlists of the config, each looking at all of an article."""
    config = tomllib.loads(CONFIG.read_text("utf-8"))
    index, aliases = Index(), with_builtin(config.get("alias", {}))
    for row in config["watch"]:
        if row["name"] in NAMES:
            index.add(Watch(name=row["name"], title=row["title"], query=row["query"]), aliases)
    return index


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (f"<description>{SUMMARY}</description><content:encoded>{escape(ARTICLE)}</content:encoded>", SUMMARY),
        (f"<content:encoded>{escape(ARTICLE)}</content:encoded>", PARAGRAPHS[0]),
        (f"<description>{escape(ARTICLE)}</description>", PARAGRAPHS[0]),
    ],
)
def test_the_founding_story(texts: str, sentence: str) -> None:
    """Headline, summary, Idlib's and the S-400's sentence, and of each watchlist where it begins."""
    item = f"<item><title>{HEADLINE}</title><link>https://times.example/1</link>{texts}</item>"
    feed = f'<rss version="2.0" xmlns:content="{CONTENT}"><channel><title>T</title>{item}</channel></rss>'
    (found,) = items_of(parse_body(feed.encode(), "", base="", now=NOW).entries, FEED, NOW)
    matches = shipped().match(found)
    assert {match.watch: match.tier for match in matches} == {
        "idlib": "mention",
        "turkish-aircraft": "about",
        "s-400": "aside",
    }
    entry = kept(MatchedItem(item=found, matches=matches))
    message = compose(entry, NAMES, delivery="abc234", silent=False, now=NOW)
    text, entities = read(message.html, html=True)
    assert text.replace("\u2060", "").split("\n\n") == [
        HEADLINE,
        sentence,
        f"¶2 {PARAGRAPHS[1]}\n¶7 Last July the first batteries of the S-400 came to an airfield near Ankara.",
        text.replace("\u2060", "").split("\n\n")[3],
    ]
    assert "Idlib and the north-west of Syria (mentioned, ¶2): Idlib" in text
    assert "(mentioned, ¶7): S-400" in text
    assert {text[it.offset : it.offset + it.length] for it in entities if it.type == "bold"} >= {"Idlib", "S-400"}
    assert "Kyiv" not in entry.item.body + text
