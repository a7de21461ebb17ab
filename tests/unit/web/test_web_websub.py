"""How hubs are asked, answered and listened to, over real HTTP on loopback."""

import asyncio
import gzip
import zlib

import pytest

from bot.demo.bell import PATIENCE
from bot.feeds.websub import intake
from bot.feeds.websub.signature import METHODS, signature
from bot.model import Feed
from bot.web import callback

NOW = 1_780_000_000.0
DAY = 86_400.0
FEED, TOPIC = "times", "https://news.example/rss"
BODY = b"<rss><channel/></rss>"


def signed(house, body: bytes = BODY, **headers: str) -> dict:
    """What a right push of a body has."""
    head = {"X-Hub-Signature": signature("sha256", house.lease.secret, body), "Content-Type": "application/rss+xml"}
    return {"data": body, "headers": head | headers}


async def push(house, body: bytes = BODY, **headers: str) -> int:
    status, _ = await house.call("POST", house.lease.callback, **signed(house, body, **headers))
    return status


# --- subscribing --------------------------------------------------------------------------------------------


async def test_a_feed_that_names_a_hub_is_subscribed_to_with_a_callback_and_a_secret_of_its_own(house):
    await house.subscribed()
    (asked,) = house.hub.asked
    assert (asked.mode, asked.topic, asked.lease_seconds, asked.verified) == ("subscribe", TOPIC, "864000", 200)
    assert asked.callback == house.lease.callback
    assert asked.callback.startswith(house.url + "/websub/")
    assert len(house.lease.token) >= 43  # 256 bits
    assert 43 <= len(asked.secret) < 200  # WebSub §5.1
    assert asked.secret not in asked.callback
    assert (house.lease.state, house.lease.expires_at) == ("verified", NOW + 864_000)


async def test_two_feeds_share_neither_callback_nor_secret(house):
    house.begin(FEED, "post")
    for feed in (FEED, "post"):
        house.subscriber.heard(feed, (house.hub.url,), TOPIC, now=NOW)
    house.subscriber.tick(NOW)
    await house.hub.wait_until(lambda: len(house.hub.asked) == 2)
    one, two = house.hub.asked
    assert one.callback != two.callback
    assert one.secret != two.secret


async def test_hearing_of_the_same_hub_again_asks_nobody(house):
    await house.subscribed()
    for _ in range(5):
        house.subscriber.heard(FEED, (house.hub.url,), TOPIC, now=house.now)
        house.later(60)
    assert len(house.hub.asked) == 1


async def test_a_restart_keeps_the_lease_and_asks_nobody(house):
    await house.subscribed()
    before = house.lease
    house.begin()
    house.later(60)
    await house.subscriber.drain(PATIENCE)
    assert house.lease == before
    assert len(house.hub.asked) == 1
    assert await push(house) == 202
    await house.until(lambda: len(house.taken) == 1)


async def test_a_lease_is_renewed_before_it_ends_with_the_same_callback(house):
    await house.subscribed()
    before = house.lease
    house.later(7 * DAY)
    assert len(house.hub.asked) == 1
    house.later(0.5 * DAY + 1)
    await house.hub.wait_until(lambda: len(house.hub.asked) == 2)
    assert house.lease.callback == before.callback
    assert house.lease.expires_at == house.now + 864_000
    assert len(house.hub.subscribers) == 1


async def test_a_hub_that_never_verifies_is_asked_less_and_less(house):
    house.hub.misbehave("never verifies")
    await house.subscribed()
    for _ in range(24 * 6):
        house.later(600)
        await house.subscriber.drain(PATIENCE)
    assert house.lease.state == "asked"
    assert 6 <= len(house.hub.asked) <= 9


async def test_a_hub_that_refuses_is_asked_again_later_and_may_verify_then(house):
    house.hub.misbehave("refuses")
    await house.subscribed()
    await house.subscriber.drain(PATIENCE)
    house.hub.behave()
    house.later(301)
    await house.hub.wait_until(lambda: len(house.hub.asked) == 2)
    assert house.lease.state == "verified"


