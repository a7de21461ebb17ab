"""Relatives of a watch's terms are offered with what the watch would find more with them."""

import pytest

from bot.model import Item
from bot.watches.corpus import ItemList
from bot.watches.operators.all_of import And
from bot.watches.parser import parse
from bot.watches.parser.aliases import builtin_aliases
from bot.watches.relatives.candidates import MOST_RELATIVES, candidates, terms
from bot.watches.relatives.gains import MOST_COUNTS, relatives, with_relatives

ALIASES = builtin_aliases()


def corpus(*titles: str) -> ItemList:
    """Make a corpus of titles, each an item."""
    return ItemList(
        Item(keys=(str(number),), feed="f", source="s", title=title, seen=float(number + 1))
        for number, title in enumerate(titles)
    )


def offered(query: str, *titles: str) -> dict[str, int]:
    """The relatives that are offered for a watch, with what each would find more."""
    return {each.word: each.more for each in relatives(parse(query, ALIASES), corpus(*titles), ALIASES)}


def test_a_people_is_offered_for_its_country_with_its_count():
    titles = ("Russia votes", "Russian tanks", "Russians queue", "A Russian in Russia", "Belarus votes")
    assert offered("Russia", *titles) == {"Russian": 2}
    assert offered("Russian", *titles) == {"Russia": 1}


def test_what_finds_nothing_more_is_not_offered():
    assert offered("Russia, Russian", "Russia votes", "Russian tanks") == {}
    assert offered("~Russia", "Russia votes", "Russian tanks") == {}
    assert offered("Idlib", "Rockets fall on Hama") == {}


def test_a_deed_is_offered_for_who_does_it_but_not_for_a_name():
    titles = ("Court stops his extradition", "Judge refuses to extradite him", "Extraditions grow")
    assert offered("extradition", *titles) == {"extradite": 1}
    assert offered("extradite", *titles) == {"extradition": 2}
    assert offered("Extradite", *titles) == {}


def test_the_count_is_of_the_whole_watch():
    titles = ("Russian sanctions", "Russian ballet", "Russia fears sanctions")
    assert offered("Russia AND sanctions", *titles) == {"Russian": 1}
    assert offered("Russia NEAR/1 sanctions", *titles) == {"Russian": 1}
    assert offered("title:Russia", *titles) == {"Russian": 2}
    assert offered("Russia -ballet", *titles) == {"Russian": 1}


def test_longer_acronyms_are_those_that_the_items_have():
    assert offered("NGO", "An NGO protests", "Two NGOX protest", "NGOXYZUVW") == {"NGOX": 1}
    assert offered("LGBT", "LGBT rights", "LGBTQ rights", "LGBTQ march")["LGBTQ"] == 2


def test_an_alias_is_offered_for_a_term_that_it_has():
    assert offered("warplane", "Two warplanes", "A fighter jet") == {"@aircraft": 1}


def test_a_word_of_an_unknown_language_is_offered_with_its_beginning():
    assert offered("Warszawa", "Warszawa wita", "Do Warszawy", "W Warszawie") == {"Warszaw*": 2}
    assert offered("Hama", "Fighting near Hama", "Hamas says no") == {}


def test_two_words_are_offered_near_each_other():
    found = offered("oil price", "The oil price falls", "The price of oil", "Oil and gas prices", "Price of bread")
    assert found["oil NEAR/5 price"] == 2
    assert "oil NEAR/5 price" not in offered('=oil, "oil price"~2', "The price of oil")
    assert offered("Boeing 737", "The new 737 of Boeing", "Boeing's first 737")["Boeing NEAR/5 737"] == 2
    assert not any("NEAR" in word for word in offered("S 400", "S and 400", "An S-400"))


def test_words_that_stand_in_the_same_items_far_more_often_than_chance_are_offered_last():
    both = [f"Prosecutors ask Kadyrov and the Grozny court, day {number}" for number in range(12)]
    alone = ["A fire in Grozny", "A match in Grozny", "Rain in Grozny", "Rain in Berlin"]
    found = relatives(parse("Kadyrov"), corpus(*both, *alone))
    assert [(each.word, each.more, each.kind) for each in found] == [("Grozny", 3, "company")]
    assert offered("Kadyrov AND court", *both, *alone) == {}


def test_the_first_name_of_a_person_is_no_company_of_the_other():
    both = [f"The case of Ramzan Kadyrov, day {number}" for number in range(12)]
    assert offered("Kadyrov", *both, "Ramzan begins", "Ramzan ends") == {}


def test_a_watch_with_what_was_offered_finds_as_many_more():
    items = corpus("Russia votes", "Russian tanks", "Chechen leader", "Chechnya votes", "LGBTQ")
    query = parse("Russia, Chechnya, LGBT")
    found = relatives(query, items)
    assert {each.word for each in found} == {"Russian", "Chechen", "LGBTQ"}
    for each in found:
        wider = parse(each.query)
        assert items.count(And((wider.node,), (query.node,))) == each.more
    assert items.count(with_relatives(query, found).node) == 5


def test_what_would_make_a_watch_too_long_is_not_offered():
    long = "Russia" + "".join(f", word{number:02}zzzzzzzzz" for number in range(29))
    assert offered(long[:400].rpartition(",")[0], "Russian tanks") == {"Russian": 1}
    assert 491 < len(long) <= 500
    assert offered(long, "Russian tanks") == {}


@pytest.mark.parametrize("query", [",".join(["~Dutch"] * 60), ",".join(["Iran"] * 60), "=USA, =UK, Russia", "S-400"])
def test_relatives_are_bounded_and_never_of_themselves(query):
    asked = parse(query, ALIASES)
    items = corpus("Iranian", "Russian", "American", "Dutch")
    assert all(len(candidates(term, items, ALIASES)) <= MOST_RELATIVES for term in terms(asked.node))
    found = relatives(asked, items, ALIASES)
    assert len(found) <= MOST_COUNTS
    assert all(each.more > 0 for each in found)
