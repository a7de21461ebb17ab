"""A room with one feed of the config, and a blog that chats can add."""

from contextlib import AsyncExitStack
from ipaddress import ip_network

import pytest
from rooms import SHIPPED, Room
from standins.publisher import Publisher

from bot.demo.story import HISTORY
from bot.model import Watch
from bot.settings import FetchSettings, PollSettings, Settings


@pytest.fixture
async def room(tmp_path):
    """`due` are the feeds that were added."""
    async with AsyncExitStack() as closing:
        settings = Settings(
            config_dir=tmp_path,
            state_dir=tmp_path,
            feeds=(SHIPPED,),
            watches=(Watch(name="idlib", title="Idlib", query="Idlib"),),
            poll=PollSettings(min_interval=0.0),  # a feed is asked twice in a moment here
            fetch=FetchSettings(chats_may_reach=(ip_network("127.0.0.0/8"),)),
        )
        due = []
        room = Room(settings, tmp_path, closing, on_added=due.append)
        room.due = due
        yield room


@pytest.fixture
async def blog():
    publisher = Publisher(HISTORY[:3], title="The Blog")
    await publisher.start()
    yield publisher
    await publisher.close()
