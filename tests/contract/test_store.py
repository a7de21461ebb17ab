"""What every store must do, whatever it is built on. A further backend is one more row of `BACKENDS`."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from examples import NOW, a_match, a_matched_item, an_item
from growth import check_growth
from memory import Memory, feed_named

from bot.delivery.settle import Settlement, revived, settle
from bot.errors import StoreBroken, StoreBusy, StoreUnwritable
from bot.model import (
    Changes,
    Chat,
    Crash,
    Delivery,
    Feed,
    FeedBounds,
    FeedState,
    Gone,
    Held,
    HostHold,
    Lease,
    MatchedItem,
    Moved,
    Notice,
    NotSent,
    Queue,
    Refused,
    Retention,
    Sent,
    Unknown,
    Wanted,
)
from bot.model.bounds import OWN_ITEMS
from bot.poll.outcome import PollOutcome

TROUBLED = 3
BACKENDS = ["tinydb:newsvane.db"]
ANNA, BORIS, GROUP = Chat(id=1, title="Anna"), Chat(id=2, title="Boris"), Chat(id=-5, kind="group", title="Desk")


class Reopenable:
    """A store that can be closed and opened again, as a restart does."""

    def __init__(self, url: str, path: Path) -> None:
        self.url, self.path = url, path
        self.store = Memory(path, url=url)

    def restart(self) -> Memory:
        self.store.close()
        self.store = Memory(self.path, url=self.url)
        return self.store


@pytest.fixture(params=BACKENDS)
def door(request, tmp_path) -> Iterator[Reopenable]:
    opened = Reopenable(request.param, tmp_path)
    yield opened
    opened.store.close()


@pytest.fixture
def store(door) -> Memory:
    return door.store


def poll(store: Memory, *arrivals: MatchedItem, feed: str = "moscow-times", at: float = NOW) -> PollOutcome:
    """Commit a poll that brought these items."""
    return store.poll(*arrivals, feed=feed, at=at)


def contents(folder: Path) -> dict[Path, bytes]:
    """What stands in files, but for the memory that processes share while they have a state open."""
    return {path: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


def test_a_feed_never_polled_is_not_primed(store):
    assert store.feed_state("moscow-times") == FeedState(feed="moscow-times")


def test_what_a_poll_brought_is_there_after_a_restart(door):
    door.store.subscribe(ANNA, ["idlib"])
    result = poll(door.store, a_matched_item("a1", "idlib"), a_matched_item("a2"))
    store = door.restart()
    assert store.known(["a1", "a2", "a3"]) == {"a1", "a2"}
    assert store.feed_state("moscow-times").validators.etag == 'W/"1"'
    assert list(store.heads()) == list(result.deliveries)
    assert store.content_of("a1") == result.new[0] or store.content_of("a1") == result.new[1]


def test_an_item_is_known_under_all_its_names(store):
    poll(store, MatchedItem(item=an_item("guid", keys=("guid", "link")), matches=()))
    assert store.known(["link"]) == {"link"}


def test_subscriptions_survive_a_restart_in_their_order(door):
    door.store.subscribe(ANNA, ["s-400", "idlib"])
    door.store.subscribe(ANNA, ["turkish-aircraft"])
    assert door.restart().of(1) == ("s-400", "idlib", "turkish-aircraft")


def test_subscribing_twice_changes_nothing(store):
    assert store.subscribe(ANNA, ["idlib", "idlib"]) == ("idlib",)
    assert store.subscribe(ANNA, ["idlib", "s-400"]) == ("s-400",)
    assert store.audience() == {"idlib": [1], "s-400": [1]}


def test_unsubscribing_tells_what_was_there(store):
    store.subscribe(ANNA, ["idlib", "s-400"])
    assert store.unsubscribe(1, ["idlib", "other"]) == ("idlib",)
    assert store.unsubscribe(9, ["idlib"]) == ()
    assert store.of(1) == ("s-400",)


def test_what_is_queued_for_a_watch_alone_leaves_with_it(store):
    store.subscribe(ANNA, ["idlib", "s-400"])
    poll(store, a_matched_item("a1", "idlib"), a_matched_item("a2", "idlib", "s-400"))
    store.unsubscribe(1, ["idlib"])
    assert [(row.item, row.watches) for row in store.heads()] == [("a2", ("s-400",))]
    assert (store.counts().queued, store.counts().expired) == (1, 0)


def test_only_the_oldest_open_delivery_of_a_chat_is_offered(store):
    store.subscribe(ANNA, ["idlib"])
    store.subscribe(BORIS, ["idlib"])
    poll(store, a_matched_item("a1", "idlib"))
    poll(store, a_matched_item("a2", "idlib"), at=NOW + 1)
    assert [(row.chat, row.item) for row in store.heads()] == [(1, "a1"), (2, "a1")]
    store.settle(settle(store.heads()[0], Sent(message_id=5), now=NOW + 2))
    assert {(row.chat, row.item) for row in store.heads()} == {(1, "a2"), (2, "a1")}


def test_a_delivery_that_was_being_sent_when_the_process_ended_is_found(door):
    door.store.subscribe(ANNA, ["idlib"])
    poll(door.store, a_matched_item("a1", "idlib"))
    door.store.claim(door.store.heads()[0])
    store = door.restart()
    assert [(row.item, row.state) for row in store.interrupted()] == [("a1", "sending")]
    store.settle(settle(store.interrupted()[0], Unknown(reason="ended"), now=NOW))
    assert [(row.state, row.attempts) for row in store.heads()] == [("queued", 1)]
    store.settle(settle(store.heads()[0], Unknown(reason="ended"), now=NOW))
    assert (store.heads(), store.counts().uncertain) == ([], 1)


def test_how_often_the_process_ended_at_an_item_is_remembered_until_it_was_written(door):
    door.store.commit(Changes(crashes=(Crash("moscow-times", "a1", 2), Crash("moscow-times", "a2", 1))))
    store = door.restart()
    assert [store.crashes("moscow-times", item) for item in ("a1", "a2", "a3")] == [2, 1, 0]
    store.commit(Changes(written=(("moscow-times", "a1"),)))
    assert [door.restart().crashes("moscow-times", item) for item in ("a1", "a2")] == [0, 1]


def test_who_retries_an_alert_that_ended_the_process_takes_the_suspicion_from_its_item(store):
    store.subscribe(ANNA, ["idlib"])
    poll(store, a_matched_item("a1", "idlib"))
    store.commit(Changes(crashes=(Crash("moscow-times", "a1", 3),)))
    store.commit(revived(store.heads(), NOW))
    assert store.crashes("moscow-times", "a1") == 0
    assert [row.state for row in store.heads()] == ["queued"]


def test_what_waits_for_a_suspended_chat_is_not_offered_until_it_returns(door):
    door.store.subscribe(ANNA, ["idlib"])
    poll(door.store, a_matched_item("a1", "idlib"))
    door.store.settle(settle(door.store.heads()[0], Gone(reason="blocked"), now=NOW))
    poll(door.store, a_matched_item("a2", "idlib"), at=NOW + 60)
    store = door.restart()
    assert store.heads() == []
    assert store.restore(1)
    assert not store.restore(1)
    assert [row.item for row in store.heads()] == ["a1"]
    assert store.of(1) == ("idlib",)


def test_after_a_day_without_return_a_waiting_delivery_expires(store):
    store.subscribe(ANNA, ["idlib"])
    store.subscribe(BORIS, ["idlib"])
    poll(store, a_matched_item("a1", "idlib"))
    store.suspend(1, "blocked")
    assert store.keep_up(NOW + 90_000) == 1
    assert [row.chat for row in store.heads()] == [2]
    assert (store.counts().expired, store.counts().queued) == (1, 1)


def test_settled_deliveries_are_forgotten_after_a_week(store):
    store.subscribe(ANNA, ["idlib"])
    poll(store, a_matched_item("a1", "idlib"))
    store.settle(settle(store.heads()[0], Sent(message_id=5), now=NOW))
    store.keep_up(NOW + 86_400)
    assert store.counts().sent == 1
    store.keep_up(NOW + 8 * 86_400)
    assert store.counts().sent == 0


def test_an_item_is_forgotten_when_no_feed_has_shown_it_for_long(store):
    poll(store, a_matched_item("gone"), a_matched_item("stays"))
    for day in range(0, 100, 10):
        poll(store, a_matched_item("stays"), a_matched_item(f"new{day}"), at=NOW + day * 86_400)
    store.keep_up(NOW + 95 * 86_400)
    assert store.known(["gone", "stays"]) == {"stays"}


def test_what_became_known_while_the_clock_was_years_back_is_not_forgotten_when_it_is_right(door):
    """A machine that starts without the time, and learns it an hour later, tells the news of that hour once."""
    poll(door.store, a_matched_item("before"))
    store = door.restart()
    poll(store, a_matched_item("meanwhile"), at=NOW - 20 * 365 * 86_400)
    store.keep_up(NOW + 3_600)
    assert store.known(["before", "meanwhile"]) == {"before", "meanwhile"}


def test_what_a_feed_has_shown_since_months_without_a_change_stays_known(store):
    """A quiet feed answers 304 for half a year; its next new item must not bring the old ones again."""
    poll(store, a_matched_item("q1"), feed="quiet")
    later = NOW + 180 * 86400
    poll(store, feed="quiet", at=later)
    store.keep_up(later + 1)
    assert store.known(["q1"], "quiet") == {"q1"}


def test_an_alert_that_waits_keeps_its_words_when_the_watchlists_change(store):
    store.subscribe(ANNA, ["idlib"])
    poll(store, a_matched_item("a1", "idlib"))
    store.commit(
        Changes(items=tuple(MatchedItem(item=item, matches=()) for item in store.items()), filed_for="other watchlists")
    )
    waiting = store.content_of("a1")
    assert waiting
    assert [match.watch for match in waiting.matches] == ["idlib"]


def test_what_came_in_one_poll_keeps_its_order_over_a_restart(door):
    door.store.subscribe(ANNA, ["idlib"])
    poll(door.store, *(a_matched_item(key, "idlib", published=NOW - age) for age, key in enumerate("dcba")))
    door.store.claim(door.store.heads()[0])
    store = door.restart()
    store.settle(settle(store.interrupted()[0], Unknown(reason="ended"), now=NOW))
    order = []
    while store.heads():
        order.append(store.heads()[0].item)
        store.settle(settle(store.heads()[0], Sent(message_id=1), now=NOW))
    assert "".join(order) == "abcd"


def test_a_group_that_became_a_supergroup_keeps_everything_under_its_new_id(door):
    door.store.subscribe(GROUP, ["idlib", "s-400"])
    poll(door.store, a_matched_item("a1", "idlib"), a_matched_item("a2", "idlib"))
    door.store.settle(settle(door.store.heads()[0], Moved(chat=-1005), now=NOW))
    store = door.restart()
    assert store.of(-5) == ()
    assert store.of(-1005) == ("idlib", "s-400")
    assert [row.chat for row in store.heads()] == [-1005]
    assert store.counts().queued == 2


def test_a_move_told_twice_or_of_a_stranger_changes_nothing(store):
    store.subscribe(GROUP, ["idlib"])
    store.move(-5, -1005)
    store.move(-5, -1005)
    store.move(-77, -1077)
    assert store.audience() == {"idlib": [-1005]}


def test_a_chat_that_subscribed_under_both_ids_gets_one_message(store):
    store.subscribe(GROUP, ["idlib"])
    store.subscribe(replace(GROUP, id=-1005), ["idlib", "s-400"])
    poll(store, a_matched_item("a1", "idlib"))
    store.move(-5, -1005)
    assert store.counts().queued == 1
    assert store.of(-1005) == ("idlib", "s-400")


def test_a_message_under_way_while_its_chat_moved_is_settled_under_the_new_id(store):
    store.subscribe(GROUP, ["idlib"])
    poll(store, a_matched_item("a1", "idlib"))
    row = store.heads()[0]
    store.claim(row)
    store.move(-5, -1005)
    store.settle(settle(row, Sent(message_id=3), now=NOW))
    assert (list(store.heads()), list(store.interrupted()), store.counts().sent) == ([], [], 1)


@pytest.mark.parametrize("moves_first", [False, True])
def test_what_was_sent_before_a_group_moved_is_edited_no_more_for_its_number_is_anothers_there(store, moves_first):
    store.subscribe(GROUP, ["idlib"])
    poll(store, a_matched_item("a1", "idlib"), a_matched_item("a2", "idlib"))
    first, second = store.queue(-5, 2)
    for row in (first, second):
        store.claim(row)
    if moves_first:
        store.move(-5, -1005)
    store.settle(settle(first, Sent(message_id=3), now=NOW))
    if not moves_first:
        assert store.message_of(first) == 3
        store.move(-5, -1005)
    assert store.message_of(replace(first, chat=-1005)) == 0
    store.settle(settle(replace(second, chat=-1005), Sent(message_id=3), now=NOW))
    assert store.message_of(replace(second, chat=-1005)) == 3


@pytest.mark.parametrize("outcome", [Held(seconds=3), NotSent(reason="no route")])
def test_who_unsubscribes_while_a_message_is_under_way_does_not_get_it_later(store, outcome):
    store.subscribe(ANNA, ["idlib"])
    poll(store, a_matched_item("a1", "idlib"))
    row = store.heads()[0]
    store.claim(row)
    store.unsubscribe(1, ["idlib"])
    store.settle(settle(row, outcome, now=NOW))
    assert store.heads() == []


def test_latest_gives_the_newest_matches_of_the_named_watches(store):
    poll(
        store,
        a_matched_item("old", "idlib", published=NOW - 500),
        a_matched_item("new", "idlib", "s-400", published=NOW - 10),
        a_matched_item("other", "s-400"),
        a_matched_item("none"),
    )
    assert [entry.item.key for entry in store.latest(["idlib"], 5)] == ["new", "old"]
    assert [entry.item.key for entry in store.latest(["idlib", "s-400"], 2)] == ["new", "other"]
    assert store.latest(["nothing"], 5) == []


def test_kept_items_can_be_matched_anew(door):
    poll(door.store, a_matched_item("a1", "idlib"), a_matched_item("a2"))
    anew = [MatchedItem(item=item, matches=(a_match(item, "new-watch", "Turkish"),)) for item in door.store.items()]
    door.store.commit(Changes(items=tuple(anew), filed_for="watchlists of today"))
    store = door.restart()
    assert store.filed_for() == "watchlists of today"
    assert len(store.latest(["new-watch"], 5)) == 2
    assert store.latest(["idlib"], 5) == []


def test_of_an_own_feed_the_newest_items_stay_whole_but_all_stay_known_and_what_waits_keeps_its_item(store):
    store.subscribe(ANNA, ["idlib"])
    store.commit(Changes(feeds=(BLOG,)))
    store.poll(a_matched_item("waits", "idlib", published=NOW - 1e6), feed=BLOG)
    store.poll(*(a_matched_item(f"a{n}", published=NOW - n) for n in range(OWN_ITEMS + 100)), feed=BLOG)
    assert store.counts().items == OWN_ITEMS + 1
    assert store.counts().known == OWN_ITEMS + 101
    assert store.content_of("waits", "blog") is not None
    store.settle(settle(store.heads()[0], Sent(message_id=5), now=NOW))
    store.poll(a_matched_item("last"), feed=BLOG)
    assert store.counts().items == OWN_ITEMS
    assert store.content_of("waits", "blog") is None


@pytest.mark.parametrize(("more", "dropped"), [(-1, 0), (0, 0), (1, 1)])
def test_an_own_feed_keeps_so_many_items_and_no_more(store, more, dropped):
    store.commit(Changes(feeds=(BLOG,)))
    store.poll(*(a_matched_item(f"a{n}", published=NOW - n) for n in range(OWN_ITEMS + more)), feed=BLOG)
    assert store.counts().items == OWN_ITEMS + more - dropped
    assert (store.content_of(f"a{OWN_ITEMS}", "blog"), store.content_of("a1", "blog") is None) == (None, False)


def test_everybodys_items_stay_whole_for_a_month_and_as_long_as_they_wait(store):
    store.subscribe(ANNA, ["idlib"])
    poll(store, a_matched_item("waits", "idlib"), a_matched_item("old"))
    poll(store, a_matched_item("new", seen=NOW + 2 * 86_400), at=NOW + 2 * 86_400)
    store.keep_up(NOW + 29 * 86_400)
    assert store.counts().items == 3
    store.keep_up(NOW + 31 * 86_400)
    assert [name for name in ("waits", "old", "new") if store.content_of(name)] == ["waits", "new"]
    assert store.known(["old"]) == {"old"}
    store.settle(settle(store.heads()[0], Sent(message_id=5), now=NOW))
    store.keep_up(NOW + 31 * 86_400)
    assert store.content_of("waits") is None


@pytest.mark.parametrize(("kept", "left"), [(6, 5), (5, 5), (4, 4)])
def test_of_too_many_items_of_everybody_the_oldest_go(store, kept, left):
    for n in range(5):
        poll(store, a_matched_item(f"a{n}", seen=NOW + n), at=NOW + n)
    store.store.forget(Retention(items=kept))
    assert store.counts().items == left
    assert bool(store.content_of("a0")) == (left == 5)


@pytest.mark.parametrize(
    ("rows", "left"), [(TROUBLED - 1, TROUBLED - 1), (TROUBLED, TROUBLED), (TROUBLED + 1, TROUBLED)]
)
def test_of_too_many_alerts_in_trouble_those_settled_first_go(store, monkeypatch, rows, left):
    monkeypatch.setattr("bot.store.tiny.TROUBLED_ROWS", TROUBLED)
    for n in range(rows):
        row = Delivery(id=str(n), item=f"a{n}", feed="f", chat=1, watches=("w",), state="dead", settled=NOW - n)
        store.commit(Changes(deliveries=(row,)))
    assert store.counts().dead == left
    assert "0" in {row.id for row in store.deliveries(states=["dead"])}


def test_an_own_feed_that_goes_takes_what_it_brought_along_but_for_what_waits(door):
    door.store.subscribe(ANNA, ["idlib"])
    door.store.commit(Changes(feeds=(BLOG,)))
    door.store.poll(a_matched_item("b1", "idlib"), a_matched_item("b2"), feed=BLOG)
    door.store.commit(Changes(removed_feeds=("blog",)))
    store = door.restart()
    assert store.latest(["idlib"], 5, own=["blog"]) == []
    assert (store.content_of("b1", "blog") is None, store.content_of("b2", "blog")) == (False, None)
    assert store.counts().items == 1
    store.settle(settle(store.heads()[0], Sent(message_id=5), now=NOW))
    store.keep_up(NOW)
    assert store.counts().items == 0


def test_who_was_told_of_what_an_own_feed_brought_is_forgotten_with_its_names(store):
    """Else whoever adds a feed that never ends fills the disk with what it was told."""
    store.subscribe(ANNA, ["idlib"])
    store.commit(Changes(feeds=(BLOG,)))
    store.poll(a_matched_item("b1", "idlib"), feed=BLOG)
    poll(store, a_matched_item("a1", "idlib"))
    store.poll(a_matched_item("b2", "idlib"), feed=BLOG, at=NOW + 60)
    store.commit(Changes(bounds={"blog": FeedBounds(names=1)}))
    assert store.known(["b1", "b2"], "blog") == {"b2"}
    told = store.poll_facts(BLOG, []).told
    assert [name for name in ("b1", "b2", "a1") if told([name], [ANNA.id])] == ["b2", "a1"]


@pytest.mark.parametrize("outcome", [Unknown(reason="no answer"), Refused(reason="it is empty")])
def test_an_alert_that_went_wrong_keeps_its_item_and_words_for_as_long_as_it_may_be_retried(store, outcome):
    store.subscribe(ANNA, ["idlib"])
    store.commit(Changes(feeds=(BLOG,)))
    store.poll(a_matched_item("wrong", "idlib", published=NOW - 1e6), feed=BLOG)
    for _ in range(2):
        store.settle(settle(store.heads()[0], outcome, now=NOW))
    store.poll(*(a_matched_item(f"a{n}", published=NOW + n) for n in range(OWN_ITEMS)), feed=BLOG)
    store.commit(
        Changes(items=tuple(MatchedItem(item=item, matches=()) for item in store.items()), filed_for="other watchlists")
    )
    kept = store.content_of("wrong", "blog")
    assert kept
    assert [match.watch for match in kept.matches] == ["idlib"]
    store.keep_up(NOW + 8 * 86_400)
    assert store.content_of("wrong", "blog") is None


def test_a_second_process_is_kept_out_and_told_who_is_in(door):
    with pytest.raises(StoreBusy, match=r"process \d+.*--state"):
        Memory(door.path, url=door.url)


def test_a_reader_beside_a_running_bot_sees_the_last_commit_and_changes_nothing(door):
    door.store.subscribe(ANNA, ["idlib"])
    before = contents(door.path)
    reader = Memory(door.path, url=door.url, read_only=True)
    assert reader.audience() == {"idlib": [1]}
    with pytest.raises(StoreUnwritable, match="opened to be read"):
        reader.subscribe(BORIS, ["idlib"])
    reader.close()
    assert contents(door.path) == before
    assert door.restart().audience() == {"idlib": [1]}


def test_a_reader_where_nothing_was_ever_stored_makes_no_file(tmp_path):
    reader = Memory(tmp_path / "none", read_only=True)
    assert reader.counts().known == 0
    reader.close()
    assert list(tmp_path.iterdir()) == []


def test_counts_tell_how_the_outbox_stands(store):
    store.subscribe(ANNA, ["idlib"])
    store.subscribe(GROUP, ["idlib", "s-400"])
    poll(store, a_matched_item("a1", "idlib"))
    store.settle(settle(store.heads()[0], Sent(message_id=1), now=NOW))
    counts = store.counts()
    assert (counts.known, counts.items, counts.chats, counts.subscriptions) == (1, 1, 2, 3)
    assert (counts.queued, counts.sent, counts.oldest_queued) == (1, 1, NOW)


def test_a_settlement_that_suspends_does_both_in_one_commit(door):
    door.store.subscribe(ANNA, ["idlib"])
    poll(door.store, a_matched_item("a1", "idlib"))
    row = door.store.heads()[0]
    door.store.settle(Settlement(delivery=replace(row, reason="blocked"), suspend="blocked"))
    assert door.restart().counts().suspended == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'{"a": 1}', b'{"other program": {"1": {}}}', b"\x00\xff", b"[" * 100_000]
)
def test_a_file_that_is_no_state_is_refused_and_left_as_it_is(tmp_path, body):
    path = tmp_path / "newsvane.db"
    path.write_bytes(body)
    with pytest.raises(StoreBroken, match="Nothing was changed"):
        Memory(tmp_path)
    assert path.read_bytes() == body


def test_a_state_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path):
    Memory(tmp_path).close()
    path = tmp_path / "newsvane.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=99")
    body = path.read_bytes()
    with pytest.raises(StoreBroken, match="newer Newsvane"):
        Memory(tmp_path)
    assert path.read_bytes() == body


LEASE = Lease(
    feed="moscow-times",
    hub="https://hub.example/",
    topic="https://news.example/rss",
    callback="https://me.example/websub/token",
    secret="secret",
    state="verified",
    asked_at=NOW,
    verified_at=NOW + 1,
    expires_at=NOW + 86_400.5,
    reason="“why”",
    missed=1,
)


def test_a_lease_is_the_same_after_a_restart(door):
    door.store.commit(Changes(leases=(LEASE,)))
    assert list(door.restart().leases()) == [LEASE]


def test_a_feed_has_one_lease_the_last_that_was_saved(door):
    other = replace(LEASE, feed="post")
    for lease in (LEASE, other, replace(LEASE, secret="new", state="denied")):
        door.store.commit(Changes(leases=(lease,)))
    assert {lease.feed: lease.secret for lease in door.store.leases()} == {"moscow-times": "new", "post": "secret"}
    assert {lease.feed: lease.state for lease in door.restart().leases()} == {
        "moscow-times": "denied",
        "post": "verified",
    }


def test_a_lease_that_is_dropped_is_gone_and_dropping_none_is_nothing(door):
    door.store.commit(Changes(dropped_leases=("moscow-times",)))
    door.store.commit(Changes(leases=(LEASE,)))
    door.store.commit(Changes(dropped_leases=("post",)))
    assert list(door.store.leases()) == [LEASE]
    door.store.commit(Changes(dropped_leases=("moscow-times",)))
    assert list(door.restart().leases()) == []


def test_a_leases_secrets_do_not_show_when_it_is_printed():
    assert "secret" not in repr(LEASE)
    assert "token" not in repr(LEASE)


BLOG = Feed(name="blog", title="A blog", url="https://blog.example/rss", added=True, chats=(1,))


def test_an_added_feed_is_there_after_a_restart_with_its_first_poll_and_habit(door):
    first = door.store.poll(a_matched_item("b1"), feed=BLOG, primed=False)
    door.store.commit(replace(first.changes, feeds=(BLOG,), habits={"blog": "text"}))
    store = door.restart()
    assert dict(store.added_feeds()) == {"blog": BLOG}
    assert store.feed_state("blog") == first.state
    facts = store.poll_facts(BLOG, ["b1"])
    assert (facts.habit, set(facts.known)) == ("text", {"b1"})


def test_many_feeds_are_added_at_once_in_their_order(door):
    feeds = [replace(BLOG, name=f"f{number}", url=f"https://f{number}.example/") for number in (3, 1, 2)]
    door.store.commit(Changes(feeds=tuple(feeds)))
    assert list(door.restart().added_feeds()) == ["f3", "f1", "f2"]


def test_a_feed_that_is_changed_keeps_its_place_and_one_that_is_removed_leaves_nothing(door):
    door.store.commit(Changes(feeds=(BLOG, replace(BLOG, name="other", url="https://o.example/"))))
    door.store.commit(Changes(feeds=(replace(BLOG, title="Another"),)))
    door.store.commit(Changes(states=(FeedState(feed="blog", paused=True),)))
    store = door.restart()
    assert [feed.title for feed in store.added_feeds().values()] == ["Another", "A blog"]
    assert store.feed_state("blog").paused
    store.commit(Changes(removed_feeds=("blog",)))
    assert (list(store.added_feeds()), store.feed_state("blog")) == (["other"], FeedState(feed="blog"))


def test_a_group_that_moves_takes_its_feeds_along(door):
    door.store.commit(Changes(feeds=(replace(BLOG, chats=(-5, 1)),)))
    door.store.move(-5, -1_000_000_000_005)
    assert door.restart().added_feeds()["blog"].chats == (-1_000_000_000_005, 1)


def test_a_name_of_an_item_leads_to_its_own_name(store):
    poll(store, MatchedItem(item=an_item("guid", keys=("guid", "link")), matches=()))
    known = store.poll_facts(feed_named("moscow-times"), ["guid", "link", "other"]).known
    assert {name: each.own for name, each in known.items()} == {"guid": "guid", "link": "guid"}


def test_a_notice_waits_for_its_chats_like_an_alert(door):
    door.store.subscribe(ANNA, ["idlib"])
    notice = Notice(key="notice:f:broken:1", feed="f", text="F cannot be read.", created=NOW)
    row = Delivery(id="abc", item=notice.key, feed="f", chat=1, watches=(), created=NOW)
    door.store.commit(Changes(notices=(notice,), deliveries=(row,)))
    store = door.restart()
    assert store.content(row) == notice
    assert list(store.heads()) == [row]
    store.claim(row)
    store.settle(settle(row, NotSent(reason="away"), now=NOW))
    assert [head.id for head in store.heads()] == ["abc"], "that no watch names it does not make it unwanted"


def test_what_own_feeds_show_is_seen_by_who_has_them_until_they_are_everybodys(door):
    door.store.commit(Changes(feeds=(BLOG,)))
    poll(door.store, a_matched_item("a1", "idlib"))
    door.store.poll(a_matched_item("b1", "idlib"), feed=BLOG)
    store = door.restart()
    assert [entry.item.key for entry in store.latest(["idlib"], 5)] == ["a1"]
    assert {entry.item.key for entry in store.latest(["idlib"], 5, own=["blog"])} == {"a1", "b1"}
    assert {entry.item.key for entry in store.latest(["idlib"], 5, own=["other"])} == {"a1"}
    store.commit(Changes(feeds=(replace(BLOG, chats=()),)))
    assert {entry.item.key for entry in store.latest(["idlib"], 5)} == {"a1", "b1"}
    assert store.counts().items == 2


def test_what_is_dated_later_than_it_was_seen_counts_as_of_then(store):
    """Else a feed that dates its items ahead would have /latest for itself."""
    poll(store, a_matched_item("ahead", "idlib", published=NOW + 1e6, seen=NOW - 60))
    poll(store, a_matched_item("a1", "idlib", published=NOW, seen=NOW))
    assert [entry.item.key for entry in store.latest(["idlib"], 5)] == ["a1", "ahead"]


def test_a_feed_of_one_chat_does_not_crowd_out_what_everybody_sees(store):
    store.commit(Changes(feeds=(BLOG,)))
    poll(store, a_matched_item("a1", "idlib", published=NOW - 1e6))
    store.poll(*(a_matched_item(f"b{n}", "idlib", published=NOW + 8e4) for n in range(600)), feed=BLOG)
    assert [entry.item.key for entry in store.latest(["idlib"], 5)] == ["a1"]


def test_the_newest_are_found_as_soon_however_many_items_are_kept(tmp_path):
    def kept(count: int) -> Memory:
        memory = Memory(tmp_path / str(count))
        poll(memory, *(a_matched_item(f"a{n}", "idlib", published=NOW - n) for n in range(count)))
        return memory

    check_growth(lambda memory: memory.latest(["idlib"], 5), kept, 100, power=0)


def test_what_a_chats_own_feed_has_shown_goes_with_it(store):
    own = feed_named("blog@1", chats=(1,))
    store.commit(Changes(feeds=(own,)))
    poll(store, a_matched_item("everybodys", "idlib"))
    store.poll(a_matched_item("annas", "idlib"), feed=own)
    store.commit(Changes(removed_feeds=("blog@1",)))
    assert [entry.item.key for entry in store.latest(["idlib"], 5)] == ["everybodys"]


def test_an_item_of_a_feed_that_is_removed_stays_as_long_as_it_is_to_be_told(store):
    store.subscribe(ANNA, ["idlib"])
    own = feed_named("blog@1", chats=(1,))
    store.commit(Changes(feeds=(own,)))
    store.poll(a_matched_item("a1", "idlib"), feed=own)
    store.commit(Changes(removed_feeds=("blog@1",)))
    assert store.content_of("a1", feed="blog@1") is not None


def test_what_one_chat_is_told_of_the_queue_counts_its_own_alone(store):
    store.subscribe(ANNA, ["idlib"])
    store.subscribe(BORIS, ["idlib", "s-400"])
    poll(store, a_matched_item("a1", "idlib"))
    poll(store, a_matched_item("a2", "s-400"), at=NOW + 60)
    assert (store.counts(1).queued, store.counts(2).queued, store.counts(3).queued) == (1, 2, 0)
    assert (store.counts(2).oldest_queued, store.counts(3).oldest_queued) == (NOW, 0.0)
    assert store.counts(1).chats == 0


def test_who_has_been_told_of_an_item_is_known_by_each_of_its_names_in_every_feed(door):
    door.store.subscribe(ANNA, ["idlib"])
    poll(door.store, replace(a_matched_item("a1", "idlib"), item=an_item("a1", keys=("a1", "link"))))
    facts = door.restart().poll_facts(feed_named("other"), ["a1", "link", "a2"])
    assert [facts.told([name], [1, 2]) for name in ("a1", "link", "a2")] == [{1}, {1}, set()]
    assert facts.known == {}, "what one feed shows is known in no other"


def test_who_was_told_before_its_group_moved_has_been_told_under_its_new_id(door):
    door.store.subscribe(GROUP, ["idlib"])
    poll(door.store, a_matched_item("a1", "idlib"))
    door.store.move(-5, -1005)
    assert door.restart().poll_facts(feed_named("other"), ["a1"]).told(["a1"], [-5, -1005]) == {-1005}


def test_a_feed_that_is_removed_takes_what_it_has_shown_along(store):
    """A feed of another address may come by its name: what the first made known must not silence it."""
    store.commit(Changes(feeds=(BLOG,)))
    store.poll(a_matched_item("b1"), feed=BLOG)
    store.commit(Changes(removed_feeds=("blog",)))
    assert store.known(["b1"], "blog") == set()


def test_what_waits_for_the_chats_of_a_feed_is_counted_without_the_notice_that_counts_on(store):
    notice = Notice(key="more:1:1", feed="blog", text="… and 4 more", more=4)
    counting = Delivery(id="c", item=notice.key, feed="blog", chat=1, watches=(), created=NOW)
    alert = Delivery(id="d", item="b1", feed="blog", chat=1, watches=("idlib",), created=NOW)
    store.commit(Changes(notices=(notice,), deliveries=(alert, counting)))
    assert store.poll_facts(BLOG, ["b2"]).waiting == {1: Queue(1, notice)}
    store.claim(counting)
    assert store.poll_facts(BLOG, ["b2"]).waiting == {1: Queue(2, None)}, "one that is being sent counts no more"


def test_an_item_of_one_feed_is_other_than_one_of_that_name_in_another(store):
    """Whoever adds a feed can give it items by any name; they must not change what another feed has shown."""
    store.subscribe(ANNA, ["idlib"])
    poll(store, a_matched_item("a1", "idlib"))
    store.poll(a_matched_item("a1", title="Idlib? Buy this"), feed=BLOG)
    assert store.content(store.heads()[0]).item.title == an_item().title


def test_what_waits_for_a_chat_is_found_as_soon_when_it_has_got_very_much(tmp_path):
    """Whoever adds a feed that never ends gets an alert a second; each poll of that feed asks what waits."""

    def got(count: int) -> Memory:
        rows = tuple(
            Delivery(id=str(n), item=f"b{n}", feed="blog", chat=1, watches=("w",), state="sent", settled=NOW + n)
            for n in range(count)
        )
        memory = Memory(tmp_path / str(count))
        memory.commit(Changes(deliveries=rows))
        return memory

    check_growth(lambda memory: memory.poll_facts(BLOG, ["b0"]), got, 100, power=0)


def test_pages_that_are_wanted_and_hosts_to_be_left_alone_are_kept_over_a_restart(door):
    store = door.store
    pages = [
        Wanted(feed="f", item=name, link=f"https://f.example/{name}", since=NOW + at) for at, name in enumerate("ab")
    ]
    holds = [HostHold(host="f.example", until=NOW, of_chats=of_chats) for of_chats in (False, True)]
    store.commit(Changes(wanted=tuple(reversed(pages)), holds=tuple(holds)))
    store = door.restart()
    assert store.wanted() == pages
    assert sorted(store.holds(), key=lambda each: each.of_chats) == holds
    later = replace(holds[0], until=NOW + 5)
    store.commit(
        Changes(unwanted=(pages[0],), wanted=(replace(pages[1], asks=1),), holds=(later,), released=(holds[1],))
    )
    store = door.restart()
    assert store.wanted() == [replace(pages[1], asks=1)]
    assert store.holds() == [later]
