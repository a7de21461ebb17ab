"""A chat's own feeds let so much wait for it and no more; how many more there were is counted and told once."""

import pytest

from bot.model import Delivery, Feed, Notice
from bot.poll.news import Plan
from bot.poll.overflow import WAITING_LIMIT, Queue, is_overflow, queue_of, within_limit

FEED = Feed(name="own", title="Own", url="https://own.example/rss", chats=(7,))
NOW = 1_700_000_000.0


def rows(count, chat=7):
    return tuple(
        Delivery(id=f"d{number}", item=f"i{number}", chat=chat, watches=("w",), created=NOW + number * 1e-5)
        for number in range(count)
    )


@pytest.mark.parametrize(
    ("waiting", "came", "more"),
    [(0, WAITING_LIMIT - 1, 0), (0, WAITING_LIMIT, 0), (0, WAITING_LIMIT + 1, 1), (WAITING_LIMIT, 5, 5), (199, 3, 2)],
)
def test_what_may_wait_is_kept_and_the_rest_is_counted(waiting, came, more):
    """The oldest are kept; one notice behind them says how many more there were."""
    planned = Plan(deliveries=rows(came))
    kept = within_limit(planned, {7: Queue(waiting=waiting)}, FEED, NOW)
    alerts = [row for row in kept.deliveries if not is_overflow(row)]
    assert alerts == list(rows(came)[: came - more])
    assert [notice.more for notice in kept.notices] == ([more] if more else [])
    if more:
        assert kept.notices[0].text == f"… and {more} more from the feeds that you added: /latest"
        assert kept.deliveries[-1].item == kept.notices[0].key
        assert kept.deliveries[-1].created > NOW


def test_a_notice_that_still_waits_counts_on():
    """However many polls overflow, one message tells of all of them."""
    first = within_limit(Plan(deliveries=rows(210)), {7: Queue(waiting=0)}, FEED, NOW)
    queue = queue_of(first.deliveries, first.notices[0])
    assert queue.waiting == WAITING_LIMIT
    second = within_limit(Plan(deliveries=rows(330)), {7: queue}, FEED, NOW + 60)
    assert [(notice.key, notice.more) for notice in second.notices] == [(first.notices[0].key, 340)]
    assert second.deliveries == ()


def test_a_notice_that_is_being_sent_counts_no_more():
    notice = Notice(key="more:7:1", feed="own", text="", more=4)
    sending = Delivery(id="a", item=notice.key, chat=7, watches=(), state="sending", created=NOW)
    assert not is_overflow(sending)


def test_chats_that_are_not_asked_about_get_all():
    """What everybody's feeds bring is not counted out."""
    planned = Plan(deliveries=(*rows(300, chat=8), *rows(1)))
    assert within_limit(planned, {7: Queue(waiting=0)}, FEED, NOW) == planned
