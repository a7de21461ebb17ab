"""RSS 1.0: items beside the channel, named by rdf:about, dated by Dublin Core; asked for every six hours."""

from bot.model import Entry, Paragraph, ParsedFeed

EXPECTED = ParsedFeed(
    title="Glacier Watch",
    link="https://glacier.example/",
    wish=21_600.0,
    entries=(
        Entry(
            guid="https://glacier.example/7",
            link="https://glacier.example/7",
            title="The tongue has drawn back nine metres",
            summary="More than in any year before.",
            author="Ida Frost",
            lang="en",
            published=1_582_874_100.0,
            body="A long table of figures follows.",
            paragraphs=(Paragraph(1),),
        ),
    ),
)
