"""Hours of polling and of reading pages in virtual time, scored: a short part of the drill."""

from manners import manners


def test_with_publishers_of_every_temper_no_manners_are_breached():
    out = manners(days=0.6, interval=3_600.0, seed=2)
    assert [(each.rule, each.feed, each.text) for each in out.violations] == []
    assert out.lives > 1
    assert out.asked_whole == {}
    assert out.pages["articles"] > 100
