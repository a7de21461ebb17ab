"""Families of words are data that a query and the advice can rely on."""

from collections import Counter
from importlib.resources import files

import pytest

from bot.errors import QueryError
from bot.watches.operators.kin import Kin
from bot.watches.operators.phrase import Phrase
from bot.watches.parser import parse
from bot.watches.relatives.families import bare, family_key, family_of

# Members of the United Nations and the four others that news treats as countries, by the number of rows.
COUNTRIES = 197


def rows(name: str, heading: str = "") -> list[list[str]]:
    """The families of a file, or of one heading of it, each with its words."""
    text = (files("bot.watches.relatives") / name).read_text(encoding="utf-8")
    if heading:
        text = text.split(f"# {heading}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [[word for column in line.split("\t") for word in column.split(", ")] for line in lines]


ALL = rows("families.tsv") + rows("word_families.tsv")


def test_all_countries_and_more_than_two_hundred_other_places_and_bodies_have_a_family():
    countries = len(rows("families.tsv", "Countries"))
    assert countries == COUNTRIES
    assert len(rows("families.tsv")) - countries > 200
    assert len(rows("word_families.tsv")) > 300


def test_no_word_is_of_two_families_nor_twice_of_one():
    taken = [word for row in ALL for word in row if not word.startswith("?")]
    keys = Counter(family_key(word) for word in taken if word.isascii())
    spelled = Counter(bare(word).casefold() for word in taken)
    assert [key for key, count in [*keys.items(), *spelled.items()] if count > 1] == []


def test_every_word_can_be_looked_for():
    for word in [word.lstrip("?") for row in ALL for word in row]:
        text = word if " " not in word.strip('="') or '"' in word else f'"{word}"'
        assert isinstance(parse(text).node, Phrase), word


@pytest.mark.parametrize("row", ALL, ids=lambda row: row[0])
def test_every_word_leads_to_its_family_and_the_family_to_every_word(row):
    taken = [word for word in row if not word.startswith("?")]
    for word in taken:
        family = family_of(word)
        assert family is not None
        # without a dictionary some Russian names have one stem: Нигер, Нигерия
        assert list(family.words) == taken or not word.isascii()
        if len(taken) > 1:
            node = parse(f'~"{bare(word)}"').node
            assert isinstance(node, Kin)
            assert node.render() == parse(node.render()).node.render()


def test_a_family_leads_only_to_itself_however_often_it_is_asked():
    first = parse("~Russia").node
    assert isinstance(first, Kin)
    for relative in first.relatives:
        again = parse(f"~{relative.render().lstrip('=')}").node
        assert isinstance(again, Kin)
        assert {family_key(word.text) for word in (again.word, *again.relatives)} == {
            family_key(word.text) for word in (first.word, *first.relatives)
        }


def test_sixty_families_are_as_many_as_a_watch_may_have_and_all_of_them_fit():
    assert max(len(row) for row in ALL) <= 10
    assert len(parse(",".join(["~Dutch"] * 60)).node.children) == 60
    with pytest.raises(QueryError, match="at most 60 terms"):
        parse(",".join(["~Dutch"] * 61))


def test_a_family_is_told_in_plain_words():
    assert parse("~Chechnya").node.describe().startswith("“Chechnya” and its relatives (Chechen, ")


def test_a_city_in_which_a_government_sits_is_of_no_family_of_its_country():
    for country, capital in (("Russia", "Moscow"), ("Turkey", "Ankara"), ("Syria", "Damascus"), ("China", "Beijing")):
        family = family_of(country)
        assert family is not None
        assert capital not in family.words + family.offered
