"""Each costly kind, eight at once, until some have ended: a short part of the drill, which tells of seconds."""

import pytest
from costly import KINDS, trial
from printer import Printer

ENDLESS = {"hang", "drip"}


@pytest.fixture(scope="module")
def printer():
    with Printer.started() as made:
        yield made


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ENDLESS])
async def test_eight_costly_publishers_come_to_an_end_beside_a_neighbour_who_is_fetched(printer, kind):
    """Whoever sends what costs is cut off by a bound, not by the clock, and a good feed is read all the while."""
    out = await trial(printer, kind, seconds=120.0, enough=(8, 3), timeout=100.0)
    assert out.ends.total() >= 8
    assert not [end for end in out.ends if "within 100 s" in end]
    assert out.fetched >= 3
    assert not out.failed
