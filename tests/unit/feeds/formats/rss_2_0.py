"""RSS 2.0 with what real feeds bring along: captions before the text, an image's title, empty links, pictures only."""

from bot.model import Entry, Paragraph, ParsedFeed

EXPECTED = ParsedFeed(
    title="River Post",
    link="https://river.example/",
    wish=3_600.0,
    skip_hours=(0, 3),
    skip_days=(6,),
    hubs=("https://hub.example/", "https://hub2.example/"),
    topic="https://river.example/feed",
    entries=(
        Entry(
            guid="river-4",
            link="https://river.example/bridge?utm=1&id=4",
            title='Council says bridge stays "as it is"',
            summary="It needs no paint, said the mayor.",
            author="Ann Reed",
            lang="en-GB",
            published=1_582_874_100.0,
            body="The full minutes of the meeting.",
            paragraphs=(Paragraph(1),),
        ),
        Entry(
            guid="https://river.example/high",
            link="https://river.example/high",
            title="Water is high",
            summary="Two metres above the mark.",
            lang="en-GB",
        ),
        Entry(
            link="https://river.example/ducks.mp4",
            title="A short film of the ducks",
            summary="They swim in a row.",
            lang="en-GB",
        ),
    ),
)
