"""RSS 0.91 has a DTD that nobody reads, and letters from it all the same; hours are counted to 24."""

from bot.model import Entry, ParsedFeed

EXPECTED = ParsedFeed(
    title="Café Gazette",
    link="http://cafe.example/",
    skip_hours=(0, 1),
    skip_days=(5, 6),
    entries=(
        Entry(
            link="http://cafe.example/later",
            title="The café opens later — for good",
            summary="No coffee before nine, says the naïve owner.",
            lang="fr-ca",
        ),
    ),
)
