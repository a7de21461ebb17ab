"""What the shipped watchlists find of headlines as they are written today, and what they pass over."""

import tomllib
from pathlib import Path

import pytest

from bot.model import Item, Watch
from bot.watches.match.index import Index
from bot.watches.parser.aliases import with_builtin

SHIPPED = Path(__file__).parents[3] / "config" / "watchlists.toml"

FOUND = [
    ("idlib", "Rebels Advance on Saraqeb, Activists Say"),
    ("idlib", "HTS Leader Jolani Promises Elections"),
    ("idlib", "Army Reopens M5 Highway to Aleppo"),
    ("idlib", "Turkish Shells Kill Five Syrian Soldiers"),
    ("idlib", "Бои за Идлиб продолжаются"),
    ("s-400", "Ankara Wants to Return Its S-400s"),
    ("s-400", "Batteries of S-300/400 Were Seen in Crimea"),
    ("turkish-aircraft", "Turkey Signs Contract for 20 Eurofighter Jets"),
    ("turkish-aircraft", "Türkiye's KAAN Fighter Makes Second Flight"),
    ("turkish-aircraft", "Turkish Airline's Plane Lands in Sochi After Bird Strike"),
    ("turkish-aircraft", "Washington Lets Ankara Buy F-16s"),
    ("turkish-drones", "Baykar to Build Drones Near Kyiv"),
    ("turkish-drones", "Bayraktar Factory Hit by Missile"),
    ("sanctions", "EU Agrees on 19th Package of Sanctions"),
    ("sanctions", "Tanker of Shadow Fleet Held in Baltic"),
    ("sanctions", "U.S. Sanctions Rosneft and Lukoil"),
    ("drones-over-russia", "Drone Attack Sets Saratov Oil Refinery Ablaze"),
    ("drones-over-russia", "Moscow Airports Halt Flights After Drones Are Downed"),
    ("drones-over-russia", "Ukrainian Drones Reach Tatarstan"),
    ("political-prisoners", "Anti-War Activist Jailed for Seven Years"),
    ("political-prisoners", "Justice Ministry Labels Journalist a ‘Foreign Agent’ by New Law"),
    ("political-prisoners", "Families of Political Prisoners Write to the Pope"),
    ("front", "Russian Forces Advance Near Kharkiv, Ministry Says"),
    ("front", "Fighting for Pokrovsk Goes On"),
    ("front", "Ukrainian Counteroffensive Stalls"),
    ("economy", "Ruble Falls to Lowest Since March"),
    ("economy", "Russia’s Central Bank Cuts Key Rate to 16%"),
    ("economy", "Inflation in Russia Slows, Rosstat Says"),
]
PASSED_OVER = [
    ("idlib", "Traffic Jam on the M5 Near Birmingham"),
    ("idlib", "Rebel Lawmakers Vote Against Budget"),
    ("s-400", "Japan's 400 Metres Record Falls"),
    ("turkish-aircraft", "Holiday Plane to Turkey Turns Back"),
    ("turkish-aircraft", "Turkish Gardeners Plant an Oriental Plane"),
    ("turkish-aircraft", "Russian Jets Seen Over Latakia"),
    ("turkish-drones", "Iranian Drones Shown in Tehran"),
    ("sanctions", "Club Faces Sanctions After Fans Throw Flares"),
    ("sanctions", "Job Centre Sanctions Return After the Holidays"),
    ("drones-over-russia", "Russian Drones Kill Three in Odesa"),
    ("drones-over-russia", "Tesco Tests Delivery by Drone"),
    ("political-prisoners", "Man Jailed for Murder of Journalist"),
    ("political-prisoners", "Thief Sentenced to Two Years"),
    ("front", "Nurses on the Front Line of the Pandemic"),
    ("front", "Cold Front Reaches Ukraine on Friday"),
    ("economy", "British Inflation Slows"),
    ("economy", "The Budget of a Film About Moscow"),
]


@pytest.fixture(scope="module")
def index() -> Index:
    """The shipped watchlists."""
    table = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    made = Index()
    for watch in table["watch"]:
        made.add(Watch(name=watch["name"], title="", query=watch["query"]), with_builtin(table["alias"]))
    return made


def fired(index: Index, title: str) -> set[str]:
    """Return the watchlists that a headline meets."""
    item = Item(keys=("k",), feed="f", source="s", title=title)
    return {match.watch for match in index.match(item)}


@pytest.mark.parametrize(("watchlist", "title"), FOUND)
def test_a_watchlist_finds_what_its_readers_want(index: Index, watchlist: str, title: str) -> None:
    """The headline is about what the watchlist is called by."""
    assert watchlist in fired(index, title)


@pytest.mark.parametrize(("watchlist", "title"), PASSED_OVER)
def test_a_watchlist_passes_over_what_only_sounds_alike(index: Index, watchlist: str, title: str) -> None:
    """The headline has words of the watchlist and is about another matter."""
    assert watchlist not in fired(index, title)
