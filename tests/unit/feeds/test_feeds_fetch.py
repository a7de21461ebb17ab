"""How feeds are asked for, over real HTTP on loopback."""

import asyncio
import random
import ssl
from ipaddress import ip_network
from pathlib import Path

import canned
import pytest
from aiohttp.abc import AbstractResolver
from examples import a_state
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.bell import PATIENCE
from bot.errors import FeedError, FeedForbidden, FeedRefused, FeedUnreachable, FeedUnreadable
from bot.feeds.fetch.asking import Caps
from bot.feeds.fetch.headers import kept as _kept
from bot.feeds.fetch.headers import retry_after
from bot.feeds.fetch.http import HttpFetcher
from bot.model import Feed, FeedState, Fetched, NotModified

LOOPBACK = (ip_network("127.0.0.0/8"),)
FRESH = a_state(feed="times")


def feed_at(url: str) -> Feed:
    return Feed(name="times", title="The Times", url=url)


def state_of(url: str, answer: Fetched) -> FeedState:
    return a_state(feed="times", url=url, etag=answer.etag, last_modified=answer.last_modified)


async def test_a_feed_comes_with_its_validators(publisher, fetcher) -> None:
    """A 200 gives the unpacked body, its type and its validators."""
    answer = await fetcher.fetch(feed_at(publisher.url), FRESH)
    assert isinstance(answer, Fetched)
    assert answer.body == publisher.body()
    assert answer.etag.startswith('"')
    assert answer.last_modified.endswith("GMT")
    assert answer.content_type == "application/rss+xml; charset=UTF-8"


async def test_a_feed_that_has_not_changed_is_not_sent_again(publisher, fetcher) -> None:
    """The validators of the last answer bring a 304; after news they bring the news."""
    feed = feed_at(publisher.url)
    first = await fetcher.fetch(feed, FRESH)
    assert isinstance(await fetcher.fetch(feed, state_of(feed.url, first)), NotModified)
    publisher.edit(0, "Another headline")
    publisher.window = 60
    assert isinstance(await fetcher.fetch(feed, state_of(feed.url, first)), Fetched)


async def test_the_manners_of_a_request(raw, fetcher) -> None:
    """A request names the program, takes gzip, deflate and brotli, and carries no cookie, Referer or credentials."""
    async with raw(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok").up() as server:
        for _ in range(2):
            await fetcher.fetch(feed_at(server.url + "#part"), FRESH)
        for asked in server.asked:
            lines = asked.decode().lower().split("\r\n")
            assert lines[0] == "get /feed http/1.1"
            names = {line.partition(":")[0] for line in lines[1:] if line}
            assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}
            assert "user-agent: newsvane/1 (+https://x.example)" in lines
            assert "accept-encoding: gzip, deflate, br" in lines


