"""Adding a watch is answered with its reading, a rehearsal, and something wider."""

import pytest

from bot.model import Item, Watch
from bot.watches.echo import reading, rehearse, wider
from bot.watches.parser import check_aliases, parse
from bot.watches.parser.aliases import builtin_aliases, with_builtin

ALIASES = {"aircraft": 'aircraft, plane, warplane, jet, "fighter jet"'}


def items(*titles: str) -> list[Item]:
    """Make items of titles."""
    return [Item(keys=(title,), feed="f", source="s", title=title) for title in titles]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Idlib", "“Idlib” in any form"),
        ("S-400", "“S-400” in any spelling"),
        ("=NATO", "“NATO” in just this spelling"),
        ("Turk*", "words that begin with “Turk”"),
        ('"fighter jet"~2', "“fighter jet” in this order with up to 2 words in between"),
        (
            "Turkish NEAR/3 @aircraft",
            (
                "“Turkish” in any form and any of @aircraft (aircraft, plane, warplane, jet and 1 more), "
                "at most 3 words apart in either order"
            ),
        ),
        (
            "title:Idlib AND jet -soccer",
            "in the title “Idlib” in any form together with “jet” in any form, but nowhere “soccer” in any form",
        ),
        ("Idlib, Hama", "either “Idlib” in any form or “Hama” in any form"),
        ("jet NEAR/1 crash", "“jet” in any form and “crash” in any form, side by side in either order"),
    ],
)
def test_reading(query: str, expected: str) -> None:
    """A watch is told in plain words."""
    assert reading(parse(query, ALIASES)) == expected


def test_rehearsal_counts_and_shows_examples() -> None:
    """A watch that fires says how often, with three examples, and needs nothing wider."""
    watch = Watch(name="idlib", title="Idlib", query="Idlib")
    found = rehearse(watch, items("Idlib 1", "Hama", "Idlib 2", "Idlib 3", "Idlib 4"))
    assert (found.fired, found.items, found.wider) == (4, 5, "")
    assert [example.item.title for example in found.examples] == ["Idlib 1", "Idlib 2", "Idlib 3"]
    assert [match.watch for example in found.examples for match in example.matches] == ["idlib"] * 3


def test_rehearsal_offers_the_least_wide_that_fires() -> None:
    """A watch that never fires comes with a wider query that would have."""
    watch = Watch(name="w", title="W", query="Turkish NEAR/3 @aircraft")
    found = rehearse(watch, items("Turkish ships and old boats, jets", "Turkish", "a jet"), ALIASES)
    assert (found.fired, found.wider, found.wider_count) == (0, "Turkish NEAR/10 @aircraft", 1)


def test_rehearsal_without_anything_wider() -> None:
    """Where nothing wider would have fired, nothing is offered."""
    found = rehearse(Watch(name="w", title="W", query="Idlib"), items("Hama"))
    assert (found.fired, found.wider, found.wider_count) == (0, "", 0)


@pytest.mark.parametrize(
    "query",
    [
        "=NATO",
        "title:Idlib AND jet -soccer",
        '"fighter jet"',
        "jet NEAR/2 sea NEAR/3 tank",
        "(jet, sea) NEAR/2 tank -x1",
    ],
)
def test_wider_queries_parse_and_meet_more(query: str) -> None:
    """Each wider query parses and still meets what the narrower one met."""
    met = items("NATO Idlib jet fighter jet sea tank")[0]
    for text in wider(parse(query, ALIASES)):
        assert rehearse(Watch(name="w", title="W", query=text), [met], ALIASES).fired == 1


def test_builtin_aliases_can_be_used() -> None:
    """Every built-in alias parses, alone and all together with a config's own, which go before."""
    builtin = builtin_aliases()
    assert {"aircraft", "drone", "missile", "warship", "sanctions", "airstrike"} <= set(builtin)
    assert check_aliases(builtin) == ()
    for name in builtin:
        assert reading(parse(f"@{name}", builtin))
        assert list(parse(f"Turkish AND @{name}", builtin).text)
    mixed = with_builtin({"Aircraft": "zeppelin", "own": "@drone"})
    assert mixed["Aircraft"] == "zeppelin"
    assert "aircraft" not in mixed
    assert check_aliases(mixed) == ()
