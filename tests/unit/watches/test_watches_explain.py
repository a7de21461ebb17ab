"""A watch says why it met an item, or where it failed."""

import pytest

from bot.model import Item
from bot.watches.explain import explain, lines
from bot.watches.parser import parse

ALIASES = {"aircraft": 'aircraft, plane, jet, "fighter jet"'}
ITEM = Item(
    keys=("k",),
    feed="f",
    source="Reuters",
    title="Turkish army near Idlib; Nato jets",
    summary="A plane was seen by a guard",
    body="football in Hama",
)


def told(query: str) -> list[str]:
    """Return the lines of an explanation."""
    return list(lines(explain(parse(query, ALIASES), ITEM).reason))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Idlib", ['yes Idlib: title "Idlib"']),
        ("Aleppo", ["no  Aleppo: stands nowhere"]),
        ("title:Hama", ["no  title:Hama", '    no  Hama: only in the body "Hama"']),
        ("=NATO", ['no  =NATO: only in another spelling: title "Nato"']),
        ('"fighter jet"', ['no  "fighter jet": of its words only jet stands there']),
        ('"army Turkish"', ['no  "army Turkish": its words stand there, but not side by side in this order']),
        (
            "Turkish NEAR/3 @aircraft",
            [
                "no  Turkish NEAR/3 @aircraft: nearest: 5 words apart in the title, and 3 are allowed",
                '    yes Turkish: title "Turkish"',
                '    yes @aircraft: title "jets", summary "plane"',
            ],
        ),
        (
            "guard NEAR/3 army",
            [
                "no  guard NEAR/3 army: in different fields: summary and title",
                '    yes guard: summary "guard"',
                '    yes army: title "army"',
            ],
        ),
        (
            "Idlib -football",
            [
                "no  Idlib -football",
                '    yes Idlib: title "Idlib"',
                '    no  NOT football: stands in the body "football"',
            ],
        ),
        (
            "Idlib AND (Aleppo OR plane)",
            [
                "yes Idlib AND (Aleppo, plane)",
                '    yes Idlib: title "Idlib"',
                "    yes Aleppo, plane",
                "        no  Aleppo: stands nowhere",
                '        yes plane: summary "plane"',
            ],
        ),
        (
            "@aircraft AND Aleppo",
            [
                "no  @aircraft AND Aleppo",
                '    yes @aircraft: title "jets", summary "plane"',
                "    no  Aleppo: stands nowhere",
            ],
        ),
    ],
)
def test_told(query: str, expected: list[str]) -> None:
    """Each part of a watch says where it stands or what it lacks."""
    assert told(query) == expected


def test_scope_about_says_that_only_the_body_has_it() -> None:
    """A mention that the scope ignores is explained."""
    explanation = explain(parse("Hama"), ITEM, "about")
    assert explanation.tier is None
    assert explanation.reason.note == 'only in the body "Hama"'


def test_explanation_has_tier_and_hits() -> None:
    """Of a match the tier and the hits are told."""
    explanation = explain(parse("Hama OR Idlib"), ITEM)
    assert explanation.tier == "about"
    assert [hit.field for hit in explanation.hits] == ["title", "body"]


def test_many_places_are_counted() -> None:
    """Of a word that stands often the first places are told, and how many more there are."""
    item = Item(keys=("k",), feed="f", source="s", title="jet jet jet jet jet")
    assert explain(parse("jet"), item).reason.note == 'title "jet", title "jet", title "jet" and 2 more'
