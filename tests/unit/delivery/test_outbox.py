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


def flood(chat, count, created=1.0):
    """What one chat's own feed brings."""
    return [
        a_row(f"own{chat}-{number}", chat, created=created + number * 1e-5, private=True) for number in range(count)
    ]


@pytest.mark.parametrize("readers", [100, 5_000])
@pytest.mark.parametrize("strangers", [45, 500])
def test_a_broadcast_goes_before_whatever_chats_own_feeds_bring(strangers, readers):
    """Each stranger has one alert to one at the head of many: that does not make it a small alert."""
    outbox = filled([row for chat in range(strangers) for row in flood(chat, 3)])
    for chat in range(1_000, 1_000 + readers):
        outbox.take(a_row("all", chat, created=6_000.0))
    assert {row.item for row in list(outbox.in_turn(6_000.0))[:readers]} == {"all"}


def test_of_the_readers_of_one_alert_who_got_most_of_late_is_told_last():
    outbox = filled([a_row("all", chat, created=9.0) for chat in (1, 2, 3)])
    assert [row.chat for row in outbox.in_turn(10.0)] == [1, 2, 3]
    outbox = Following()
    for number, chat in enumerate((1, 1, 2)):
        sent(outbox, a_row(f"before{number}", chat))
    for chat in (1, 2, 3):
        outbox.take(a_row("all", chat, created=9.0))
    assert [row.chat for row in outbox.in_turn(10.0)] == [3, 2, 1]


def test_what_is_left_of_an_earlier_alert_for_those_who_got_much_goes_behind_a_new_one_to_others():
    outbox = Following()
    for number in range(100):
        for stranger in range(10):
            sent(outbox, a_row(f"own{stranger}-{number}", stranger, private=True))
    for stranger in range(10):
        outbox.take(a_row("before", stranger, created=1.0))
    for reader in range(1_000, 1_100):
        outbox.take(a_row("all", reader, created=2.0))
    assert {row.item for row in list(outbox.in_turn(2.0))[:100]} == {"all"}
    assert next(outbox.in_turn(2_000.0)).item == "all"


def test_among_chats_whose_own_feeds_flood_them_turns_go_round():
    """A chat that has one alert goes before those that were served again and again, however long these wait."""
    outbox = filled([row for chat in range(5) for row in flood(chat, 40)])
    served = [serve(outbox, 1.0).chat for _ in range(50)]
    assert all(set(served[at : at + 5]) == set(range(5)) for at in range(0, 50, 5))
    outbox.take(a_row("one", 9, created=2.0, private=True))
    assert serve(outbox, 2.0).chat == 9


def sent(outbox, row):
    outbox.take(row)
    outbox.take(replace(row, state="sent", settled=row.created))


def serve(outbox, now):
    """Send what is first in turn."""
    row = next(outbox.in_turn(now))
    outbox.take(replace(row, state="sent", settled=now))
    return row


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
        assert {(row.chat, row.item) for row in outbox.heads()} == {(row.chat, row.item) for row in found}


def key_of(row):
    return row.item, row.chat