async def test_a_hub_that_denies_is_heard_and_its_words_are_text(house):
    house.hub.misbehave("denies")
    await house.subscribed()
    assert (house.lease.state, house.lease.reason) == ("denied", "not for you")
    house.later(3_600)
    await house.subscriber.drain(PATIENCE)
    assert len(house.hub.asked) == 1


async def test_a_hub_that_has_denied_pushes_no_more(house):
    """Not even what it has signed."""
    await house.subscribed()
    query = {"hub.mode": "denied", "hub.topic": house.lease.topic}
    assert (await house.call("GET", house.lease.callback, params=query))[0] == 200
    assert house.lease.state == "denied"
    headers = {"X-Hub-Signature": signature("sha1", house.lease.secret, b"<rss/>")}
    assert (await house.call("POST", house.lease.callback, data=b"<rss/>", headers=headers))[0] == 410
    assert house.taken == []


async def test_a_verification_of_another_topic_is_not_answered(house):
    house.hub.misbehave("verifies another topic")
    await house.subscribed()
    assert house.hub.asked[0].verified == 404
    assert house.lease.state == "asked"


async def test_a_new_topic_gets_a_new_lease_and_the_old_one_is_given_up_in_due_form(house):
    await house.subscribed()
    old = house.lease
    house.later(400)
    house.subscriber.heard(FEED, (house.hub.url,), TOPIC + "2", now=house.now)
    house.later(1)
    await house.hub.wait_until(lambda: len(house.hub.asked) == 3)
    assert {(asked.mode, asked.topic, asked.verified) for asked in house.hub.asked[1:]} == {
        ("subscribe", TOPIC + "2", 200),
        ("unsubscribe", TOPIC, 200),
    }
    assert [topic for topic, _ in house.hub.subscribers] == [TOPIC + "2"]
    assert (await house.call("POST", old.callback, data=b"x"))[0] == 410
    assert house.store.leases() == [house.lease]


async def test_a_hub_that_is_not_named_once_is_kept_and_one_that_is_not_named_thrice_is_given_up(house):
    await house.subscribed()
    for hubs in ((), (), (house.hub.url,), (), ()):
        house.subscriber.heard(FEED, hubs, TOPIC, now=house.now)
        house.later(400)
    assert len(house.hub.asked) == 1
    house.subscriber.heard(FEED, (), TOPIC, now=house.now)
    house.later(1)
    await house.hub.wait_until(lambda: len(house.hub.asked) == 2)
    assert house.hub.asked[1].mode == "unsubscribe"
    assert house.subscriber.lease(FEED) is None


async def test_a_feed_that_is_taken_away_gives_its_lease_up_within_a_minute(house):
    await house.subscribed()
    house.feeds = ()
    house.later(60)
    await house.hub.wait_until(lambda: len(house.hub.asked) == 2)
    assert (house.hub.asked[1].mode, house.hub.asked[1].verified) == ("unsubscribe", 200)
    assert house.hub.subscribers == {}


async def test_a_feed_that_is_gone_from_the_config_gives_its_lease_up(house):
    await house.subscribed()
    house.begin("another")
    house.later(1)
    await house.hub.wait_until(lambda: len(house.hub.asked) == 2)
    assert (house.hub.asked[1].mode, house.hub.asked[1].verified) == ("unsubscribe", 200)
    assert house.store.leases() == []


async def test_a_bot_that_is_reached_elsewhere_asks_anew(house):
    await house.subscribed()
    before = house.lease
    house.begin(public_url=house.url + "/push")
    house.later(1)
    await house.hub.wait_until(lambda: len(house.hub.asked) == 2)
    assert house.lease.callback.startswith(house.url + "/push/websub/")
    assert house.lease.token != before.token
    assert house.lease.state == "verified"
    assert await push(house) == 202


async def test_a_hub_on_an_address_that_is_not_allowed_is_not_connected_to(build):
    house = await build(allow=())
    house.subscriber.heard(FEED, (house.hub.url,), TOPIC, now=house.now)
    house.subscriber.tick(house.now)
    await house.subscriber.drain(PATIENCE)
    assert house.hub.asked == []
    assert house.lease.state == "asked"


