"""How much a chat's own feeds may let wait for it, and the one message that says how many more there were. Pure.

Whoever adds a feed can have it show thousands of items at each poll. What everybody's feeds bring is not counted out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.alerts.plan import Plan, short_id
from bot.model import Delivery, Feed, Notice

WAITING_LIMIT = 200
"""Deliveries that may wait for a chat before its own feeds add no more: over three minutes of one message a second."""
_KIND = "more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for a chat: how many deliveries, and the notice among them that says how many more there were."""

    waiting: int
    notice: Notice | None = None


def is_overflow(row: Delivery) -> bool:
    """Tell whether a delivery is of a notice that can yet count more: nobody has begun to send it."""
    return row.state == "queued" and row.item.startswith(f"{_KIND}:")


def within_limit(planned: Plan, queues: Mapping[int, Queue], feed: Feed, now: float) -> Plan:
    """Keep as many of a poll's deliveries as may wait for the chats in `queues`; count the rest in a notice."""
    room = {chat: WAITING_LIMIT - queue.waiting for chat, queue in queues.items()}
    kept: list[Delivery] = []
    more: Counter[int] = Counter()
    for row in planned.deliveries:
        if room.get(row.chat, 1) > 0:
            kept.append(row)
            room[row.chat] = room.get(row.chat, 1) - (row.chat in queues)
        else:
            more[row.chat] += 1
    if not more:
        return planned
    notices = [_counted(chat, count, queues[chat].notice, feed, now) for chat, count in more.items()]
    fresh = [_row(chat, notice, now) for chat, notice in zip(more, notices, strict=True) if not queues[chat].notice]
    return replace(planned, deliveries=(*kept, *fresh), notices=(*planned.notices, *notices))


def queue_of(rows: Sequence[Delivery], notice: Notice | None) -> Queue:
    """Sum up what waits for a chat. `notice` is the one that a row of `is_overflow` is about."""
    return Queue(waiting=sum(not is_overflow(row) for row in rows), notice=notice)


def _counted(chat: int, count: int, before: Notice | None, feed: Feed, now: float) -> Notice:
    total = count + (before.more if before else 0)
    key = before.key if before else f"{_KIND}:{chat}:{now:.6f}"
    text = f"… and {total} more from the feeds that you added: /latest"
    return Notice(key=key, feed=feed.name, text=text, created=before.created if before else now, more=total)


def _row(chat: int, notice: Notice, now: float) -> Delivery:
    # Behind what it follows: the rows of one poll are moments apart.
    return Delivery(
        id=short_id(notice.key, chat), item=notice.key, chat=chat, watches=(), silent=True, created=now + 1.0
    )
