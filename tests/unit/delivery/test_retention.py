"""What expires, and what is not kept any longer."""

import pytest
from examples import NOW, a_state
from memory import feed_named

from bot.delivery.retention import (
    FEED_KEPT,
    KNOWN_KEPT,
    SETTLED_KEPT,
    KeptUp,
    expired,
    may_forget,
    of_all,
    of_feed,
    of_told,
)
from bot.delivery.settle import SUSPENDED_LIMIT
from bot.model import Changes, Delivery, Retention
from bot.model.bounds import ITEMS, ITEMS_DAYS, OWN_ITEMS

DAY = 86_400.0


def a_row(**changes):
    values = {"id": "a", "item": "a1", "feed": "f", "chat": 1, "watches": ("w",), "created": NOW, **changes}
    return Delivery(**values)


def test_what_has_waited_a_day_for_a_chat_that_cannot_be_reached_expires():
    late, fresh = a_row(created=NOW - SUSPENDED_LIMIT - 1), a_row(item="a2", created=NOW - SUSPENDED_LIMIT + 1)
    rows = expired([late, fresh], NOW).deliveries
    assert [(row.item, row.state, row.settled) for row in rows] == [("a1", "expired", NOW)]


def test_what_would_have_edited_an_alert_there_is_dropped():
    late = a_row(created=NOW - SUSPENDED_LIMIT - 1, edits=True)
    assert expired([late], NOW) == Changes(dropped=(late,))


def test_what_is_being_sent_does_not_expire():
    assert expired([a_row(created=0.0, state="sending")], NOW) == Changes()


def test_the_names_of_a_lively_feed_are_kept_for_a_while_after_it_last_showed_them():
    lively = a_state("f", last_poll=NOW, last_new=NOW - 60)
    assert of_feed(None, lively, NOW).known == {"f": NOW - KNOWN_KEPT}


def test_what_a_feed_has_shown_since_it_last_brought_something_new_is_kept_however_long_ago():
    quiet = a_state("f", last_poll=NOW, last_new=NOW - 200 * DAY)
    assert of_feed(None, quiet, NOW).known["f"] < NOW - 200 * DAY


def test_a_feed_that_is_polled_no_longer_keeps_its_names_as_long_as_any():
    gone = a_state("f", last_poll=NOW - FEED_KEPT - 1, last_new=NOW - 200 * DAY)
    assert of_feed(None, gone, NOW).known == {"f": NOW - KNOWN_KEPT}


def test_deliveries_in_trouble_stay_for_a_week_and_who_was_told_as_long_as_names():
    retention = of_all(NOW)
    assert (retention.settled, retention.sent, retention.told) == (NOW - SETTLED_KEPT, NOW - SETTLED_KEPT, 0.0)
    assert of_told(NOW) == Retention(told=NOW - KNOWN_KEPT)


def test_everybodys_items_stay_for_a_month_and_so_many():
    assert (of_all(NOW).seen, of_all(NOW).items) == (NOW - ITEMS_DAYS * DAY, ITEMS)


@pytest.mark.parametrize(
    ("feed", "kept"),
    [(feed_named("f", (1,)), OWN_ITEMS), (feed_named("f"), 0), (None, 0)],
    ids=["a chat's own", "everybody's", "gone"],
)
def test_of_a_chats_own_feed_the_newest_items_stay_as_long_as_it_is_one(feed, kept):
    assert of_feed(feed, a_state("f"), NOW).own == {"f": kept}


def test_nothing_is_forgotten_before_feeds_were_asked_at_the_time_that_it_is():
    """At a start, after a sleep and with a new date, what feeds still show looks old until they are asked."""
    first, kept_up = may_forget(KeptUp(), NOW)
    second, kept_up = may_forget(kept_up, NOW + 3_600)
    assert (first, second) == (False, True)
    again, kept_up = may_forget(kept_up, NOW + 7_200)
    for moved in (400 * DAY, -400 * DAY):
        at_once, after = may_forget(kept_up, NOW + 7_200 + moved)
        an_hour_later, _ = may_forget(after, NOW + 10_800 + moved)
        assert (again, at_once, an_hour_later) == (False, False, True)