@pytest.mark.parametrize(("chats", "closed"), [((), False), ((7,), True)])
async def test_a_hub_in_a_network_of_the_operator_is_asked_for_the_operators_feeds_alone(build, capsys, chats, closed):
    """A stranger's feed that names a hub there makes the bot send it nothing."""
    house = await build(chats_may_reach=())
    feed = Feed(name=FEED, title="", url=f"{house.url}/rss", chats=chats)
    house.subscriber._feed_of = lambda name: feed if name == FEED else None
    house.subscriber.heard(FEED, (house.hub.url,), TOPIC, now=house.now)
    house.subscriber.tick(house.now)
    await house.subscriber.drain(PATIENCE)
    assert ("127.0.0.1 is not to be connected to" in capsys.readouterr().out) is closed


async def test_a_hub_in_a_network_of_the_operator_is_not_told_to_stop_for_who_knows_whom(build, capsys):
    """The feed is gone, so it may have been a stranger's; the lease ends by itself."""
    house = await (await build(chats_may_reach=())).subscribed()
    house.feeds = ()
    house.later(60)
    await house.subscriber.drain(PATIENCE)
    said = capsys.readouterr().out
    assert "push.not-left" in said
    assert "127.0.0.1 is not to be connected to" in said
    assert house.store.leases() == []


# --- what comes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
async def test_a_push_that_is_signed_in_any_of_the_four_ways_is_taken(house, method):
    await house.subscribed()
    house.hub.method = method
    assert await house.hub.publish(TOPIC, BODY) == [202]
    await house.until(lambda: house.taken == [(FEED, BODY, "application/rss+xml")])


@pytest.mark.parametrize("prank", ["wrong signature", "unsigned"])
async def test_a_push_that_is_not_signed_gets_the_same_answer_and_nothing_happens(house, prank):
    await house.subscribed()
    house.hub.misbehave(prank)
    assert await house.hub.publish(TOPIC, BODY) == [202]
    house.hub.behave()
    await house.hub.publish(TOPIC, b"right")
    await house.until(lambda: bool(house.taken))
    assert [body for _, body, _ in house.taken] == [b"right"]
    assert house.soon == []


@pytest.mark.parametrize("prank", ["thin", "another topic"])
async def test_a_push_without_content_of_use_leads_to_a_poll(house, prank):
    await house.subscribed()
    house.hub.misbehave(prank)
    assert await house.hub.publish(TOPIC, BODY) == [202]
    assert house.soon == [FEED]
    assert house.taken == []


async def test_a_push_that_cannot_be_read_leads_to_a_poll_and_the_next_ones_are_only_hints(house):
    await house.subscribed()
    await push(house, b"rubbish")
    await house.until(lambda: len(house.taken) == 1)
    await house.intake.drain(PATIENCE)
    assert house.soon == [FEED]
    await push(house)
    assert house.soon == [FEED, FEED]
    assert len(house.taken) == 1


async def test_a_push_that_brought_nothing_of_use_leads_to_a_poll(house):
    await house.subscribed()
    await push(house, b"no news")
    await house.until(lambda: len(house.taken) == 1)
    await house.intake.drain(PATIENCE)
    assert house.soon == [FEED]


async def test_a_packed_push_is_unpacked(house):
    await house.subscribed()
    await push(house, gzip.compress(BODY), **{"Content-Encoding": "gzip"})
    await house.until(lambda: house.taken == [(FEED, BODY, "application/rss+xml")])


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (zlib.compress(bytes(2 * 2**20)), "deflate"),
        (b"no gzip", "gzip"),
        (BODY, "br"),
        (gzip.compress(BODY, mtime=0)[:-9], "gzip"),
    ],
)
async def test_a_push_that_does_not_unpack_within_bounds_is_not_taken(house, body, coding):
    await house.subscribed()
    await push(house, body, **{"Content-Encoding": coding})
    await house.intake.drain(PATIENCE)
    assert house.taken == []
    assert house.soon == [FEED]


