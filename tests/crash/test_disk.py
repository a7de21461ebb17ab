"""The state is taken away under a running bot: a short part of the drill."""

from disk import drill, removed


async def test_a_state_that_was_removed_under_the_bot_is_said_and_nothing_is_lost_by_a_kill_after_it(tmp_path):
    came = await drill(tmp_path, removed)
    assert (came.tally.lost, came.tally.extra, came.tally.out_of_order) == (0, 0, 0)
    assert "written anew" in came.healthz
    assert "written anew" in came.status
    assert came.logged == 1
