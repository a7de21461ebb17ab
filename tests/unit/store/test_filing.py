"""Items are filed beside all else, within bounds, and whoever asks meanwhile gets the right answer."""

from contextlib import closing
from dataclasses import replace

import pytest
from examples import NOW
from examples import an_item as example
from memory import Memory

from bot.model import Changes, Item, MatchedItem, Retention
from bot.store.segments import MOST_KEYS, TOGETHER, Draft, sign
from bot.watches.match.filed import ALWAYS, LONGEST, Filed, filed
from bot.watches.operators.any_of import Or
from bot.watches.parser import parse


@pytest.fixture
def memory(tmp_path):
    with closing(Memory(tmp_path)) as opened:
        yield opened


def an_item(number: int, title: str, **changes: object) -> Item:
    return example(f"k{number}", title=title, summary="", published=None, seen=NOW + number, **changes)


def keep(memory: Memory, *items: Item) -> None:
    memory.commit(Changes(items=tuple(MatchedItem(item=item, matches=()) for item in items)))


def file(memory: Memory, **how: object) -> None:
    for _ in memory.store.file(**how):
        pass


def count(memory: Memory, query: str) -> int:
    return memory.archive().count(parse(query).node)


def noted(memory: Memory) -> list[int]:
    return memory.store._filing.unfiled()


def test_items_wait_until_they_are_enough_for_a_segment(memory):
    keep(memory, *(an_item(number, "Idlib") for number in range(TOGETHER - 1)))
    assert not memory.store.is_to_file()
    keep(memory, an_item(TOGETHER, "Hama"))
    assert memory.store.is_to_file()
    file(memory)
    assert noted(memory) == []
    assert not memory.store.is_to_file()
    assert count(memory, "Idlib") == TOGETHER - 1
    assert count(memory, "Hama") == 1


def test_what_changes_while_it_is_filed_is_filed_again(memory):
    keep(memory, *(an_item(number, "Idlib") for number in range(20)))
    steps = memory.store.file(least=20)
    next(steps)
    keep(memory, an_item(3, "Hama"), an_item(4, "Hama"))
    memory.store.forget(Retention(seen=NOW + 2))
    for _ in steps:
        pass
    assert len(noted(memory)) == 2
    assert (count(memory, "Idlib"), count(memory, "Hama")) == (16, 2)
    file(memory, least=1)
    assert noted(memory) == []
    assert (count(memory, "Idlib"), count(memory, "Hama")) == (16, 2)


def test_other_matches_of_the_same_words_leave_an_item_filed(memory):
    item = an_item(1, "Idlib")
    keep(memory, item)
    file(memory, least=1)
    memory.commit(Changes(items=(MatchedItem(item=item, matches=()),)))
    assert noted(memory) == []


def test_a_segment_that_has_lost_half_of_its_items_is_taken_apart(memory):
    keep(memory, *(an_item(number, "Idlib") for number in range(10)))
    file(memory, least=1)
    memory.store.forget(Retention(seen=NOW + 5))
    file(memory, thorough=True)
    assert memory.store._filing.segments() == []
    assert len(noted(memory)) == 5
    assert count(memory, "Idlib") == 5


def test_no_segment_is_taken_apart_while_a_question_is_answered(memory):
    keep(memory, *(an_item(number, "Idlib") for number in range(10)))
    file(memory, least=1)
    memory.store.forget(Retention(seen=NOW + 5))
    answer = memory.archive().counting(parse("Idlib, Hama").node)
    next(answer)
    file(memory, thorough=True)
    assert len(memory.store._filing.segments()) == 1
    assert [each for each in answer if each is not None] == [5]
    file(memory, thorough=True)
    assert memory.store._filing.segments() == []


def test_an_item_that_is_too_long_has_one_key_and_is_found(memory):
    long = an_item(1, "News", body="word " * LONGEST + "Idlib")
    assert filed(long) == Filed({ALWAYS}, ())
    keep(memory, long, an_item(2, "Idlib NEAR words"), an_item(3, "Hama"))
    file(memory, least=1)
    assert (count(memory, "Idlib"), count(memory, "Idlib AND news"), count(memory, "word NEAR/2 Idlib")) == (2, 1, 2)
    assert count(memory, "Hama") == 1


def test_a_segment_of_many_keys_has_fewer_items():
    draft, number = Draft(), 0
    while not draft.is_full:
        words = [f"w{number}x{n}" for n in range(LONGEST // 2)]
        draft.add(number, number + 1, 0.0, Filed(set(words), words))
        number += 1
    assert number == MOST_KEYS * 2 // LONGEST
    assert sum(len(part["keys"]) for _, part in draft.parts(1) if "keys" in part) == MOST_KEYS


def test_signs_are_characters_that_a_document_may_have():
    signs = [sign(number) for number in range(1_100_000)]
    assert len(set(signs)) == len(signs)
    assert {"\n", " ", '"', "\\"}.isdisjoint(signs)
    assert not any("\ud800" <= each <= "\udfff" for each in signs)


@pytest.mark.parametrize(
    "title",
    ['"a" OR b*', "NEAR(a b)", "a\x00b", "form:jet name:may verbal:go *", "]]> -- '; DROP TABLE items", "\u2028a"],
)
def test_texts_that_look_like_something_else_are_texts(memory, title):
    keep(memory, an_item(1, f"Idlib {title}"), an_item(2, "Hama"))
    file(memory, least=1)
    assert count(memory, "Idlib") == 1
    assert count(memory, "Hama, jet, drop") == 1 + ("jet" in title) + ("DROP" in title)


def test_a_question_of_thousands_of_words_is_answered(memory):
    titles = [f"word{number} city" for number in range(0, 3_000, 100)]
    keep(memory, *(an_item(number, title) for number, title in enumerate(titles)))
    file(memory, least=1)
    node = Or(tuple(parse(f"word{number}").node for number in range(2_400)))
    assert memory.archive().count(node) == 24
    near = replace(parse("city NEAR/1 other").node, right=node)
    assert memory.archive().count(near) == 24


def test_what_comes_to_a_state_that_had_no_index_is_filed_once(memory):
    keep(memory, *(an_item(number, "Idlib") for number in range(5)))
    for table in ("filing", "unfiled", "segments", "postings"):
        memory.store._db.storage.drop(table)
    memory.reopen()
    keep(memory, *(an_item(number, "Idlib") for number in range(5, 10)))
    keep(memory, an_item(0, "Hama"))
    steps = memory.store.file(least=6)
    while not memory.store._filing.segments():
        next(steps)
    assert (count(memory, "Idlib"), count(memory, "Hama")) == (9, 1)
    file(memory, least=1)
    assert (count(memory, "Idlib"), count(memory, "Hama")) == (9, 1)
    assert noted(memory) == []


def test_words_near_what_has_no_keys_are_read(memory):
    keep(memory, an_item(1, "Idlib", link="https://example.org/jet/1"))
    file(memory, least=1)
    assert count(memory, "url:jet AND Idlib") == 1
    assert count(memory, "url:(jet NEAR/3 org)") == 1
    assert count(memory, "url:(jet NEAR/3 org), Hama NEAR/2 Idlib") == 1


def test_who_reads_beside_a_bot_that_never_filed_reads_each_item(memory, tmp_path):
    keep(memory, *(an_item(number, "Idlib") for number in range(5)))
    for table in ("filing", "unfiled", "segments", "postings"):
        memory.store._db.storage.drop(table)
    with closing(Memory(tmp_path, read_only=True)) as reader:
        assert count(reader, "Idlib") == 5
