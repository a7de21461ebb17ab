"""The demo's small Bot API, with the bot's own client and over real HTTP."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.chat.commands import COMMANDS
from bot.chat.telegram import Telegram
from bot.demo.bell import PATIENCE
from bot.demo.botapi import BotApi
from bot.demo.markup import Button, Entity
from bot.model import Message, Sent

YOU, OTHER = 7, 8


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    made = BotApi()
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def bot(api: BotApi) -> AsyncIterator[Telegram]:
    made = Telegram(api.token, api.url)
    yield made
    await made.close()


def a_message(html: str, **more: object) -> Message:
    return Message(html=html, plain=html, **more)


async def test_all_that_the_bot_asks_at_its_start_is_answered(bot: Telegram) -> None:
    await bot.connect()
    await bot.unhook()
    await bot.set_menu(COMMANDS)
    assert bot.username == "newsvane_bot"


async def test_what_is_said_is_told_until_it_is_confirmed(api: BotApi, bot: Telegram) -> None:
    api.say(YOU, "/list all")
    for _ in range(2):
        (update,) = await bot.updates(0, wait=0)
        message = update["message"]
        assert (message["chat"]["id"], message["text"]) == (YOU, "/list all")
        assert [entity["type"] for entity in message["entities"]] == ["bot_command"]
    assert await bot.updates(update["update_id"] + 1, wait=0) == []


async def test_a_question_for_updates_waits_for_the_first(api: BotApi, bot: Telegram) -> None:
    asking = asyncio.create_task(bot.updates(0, wait=25))
    api.say(YOU, "hello")
    async with asyncio.timeout(PATIENCE):
        assert len(await asking) == 1


async def test_closing_answers_the_question_that_is_open(api: BotApi, bot: Telegram) -> None:
    asking = asyncio.create_task(bot.updates(0, wait=25))
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await api.close()
        await asyncio.wait({asking})


async def test_a_message_stands_in_its_chat_as_people_read_it(api: BotApi, bot: Telegram) -> None:
    message = a_message('<b>🏟 A</b> &amp; <a href="https://a.example/">b</a>', silent=True, buttons=(("Yes", "y"),))
    sent = await bot.send(YOU, message)
    await bot.send(OTHER, a_message("<b>as it is</b>"), plain=True)
    shown = await api.next_message(YOU)
    assert sent == Sent(message_id=shown.message_id)
    assert (shown.text, shown.silent, shown.buttons) == ("🏟 A & b", True, ((Button(text="Yes", data="y"),),))
    assert shown.entities == (
        Entity(type="bold", offset=0, length=4),
        Entity(type="text_link", offset=7, length=1, url="https://a.example/"),
    )
    assert [message.text for message in api.messages()] == ["🏟 A & b", "<b>as it is</b>"]


async def test_a_button_that_is_pressed_comes_back_with_its_message(api: BotApi, bot: Telegram) -> None:
    await bot.send(YOU, a_message("Well?", buttons=(("Yes", "y"),)))
    shown = await api.next_message(YOU)
    api.press(YOU, shown.message_id, "y")
    (update,) = await bot.updates(0, wait=0)
    query = update["callback_query"]
    assert (query["data"], query["message"]["message_id"], query["from"]["id"]) == ("y", shown.message_id, YOU)
    await bot.press_noted(query["id"])


async def test_an_edit_takes_the_place_of_what_stood_there(api: BotApi, bot: Telegram) -> None:
    """What cannot be edited, or would stay as it is, is sent anew, for the refusal is Telegram's own."""
    first = await bot.send(YOU, a_message("one"))
    assert await bot.send(YOU, a_message("two", edits=first.message_id)) == first
    assert [message.text for message in api.messages(YOU)] == ["two"]
    for edits in (first.message_id, 5):
        assert isinstance(await bot.send(YOU, a_message("two", edits=edits)), Sent)
    assert [message.text for message in api.messages(YOU)] == ["two"] * 3


async def test_a_method_that_is_not_there_is_refused_as_telegram_refuses_it(bot: Telegram) -> None:
    assert await bot.is_administrator(-5, YOU) == "unknown"
