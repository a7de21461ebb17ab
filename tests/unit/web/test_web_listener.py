"""How the bot's own door bears strangers, over real HTTP on loopback."""

import asyncio
import gc
import random
from contextlib import suppress

import pytest

from bot.demo.bell import PATIENCE
from bot.errors import CannotListen
from bot.feeds.websub.signature import signature
from bot.web.listener import STRANGERS_AT_ONCE, Listener
from bot.web.server import Bucket


async def said(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE)
    finally:
        writer.close()


async def test_a_monitor_is_told_that_all_is_well_or_what_hangs(house):
    assert await house.call("GET", house.url + "/healthz") == (200, "ok\n")
    house.stalled = frozenset({"sender", "poller"})
    assert await house.call("GET", house.url + "/healthz") == (503, "stalled: poller, sender\n")


@pytest.mark.parametrize(
    "request_", [b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", b"rubbish\r\n\r\n", b"\x16\x03\x01\x02\r\n\r\n"]
)
async def test_no_answer_tells_what_the_bot_is_made_of(house, request_):
    answer = (await said(house.port, request_)).lower()
    assert answer.startswith((b"http/1.1 4", b"http/1.0 4"))
    assert b"aiohttp" not in answer
    assert b"python" not in answer
    assert b"server: newsvane" in answer


async def test_a_connection_serves_one_request(house):
    answer = await said(house.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
    assert answer.count(b"HTTP/1.1") == 1
    assert b"connection: close" in answer.lower()


async def test_a_connection_that_says_nothing_is_ended(build):
    house = await build(lifetime=0.3)
    assert await said(house.port, b"") == b""


async def test_a_connection_that_drips_its_head_is_ended(build):
    house = await build(lifetime=0.5)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    async with asyncio.timeout(PATIENCE):
        while not reader.at_eof():
            try:
                writer.write(b"X")
                await asyncio.wait_for(reader.read(1), 0.05)
            except TimeoutError:
                continue
            except OSError:
                break
    writer.close()


async def test_a_hundred_silent_connections_do_not_keep_others_out(build):
    house = await build(max_connections=8, lifetime=2 * PATIENCE)  # none goes by itself
    silent = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(100)]
    answer = b""
    async with asyncio.timeout(PATIENCE):
        while not answer:  # the eight have a moment to say something
            with suppress(OSError):
                answer = await said(house.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    for _, writer in silent:
        writer.close()


async def test_a_push_under_way_is_not_ended_for_strangers(build):
    house = await build(max_connections=4)
    await house.subscribed()
    body = b"<rss/>"
    head = f"POST /websub/{house.lease.token} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(f"{head}X-Hub-Signature: {signature('sha1', house.lease.secret, body)}\r\n\r\n".encode() + body[:3])
    await house.call("GET", house.url + "/healthz")  # by then the push's head is read
    silent = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(20)]
    writer.write(body[3:])
    assert (await asyncio.wait_for(reader.read(), PATIENCE)).startswith(b"HTTP/1.1 202 ")
    for _, other in (*silent, (reader, writer)):
        other.close()


@pytest.mark.parametrize("sent", [b"", b"P", b"POST /websub/guess HTTP/1.1\r\nHost: x\r\nX: "])
async def test_three_hundred_fresh_connections_that_send_slowly_reset_no_push(build, sent):
    """Each of them has as much time for its request as the push has, which is one of them until it has sent its own."""
    house = await build()
    await house.subscribed()
    body = b"<rss/>"
    slow = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(300)]
    for _, writer in slow:
        writer.write(sent)
    headers = {"X-Hub-Signature": signature("sha1", house.lease.secret, body)}
    assert (await house.call("POST", house.lease.callback, data=body, headers=headers))[0] == 202
    await house.until(lambda: house.taken)
    for _, writer in slow:
        writer.close()


