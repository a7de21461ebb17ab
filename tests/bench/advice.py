"""What the advice on a watch costs, and how often it speaks: ./run bench advice --items FILE.jsonl.gz.

Prints how long watches are rehearsed for; how many relatives are offered; and of names that the items use for more than
one thing, and of names that they do not, for how many the advice tells two matters apart. Which names are which was
decided by hand, before what the advice says of them was seen. Only names with 20 items or more count.
"""

import argparse
import statistics
import time
import tracemalloc
from pathlib import Path

from match import load

from bot.model import Watch
from bot.text.lemmas import is_english
from bot.text.spelling import folded_name
from bot.watches.corpus import ItemList
from bot.watches.echo import rehearse
from bot.watches.parser import parse
from bot.watches.parser.aliases import builtin_aliases
from bot.watches.relatives.families import names_from
from bot.watches.relatives.senses import senses

SEVERAL = """
    Jordan Amazon Hamilton Prince Cambridge Mercury Leeds Everest Bond Oxford Perry Kane Sussex Wolf Sanders
    Spencer Barr Depp Bell Brown Clark Duke Diamond Galaxy Gates Star Watson Wright Silver Black Parks Wales
    Sydney Victoria Cox Moore Marshall Nelson Newton Franklin Alexander Robinson Wilson Lewis Sterling Crown
    Surface Switch Edge Bale Sky Eagle Lincoln Columbia Charlotte Florence Sophia Drake Lions Titan Atlas Pixel
    Signal Tiger Trinity
""".split()  # noqa: SIM905  # names without quotes and commas are easier to read
ONE = """
    Sweden Germany Italy Afghanistan Yemen Iraq Syria Libya Egypt Thailand Poland Hungary Malta Norway Kenya
    Somalia Mali Sudan Pakistan Bangladesh Indonesia Philippines Taiwan Vietnam Colombia Chile Peru Mexico Canada
    Cuba Lebanon Argentina Pompeo Kushner McConnell Pelosi Thunberg Soleimani Khamenei Modi Duterte Maduro Corbyn
    Sunak Hancock Raab Cummings Sturgeon Varadkar Conte Salvini Orban Xi Epstein Maxwell Floyd Ginsburg Barrett
    Giuliani Flynn Bannon Comey Snowden Netflix Google Microsoft Disney Nissan Airbus Ryanair Samsung Nintendo
    TikTok WhatsApp Instagram Spotify Reddit Moderna AstraZeneca Novichok Chernobyl Auschwitz Eurovision Wimbledon
    Brexit Ebola malaria tuberculosis vaccine quarantine lockdown furlough wildfire earthquake hurricane
    extradition bitcoin abortion migrants
""".split()  # noqa: SIM905  # names without quotes and commas are easier to read
# fmt: off
WATCHES = (
    "Russia", "Turkey", "Idlib", "ceasefire", "extradition", "LGBT", "=US", "Turkey earthquake", "Hong Kong protests",
    "Turkish NEAR/8 @aircraft", "Russia AND sanctions", "Amazon", "climate change", "Navalny", "Lukashenko, Belarus",
)
# fmt: on


def held() -> float:
    """Return how many MB the data of names, spellings and families take, read with the first words that need them."""
    is_english("x")  # the dictionary is there without them
    tracemalloc.start()
    parse("~Russia, ceasefire, Zelensky, Swift, colour")
    names_from("R")
    folded_name("x")
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / 1e6


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=Path, required=True)
    given = parser.parse_args()
    print(f"data of names, spellings and families: {held():.1f} MB")
    began = time.process_time()
    corpus = ItemList(load(given.items, 1_000_000))
    print(f"{corpus.size():,} items, filed in {time.process_time() - began:.1f} s")
    aliases = builtin_aliases()
    spent: list[float] = []
    for query in WATCHES:
        began = time.process_time()
        found = rehearse(Watch(name="", title="", query=query), corpus, aliases)
        spent.append(time.process_time() - began)
        offered = ", ".join(f"{each.word} {each.more}" for each in found.relatives[:4])
        print(f"  {query}: {found.fired} items, {spent[-1]:.2f} s; {offered}")
    print(f"a rehearsal takes {statistics.median(spent):.2f} s in the median, {max(spent):.2f} s at most")
    for kind, names in (("several things", SEVERAL), ("one thing", ONE)):
        nodes = [(name, parse(name).node) for name in names]
        counted = [(name, node) for name, node in nodes if corpus.count(node) >= 20]
        told = [name for name, node in counted if senses(node, corpus) is not None]
        print(f"names of {kind}: {len(counted)}, told apart {len(told)}: {' '.join(told)}")


if __name__ == "__main__":
    main()
