"""What the advice on a watch costs, and how often it speaks: ./run bench advice --items FILE.jsonl.gz.

Prints how long watches are rehearsed for; how many relatives are offered; and of names that the items use for more than
one thing, and of names that they do not, for how many the advice tells two matters apart. Which names are which was
decided by hand, before what the advice says of them was seen. Only names with 20 items or more count.
"""

import argparse
import statistics
import time
from pathlib import Path

from judged import JudgedWatch, Quality, judged_watches, quality
from judged import load as read
from match import load

from bot.model import Watch
from bot.watches.corpus import ItemList
from bot.watches.echo import SHOWN, rehearse
from bot.watches.parser import parse
from bot.watches.parser.aliases import builtin_aliases
from bot.watches.relatives.gains import with_relatives
from bot.watches.relatives.senses import senses
from bot.watches.tree import Node, Query

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


def advised(watch: JudgedWatch, corpus: ItemList) -> tuple[Quality, Quality]:
    """Measure a judged watch as typed, and as it becomes for a person who takes what at least half of is wanted.

    First a remark's proposal is taken, then what is offered of what the advice shows for that.
    """
    typed = parse(watch.query, builtin_aliases())
    query = typed
    for remark in rehearse(Watch(name="", title="", query=query.text), corpus, builtin_aliases()).remarks:
        if remark.query and wanted(watch, corpus, query, parse(remark.query, builtin_aliases())):
            query = parse(remark.query, builtin_aliases())
    offered = rehearse(Watch(name="", title="", query=query.text), corpus, builtin_aliases()).relatives[:SHOWN]
    taken = [each for each in offered if wanted(watch, corpus, query, parse(each.query, builtin_aliases()))]
    query = with_relatives(query, taken, builtin_aliases())
    print(f"  {watch.query}: {query.text}")
    return quality(links(corpus, typed.node), watch), quality(links(corpus, query.node), watch)


def wanted(watch: JudgedWatch, corpus: ItemList, query: Query, other: Query) -> bool:
    """Return whether of what another query finds more at least half is wanted; or of what it drops less."""
    before, behind = links(corpus, query.node), links(corpus, other.node)
    changed = (behind - before) or (before - behind)
    judged = [watch.verdicts[link] for link in changed if link in watch.verdicts]
    share = sum(judged) / len(judged) if judged else 0.0
    return share >= 0.5 if behind - before else bool(judged) and share < 0.5


def links(corpus: ItemList, node: Node) -> set[str]:
    """Return the links of what a node finds."""
    return {item.link for item in corpus.newest(node, corpus.size())}


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=Path, required=True)
    parser.add_argument("--judged", action="store_true", help="the watches of ./run bench judged, with advice taken")
    given = parser.parse_args()
    if given.judged:
        news = read(given.items)
        pools = judged_watches([(item.link, f"{item.title} \n {item.summary}") for item in news], "")
        corpus = ItemList(news)
        measured = [(watch.half, *advised(watch, corpus)) for watch in pools]
        for half in ("open", "sealed"):
            for name, place in (("as typed", 1), ("with advice", 2)):
                found = [row[place] for row in measured if row[0] == half]
                precision, recall = (
                    statistics.mean(getattr(one, kind) for one in found) for kind in ("precision", "recall")
                )
                print(f"{half}, {name}: precision {precision:.2f}, recall {recall:.2f}")
        return
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
