"""JSON Feed 1.0: one author, ids that are numbers, links that are relative, items without a title."""

from bot.model import Entry, ParsedFeed

EXPECTED = ParsedFeed(
    title="Workshop",
    link="https://workshop.example/",
    topic="https://workshop.example/feed.json",
    entries=(
        Entry(
            guid="17",
            link="https://workshop.example/17",
            summary="A chair with three legs.",
            author="Max Plane",
            published=1_582_874_100.0,
        ),
    ),
)
