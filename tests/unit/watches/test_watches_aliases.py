"""Aliases of the config beside the built-in ones: more than one of them, or in its place."""

import pytest

from bot.errors import QueryError
from bot.model import Item
from bot.watches.match.evaluate import evaluate
from bot.watches.match.tokenized import TokenizedItem
from bot.watches.parser import check_aliases, parse
from bot.watches.parser.aliases import alias_standing, builtin_aliases, with_builtin


def meets(query: str, title: str, own: dict[str, str]) -> bool:
    """Return whether a query meets a title, with these aliases of the config."""
    item = Item(keys=("k",), feed="f", source="s", title=title)
    return evaluate(parse(query, with_builtin(own)).node, TokenizedItem(item)) is not None


def test_an_alias_that_names_itself_adds_to_the_built_in_one() -> None:
    """Both its own words and the built-in ones are found, by whatever uses it."""
    own = {"Aircraft": "@aircraft, airship", "sky": '@AIRCRAFT, "hot-air balloon"'}
    for title in ("A warplane falls", "An airship falls"):
        assert meets("@aircraft", title, own)
        assert meets("@sky", title, own)
    assert parse("@aircraft", with_builtin(own)).node.render() == "@aircraft"


def test_any_other_alias_takes_the_place_of_the_built_in_one() -> None:
    """Only its own words are found."""
    own = {"aircraft": "airship"}
    assert meets("@aircraft", "An airship falls", own)
    assert not meets("@aircraft", "A warplane falls", own)


@pytest.mark.parametrize(
    "own",
    [
        {"x": "@x, y"},
        {"aircraft": "@sky, @aircraft", "sky": "@aircraft"},
        {"aircraft": "@aircraft, @sky", "sky": "@aircraft"},
    ],
)
def test_an_alias_that_leads_to_itself_is_refused(own: dict[str, str]) -> None:
    """There is nothing built in for it to add to, or another stands between."""
    assert any("stands for itself" in error.message for _, error in check_aliases(with_builtin(own)))
    with pytest.raises(QueryError):
        parse(f"@{next(iter(own))}", with_builtin(own))


def test_watches_share_what_an_alias_means_unless_it_names_another() -> None:
    """In one config @sky may be clouds and in another birds; what names no alias is the same for all and read once."""
    here, there = {"air": "@sky", "sky": "cloud"}, {"air": "@sky", "sky": "bird"}
    assert meets("@air", "A bird", there)
    assert not meets("@air", "A bird", here)
    assert parse("@tank", builtin_aliases()).node.children[0] is parse("@tank", with_builtin(here)).node.children[0]


def test_it_can_be_told_what_an_alias_is_beside_the_built_in_ones() -> None:
    """Case does not count; what cannot be read replaces."""
    assert alias_standing("drone", builtin_aliases()["drone"]) == "built-in"
    assert alias_standing("Drone", "@DRONE, toy") == "extends"
    assert alias_standing("drone", "toy") == "replaces"
    assert alias_standing("drone", '@drone, "toy') == "replaces"
    assert alias_standing("boat", "@boat") == "own"


def test_each_built_in_alias_can_be_used_beside_a_distance() -> None:
    """All of them have places, so that NEAR can count from them."""
    for name in builtin_aliases():
        assert parse(f"Turkish NEAR/8 @{name}", builtin_aliases())


@pytest.mark.parametrize(
    ("alias", "found", "passed_over"),
    [
        ("tank", "Army tanks roll into town", "A think tank on military spending"),
        ("aircraft", "Two jets collide", "Jets sign a quarterback in New York"),
        ("ceasefire", "Hope for a pause in fighting", "A truce between the two party leaders"),
        ("airstrike", "Strikes kill six in Idlib", "Nurses' strike begins"),
        ("sanctions", "EU agrees on new sanctions", "Benefit sanctions begin again"),
        ("cyberattack", "Hackers stop the trains", "Ten kitchen hacks"),
        ("explosion", "Explosion at a plant kills three", "An explosion of colour"),
        ("drone", "Drones over the refinery", "His voice droned on"),
        ("organised-crime", "The mafia's man in Rome", "A cartel of oil producers"),
        ("plane-crash", "Jet crashes near Kazan", "Shares of the airline crash"),
    ],
)
def test_what_a_built_in_alias_means_and_what_not(alias: str, found: str, passed_over: str) -> None:
    """The other meaning of its words is passed over."""
    assert meets(f"@{alias}", found, {})
    assert not meets(f"@{alias}", passed_over, {})
