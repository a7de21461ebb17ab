"""RSS 0.90 names no guids, texts or dates; the image and the search field are no part of the news."""

from bot.model import Entry, ParsedFeed

EXPECTED = ParsedFeed(
    title="Harbour Notes",
    link="http://harbour.example/",
    entries=(
        Entry(link="http://harbour.example/tanker.html", title="A tanker waits outside the harbour"),
        Entry(link="http://harbour.example/fog.html", title="Fog closes the northern pier & the ferry"),
    ),
)
