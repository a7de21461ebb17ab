"""A poll that is decided in slices leads to what it leads to in one, also if the process ends in between."""

import tempfile
from contextlib import closing
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path

import pytest
from examples import NOW, a_match, a_state, an_item
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import Memory, feed_named

from bot.model import Changes, Chat, Fetched, ParsedFeed
from bot.model.bounds import WAITING_ROWS
from bot.poll.decide import Rules, all_of, decide, decide_push, settled
from bot.poll.slices import (
    FIRST,
    LEAST,
    MOST,
    UNSLICED,
    WHOLE,
    Answer,
    Room,
    in_steps,
    names_of,
    next_room,
    passed_over,
)
from bot.runtime.rounds import PIECE
from bot.settings import PollSettings

WORDS = {"idlib": "Idlib", "s-400": "S-400"}
NEWEST = 3  # entries that the polls of these tests take of a chat's own feed


def match(item):
    return tuple(a_match(item, watch, word) for watch, word in WORDS.items() if word in item.title)


RULES = Rules(match=match, could=None, watches=(), poll=PollSettings())

keys = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=2, unique=True).map(tuple)
titles = st.sampled_from(["Idlib falls", "S-400 sold", "Idlib and S-400", "A quiet day"])
entries = st.lists(st.tuples(keys, titles, st.integers(0, 3)), max_size=9)
audiences = st.lists(st.sets(st.sampled_from(tuple(WORDS))), min_size=1, max_size=5)
rooms = st.lists(
    st.builds(Room, items=st.integers(1, 4), weight=st.sampled_from([1, 1_200, 3_000]), chats=st.integers(1, 3)),
    min_size=1,
)


def items_of(shown, feed):
    """Items of these names and titles, so many minutes old."""
    return tuple(
        an_item(names[0], keys=names, feed=feed.name, title=title, published=NOW - 60 * age, summary="")
        for names, title, age in shown
    )


def answer_of(shown, feed, at=NOW):
    """What a poll of a feed finds that shows this."""
    body, parsed = Fetched(body=b""), ParsedFeed(title="", entries=())
    return Answer(at=at, answer=body, parsed=parsed, items=items_of(shown, feed))


def walk(memory, feed, answer, rooms, *, pushed=False, stop=None):
    """Decide and remember an answer in slices of these rooms; the process ends after `stop` of them."""
    known = memory.known(sorted(names_of(answer.items)), feed.name)
    rest = all_of(answer)
    if feed.chats:
        rest = replace(rest, passed=passed_over(rest.items, known, NEWEST))
    if now := settled(memory.store.feed_state(feed.name), feed, familiar=bool(known)):
        memory.commit(Changes(states=(now,)))
    outcomes = []
    for room in chain(rooms, repeat(rooms[-1])):
        if rest is None or len(outcomes) == stop:
            break
        facts = memory.store.poll_facts(feed, names_of(rest.first(room.items)))
        outcome = (decide_push if pushed else decide)(facts, answer, RULES, rest, room)
        memory.commit(outcome.changes)
        outcomes.append(outcome)
        rest = outcome.rest
    return outcomes


def polled(audience, shown, rooms, *, own=False, pushed=False, first=False, stop=()):
    """What is remembered and waits after two polls, of which the second is cut into slices, and ends a few times."""
    feed = feed_named("times", (1,) if own else ())
    came = [answer_of(each, feed, at) for at, each in zip((NOW, NOW + 60), shown, strict=True)]
    with tempfile.TemporaryDirectory(prefix="newsvane-slices-") as folder, closing(Memory(Path(folder))) as memory:
        chats = tuple(Chat(id=number, watches=tuple(sorted(watches))) for number, watches in enumerate(audience, 1))
        states = () if first else (a_state(feed.name, url=feed.url, primed=True, last_new=NOW - 60),)
        memory.commit(Changes(chats=chats, feeds=(feed,) if own else (), states=states))
        if not first:
            walk(memory, feed, came[0], [WHOLE])
        for slices in stop:
            walk(memory, feed, came[1], rooms, pushed=pushed, stop=slices)
        last = walk(memory, feed, came[1], rooms, pushed=pushed)[-1]
        rows = memory.deliveries()
        names = sorted({name for item in chain(came[0].items, came[1].items) for name in item.keys})
        facts = memory.store.poll_facts(feed, names)
        return {
            "waiting": {chat: [row for row in rows if row.chat == chat] for chat in {row.chat for row in rows}},
            "said": [memory.content(row) for row in rows if not row.watches],
            "known": {name: known.own for name, known in facts.known.items()},
            "kept": facts.kept,
            "told": {name: facts.told([name], range(1, 7)) for name in names},
            "state": last.state,
        }