async def test_of_too_many_connections_the_slowest_go(build):
    """One that keeps its pace is heard out, though it came first."""
    house = await build(max_connections=4, lifetime=2 * PATIENCE)
    lively_reader, lively = await asyncio.open_connection("127.0.0.1", house.port)
    lively.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 5_000)
    slow = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(20)]
    async with asyncio.timeout(PATIENCE):
        for reader, _ in slow[:17]:
            with suppress(OSError):
                assert await reader.read() == b""
    lively.write(b"\r\n\r\n")
    assert (await asyncio.wait_for(lively_reader.read(), PATIENCE)).startswith(b"HTTP/1.1 200")
    for _, writer in (*slow, (lively_reader, lively)):
        writer.close()


async def test_strangers_in_numbers_are_sent_away_and_hubs_are_not(house):
    await house.subscribed()
    house.listener._strangers = Bucket(rate=1e-9, burst=STRANGERS_AT_ONCE)  # none is added however long these take
    statuses = [(await house.call("GET", f"{house.url}/{number}"))[0] for number in range(100)]
    assert statuses[0] == 404
    assert 503 in statuses
    query = {"hub.mode": "subscribe", "hub.topic": house.lease.topic, "hub.challenge": "c"}
    assert await house.call("GET", house.lease.callback, params=query) == (200, "c")


async def test_connections_in_numbers_beyond_measure_are_ended_unread(house, monkeypatch):
    monkeypatch.setattr(house.listener._runner.server, "_arrivals", Bucket(rate=1e-9, burst=5.0))
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    answers = []
    for _ in range(20):
        try:
            answers.append(await said(house.port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"))
        except OSError:
            answers.append(b"")
    assert sum(answer.startswith(b"HTTP/1.1 200") for answer in answers) == 5
    gc.collect()  # a task that failed unheard complains when it goes
    assert complaints == []


async def test_rubbish_of_any_kind_is_answered_plainly_or_not_at_all_and_breaks_nothing(house):
    await house.subscribed()
    house.listener._server._lifetime = 0.2  # seconds that some of it waits for more
    before = house.lease
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    chance = random.Random(7)  # noqa: S311  # the same rubbish each time
    whole = f"POST /websub/{before.token} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody".encode()
    for _ in range(150):
        sent = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(sent))
            sent[at : at + chance.randint(0, 9)] = chance.choice(
                [
                    b"",
                    b"\0",
                    b"\r\n",
                    b"\n\n",
                    b"%",
                    b"\xff" * 9,
                    b"?hub.mode=denied&",
                    b"Content-Encoding: gzip\r\n",
                    b"-1",
                    b"://",
                ]
            )
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
            writer.write(sent)
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), PATIENCE)
            assert not answer or b"Server: newsvane" in answer
            writer.close()
    house.listener._strangers = Bucket(rate=1, burst=9)
    house.listener._server._lifetime = PATIENCE
    assert (await house.call("GET", house.url + "/healthz"))[0] == 200
    assert house.lease == before
    assert house.taken == []
    gc.collect()
    assert complaints == []


async def test_a_head_beyond_measure_is_refused(house):
    answer = await said(house.port, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000 + b"\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400", b"")), answer


async def test_a_port_that_is_taken_is_told_with_what_to_do(house):
    other = Listener("127.0.0.1", house.port, stalled=frozenset)
    with pytest.raises(CannotListen, match=r"set \[web\] listen"):
        await other.start()


async def test_a_host_that_is_not_this_machines_is_told(house):
    with pytest.raises(CannotListen, match="cannot listen on"):
        await Listener("192.0.2.1", 8090, stalled=frozenset).start()


def test_a_bucket_lets_a_burst_through_and_then_its_rate():
    bucket = Bucket(rate=2.0, burst=3.0)
    assert [bucket.take(100.0) for _ in range(5)] == [True, True, True, False, False]
    assert [bucket.take(100.5), bucket.take(100.5)] == [True, False]
    assert [bucket.take(200.0) for _ in range(4)] == [True, True, True, False]
