"""What cannot be written is told to who asked for it, once, and the updates of all others go on."""

from contextlib import AsyncExitStack

import leaping
from examples import NOW
from rooms import Room
from strict import Strict

from bot.admin.own_watches import OwnWatches
from bot.assembly import Tempo
from bot.chat.access import Access
from bot.chat.commands import COMMANDS
from bot.chat.commands.command import Context
from bot.chat.replies import Replies
from bot.chat.updates import Updates
from bot.delivery.pace import Pace
from bot.errors import StoreUnwritable
from bot.messages import en
from bot.runtime.clocks import Clocks
from bot.settings import Settings
from bot.watches.match.index import Index


class FullDisk:
    """A store that can be read alone."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def commit(self, _):
        raise StoreUnwritable("no space is left")


class Line:
    username = "newsvane_bot"

    async def press_noted(self, query):
        pass


def test_a_press_that_cannot_be_remembered_is_answered_and_is_not_told_again(tmp_path):
    async def trial(time):
        async with AsyncExitStack() as closing:
            room = Room(
                Settings(config_dir=tmp_path, state_dir=tmp_path, feeds=(), watches=()),
                tmp_path,
                closing,
                tempo=Tempo(clocks=Clocks(wall=lambda: NOW)),
            )
            own = OwnWatches(store=FullDisk(room.store), index=Index(), aliases={}, taken=(), clock=lambda: NOW)
            context = Context(
                commands=COMMANDS,
                store=room.store,
                subscriptions=room.subscriptions,
                watches=(),
                feeds=room.feeds,
                admin=room.admin,
                own_watches=own,
                clock=lambda: NOW,
                trouble=lambda: None,
                reads_pages=True,
            )
            telegram = Strict(time.clocks.steady)
            replies = Replies(messenger=telegram, pace=Pace(), steady=time.clocks.steady)
            updates = Updates(
                telegram=Line(),
                context=context,
                access=Access(),
                replies=replies,
                reachable=lambda _: None,
                progress=lambda: None,
                first_pause=1.0,
                steady=time.clocks.steady,
            )
            offer = own.offer(7, "planes")
            chat = {"id": 7, "type": "private", "first_name": "Anna"}
            press = {
                "id": "1",
                "data": f"watch keep {offer.id}",
                "from": {"id": 7, "is_bot": False},
                "message": {"message_id": 3, "chat": chat},
            }
            assert await updates.handle([{"update_id": 1, "callback_query": press}])
            await replies.drain(60)
            assert own.of(7) == []
            assert own.offered(offer.id, 7) == offer, "it may be pressed again"
            return [each.text for each in telegram.to(7)]

    assert leaping.run(trial) == [en.TRY_AGAIN]