@settings(max_examples=60)
@given(audience=audiences, before=entries, after=entries, rooms=rooms, own=st.booleans(), pushed=st.booleans())
def test_however_a_poll_is_cut_the_same_is_known_told_and_kept_and_the_feed_stands_alike(  # noqa: PLR0917  # hypothesis
    audience, before, after, rooms, own, pushed
):
    pushed = pushed and bool(after)
    whole = polled(audience, (before, after), [WHOLE], own=own, pushed=pushed)
    assert polled(audience, (before, after), rooms, own=own, pushed=pushed) == whole


@settings(max_examples=60)
@given(
    audience=audiences,
    before=entries,
    after=entries,
    rooms=rooms,
    own=st.booleans(),
    stop=st.lists(st.integers(1, 6), min_size=1, max_size=3),
)
def test_whenever_the_process_ends_between_slices_each_alert_comes_once_and_none_is_lost(  # noqa: PLR0917  # hypothesis
    audience, before, after, rooms, own, stop
):
    whole = polled(audience, (before, after), [WHOLE], own=own)
    replayed = polled(audience, (before, after), rooms, own=own, stop=stop)
    del whole["state"], replayed["state"]  # how much was new at the last poll counts from the restart
    for outcome in whole, replayed:  # where words went and came, who is to be told when they come again stays noted
        outcome["kept"] = {name: settled_entry(entry) for name, entry in outcome["kept"].items()}
    assert replayed == whole


def settled_entry(entry):
    """What is kept of an item, without what says that somebody is still to be told of its former words."""
    matches = tuple(
        each._replace(hits=tuple(hit for hit in each.hits if hit.end > hit.start)) for each in entry.matches
    )
    return replace(entry, item=replace(entry.item, partly=False), matches=matches)


@settings(max_examples=20)
@given(audience=audiences, after=entries, rooms=rooms, stop=st.lists(st.integers(1, 6), max_size=2))
def test_a_first_poll_that_is_cut_or_begun_anew_tells_nobody(audience, after, rooms, stop):
    assert not polled(audience, ([], after), rooms, first=True, stop=stop)["waiting"]


MOVED = a_state("times", url="https://old.example/rss", primed=True, last_new=NOW - 60)


@pytest.mark.parametrize(("known", "told"), [("c", {"a", "b"}), ("z", set())])
def test_whose_a_feed_at_a_new_address_is_holds_for_all_slices_and_after_a_crash(tmp_path, known, told):
    """One that shows what is known has moved and goes on; what another publisher shows first is not told."""
    feed = feed_named("times")
    shown = [((key,), "Idlib falls", age) for age, key in enumerate("cba")]
    answer = answer_of(shown, feed)
    with closing(Memory(tmp_path)) as memory:
        before = replace(answer, items=items_of([((known,), "Idlib falls", 0)], feed))
        memory.commit(Changes(states=(a_state("times", url=feed.url, primed=True),)))
        walk(memory, feed, before, [WHOLE])
        memory.commit(Changes(states=(MOVED,)))
        memory.subscribe(Chat(id=1), ["idlib"])
        walk(memory, feed, answer, [Room(items=1, weight=1)], stop=2)
        walk(memory, feed, answer, [Room(items=1, weight=1)])
        assert {row.item for row in memory.deliveries()} == told


def test_an_item_for_many_becomes_known_with_the_last_of_them(tmp_path):
    feed = feed_named("times")
    answer = answer_of([(("a",), "Idlib falls", 0)], feed)
    with closing(Memory(tmp_path)) as memory:
        memory.commit(
            Changes(
                chats=tuple(Chat(id=number, watches=("idlib",)) for number in range(1, 8)),
                states=(a_state("times", url=feed.url, primed=True),),
            )
        )
        outcomes = walk(memory, feed, answer, [Room(weight=1, chats=3)])
        assert [[row.chat for row in each.deliveries] for each in outcomes] == [[1, 2, 3], [4, 5, 6], [7]]
        assert [bool(each.changes.known) for each in outcomes] == [False, False, True]
        assert [bool(each.changes.states) for each in outcomes] == [False, False, True]


