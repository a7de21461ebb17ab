"""The deliveries in memory give each chat's oldest, in fair order, whatever happened before."""

import random
from dataclasses import replace

import pytest
from following import Following

from bot.model import OPEN, Chat, Delivery


def a_row(item, chat, **changes):
    return Delivery(**{"id": f"{item}{chat}", "item": item, "feed": "f", "chat": chat, "watches": ("w",), **changes})


def filled(rows):
    outbox = Following()
    for row in sorted(rows, key=lambda row: row.created):
        outbox.take(row)
    return outbox


def test_an_alert_to_one_goes_before_the_rest_of_a_broadcast():
    outbox = filled([a_row("all", chat, created=1.0) for chat in range(100)])
    outbox.take(a_row("one", 500, created=5.0))
    assert [row.item for row in outbox.in_turn(6.0)][:2] == ["one", "all"]


def test_a_chats_own_order_is_kept_though_its_second_alert_has_fewer_recipients():
    outbox = filled([*(a_row("all", chat, created=1.0) for chat in range(3)), a_row("one", 1, created=2.0)])
    assert {(row.chat, row.item) for row in outbox.in_turn(3.0)} == {(0, "all"), (1, "all"), (2, "all")}


def waiting(chat, count, created=1.0):
    return [a_row(f"own{chat}-{number}", chat, created=created + number * 1e-5) for number in range(count)]


@pytest.mark.parametrize("readers", [100, 5_000])
def test_a_broadcast_goes_before_the_alerts_of_chats_whose_own_feeds_flood_them(readers):
    """Each of 45 chats has one alert to one at the head of 200: that does not make it a small alert."""
    outbox = filled([row for chat in range(45) for row in waiting(chat, 200)])
    for chat in range(1_000, 1_000 + readers):
        outbox.take(a_row("all", chat, created=60.0))
    first = [row.item for row in outbox.in_turn(60.0)][:readers]
    assert set(first) == {"all"}


def test_a_chat_that_is_fed_one_alert_a_second_stands_behind_though_few_wait_for_it():
    outbox = Following()
    for second in range(120):
        for chat in range(45):
            row = a_row(f"own{chat}-{second}", chat, created=float(second))
            outbox.take(row)
            if second < 119:
                outbox.take(replace(row, state="sent", settled=second + 0.5))
    for chat in range(1_000, 1_100):
        outbox.take(a_row("all", chat, created=119.0))
    assert {row.item for row in list(outbox.in_turn(119.0))[:100]} == {"all"}


def test_a_chat_that_was_flooded_an_hour_ago_is_told_like_others():
    sent = [replace(row, state="sent", settled=row.created) for row in waiting(1, 200)]
    outbox = filled([*sent, a_row("one", 1, created=3_601.0)])
    for chat in range(1_000, 1_100):
        outbox.take(a_row("all", chat, created=3_600.0))
    assert next(outbox.in_turn(3_601.0)).item == "one"


def test_a_chat_with_much_waiting_gets_its_turn_in_the_end():
    """Though new broadcasts never cease, what has waited goes before them."""
    outbox = filled(waiting(1, 200))
    for chat in range(1_000, 1_100):
        outbox.take(a_row("all", chat, created=7_000.0))
    assert next(outbox.in_turn(7_000.0)).chat == 1


@pytest.mark.parametrize("seed", range(20))
def test_after_any_changes_the_turns_are_those_of_what_is_open(seed):
    """Rows come, are claimed, settled, put back and forgotten; the order is the one worked out from scratch."""
    rnd = random.Random(seed)  # noqa: S311  # the same changes every time
    outbox, rows, order = Following(), {}, []
    for step in range(150):
        key = (rnd.choice("abcd"), rnd.randrange(6))
        if key not in rows or rnd.random() < 0.3:
            if key in rows:
                outbox.drop(rows.pop(key))
                order.remove(key)
            rows[key] = a_row(*key, created=float(step))
            order.append(key)
        else:
            state = rnd.choice(["queued", "sending", "sent", "uncertain", "dead"])
            if rows[key].state not in OPEN and state in OPEN:  # brought back: it queues up anew
                order.remove(key)
                order.append(key)
            rows[key] = replace(rows[key], state=state)
        outbox.take(rows[key])
        held = {rnd.randrange(6)}
        for chat in range(6):
            outbox.chat(Chat(id=chat, suspended="blocked" if chat in held else ""))
        waiting = [key for key in order if rows[key].state in OPEN]
        heads = [next(key for key in waiting if key[1] == chat) for chat in {chat for _, chat in waiting} - held]
        found = list(outbox.in_turn(200.0))
        assert sorted(map(key_of, found)) == sorted(heads)
        assert all(row == rows[key_of(row)] for row in found)
        items = list(dict.fromkeys(row.item for row in found))
        assert [row.item for row in found] == [item for item in items for row in found if row.item == item]
        assert {(row.chat, row.item) for row in outbox.heads()} == {(row.chat, row.item) for row in found}


def key_of(row):
    return row.item, row.chat
