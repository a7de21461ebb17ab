"""Hours without Telegram and a clock that somebody sets, in virtual time: a short part of the drill."""

import pytest
from outage import INTERVAL, JUMP, KINDS, in_virtual_time, jump, outage


@pytest.mark.parametrize("kind", KINDS)
def test_after_an_hour_without_telegram_all_comes_in_order_and_none_is_uncertain(kind):
    away = in_virtual_time(outage, kind=KINDS[kind], hours=1, chats=5, tick=5.0, seed=1)
    assert (away.tally.lost, away.tally.out_of_order, dict(away.tally.shown)) == (0, 0, {})
    assert away.tally.extra <= away.under_way
    assert away.good


@pytest.mark.parametrize("restart", [False, True], ids=["running", "restarted"])
@pytest.mark.parametrize("by", [JUMP, -JUMP], ids=["forward", "back"])
def test_a_clock_that_is_set_by_two_hours_changes_no_poll_and_holds_nobody_longer(by, restart):
    moved = in_virtual_time(jump, by=by, hold=900, tick=5.0, restart=restart, seed=1)
    assert max(moved.gaps) <= INTERVAL * 1.1
    assert min(moved.gaps) >= INTERVAL * 0.9
    assert moved.held <= 900 + 105
    assert moved.good


def test_a_trial_comes_to_the_same_on_a_system_that_is_late_in_all(late_system):
    """What stops a bot waits for no clock, so a loop that does not know what is under way leaps over an hour here."""
    moved = in_virtual_time(jump, by=JUMP, hold=900, tick=5.0, restart=True, seed=1)
    assert moved.held <= 900 + 105
    assert moved.good