def test_who_unsubscribes_between_two_slices_is_told_nothing_more(tmp_path):
    feed = feed_named("times")
    answer = answer_of([(("a",), "Idlib falls", 0)], feed)
    with closing(Memory(tmp_path)) as memory:
        for chat in (1, 2, 3):
            memory.subscribe(Chat(id=chat), ["idlib"])
        memory.commit(Changes(states=(a_state("times", url=feed.url, primed=True),)))
        walk(memory, feed, answer, [Room(weight=1, chats=1)], stop=1)
        memory.unsubscribe(2, ["idlib"])
        walk(memory, feed, answer, [Room(weight=1, chats=1)])
        assert [row.chat for row in memory.deliveries()] == [1, 3]


@pytest.mark.parametrize(("new", "passed"), [(NEWEST - 1, 0), (NEWEST, 0), (NEWEST + 1, 1), (NEWEST + 5, 5)])
def test_only_the_oldest_of_too_many_new_ones_are_passed_over(new, passed):
    feed = feed_named("times")
    items = items_of([((f"k{number}",), "Idlib", 0) for number in range(4 + new)], feed)
    known = {item.key for item in items[:4]}
    assert passed_over(items, known, NEWEST) == {item.key for item in items[4 : 4 + passed]}


def test_what_stands_twice_among_new_ones_counts_once():
    feed = feed_named("times")
    items = items_of([((f"k{number % 3}",), "Idlib", 0) for number in range(30)], feed)
    assert passed_over(items, set(), NEWEST) == frozenset()


@pytest.mark.parametrize("waits", [WAITING_ROWS - 1, WAITING_ROWS, WAITING_ROWS + 1])
def test_what_may_wait_for_a_chat_is_counted_over_all_slices_and_told_in_one_message(tmp_path, waits):
    feed = feed_named("times", (1,))
    shown = [((f"k{number}",), "Idlib falls", 0) for number in range(waits)]
    answer = answer_of(shown, feed)
    with closing(Memory(tmp_path)) as memory:
        memory.subscribe(Chat(id=1), ["idlib"])
        memory.commit(Changes(feeds=(feed,), states=(a_state("times", url=feed.url, primed=True),)))
        rest = all_of(answer)
        while rest is not None:
            facts = memory.store.poll_facts(feed, names_of(rest.first(30)))
            outcome = decide(facts, answer, RULES, rest, Room(items=30, weight=1e9))
            memory.commit(outcome.changes)
            rest = outcome.rest
        rows = memory.deliveries()
        assert sum(bool(row.watches) for row in rows) == min(waits, WAITING_ROWS)
        assert [memory.content(row).more for row in rows if not row.watches] == ([1] if waits > WAITING_ROWS else [])


# --- how large a slice is -----------------------------------------------------------------------------------


def test_a_slice_that_took_long_is_followed_by_a_smaller_one_and_one_that_did_not_by_a_larger():
    room = Room()
    slow = next_room(room, items=10, weight=FIRST, seconds=2 * PIECE)
    quick = next_room(room, items=10, weight=FIRST, seconds=PIECE / 10)
    assert slow.weight == FIRST / 2
    assert quick.weight == FIRST * 1.5, "it grows by half at most"


def test_slices_stay_within_bounds_however_long_one_took():
    assert next_room(Room(), items=1, weight=FIRST, seconds=99.0).weight == LEAST
    room = Room()
    for _ in range(20):
        room = next_room(room, items=10_000, weight=room.weight, seconds=0.0)
    assert (room.weight, room.items) == (MOST, UNSLICED * 4)


def test_one_that_found_little_to_do_says_nothing_of_how_much_fits():
    assert next_room(Room(), items=60, weight=600, seconds=PIECE / 2).weight == FIRST


def test_a_small_poll_is_one_slice(tmp_path):
    """An ordinary one: sixty entries, ten of which are new."""
    feed = feed_named("times")
    shown = [((f"k{number}",), "Idlib falls", 0) for number in range(UNSLICED)]
    answer = answer_of(shown, feed)
    with closing(Memory(tmp_path)) as memory:
        memory.commit(Changes(states=(a_state("times", url=feed.url, primed=True),)))
        walk(memory, feed, replace(answer, items=answer.items[10:]), [WHOLE])
        assert len(walk(memory, feed, answer, [Room()])) == 1


def test_steps_give_all_items_once_and_in_order():
    items = items_of([((f"k{number}",), "Idlib", 0) for number in range(10)], feed_named("times"))
    assert [len(step) for step in in_steps(items, 4)] == [4, 4, 2]
    assert tuple(chain.from_iterable(in_steps(items, 4))) == items