async def test_a_push_beyond_two_mebibytes_is_refused_before_it_is_read(house):
    await house.subscribed()
    house.hub.misbehave("huge")
    assert await house.hub.publish(TOPIC, BODY) in ([413], [0])
    assert house.taken == []


async def test_an_endless_push_without_a_length_is_cut_off(house):
    await house.subscribed()

    async def endless():
        for _ in range(64):
            yield bytes(65_536)

    try:
        status, _ = await house.call("POST", house.lease.callback, data=endless())
    except OSError:
        status = 413
    assert status == 413
    assert house.taken == []


async def test_of_pushes_that_come_while_one_is_read_the_newest_is_kept_and_a_poll_makes_up_for_the_rest(house):
    await house.subscribed()
    house.reading.clear()
    for number in range(8):
        assert await push(house, b"%d" % number) == 202
    house.reading.set()
    await house.until(lambda: len(house.taken) == 2)
    await house.intake.drain(PATIENCE)
    assert [body for _, body, _ in house.taken] == [b"0", b"7"]
    assert set(house.soon) == {FEED}


async def test_no_more_pushes_wait_in_all_than_there_is_room_for(house, monkeypatch):
    monkeypatch.setattr(intake, "MAX_WAITING", 3)
    house.reading.clear()
    for number in range(8):
        house.intake.put(f"f{number}", intake.Push(body=b"x"))
    assert house.soon == ["f0", "f1", "f2", "f3", "f4"]


async def test_a_hub_that_calls_too_often_is_told_so_and_others_are_not_hurt(house, monkeypatch):
    monkeypatch.setattr(callback, "RATE", 1e-9)  # none is added however long the forty take
    await house.subscribed()
    statuses = [await push(house) for _ in range(40)]
    assert statuses[0] == 202
    assert statuses[-1] == 429
    assert (await house.call("GET", house.url + "/healthz"))[0] == 200


async def test_a_push_that_waits_to_be_told_to_go_on_is_told(house):
    await house.subscribed()
    status, _ = await house.call("POST", house.lease.callback, expect100=True, **signed(house))
    assert status == 202
    await house.until(lambda: len(house.taken) == 1)


# --- strangers ----------------------------------------------------------------------------------------------


async def test_a_stranger_who_guesses_finds_nothing_and_changes_nothing(house):
    await house.subscribed()
    before = house.lease
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c", "hub.lease_seconds": "1"}
    for path in ("/", "/websub", "/websub/", "/websub/x", f"/websub/{before.token[:-1]}", f"/websub/{before.token}/"):
        assert (await house.call("GET", house.url + path, params=query))[0] == 404
        assert (await house.call("POST", house.url + path, **signed(house)))[0] == 404
    assert house.lease == before
    assert house.taken == []
    assert house.soon == []


async def test_who_knows_the_callback_alone_can_neither_push_nor_unsubscribe(house):
    await house.subscribed()
    before = house.lease
    query = {"hub.mode": "unsubscribe", "hub.topic": TOPIC, "hub.challenge": "c"}
    assert (await house.call("GET", before.callback, params=query))[0] == 404
    assert (await house.call("POST", before.callback, data=BODY))[0] == 202
    await house.intake.drain(PATIENCE)
    assert house.lease == before
    assert house.taken == []


async def test_the_challenge_is_given_back_as_plain_text(house):
    await house.subscribed()
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "<script>alert(1)</script>"}
    assert await house.call("GET", house.lease.callback, params=query) == (200, "<script>alert(1)</script>")
    assert house.headers["Content-Type"].startswith("text/plain")
    assert house.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS"])
async def test_other_methods_are_not_for_hubs(house, method):
    await house.subscribed()
    assert (await house.call(method, house.lease.callback))[0] == 405


async def test_a_push_that_comes_a_byte_at_a_time_is_given_up_and_others_come_through(build):
    house = await build(read_within=0.3)
    await house.subscribed()
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(f"POST /websub/{house.lease.token} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nab".encode())
    await house.call("GET", house.url + "/healthz")  # by then the slow push is being read
    house.listener._websub._read_within = PATIENCE
    assert await push(house) == 202
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    assert answer.startswith(b"HTTP/1.1 408 ")
    writer.close()
