"""Every bomb once, with a shorter patience for those that hang."""

from bombs import BOMBS, all_watched


async def test_no_bomb_passes_its_bounds_or_holds_up_the_loop_or_a_neighbour() -> None:
    """Each is cut in time and memory, the loop stays free, and another feed's parse is on time."""
    patience = 2.0
    seen = await all_watched(list(BOMBS), patience, patience)
    passed = {name: breaches for name, one in seen.items() if (breaches := one.breaches(patience, patience))}
    assert passed == {}
    assert {name: one.outcome for name, one in seen.items() if "neighbour" in one.outcome} == {}
    assert set(seen) == set(BOMBS)
