"""RSS 0.92 may leave out everything: an entry without a link leads to its recording."""

from bot.model import Entry, ParsedFeed

EXPECTED = ParsedFeed(
    title="Tape Diary",
    link="http://tapes.example/",
    entries=(
        Entry(link="http://tapes.example/rain.mp3", summary="An hour of rain on a tin roof. Listen"),
        Entry(summary="The same roof, the day after."),
    ),
)
