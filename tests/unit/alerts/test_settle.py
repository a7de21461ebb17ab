"""What becomes of a delivery after each outcome."""

import pytest
from examples import NOW

from bot.delivery.settle import (
    RETRY_LONGEST,
    Gone,
    Held,
    Moved,
    NotSent,
    Refused,
    Sent,
    Unauthorised,
    Unknown,
    left_to_wait,
    settle,
)
from bot.model import Delivery

SENDING = Delivery(id="abc234", item="a1", chat=7, watches=("idlib",), state="sending", created=NOW - 5)


def settled(outcome, delivery=SENDING, jitter=0.5):
    return settle(delivery, outcome, now=NOW, jitter=jitter)


def test_a_sent_message_is_settled_with_its_id():
    row = settled(Sent(message_id=99)).delivery
    assert (row.state, row.message_id, row.settled) == ("sent", 99, NOW)


def test_flood_control_postpones_by_what_telegram_says_and_counts_as_no_attempt():
    row = settled(Held(seconds=35)).delivery
    assert (row.state, row.not_before, row.attempts, row.failures) == ("queued", NOW + 35, 0, 0)


def test_what_was_certainly_not_sent_is_tried_later_and_later_and_for_ever():
    row, pauses = SENDING, []
    for _ in range(40):
        row = settled(NotSent(reason="no route"), row).delivery
        assert row.state == "queued"
        pauses.append(row.not_before - NOW)
    assert pauses[:4] == [1, 2, 4, 8]
    assert max(pauses) == RETRY_LONGEST


def test_a_lost_answer_is_repeated_once_and_then_shown_as_uncertain():
    first = settled(Unknown(reason="no answer")).delivery
    assert (first.state, first.attempts) == ("queued", 1)
    second = settled(Unknown(reason="no answer"), first).delivery
    assert (second.state, second.attempts, second.reason) == ("uncertain", 2, "no answer")


def test_a_refused_text_is_tried_once_as_plain_text_and_then_dead():
    first = settled(Refused(reason="can't parse entities")).delivery
    assert (first.state, first.plain, first.not_before) == ("queued", True, NOW)
    second = settled(Refused(reason="message is too long"), first).delivery
    assert (second.state, second.reason) == ("dead", "message is too long")


def test_an_alert_for_a_chat_that_blocked_the_bot_waits_for_its_return():
    settlement = settled(Gone(reason="bot was blocked by the user"))
    assert settlement.suspend == "bot was blocked by the user"
    assert settlement.delivery.state == "queued"


def test_a_migrated_group_is_moved_and_its_alert_sent_again():
    settlement = settled(Moved(chat=-1001))
    assert (settlement.move_to, settlement.delivery.state) == (-1001, "queued")


def test_a_refused_token_leaves_the_alert_queued_for_later():
    row = settled(Unauthorised(reason="unknown token")).delivery
    assert (row.state, row.attempts, row.not_before) == ("queued", 0, NOW + 1)


def test_a_hold_is_obeyed_to_its_end_however_long_and_after_a_restart_too():
    row = settled(Held(seconds=7_000)).delivery
    assert left_to_wait(row, NOW) == 7_000
    assert left_to_wait(row, NOW + 6_999) == 1
    assert left_to_wait(row, NOW + 8_000) == 0


def test_a_clock_that_was_set_back_holds_nobody_longer_than_telegram_asked():
    row = settled(Held(seconds=35)).delivery
    assert left_to_wait(row, NOW - 7_200) == 35


def test_what_was_queued_by_an_older_newsvane_waits_for_nothing():
    assert left_to_wait(Delivery(id="a", item="a1", chat=7, watches=(), not_before=NOW + 50), NOW) == 0


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_retries_are_spread_around_their_time(jitter):
    assert settled(NotSent(reason="x"), jitter=jitter).delivery.not_before == NOW + 0.5 + jitter


def test_refused_with_others_each_is_sent_alone_before_anything_is_given_up():
    row = settle(SENDING, Refused(reason="can't parse"), now=NOW, shared=True).delivery
    assert (row.state, row.alone, row.plain) == ("queued", True, False)
    row = settle(row, Refused(reason="can't parse"), now=NOW).delivery
    assert (row.state, row.plain) == ("queued", True)
    assert settle(row, Refused(reason="can't parse"), now=NOW).delivery.state == "dead"
