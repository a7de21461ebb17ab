"""Atom 0.3: another namespace, `issued` and `modified`, escaped titles."""

from bot.model import Entry, ParsedFeed

EXPECTED = ParsedFeed(
    title="Hüttenbuch",
    link="http://huette.example/",
    entries=(
        Entry(
            guid="tag:huette.example,2020:weg",
            link="http://huette.example/weg",
            title="Der Weg ist wieder frei",
            summary="Schnee liegt nur noch oben.",
            author="Jo Berg",
            lang="de",
            published=1_582_874_100.0,
        ),
    ),
)
