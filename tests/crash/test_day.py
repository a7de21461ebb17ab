"""Some hours of a compressed day: a short part of the drill."""

from day import SOCKETS, STATE_LIMIT, day


async def test_over_some_hours_no_file_stays_open_and_memory_and_state_hardly_grow(tmp_path):
    passed = await day(tmp_path, hours=3, chats=3, seed=1)
    first, *_, last = passed.hours
    assert last.memory - first.memory < 8  # of few hours it is not exact; the drill has the figure
    assert last.files <= first.files
    assert last.sockets <= SOCKETS
    assert last.state < STATE_LIMIT
    assert not passed.tally.lost
    assert passed.tally.good
