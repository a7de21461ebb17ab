"""Who may do what."""

import pytest

from bot.chat.access import Access, refusal
from bot.chat.commands import BY_NAME
from bot.chat.commands.command import Request
from bot.model import Chat

OWNER, BORIS = 5, 8
PRIVATE = Access(mode="owner", owner=OWNER)


async def asks_nobody(chat: int, user: int) -> str:
    raise AssertionError((chat, user))


async def refused(command: str, user: int, chat: Chat) -> bool:
    request = Request(chat=chat, user=user, command=command)
    return bool(await refusal(request, BY_NAME[command], PRIVATE, asks_nobody))


@pytest.mark.parametrize("command", ["stop", "unsubscribe", "unwatch"])
async def test_of_a_bot_that_became_private_a_stranger_may_still_leave(command):
    assert not await refused(command, BORIS, Chat(id=BORIS))
    assert await refused(command, BORIS, Chat(id=-1, kind="group"))


@pytest.mark.parametrize("command", ["watch", "test", "rename", "list", "subscribe", "addfeed"])
async def test_a_private_bot_does_nothing_else_for_a_stranger(command):
    assert await refused(command, BORIS, Chat(id=BORIS))
    assert not await refused(command, OWNER, Chat(id=OWNER))