async def test_a_proxy_of_the_environment_is_not_used(publisher, fetcher, monkeypatch) -> None:
    """Variables of the environment do not lead requests elsewhere."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert isinstance(await fetcher.fetch(feed_at(publisher.url), FRESH), Fetched)


@pytest.mark.parametrize(
    "etag",
    [
        '"plain"',
        'W/"weak"',
        "no quotes",
        '"' + "x" * 1_500 + '"',
        '"tab\there"',
        '"ünïcode — ✓"',
        '""',
        "'; DROP",
        '"a" , "b"',
    ],
)
async def test_validators_go_back_byte_for_byte(raw, fetcher, etag: str) -> None:
    """What was received as a validator is sent back as it was, however odd."""
    date = "Sunday, 06-Nov-94 08:49:37 GMT+1"
    head = f"HTTP/1.1 200 OK\r\nETag: {etag}\r\nLast-Modified: {date}\r\nContent-Length: 2\r\n\r\nok".encode()
    async with raw(head).up() as server:
        answer = await fetcher.fetch(feed_at(server.url), FRESH)
        assert (answer.etag, answer.last_modified) == (etag, date)
        await fetcher.fetch(feed_at(server.url), state_of(server.url, answer))
        assert f"\r\nIf-None-Match: {etag}\r\n".encode() in server.asked[1]
        assert f"\r\nIf-Modified-Since: {date}\r\n".encode() in server.asked[1]


@pytest.mark.parametrize("etag", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "\x7f", "\ud83d", "x" * 5_000])
async def test_a_validator_that_cannot_be_sent_is_not_sent(raw, fetcher, etag: str) -> None:
    """Line breaks, controls, lone surrogates and endless values stay out of the request; the feed is read whole."""
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").up() as server:
        state = a_state(feed="times", url=server.url, etag=etag, last_modified=etag)
        assert isinstance(await fetcher.fetch(feed_at(server.url), state), Fetched)
        assert b"if-" not in server.asked[0].lower()
        assert b"evil" not in server.asked[0].lower()


async def test_a_validator_that_is_no_utf_8_is_not_kept(raw, fetcher) -> None:
    """Bytes that could not be sent back as they came are forgotten, so nothing wrong is ever asked."""
    async with raw(b'HTTP/1.1 200 OK\r\nETag: "\xe9"\r\nContent-Length: 2\r\n\r\nok').up() as server:
        assert (await fetcher.fetch(feed_at(server.url), FRESH)).etag == ""


@given(st.text())
def test_what_is_kept_of_a_header_can_be_sent(value: str) -> None:
    """A value is kept as it is or not at all, and what is kept has no control character but the tab."""
    kept = _kept(value)
    assert kept in ("", value)
    kept.encode()
    assert not any((c < " " and c != "\t") or c == "\x7f" for c in kept)


async def test_validators_of_another_address_are_not_sent(publisher, fetcher) -> None:
    """A feed whose address was changed is asked for whole."""
    first = await fetcher.fetch(feed_at(publisher.url), FRESH)
    state = state_of("http://127.0.0.1/old", first)
    assert isinstance(await fetcher.fetch(feed_at(publisher.url), state), Fetched)
    assert "If-None-Match" not in publisher.requests[-1].headers


async def test_a_304_that_nothing_asked_for_is_an_error(publisher, fetcher) -> None:
    """Without validators in the request, "not modified" brings nothing and says so."""
    publisher.misbehave("unasked 304")
    with pytest.raises(FeedRefused, match="304") as caught:
        await fetcher.fetch(feed_at(publisher.url), FRESH)
    assert caught.value.status == 304


@pytest.mark.parametrize("name", ["hang", "drip"])
async def test_the_deadline_is_for_the_whole_request(publisher, name: str) -> None:
    """A publisher that hangs, or sends a byte now and then, costs the deadline and no more."""
    fetcher = HttpFetcher(user_agent="x", timeout=0.3, allow_addresses=LOOPBACK, spacing=0)
    publisher.misbehave(name)
    try:
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(FeedUnreachable, match=r"within 0\.3 s"):
                await fetcher.fetch(feed_at(publisher.url), FRESH)
    finally:
        await fetcher.close()


async def test_redirects_share_one_deadline(raw) -> None:
    """Hops do not each have the whole time: each stays below it, and six of them never do."""

    async def answer(_: bytes) -> bytes:
        await asyncio.sleep(0.15)  # or longer, where the machine is busy
        return b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"

    fetcher = HttpFetcher(user_agent="x", timeout=0.4, allow_addresses=LOOPBACK, spacing=0)
    async with raw(answer).up() as server:
        with pytest.raises(FeedUnreachable, match="did not answer in full"):
            await fetcher.fetch(feed_at(server.url), FRESH)
        await fetcher.close()


async def test_an_address_that_answers_to_none_of_them_says_what_is_wrong(fetcher) -> None:
    """No host of that name, and nobody listening, are told apart."""
    with pytest.raises(FeedUnreachable, match=r"there is no host nowhere\.invalid"):
        await fetcher.fetch(feed_at("http://nowhere.invalid/rss"), FRESH)
    with pytest.raises(FeedUnreachable, match=r"cannot connect to 127\.0\.0\.1"):
        await fetcher.fetch(feed_at("http://127.0.0.1:1/rss"), FRESH)


async def test_plain_http_where_tls_was_meant_is_unreachable(publisher, fetcher) -> None:
    """A server that does not speak TLS at an https address is told as such."""
    with pytest.raises(FeedUnreachable, match=r"127\.0\.0\.1 has no valid certificate"):
        await fetcher.fetch(feed_at(publisher.url.replace("http:", "https:")), FRESH)
    assert publisher.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(publisher, raw, fetcher, status: int) -> None:
    """Each kind of redirect leads to the feed, and validators go along."""
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {publisher.url}\r\nContent-Length: 0\r\n\r\n"
    async with raw(head.encode()).up() as server:
        answer = await fetcher.fetch(feed_at(server.url), FRESH)
        assert isinstance(answer, Fetched)
        again = await fetcher.fetch(feed_at(server.url), state_of(server.url, answer))
        assert isinstance(again, NotModified)


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("ftp://127.0.0.1/x", "not http or https"),
        ("file:///etc/passwd", "not http or https"),
        ("gopher://127.0.0.1/", "not http or https"),
        ("javascript:alert(1)", "not http or https"),
        ("http://user:secret@127.0.0.1/", "user name or password"),
        ("http://[::1/", "cannot be read"),
        ("http://127.0.0.1:99999/", "cannot be read"),
        ("http://169.254.169.254/latest/meta-data/", "metadata"),
        ("http://10.0.0.1/", "10.0.0.1 is private"),
        ("http://[::ffff:127.0.0.1]/", "mapped"),
        ("http://[64:ff9b::7f00:1]/", "NAT64"),
        ("//192.168.0.1/x", "private"),
    ],
)
async def test_redirects_to_where_none_may_go_are_forbidden(raw, fetcher, location: str, message: str) -> None:
    """A redirect cannot lead to another scheme, to credentials, or to an address that the guard refuses."""
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    async with raw(head).up() as server:
        with pytest.raises(FeedForbidden, match=message) as caught:
            await fetcher.fetch(feed_at(server.url), FRESH)
    assert "secret" not in str(caught.value)


async def test_a_redirect_without_a_place_is_refused(raw, fetcher) -> None:
    """A redirect that names no address brings nothing."""
    async with raw(b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n").up() as server:
        with pytest.raises(FeedRefused, match="without saying where"):
            await fetcher.fetch(feed_at(server.url), FRESH)


async def test_https_is_never_left_for_http() -> None:
    """The address behind a redirect is as safe as the one before it."""
    from yarl import URL  # noqa: PLC0415  # what the function under test takes

    from bot.feeds.fetch.targets import checked  # noqa: PLC0415  # no certificate is needed to try this one

    with pytest.raises(FeedForbidden, match="not encrypted"):
        checked("http://x.example/feed", URL("https://x.example/feed"))
    assert str(checked("/feed", URL("https://x.example/a"))) == "https://x.example/feed"
    assert str(checked("https://x.example/feed", URL("http://x.example/a"))) == "https://x.example/feed"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "/etc/passwd",
        "file:///etc/passwd",
        "gopher://x.example",
        "http://",
        "http:///x",
        "http://u:p@x.example/",
        "http://[/",
    ],
)
async def test_what_is_no_web_address_is_forbidden(fetcher, url: str) -> None:
    """Only http and https addresses without credentials are asked."""
    with pytest.raises(FeedForbidden):
        await fetcher.fetch(feed_at(url), FRESH)


LOOPBACK_NAMES = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0x7f000001",
    "017700000001",
    "0177.0.0.1",
    "2130706433",
    "１２７.0.0.1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
]


@pytest.mark.parametrize("host", LOOPBACK_NAMES)
async def test_no_spelling_of_loopback_leads_there(raw, host: str) -> None:
    """However this machine is spelled, nothing connects to it unless its network was opened."""
    fetcher = HttpFetcher(user_agent="x", timeout=PATIENCE, spacing=0)
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").up() as server:
        with pytest.raises((FeedForbidden, FeedUnreachable)) as caught:
            await fetcher.fetch(feed_at(f"http://{host}:{server.port}/"), FRESH)
        assert server.connections == 0
    if host in {"127.0.0.1", "0x7f.1", "localhost", "[::1]", "0.0.0.0"}:
        assert isinstance(caught.value, FeedForbidden)
        assert "allow_addresses" in str(caught.value)
    await fetcher.close()


class Resolver(AbstractResolver):
    """Gives the addresses that it is told, one list a question, the last for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [{"hostname": host, "host": a, "port": port, "family": family, "proto": 0, "flags": 0} for a in found]

    async def close(self) -> None:
        pass


