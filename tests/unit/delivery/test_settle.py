"""What becomes of a delivery after each outcome."""

import pytest
from examples import NOW

from bot.delivery.settle import RETRY_LONGEST, changes_of, left_to_wait, one_more_unchanged, revived, settle
from bot.model import (
    Changes,
    Chat,
    Delivery,
    FeedState,
    Gone,
    Held,
    Moved,
    NotSent,
    Pages,
    Refused,
    Sent,
    Unauthorised,
    Unknown,
)

SENDING = Delivery(id="abc234", item="a1", feed="f", chat=7, watches=("idlib",), state="sending", created=NOW - 5)


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
    assert left_to_wait(Delivery(id="a", item="a1", feed="f", chat=7, watches=(), not_before=NOW + 50), NOW) == 0


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_retries_are_spread_around_their_time(jitter):
    assert settled(NotSent(reason="x"), jitter=jitter).delivery.not_before == NOW + 0.5 + jitter


def test_refused_with_others_each_is_sent_alone_before_anything_is_given_up():
    row = settle(SENDING, Refused(reason="can't parse"), now=NOW, shared=True).delivery
    assert (row.state, row.alone, row.plain) == ("queued", True, False)
    row = settle(row, Refused(reason="can't parse"), now=NOW).delivery
    assert (row.state, row.plain) == ("queued", True)
    assert settle(row, Refused(reason="can't parse"), now=NOW).delivery.state == "dead"


ANNA = Chat(id=7, watches=("idlib",))


def test_who_unsubscribed_while_a_message_was_under_way_does_not_get_it_later():
    waits = settle(SENDING, Held(seconds=3), now=NOW)
    changes = changes_of([waits], Chat(id=7, watches=("s-400",)))
    assert (changes.deliveries, [row.item for row in changes.dropped]) == ((), ["a1"])
    sent = changes_of([settle(SENDING, Sent(message_id=1), now=NOW)], Chat(id=7))
    assert [row.state for row in sent.deliveries] == ["sent"], "what arrived is kept all the same"


def test_a_delivery_that_waits_is_narrowed_to_the_watches_that_are_left():
    both = Delivery(id="a", item="a1", feed="f", chat=7, watches=("idlib", "s-400"), state="sending")
    (row,) = changes_of([settle(both, NotSent(reason="x"), now=NOW)], ANNA).deliveries
    assert row.watches == ("idlib",)


def test_a_chat_that_is_gone_is_suspended_with_its_delivery_in_one_change():
    changes = changes_of([settle(SENDING, Gone(reason="blocked"), now=NOW)], ANNA)
    assert [chat.suspended for chat in changes.chats] == ["blocked"]
    assert [row.state for row in changes.deliveries] == ["queued"]


def test_a_message_under_way_while_its_chat_moved_is_settled_under_the_new_id():
    changes = changes_of([settle(SENDING, Sent(message_id=3), now=NOW)], Chat(id=-1005, formerly=(7,)))
    assert [row.chat for row in changes.deliveries] == [-1005]


def test_a_topic_that_is_gone_is_forgotten():
    sent = settle(SENDING, Sent(message_id=3, elsewhere=True), now=NOW)
    assert changes_of([sent], Chat(id=7, topic=5, watches=("idlib",)), elsewhere=True).chats[0].topic == 0


def test_what_is_revived_stands_as_if_it_had_never_been_tried():
    dead = Delivery(
        id="a", item="a1", feed="f", chat=7, watches=("idlib",), state="dead", attempts=2, failures=9, plain=True
    )
    changes = revived([dead], NOW)
    assert changes.deliveries == (Delivery(id="a", item="a1", feed="f", chat=7, watches=("idlib",), created=NOW),)
    assert (changes.dropped, changes.written) == ((dead,), (("f", "a1"),))


EDIT = Delivery(id="abc234", item="a1", feed="f", chat=7, watches=("idlib",), state="sending", edits=True)


def test_an_edit_whose_answer_was_lost_is_repeated_and_then_given_up_for_the_alert_is_there():
    first = settled(Unknown(reason="no answer"), EDIT)
    assert (first.delivery.state, first.given_up) == ("queued", False)
    second = settled(Unknown(reason="no answer"), first.delivery)
    assert second.given_up
    assert changes_of([second], Chat(id=7, watches=("idlib",))) == Changes(dropped=(second.delivery,))


def test_an_edit_that_is_refused_leaves_the_alert_as_it_is():
    settlement = settled(Refused(reason="message can't be edited"), EDIT)
    assert settlement.given_up
    assert changes_of([settlement], Chat(id=7, watches=("idlib",))).deliveries == ()


def test_an_edit_waits_like_any_other_for_flood_control_a_move_and_a_chat_that_is_gone():
    assert settled(Held(seconds=9), EDIT).delivery.not_before == NOW + 9
    assert settled(Moved(chat=-1001), EDIT).move_to == -1001
    assert settled(Gone(reason="blocked"), EDIT).suspend == "blocked"


def test_a_message_that_several_alerts_share_is_noted_as_shared():
    assert settle(SENDING, Sent(message_id=9), now=NOW, shared=True).delivery.shared
    assert not settled(Sent(message_id=9)).delivery.shared


def test_a_feed_counts_the_alerts_that_could_not_gain_words():
    assert one_more_unchanged(FeedState(feed="f")).pages == Pages(unchanged=1)
