"""Every bomb once, with a shorter patience for those that hang."""

from bombs import BOMBS, MEMORY, all_watched


async def test_no_bomb_passes_its_bound_of_memory_or_takes_a_neighbour_with_it() -> None:
    """Each is cut off in the end, at a bound of memory, and another feed is read meanwhile. The drill tells seconds."""
    seen = await all_watched(list(BOMBS), timeout=1.5, deadline=2.5)
    assert {name: one.memory for name, one in seen.items() if one.memory > MEMORY} == {}
    assert {name: one.outcome for name, one in seen.items() if "neighbour" in one.outcome} == {}
    assert set(seen) == set(BOMBS)
