"""kill -9 between the steps of an article: some of the instants of the drill."""

import pytest
from story import killed


@pytest.mark.parametrize(
    ("number", "when"),
    [(1, "after"), (2, "after"), (5, "before"), (5, "after"), (6, "after")],
)
async def test_killed_between_two_steps_the_founding_story_is_told_once(tmp_path, number, when):
    came = await killed(tmp_path, number, when)
    assert came.killed
    assert (came.complete, came.alerts, came.waiting) == (True, 1, 0)
    assert 1 <= came.asked <= 2