async def test_a_name_that_leads_inside_is_forbidden_with_the_address(fetcher) -> None:
    """A public name with inner addresses alone is forbidden, and the first of them is named."""
    fetcher._asker.session().connector._resolver = Resolver(["10.0.0.1", "192.168.0.1", "fd00::1"])
    with pytest.raises(FeedForbidden, match=r"inside\.example is not to be connected to: 10\.0\.0\.1 is private"):
        await fetcher.fetch(feed_at("http://inside.example/rss"), FRESH)


async def test_a_name_with_a_good_address_too_is_asked_there(raw, fetcher) -> None:
    """An address that the guard refuses does not spoil the others of a host."""
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").up() as server:
        fetcher._asker.session().connector._resolver = Resolver(["64:ff9b::1", "10.0.0.1", "127.0.0.1"])
        assert isinstance(await fetcher.fetch(feed_at(f"http://mixed.example:{server.port}/"), FRESH), Fetched)


async def test_a_name_that_is_rebound_between_two_questions_gains_nothing(raw, fetcher) -> None:
    """The address that is connected to is judged, whatever the name led to before."""
    async with raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").up() as server:
        connector = fetcher._asker.session().connector
        connector._use_dns_cache = False
        connector._resolver = Resolver(["127.0.0.1"], ["169.254.169.254"])
        feed = feed_at(f"http://rebound.example:{server.port}/")
        assert isinstance(await fetcher.fetch(feed, FRESH), Fetched)
        with pytest.raises(FeedForbidden, match="metadata"):
            await fetcher.fetch(feed, FRESH)


