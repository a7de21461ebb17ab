"""A state of some size under the service's limit of memory: a short part of the drill."""

from million import Size
from success import trial

SIZE = Size(told=20_000, known=20_000, waiting=20, chats=10, feeds=20, items=40, watches=("s-400",))


async def test_readers_are_told_once_by_a_bot_that_has_told_much_under_the_limit_of_the_service(tmp_path):
    out = await trial(tmp_path, size=SIZE, readers=20, stories=1)
    assert (out.lost, out.extra, out.wanted) == (0, 0, 20)
