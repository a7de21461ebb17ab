"""JSON Feed 1.1: several authors, languages, hubs; the link elsewhere counts where there is no own page."""

from bot.model import Entry, Paragraph, ParsedFeed

EXPECTED = ParsedFeed(
    title="Night Sky",
    link="https://sky.example/",
    hubs=("https://hub.example/",),
    topic="https://sky.example/feed.json",
    entries=(
        Entry(
            guid="https://sky.example/comet",
            link="https://sky.example/comet",
            title="A comet & its tail",
            summary="Low in the west after sunset.",
            author="Vera, Karl",
            lang="en-US",
            published=1_582_874_100.0,
            body="The whole text.",
            paragraphs=(Paragraph(1),),
        ),
        Entry(
            guid="2",
            link="https://elsewhere.example/moon",
            summary="The moon < the sun, they say.",
            author="Luna",
            lang="en",
            published=1_582_874_100.5,
        ),
    ),
)