async def test_one_request_at_a_time_goes_to_a_host(raw, fetcher) -> None:
    """Feeds of one host are asked one after the other, also through redirects."""
    running = most = 0

    async def answer(asked: bytes) -> bytes:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        if b"/last" in asked:
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        return b"HTTP/1.1 302 F\r\nLocation: /last\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    async with raw(answer).up() as server:
        answers = await asyncio.gather(*(fetcher.fetch(feed_at(f"{server.url}/{n}"), FRESH) for n in range(5)))
    assert [answer.body for answer in answers] == [b"ok"] * 5
    assert most == 1


async def test_hosts_that_redirect_to_each_other_do_not_wait_for_ever(raw, fetcher) -> None:
    """Two chains that cross each other both come to their end."""

    async def answer(asked: bytes) -> bytes:
        other = b"b" if b"a.example" in asked else b"a"
        head = b"HTTP/1.1 302 F\r\nContent-Length: 0\r\nConnection: close\r\n"
        return head + b"Location: http://%s.example:%d/\r\n\r\n" % (other, server.port)

    fetcher._asker.session().connector._resolver = Resolver(["127.0.0.1"])
    async with raw(answer).up() as server, asyncio.timeout(PATIENCE):
        errors = await asyncio.gather(
            *(fetcher.fetch(feed_at(f"http://{name}.example:{server.port}/"), FRESH) for name in "abab"),
            return_exceptions=True,
        )
    assert [str(error) for error in errors if "more than 5 times" not in str(error)] == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("9999999999", 9_999_999_999.0),
        ("Thu, 01 Jan 1970 00:18:20 GMT", 100.0),
        ("Thursday, 01-Jan-70 00:18:20 GMT", 100.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("1e9", None),
        ("٣", None),
        ("99999999999", None),
        ("Thu, 99 Jan 1970 00:00:00 GMT", None),
        ("0" * 10_000, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    """Both forms of Retry-After are read, and anything else is as if it were not there."""
    assert retry_after(value, now=1_000.0) == seconds


@given(st.text())
def test_no_text_breaks_retry_after(value: str) -> None:
    """A hostile Retry-After gives a number that is not negative, or None."""
    found = retry_after(value, now=1e9)
    assert found is None or found >= 0


async def test_retry_after_comes_with_the_refusal(publisher, fetcher) -> None:
    """The caller learns what the publisher asked for."""
    publisher.misbehave("unavailable", retry_after="77")
    with pytest.raises(FeedRefused) as caught:
        await fetcher.fetch(feed_at(publisher.url), FRESH)
    assert (caught.value.status, caught.value.retry_after) == (503, 77.0)


async def test_smaller_caps_can_be_set(publisher) -> None:
    """The caps are the caller's."""
    fetcher = HttpFetcher(user_agent="x", allow_addresses=LOOPBACK, spacing=0, caps=Caps(raw=100))
    with pytest.raises(FeedUnreadable, match="more than 100 bytes"):
        await fetcher.fetch(feed_at(publisher.url), FRESH)
    await fetcher.close()


async def test_no_answer_whatever_raises_anything_but_a_feed_error(raw, fetcher) -> None:
    """Three hundred broken answers, mutated from good ones, each give a body or a FeedError."""
    dice = random.Random(20200228)  # noqa: S311  # a seed that always gives the same bytes
    good = [
        b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/xml\r\nETag: "a"\r\n\r\n<rss>',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n0\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",
        b"HTTP/1.1 503 No\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n",
    ]
    outcomes: set[str] = set()
    async with raw(b"").up() as server:
        for _ in range(300):
            answer = bytearray(dice.choice(good))
            for _ in range(dice.randint(1, 6)):
                answer[dice.randrange(len(answer))] = dice.choice(b"\0\r\n :0159AZaz\x80\xff,;=")
            server.answer = bytes(answer[: dice.randint(1, len(answer))] if dice.random() < 0.3 else answer)
            try:
                outcomes.add(type(await fetcher.fetch(feed_at(server.url), FRESH)).__name__)
            except FeedError as error:
                outcomes.add(type(error).__name__)
    assert {"Fetched", "FeedUnreachable", "FeedRefused"} <= outcomes


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x16\x03\x01\x02\x00",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 5_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_answers_that_are_no_http_are_feed_errors(raw, fetcher, answer: bytes) -> None:
    """What is not HTTP, or too much of it, is an error that names the host."""
    async with raw(answer).up() as server:
        with pytest.raises(FeedError, match=r"127\.0\.0\.1"):
            await fetcher.fetch(feed_at(server.url), FRESH)


async def test_a_name_of_a_secret_in_the_address_is_not_told(fetcher) -> None:
    """Messages name the host, not the path and query, for those may hold a key."""
    feed = feed_at("http://127.0.0.1:1/rss?key=sesame")
    with pytest.raises(FeedUnreachable) as caught:
        await fetcher.fetch(feed, FRESH)
    assert "sesame" not in str(caught.value)


async def test_a_fetcher_that_was_closed_fails_as_a_feed_error(publisher, fetcher) -> None:
    """A fetch after the end is told as unreachable, for the poll loop to pass over."""
    await fetcher.fetch(feed_at(publisher.url), FRESH)
    await fetcher.close()
    with pytest.raises(FeedUnreachable):
        await fetcher.fetch(feed_at(publisher.url), FRESH)


async def test_a_certificate_that_nobody_vouches_for_is_refused(raw, fetcher) -> None:
    """TLS without a certificate that can be checked is no connection, and no request is sent."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(Path(__file__).with_name("selfsigned.pem"))
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").up(tls) as server:
        with pytest.raises(FeedUnreachable, match=r"127\.0\.0\.1 has no valid certificate"):
            await fetcher.fetch(feed_at(server.url.replace("http:", "https:")), FRESH)
        assert server.asked == []


async def test_a_certificate_of_an_authority_that_is_trusted_is_taken(raw) -> None:
    """With its authority's file a publisher inside a company is read; it is the name in the certificate that counts."""
    certificate = Path(__file__).with_name("selfsigned.pem")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    fetcher = HttpFetcher(
        user_agent="x", allow_addresses=(ip_network("127.0.0.0/8"),), spacing=0, ca_file=str(certificate)
    )
    async with raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").up(tls) as server:
        answer = await fetcher.fetch(feed_at(server.url.replace("http:", "https:")), FRESH)
    await fetcher.close()
    assert answer.body == b"ok"


async def test_a_publisher_that_hangs_up_is_not_asked_again_at_once(fetcher: HttpFetcher) -> None:
    """A connection that ends without an answer is one request; the library by itself would ask twice."""
    asked: list[bytes] = []

    def hang_up(_: canned.Connection, head: bytes) -> canned.Answer:
        asked.append(head)
        return canned.Answer(raw=canned.response(404, {}), reset=len(asked) != 2)

    server = await asyncio.get_running_loop().create_server(lambda: canned.Connection(hang_up), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed"
    for number, reason in enumerate(("without an answer", "404", "without an answer"), 1):
        with pytest.raises(FeedError, match=reason):
            await fetcher.fetch(feed_at(url), FRESH)
        assert len(asked) == number
    server.close()


# --- asking a hub -------------------------------------------------------------------------------------------


async def test_a_form_is_sent_as_it_is_without_cookie_or_referer(raw, fetcher) -> None:
    """A hub gets the form, whole, with the manners of a fetch."""

    async def answer(_: bytes) -> bytes:
        return b"HTTP/1.1 202 Accepted\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"

    form = {"hub.mode": "subscribe", "hub.topic": "https://a.example/ü?x=1&y"}
    async with raw(answer).up() as server:
        for _ in range(2):
            assert await fetcher.post(server.url, form, home=server.url, of_chats=False) == 202
        for asked in server.asked:
            lines = asked.decode().lower().split("\r\n")
            assert lines[0] == "post /feed http/1.1"
            assert "content-type: application/x-www-form-urlencoded" in lines
            assert not {"cookie", "referer"} & {line.partition(":")[0] for line in lines}


async def test_a_hub_that_names_another_is_followed_with_the_form_and_not_to_a_plain_page(raw, fetcher) -> None:
    """307 and 308 lead on (WebSub §5.1); 301 to 303 would turn the question into another one."""
    async with raw(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").up() as last:
        for status, wanted in ((307, 202), (308, 202), (301, 301), (302, 302), (303, 303)):
            redirect = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {last.url}\r\nContent-Length: 0\r\n\r\n"
            async with raw(redirect.encode()).up() as first:
                assert (
                    await fetcher.post(first.url, {"hub.mode": "subscribe"}, home=first.url, of_chats=False) == wanted
                )
        assert [asked[:4] for asked in last.asked] == [b"POST", b"POST"]


async def test_a_hub_in_a_circle_is_given_up(raw, fetcher) -> None:
    async with raw(b"HTTP/1.1 307 Elsewhere\r\nLocation: /feed\r\nContent-Length: 0\r\n\r\n").up() as server:
        with pytest.raises(FeedUnreachable, match="redirects more than"):
            await fetcher.post(server.url, {}, home=server.url, of_chats=False)


async def test_a_hub_on_an_address_that_is_not_allowed_is_not_connected_to(raw) -> None:
    """The address guard stands before hubs too, also behind a redirect."""
    strict = HttpFetcher(user_agent="Newsvane/1", timeout=PATIENCE, spacing=0)
    try:
        async with raw(b"HTTP/1.1 202 Accepted\r\n\r\n").up() as server:
            for url in (server.url, server.url.replace("127.0.0.1", "localhost"), "http://169.254.169.254/hub"):
                with pytest.raises(FeedForbidden):
                    await strict.post(url, {}, home=url, of_chats=False)
            assert server.connections == 0
    finally:
        await strict.close()


async def test_a_hub_that_does_not_answer_is_waited_for_no_longer_than_the_deadline(raw) -> None:
    hold = asyncio.Event()

    async def never(_: bytes) -> bytes:
        await hold.wait()
        return b""

    hasty = HttpFetcher(user_agent="Newsvane/1", timeout=0.2, allow_addresses=LOOPBACK, spacing=0)
    async with raw(never).up() as server:
        with pytest.raises(FeedUnreachable, match="did not answer in full"):
            await hasty.post(server.url, {}, home=server.url, of_chats=False)
        hold.set()
    await hasty.close()


async def test_a_network_that_was_opened_for_feeds_is_open_to_their_own_hosts_hubs_alone(raw, fetcher) -> None:
    """A feed's words must not send forms to whatever else is in a network that was opened."""
    async with raw(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n").up() as server:
        assert await fetcher.post(server.url, {}, home="http://127.0.0.1/rss", of_chats=False) == 202
        for home in ("https://news.example/rss", "http://127.0.0.2/rss"):
            with pytest.raises(FeedForbidden):
                await fetcher.post(server.url, {}, home=home, of_chats=False)
        assert server.connections == 1
