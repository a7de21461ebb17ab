"""Atom 1.0: xml:base on two levels, XHTML, languages of entries, links of all relations, an entry without any."""

from bot.model import Entry, ParsedFeed

EXPECTED = ParsedFeed(
    title="Orchard Log",
    link="https://orchard.example/blog/",
    hubs=("https://hub.example/",),
    topic="https://orchard.example/blog/feed.atom",
    entries=(
        Entry(
            guid="urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
            link="https://orchard.example/blog/2020/apples",
            title="Jabłka dojrzały",
            summary="Zbieramy. Jutro też.",
            author="Ala Sad",
            lang="pl",
            published=1_582_874_100.0,
        ),
        Entry(
            guid="https://orchard.example/blog/pears",
            link="https://orchard.example/blog/pears",
            title="Pears < apples",
            summary="Not this year.",
            lang="en",
            published=1_582_787_700.0,
        ),
    ),
)
