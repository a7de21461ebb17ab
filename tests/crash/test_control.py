"""Random and half-right requests at the control socket: a short part of the drill."""

import asyncio
import gc
import os
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from control import by_another_user, fuzz
from rooms import Room
from structlog.testing import capture_logs

from bot.admin.socket import AdminSocket, ask, socket_of
from bot.model import Feed
from bot.settings import Settings

FEED = Feed(name="moscow-times", title="The Moscow Times", url="https://example.org/rss")


@pytest.fixture
async def ear():
    """A control socket with feeds behind it, in a folder that other users can be let into."""
    async with AsyncExitStack() as closing:
        tmp_path = Path(closing.enter_context(TemporaryDirectory())) / "bot" / "state"
        tmp_path.mkdir(parents=True)
        settings = Settings(config_dir=tmp_path, state_dir=tmp_path, feeds=(FEED,), watches=(), aliases={})
        room = Room(settings, tmp_path, closing)
        control = AdminSocket(room.admin)
        path = socket_of(tmp_path / "newsvane.db")
        await control.start(path)
        closing.push_async_callback(control.close)
        yield path, room


async def test_whatever_is_sent_nothing_breaks_and_right_requests_are_answered(ear):
    path, _ = ear
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    with capture_logs() as told:
        answers = await fuzz(path, count=400, seed=3)
    assert [each for each in told if each["log_level"] in {"error", "critical"}] == []
    assert answers["refused"] > 100
    gc.collect()
    assert complaints == []
    assert "error" not in await ask(path, {"do": "resume", "name": "moscow-times"})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as somebody else")
async def test_another_user_changes_nothing_whatever_the_file_lets_in(ear):
    """Between the making of the socket and its closing to others somebody may have connected."""
    path, room = ear
    path.parents[2].chmod(0o755)
    assert await asyncio.to_thread(by_another_user, path, count=5, seed=1) == 0
    assert not room.store.feed_state("moscow-times").paused
