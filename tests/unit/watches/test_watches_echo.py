"""Adding a watch is answered with its reading, a rehearsal, and something wider."""

import pytest

from bot.model import Item, Watch
from bot.watches.corpus import ItemList
from bot.watches.echo import advice, reading, rehearse, wider
from bot.watches.parser import check_aliases, parse
from bot.watches.parser.aliases import builtin_aliases, with_builtin

ALIASES = {"aircraft": 'aircraft, plane, warplane, jet, "fighter jet"'}


def items(*titles: str) -> ItemList:
    """Make items of titles."""
    return ItemList(Item(keys=(title,), feed="f", source="s", title=title) for title in titles)


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
    assert [example.item.title for example in found.examples] == ["Idlib 4", "Idlib 3", "Idlib 2"]
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


def test_advice_names_what_is_not_found_yet_and_the_watch_with_it() -> None:
    """The advice is told in lines, with the count and the days of the items."""
    day = 86_400.0
    seen = [
        Item(keys=(title,), feed="f", source="s", title=title, seen=number * 10 * day + 1)
        for number, title in enumerate(("Russia votes", "Russian tanks", "A Russian wins", "Chechnya"))
    ]
    found = rehearse(Watch(name="w", title="W", query="Russia"), ItemList(seen))
    assert list(advice(found)) == ["Russian: 2 more in 30 days. Add it: Russia, Russian"]
    assert found.examples[0].matches[0].watch == "w"


def test_advice_of_a_watch_that_never_fires_is_a_wider_one() -> None:
    """What finds nothing is told with what would find something; what lacks nothing is told nothing."""
    given = items("Turkish ships and old boats, jets")
    (line,) = advice(rehearse(Watch(name="w", title="W", query="Turkish NEAR/3 jet"), given))
    assert line == "It finds nothing here. Wider, 1 item: Turkish NEAR/10 jet"
    assert list(advice(rehearse(Watch(name="w", title="W", query="Turkish"), given))) == []


def test_words_that_stand_apart_are_remarked_with_both_counts() -> None:
    """Bare words are a phrase; who may have meant both of them is told so."""
    far = "An earthquake {} that was felt at night in the east of Turkey"
    given = items("Turkey earthquake", *[far.format(number) for number in range(4)])
    found = rehearse(Watch(name="w", title="W", query="Turkey earthquake"), given)
    assert list(advice(found)) == [
        "“Turkey earthquake” stands side by side in 1 item; all of its words stand in 5. Perhaps: Turkey AND earthquake"
    ]
    for query in ('"Turkey earthquake"', "Turkey AND earthquake", "Turkey"):
        assert rehearse(Watch(name="w", title="W", query=query), given).remarks == ()


def test_words_that_mostly_stand_together_stay_together() -> None:
    """Of three words two may be a name."""
    given = items("Hong Kong votes", *[f"More protests {number} in Hong Kong" for number in range(4)])
    (remark,) = rehearse(Watch(name="w", title="W", query="Hong Kong protests"), given).remarks
    assert remark.query == '"Hong Kong" AND protests'


def test_a_watch_that_finds_a_good_part_of_all_items_is_told_so() -> None:
    """Only of many items a share is told."""
    given = items(*[f"Corona {number}" for number in range(150)], *[f"Rain {number}" for number in range(150)])
    (line,) = advice(rehearse(Watch(name="w", title="W", query="Corona"), given))
    assert line == "This finds 150 of 300 items; say more of what you look for."
    assert list(advice(rehearse(Watch(name="w", title="W", query="Corona"), items("Corona", "Corona 2")))) == []


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
    met = items("NATO Idlib jet fighter jet sea tank")
    for text in wider(parse(query, ALIASES)):
        assert rehearse(Watch(name="w", title="W", query=text), met, ALIASES).fired == 1


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
