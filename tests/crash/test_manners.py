"""A day of polling in virtual time, scored: a short part of the drill."""

from manners import manners


def test_in_a_day_with_publishers_of_every_temper_no_manners_are_breached():
    out = manners(days=1.0, interval=3_600.0, seed=2)
    assert [(each.rule, each.feed, each.text) for each in out.violations] == []
    assert out.lives > 1
    assert out.asked_whole == {}
