"""A feed always stands in one place: it waits, or it is being polled."""

from hypothesis import given
from hypothesis import strategies as st

from bot.poll.roster import Roster


def test_due_feeds_are_started_once_the_longest_overdue_first() -> None:
    """Only what is due is started, once, in the order of due times."""
    roster = Roster()
    for name, at in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        roster.add(name, at)
    assert roster.start_due(0.5) == []
    assert roster.start_due(2.0) == ["a", "b"]
    assert roster.start_due(2.0) == []
    assert roster.start_due(9.0) == ["c"]
    assert roster.start_due(99.0) == []


def test_the_last_word_on_a_waiting_feed_holds() -> None:
    """What was said last of a feed holds, whether sooner or later, and it is started once."""
    roster = Roster()
    roster.add("a", 5.0)
    roster.add("a", 1.0)
    roster.add("a", 9.0)
    roster.add("a", 9.0)
    assert roster.start_due(8.0) == []
    assert roster.start_due(9.0) == ["a"]
    assert roster.start_due(99.0) == []


def test_a_poll_that_ends_already_due_is_started_by_the_next_tick() -> None:
    """A commit may take longer than the wait that it decides on."""
    roster = Roster()
    roster.add("a", 0.0)
    assert roster.start_due(1.0) == ["a"]
    roster.end("a", 1.0)
    assert roster.start_due(1.0) == ["a"]


def test_news_is_looked_for_sooner_and_never_later() -> None:
    """A hint brings a waiting feed forward; one that is being polled is said to want another poll when it ends."""
    roster = Roster()
    roster.add("a", 100.0)
    roster.hasten("a", 50.0)
    roster.hasten("a", 80.0)
    roster.hasten("b", 10.0)
    assert roster.start_due(50.0) == ["a"]
    roster.hasten("a", 51.0)
    assert roster.end("a", 90.0)
    assert roster.start_due(89.0) == []
    assert roster.start_due(90.0) == ["a"]
    assert not roster.end("a", 95.0)


def test_a_removed_feed_is_not_started_and_its_poll_ends_quietly() -> None:
    """Whatever is under way, a feed that is gone does not come back by itself."""
    roster = Roster()
    roster.add("a", 1.0)
    roster.add("b", 1.0)
    roster.remove("a")
    assert roster.start_due(2.0) == ["b"]
    roster.remove("b")
    assert not roster.end("b", 3.0)
    assert roster.start_due(99.0) == []
    assert "b" not in roster


NAMES = st.sampled_from("abcd")
STEPS = st.one_of(
    st.tuples(st.just("add"), NAMES, st.integers(0, 30)),
    st.tuples(st.just("hasten"), NAMES, st.integers(0, 30)),
    st.tuples(st.just("end"), NAMES, st.integers(0, 30)),
    st.tuples(st.just("remove"), NAMES, st.just(0)),
    st.tuples(st.just("tick"), st.just(""), st.integers(0, 9)),
)


@given(st.lists(STEPS, max_size=80))
def test_no_order_of_steps_loses_a_feed_or_polls_it_twice_at_once(steps: list[tuple[str, str, int]]) -> None:
    """Beside a plain dictionary: each feed waits until the time that a dictionary says, or is polled."""
    roster, now = Roster(), 0.0
    waits: dict[str, float] = {}
    polled: set[str] = set()
    for step, name, number in steps:
        at = now + number
        if step == "add":
            roster.add(name, at)
            if name not in polled:
                waits[name] = at
        elif step == "hasten":
            roster.hasten(name, at)
            if name in waits:
                waits[name] = min(waits[name], at)
        elif step == "end":
            roster.end(name, at)
            if name in polled:
                polled.discard(name)
                waits[name] = at
        elif step == "remove":
            roster.remove(name)
            waits.pop(name, None)
            polled.discard(name)
        else:
            now += number
            due = {each for each, until in waits.items() if until <= now}
            assert set(roster.start_due(now)) == due
            polled |= due
            waits = {each: until for each, until in waits.items() if each not in due}
        assert all((each in roster) == (each in waits or each in polled) for each in "abcd")
    assert set(roster.start_due(now + 99)) == set(waits)
