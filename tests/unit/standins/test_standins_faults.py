"""Faults meet the calls that they were ordered for, and chance is the same each time."""

import random
from dataclasses import fields

import pytest
from standins.botapi.faults import FAULTS, Chance, Faults, bad_gateway, cut, flood, lost, unauthorized


def names(faults: Faults, calls: int, method: str = "sendMessage", chat: int = 7, text: str = "x") -> list[str]:
    """Return the names of the faults that so many equal calls meet."""
    met = (faults.take(method, chat, text) for _ in range(calls))
    return [fault.name if fault else "" for fault in met]


def test_a_fault_meets_the_next_call_and_no_other() -> None:
    """Ordered once, it happens once, and only to sendMessage."""
    faults = Faults()
    faults.add(lost())
    assert names(faults, 1, method="getMe") == [""]
    assert names(faults, 2) == ["lost", ""]


def test_faults_meet_calls_in_the_order_in_which_they_were_ordered() -> None:
    """Two 502, then a cut connection, then all is well."""
    faults = Faults()
    faults.add(bad_gateway(), times=2)
    faults.add(cut())
    assert names(faults, 4) == ["bad_gateway", "bad_gateway", "cut", ""]


def test_a_fault_can_be_for_one_chat_or_one_text() -> None:
    """Other chats and other texts go by it."""
    faults = Faults()
    faults.add(flood(), chat=8)
    faults.add(lost(), times=None, containing="poison")
    assert names(faults, 1) == [""]
    assert names(faults, 2, chat=8) == ["flood", ""]
    assert names(faults, 3, text="a poisoned one") == ["lost"] * 3


def test_a_fault_without_method_and_end_meets_all_until_cleared() -> None:
    """A refused token is refused in every call."""
    faults = Faults()
    faults.add(unauthorized(), times=None, method="")
    assert names(faults, 2, method="getUpdates") == ["unauthorized"] * 2
    faults.clear()
    assert names(faults, 1) == [""]


def test_the_same_seed_gives_the_same_faults() -> None:
    """Chance repeats with its seed, about as often as it was told, and leaves other methods alone."""
    runs = []
    for seed in (1, 1, 2):
        faults = Faults()
        faults.by_chance(Chance(lost=0.25, bad_gateway=0.25), seed=seed)
        runs.append(names(faults, 400))
        assert names(faults, 50, method="getUpdates") == [""] * 50
    assert runs[0] == runs[1] != runs[2]
    assert 60 < runs[0].count("lost") < 140
    assert 60 < runs[0].count("bad_gateway") < 140
    assert set(runs[0]) == {"", "lost", "bad_gateway"}


@pytest.mark.parametrize("name", [field.name for field in fields(Chance)])
def test_each_chance_is_a_fault_that_exists(name: str) -> None:
    """A certain chance always gives the fault of its name."""
    fault = Chance(**{name: 1.0}).draw(random.Random(1))  # noqa: S311  # the seed is the point
    assert fault == FAULTS[name]()
    assert fault is not None
    assert fault.name == name
