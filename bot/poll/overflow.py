"""How many deliveries a chat's own feeds may let wait for it, and the one message that counts the rest. Pure.

Whoever adds a feed can make it show thousands of items at each poll. What everybody's feeds bring is not limited.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.messages import en
from bot.model import Delivery, Feed, Notice, Queue
from bot.model.bounds import WAITING_ROWS
from bot.poll.news import notice_delivery

_KIND = "more"


def within_limit(
    rows: Sequence[Delivery], queues: Mapping[int, Queue], feed: Feed, now: float
) -> tuple[tuple[Delivery, ...], tuple[Notice, ...]]:
    """Return as many deliveries of a poll as may wait for the chats in `queues`, and notices that count the rest."""
    room = {chat: WAITING_ROWS - queue.deliveries for chat, queue in queues.items()}
    kept: list[Delivery] = []
    more: Counter[int] = Counter()
    for row in rows:
        if room.get(row.chat, 1) > 0:
            kept.append(row)
            room[row.chat] = room.get(row.chat, 1) - (row.chat in queues)
        else:
            more[row.chat] += 1
    notices = [_counted(chat, count, queues[chat].notice, feed, now) for chat, count in more.items()]
    # Behind what it follows: the rows of one poll are moments apart.
    fresh = [
        notice_delivery(notice, chat, now + 1.0, private=True)
        for chat, notice in zip(more, notices, strict=True)
        if not queues[chat].notice
    ]
    return (*kept, *fresh), tuple(notices)


def _counted(chat: int, count: int, before: Notice | None, feed: Feed, now: float) -> Notice:
    total = count + (before.more if before else 0)
    key = before.key if before else f"{_KIND}:{chat}:{now:.6f}"
    text = en.OVERFLOW.format(number=total)
    owner = before.feed if before else feed.name
    return Notice(key=key, feed=owner, text=text, created=before.created if before else now, more=total)
