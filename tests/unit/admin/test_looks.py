"""Addresses are looked at one at a time for each chat, and so many in all; offers wait likewise."""

import asyncio
from contextlib import AsyncExitStack, ExitStack
from ipaddress import ip_network

import pytest
from aiohttp import web
from rooms import Room

from bot.admin.looks import Looks
from bot.admin.offers import Choice, Offers
from bot.errors import RequestRefused
from bot.messages import en
from bot.model import Feed, Watch
from bot.model.bounds import LOOKS, OFFER_SECONDS, OFFERS
from bot.settings import FetchSettings, Settings

FEED = "<rss version='2.0'><channel><title>Blog</title><item><title>One</title></item></channel></rss>"
NETWORKS = (ip_network("127.0.0.0/8"),)


class Site:
    """A site that answers when it is let, at an address of its own."""

    def __init__(self, address: str, closing: AsyncExitStack) -> None:
        self._address, self._closing = address, closing
        self.let, self.asked = asyncio.Event(), asyncio.Event()

    async def __aenter__(self):
        runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, self._address, 0).start()
        self.url = f"http://{self._address}:{runner.addresses[0][1]}/rss"
        return self

    async def __aexit__(self, *_) -> None:
        self.let.set()

    async def _answer(self, _: web.BaseRequest) -> web.StreamResponse:
        self.asked.set()
        await self.let.wait()
        return web.Response(text=FEED, content_type="application/rss+xml")


@pytest.fixture
async def closing():
    async with AsyncExitStack() as closing:
        yield closing


@pytest.fixture
def room(tmp_path, closing):
    settings = Settings(
        config_dir=tmp_path,
        state_dir=tmp_path,
        feeds=(Feed(name="shipped", title="Shipped", url="https://shipped.example/rss"),),
        watches=(Watch(name="idlib", title="Idlib", query="Idlib"),),
        fetch=FetchSettings(allow_addresses=NETWORKS, chats_may_reach=NETWORKS),
    )
    return Room(settings, tmp_path, closing)


async def test_a_page_that_drips_holds_its_own_chats_look_and_nobody_elses(room, closing):
    slow = await closing.enter_async_context(Site("127.0.3.1", closing))
    quick = await closing.enter_async_context(Site("127.0.3.2", closing))
    quick.let.set()
    dripping = asyncio.create_task(room.admin.look(slow.url, 7))
    await slow.asked.wait()
    assert room.admin.look_refused(7) == "busy"
    with pytest.raises(RequestRefused, match="before"):
        await room.admin.look(quick.url, 7)
    assert (await room.admin.look(quick.url, 8)).choices[0].title == "Blog"
    slow.let.set()
    assert (await dripping).choices[0].title == "Blog"
    assert room.admin.look_refused(7) == ""


@pytest.mark.parametrize("looking", [LOOKS - 1, LOOKS, LOOKS + 1])
def test_so_many_are_looked_at_and_the_next_is_told_to_send_it_again(looking):
    looks, refused = Looks(), []
    with ExitStack() as closing_:
        for chat in range(looking):
            try:
                closing_.enter_context(looks.of(chat))
            except RequestRefused as error:
                refused.append(str(error))
        assert refused == [en.REFUSALS["crowded"]] * max(looking - LOOKS, 0)
        assert "again in a minute" in en.REFUSALS["crowded"]
        assert looks.refusal(1_000) == ("crowded" if looking >= LOOKS else "")
    assert looks.refusal(1_000) == ""


@pytest.mark.parametrize("waiting", [OFFERS - 1, OFFERS, OFFERS + 1])
def test_so_many_offers_wait_and_of_more_the_oldest_is_over(waiting):
    offers = Offers(lambda: 0.0)
    made = [offers.add(chat, [Choice(title="T", url="https://t.example/")]) for chat in range(waiting)]
    left = [offers.get(offer.id, offer.chat) for offer in made]
    assert left.count(None) == max(waiting - OFFERS, 0)
    assert left[-OFFERS:] == made[-OFFERS:]


def test_a_chat_has_one_offer_and_only_it_may_choose_from_it():
    now = [0.0]
    offers = Offers(lambda: now[0])
    first, second = (offers.add(7, [Choice(title="T", url="https://t.example/")]) for _ in range(2))
    assert offers.get(first.id, 7) is None
    assert offers.get(second.id, 8) is None
    now[0] = OFFER_SECONDS
    assert offers.get(second.id, 7) == second
    now[0] = OFFER_SECONDS + 1
    assert offers.get(second.id, 7) is None
