"""A hundred feeds of which one in ten misbehaves, for some seconds: a short part of the drill."""

from printer import Printer
from thousand import thousand


async def test_good_feeds_are_polled_when_they_are_due_whatever_the_others_do(tmp_path):
    """Each good feed is asked again and again and none of them fails. How late they are is the drill's."""
    with Printer.started() as printer:
        out = await thousand(printer, tmp_path, feeds=100, seconds=16, interval=2.0, timeout=5.0)
    assert (out.missed, out.good_failures) == (0, 0)
    assert out.failures >= 8
