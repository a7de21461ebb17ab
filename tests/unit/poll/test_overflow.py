"""A chat's own feeds let so much wait for it and no more; how many more there were is counted and told once."""

import pytest

from bot.model import Delivery, Feed, Queue
from bot.model.bounds import WAITING_ROWS
from bot.poll.overflow import within_limit

FEED = Feed(name="own", title="Own", url="https://own.example/rss", chats=(7,))
NOW = 1_700_000_000.0


def rows(count, chat=7):
    return tuple(
        Delivery(id=f"d{number}", item=f"i{number}", feed="own", chat=chat, watches=("w",), created=NOW + number * 1e-5)
        for number in range(count)
    )


@pytest.mark.parametrize(
    ("waiting", "came", "more"),
    [(0, WAITING_ROWS - 1, 0), (0, WAITING_ROWS, 0), (0, WAITING_ROWS + 1, 1), (WAITING_ROWS, 5, 5), (199, 3, 2)],
)
def test_what_may_wait_is_kept_and_the_rest_is_counted(waiting, came, more):
    """The oldest are kept; one notice behind them says how many more there were."""
    kept, notices = within_limit(rows(came), {7: Queue(waiting)}, FEED, NOW)
    alerts = tuple(row for row in kept if row.watches)
    assert alerts == rows(came)[: came - more]
    assert [notice.more for notice in notices] == ([more] if more else [])
    if more:
        assert notices[0].text == f"… and {more} more from the feeds that you added: /latest"
        assert kept[-1].item == notices[0].key
        assert kept[-1].created > NOW


def test_a_notice_that_still_waits_counts_on():
    """However many polls overflow, one message tells of all of them."""
    _, (first,) = within_limit(rows(210), {7: Queue(0)}, FEED, NOW)
    kept, notices = within_limit(rows(330), {7: Queue(WAITING_ROWS, first)}, FEED, NOW + 60)
    assert [(notice.key, notice.more) for notice in notices] == [(first.key, 340)]
    assert kept == ()


def test_chats_that_are_not_asked_about_get_all():
    """What everybody's feeds bring is not counted out."""
    brought = (*rows(300, chat=8), *rows(1))
    assert within_limit(brought, {7: Queue(0)}, FEED, NOW) == (brought, ())
