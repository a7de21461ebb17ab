"""Each method obeys and refuses as the Bot API does, and the real client takes every answer."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standins.botapi import TOKEN, BotApi, Entity
from standins.botapi.methods import METHODS
from standins.botapi.params import Params
from standins.botapi.refusals import Refused
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)

_NAMES = (
    *("chat_id", "user_id", "text", "type", "offset", "length", "url", "parse_mode", "entities", "reply_markup"),
    *("inline_keyboard", "callback_data", "message_id", "reply_parameters", "link_preview_options", "commands"),
    *("command", "description", "scope", "language_code", "action", "message_thread_id"),
)


async def test_the_bot_is_who_its_token_says(bot: Bot) -> None:
    """The client's getMe at its start brings id, name and what it may do."""
    assert (bot.id, bot.username, bot.first_name) == (7000000001, "newsvane_bot", "Newsvane")
    assert bot.bot.is_bot
    assert bot.can_read_all_group_messages


async def test_a_foreign_token_is_refused(api: BotApi) -> None:
    """Any token but the one is unauthorized."""
    with pytest.raises(InvalidToken):
        async with Bot(TOKEN[:-1] + "x", base_url=api.base_url):
            pass


async def test_an_unknown_method_is_not_found(call) -> None:
    """A method that is not in the table gets 404."""
    assert await call("sendSmoke") == {"ok": False, "error_code": 404, "description": "Not Found"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=3),
)


@settings(max_examples=300)
@given(
    st.sampled_from(["sendMessage", "setMyCommands", *sorted(METHODS)]),
    st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=4),
)
def test_no_parameters_make_a_method_fail(method: str, given_params: dict[str, object]) -> None:
    """Whatever a call is told, it is obeyed or refused, and the answer is JSON."""
    api = BotApi()
    api.say(7, "hello")
    given_params = {"chat_id": 7, "text": "x"} | given_params
    params = Params({name: json.dumps(value) for name, value in given_params.items()})
    try:
        json.dumps(METHODS[method](api, params))
    except Refused as refused:
        json.dumps(refused.refusal.as_json())


async def test_method_names_have_no_case(call) -> None:
    """The Bot API reads method names in any case."""
    assert (await call("GETME"))["ok"]


async def test_a_message_arrives_with_its_entities(api: BotApi, bot: Bot, clock) -> None:
    """What was sent in HTML stands in the chat as text with entities, dated by the clock."""
    answer = await bot.send_message(
        7,
        "<b>🏟</b> &amp; more",
        "HTML",
        disable_notification=True,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    (message,) = api.messages(7)
    assert message.text == "🏟 & more"
    assert message.html == "<b>🏟</b> &amp; more"
    assert message.parse_mode == "HTML"
    assert message.entities == (Entity(type="bold", offset=0, length=2),)
    assert (message.silent, message.preview) == (True, False)
    assert (message.at, message.date) == (clock.now, int(clock.now))
    assert (answer.message_id, answer.text, answer.chat.id) == (message.message_id, message.text, 7)
    assert answer.entities == (MessageEntity("bold", 0, 2),)
    assert answer.date.timestamp() == message.date
    assert answer.from_user == bot.bot


async def test_plain_text_is_taken_as_it_is(api: BotApi, bot: Bot) -> None:
    """Without a parse mode markup is text; entities may be given instead."""
    await bot.send_message(7, "<b>x", entities=[MessageEntity("bold", 0, 1)])
    assert api.messages(7)[0].text == "<b>x"
    assert api.messages(7)[0].entities == (Entity(type="bold", offset=0, length=1),)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"chat_id": 7}, "message text is empty"),
        ({"chat_id": 7, "text": ""}, "message text is empty"),
        ({"chat_id": 7, "text": " \n\u200b"}, "message text is empty"),
        ({"chat_id": 7, "text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
        ({"chat_id": 7, "text": "x" * 4097}, "message is too long"),
        ({"chat_id": 7, "text": "🏟" * 2049}, "message is too long"),
        ({"chat_id": 7, "text": "<b></b>" * 4682 + "x", "parse_mode": "HTML"}, "text is too long"),
        ({"chat_id": 7, "text": "<p>x</p>", "parse_mode": "HTML"},
         'can\'t parse entities: Unsupported start tag "p" at byte offset 0'),
        ({"chat_id": 7, "text": "*x*", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 8, "text": "x"}, "chat not found"),
        ({"chat_id": "@somewhere", "text": "x"}, "chat not found"),
        ({"chat_id": -5, "text": "x"}, "chat not found"),
        ({"chat_id": 7, "text": "x", "message_thread_id": 3}, "message thread not found"),
        ({"chat_id": 7, "text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"chat_id": 7, "text": "x", "reply_parameters": {"message_id": [1]}},
         "can't parse reply parameters JSON object"),
        ({"chat_id": 7, "text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"chat_id": 7, "text": "x", "reply_markup": []}, "object expected as reply markup"),
        ({"chat_id": 7, "text": "x", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
         "entity beginning at UTF-16 offset 0 ends after the end of the text"),
        ({"chat_id": 7, "text": "x", "entities": [{"type": "bold", "offset": "0"}]}, "can't parse MessageEntity"),
    ],
)  # fmt: skip
async def test_each_wrong_message_is_refused_in_telegrams_words(api: BotApi, call, params, sentence) -> None:
    """A message that Telegram would not take is refused with its sentence, and nothing arrives."""
    assert await call("sendMessage", **params) == {
        "ok": False,
        "error_code": 400,
        "description": f"Bad Request: {sentence}",
    }
    assert api.messages() == ()


async def test_length_is_counted_after_parsing(api: BotApi, call) -> None:
    """4096 UTF-16 units pass, however long their markup."""
    text = "<b>" + "&amp;" * 4094 + "</b>🏟"
    assert (await call("sendMessage", chat_id=7, text=text, parse_mode="HTML"))["ok"]
    assert len(api.messages(7)[0].text) == 4095


@pytest.mark.parametrize(
    ("button", "sentence"),
    [
        ({"text": "x", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""},
         "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": " ", "callback_data": "x"}, "can't parse inline keyboard button: text must be non-empty"),
        ({"text": "x", "url": "http://localhost"},
         "inline keyboard button URL 'http://localhost' is invalid: Wrong HTTP URL"),
        ("x", "can't parse inline keyboard button: Can't find field \"text\""),
    ],
)  # fmt: skip
async def test_each_wrong_button_is_refused(api: BotApi, call, button, sentence) -> None:
    """A button needs a text and something to do; its data are counted in bytes."""
    answer = await call("sendMessage", chat_id=7, text="x", reply_markup={"inline_keyboard": [[button]]})
    assert answer["description"] == f"Bad Request: {sentence}"
    assert api.messages() == ()


async def test_buttons_arrive_and_come_back_when_they_are_pressed(api: BotApi, bot: Bot) -> None:
    """Data of 64 bytes pass; a press brings them, and can be answered once."""
    data = "é" * 32
    row = [InlineKeyboardButton("Mute", callback_data=data), InlineKeyboardButton("Read", url="https://example.org")]
    sent = await bot.send_message(7, "x", reply_markup=InlineKeyboardMarkup([row]))
    assert [button.text for row in api.messages(7)[0].buttons for button in row] == ["Mute", "Read"]
    api.press(7, sent.message_id, data)
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert (query.data, query.from_user.id, query.message.message_id) == (data, 7, sent.message_id)
    assert query.chat_instance
    assert await query.answer("done")
    with pytest.raises(BadRequest, match="Query is too old"):
        await query.answer()


async def test_an_answer_to_a_press_has_at_most_200_units(bot: Bot, api: BotApi) -> None:
    """A longer one is refused."""
    with pytest.raises(BadRequest, match="Message_too_long"):
        await bot.answer_callback_query(api.press(7, 1, "x"), "x" * 201)


async def test_a_reply_quotes_what_it_answers(api: BotApi, bot: Bot) -> None:
    """Messages of people and of the bot can be replied to; a lost one only if that was allowed."""
    asked = api.say(7, "what?")
    answer = await bot.send_message(7, "this", reply_parameters=ReplyParameters(asked))
    assert answer.reply_to_message.text == "what?"
    again = await bot.send_message(7, "and this", reply_parameters=ReplyParameters(answer.message_id))
    assert (again.reply_to_message.text, again.reply_to_message.reply_to_message) == ("this", None)
    lost = ReplyParameters(999, allow_sending_without_reply=True)
    assert (await bot.send_message(7, "x", reply_parameters=lost)).reply_to_message is None
    assert [message.reply_to for message in api.messages(7)] == [asked, answer.message_id, 0]


async def test_a_topic_of_a_forum_takes_messages(api: BotApi, bot: Bot) -> None:
    """A thread that exists is accepted and told."""
    api.group(-1001234567890123, topics=[4])
    answer = await bot.send_message(-1001234567890123, "x", message_thread_id=4)
    assert (answer.message_thread_id, answer.is_topic_message, answer.chat.is_forum) == (4, True, True)
    assert api.messages(-1001234567890123)[0].thread == 4


async def test_a_message_can_be_edited(api: BotApi, bot: Bot, clock) -> None:
    """The text in the chat changes, its place and number stay."""
    sent = await bot.send_message(7, "one moment")
    clock.now += 2
    edited = await bot.edit_message_text("<i>done</i>", 7, sent.message_id, parse_mode="HTML")
    assert edited.text == "done"
    assert edited.edit_date.timestamp() == int(clock.now)
    (message,) = api.messages(7)
    assert (message.message_id, message.text, message.at, message.edited) == (
        sent.message_id,
        "done",
        clock.now - 2,
        clock.now,
    )


@pytest.mark.parametrize(
    ("number", "text", "sentence"),
    [
        (0, "new", "message identifier is not specified"),
        (99, "new", "message to edit not found"),
        (1, "new", "message can't be edited"),
        (2, "as it was", NOT_MODIFIED),
        (2, "", "message text is empty"),
    ],
)  # fmt: skip
async def test_each_wrong_edit_is_refused(call, number, text, sentence) -> None:
    """Only an own message that is there can be edited, and only to something else. Message 1 is the person's."""
    await call("sendMessage", chat_id=7, text="as it was")
    answer = await call("editMessageText", chat_id=7, message_id=number, text=text)
    assert answer["description"] == f"Bad Request: {sentence}"


async def test_flood_control_answers_with_retry_after(api: BotApi, bot: Bot, call, clock) -> None:
    """The fourth message at once is refused with the seconds to wait; after them it passes."""
    for _ in range(3):
        await bot.send_message(7, "x")
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(7, "x")
    assert refused.value.retry_after.total_seconds() == 1
    assert await call("sendMessage", chat_id=7, text="x") == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    assert api.too_many == 2
    clock.now += 1
    await bot.send_message(7, "x")
    assert len(api.messages(7)) == 4


async def test_flood_control_counts_edits_too(bot: Bot) -> None:
    """Two messages and an edit are three; one that changes nothing is none."""
    sent = await bot.send_message(7, "one")
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("one", 7, sent.message_id)
    for text in ("two", "three"):
        await bot.edit_message_text(text, 7, sent.message_id)
    with pytest.raises(RetryAfter):
        await bot.edit_message_text("four", 7, sent.message_id)


async def test_flood_control_can_be_turned_off() -> None:
    """Without limits any number passes."""
    async with BotApi(limits=None) as api, Bot(api.token, base_url=api.base_url) as bot:
        api.say(7, "hello")
        for _ in range(40):
            await bot.send_message(7, "x")
        assert (len(api.messages(7)), api.too_many) == (40, 0)


async def test_a_message_that_is_refused_does_not_count_as_sent(bot: Bot) -> None:
    """Flood control counts what arrives."""
    for _ in range(5):
        with pytest.raises(BadRequest):
            await bot.send_message(7, "<p>", "HTML")
    await bot.send_message(7, "x")


@pytest.mark.parametrize(
    ("happen", "chat", "sentence"),
    [
        (lambda api: api.block(7), 7, "bot was blocked by the user"),
        (lambda api: api.delete_account(7), 7, "user is deactivated"),
        (lambda api: api.say(-5, "hi", user=8), 8, "bot can't initiate conversation with a user"),
        (lambda api: api.kick(-5), -5, "bot was kicked from the group chat"),
        (lambda api: api.kick(-1001234567890123), -1001234567890123, "bot was kicked from the supergroup chat"),
        (lambda api: (api.channel(-1009), api.kick(-1009)), -1009, "bot was kicked from the channel chat"),
        (lambda api: api.remove(-1001234567890123), -1001234567890123, "bot is not a member of the supergroup chat"),
        (lambda api: api.delete_group(-5), -5, "the group chat was deleted"),
    ],
)
async def test_a_closed_chat_is_forbidden_in_telegrams_words(api: BotApi, bot: Bot, happen, chat, sentence) -> None:
    """Who blocked, left, deleted or never started the bot cannot be written to."""
    happen(api)
    for attempt in (bot.send_message(chat, "x"), bot.send_chat_action(chat, "typing"), bot.get_chat(chat)):
        with pytest.raises(Forbidden, match=f"^Forbidden: {sentence}$"):
            await attempt
    assert api.messages() == ()


async def test_a_group_that_moved_says_where(api: BotApi, bot: Bot) -> None:
    """Sending to the old id names the new one, where it arrives."""
    api.group(-5, title="News")
    api.migrate(-5, -1001234567890123)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(-5, "x")
    assert moved.value.new_chat_id == -1001234567890123
    assert (await bot.send_message(-1001234567890123, "x")).chat.title == "News"


async def test_the_members_of_a_group_are_told(api: BotApi, bot: Bot) -> None:
    """Owner, administrators, members and strangers have the status they have."""
    api.group(-5, owner=1, admins=[2])
    api.promote(-5, 3, anonymous=True)
    api.say(-5, "hi", user=4)
    api.user(6)
    status = [(await bot.get_chat_member(-5, user)).status for user in (1, 2, 3, 4, 6, bot.id)]
    assert status == ["creator", "administrator", "administrator", "member", "left", "member"]
    staff = await bot.get_chat_administrators(-5)
    assert {(member.user.id, member.is_anonymous) for member in staff} == {(1, False), (2, False), (3, True)}
    with pytest.raises(BadRequest, match="Invalid user_id"):
        await bot.get_chat_member(-5, 99)


async def test_a_private_chat_has_a_member_and_no_administrators(bot: Bot) -> None:
    """Its user is a member; asking for administrators is an error."""
    assert (await bot.get_chat_member(7, 7)).status == "member"
    with pytest.raises(BadRequest, match="There are no administrators in the private chat"):
        await bot.get_chat_administrators(7)


async def test_a_chat_describes_itself(api: BotApi, bot: Bot) -> None:
    """The client reads a chat's full description."""
    api.channel(-1009, title="Wire")
    chat = await bot.get_chat(-1009)
    assert (chat.id, chat.type, chat.title) == (-1009, "channel", "Wire")


async def test_the_bot_posts_to_a_channel(api: BotApi, bot: Bot) -> None:
    """A post stands in the channel's own name."""
    api.channel(-1009, title="Wire")
    post = await bot.send_message(-1009, "x")
    assert (post.sender_chat.id, post.from_user) == (-1009, None)


async def test_typing_is_shown_only_with_an_action_that_exists(bot: Bot) -> None:
    """Actions are those of the Bot API."""
    assert await bot.send_chat_action(7, "typing")
    with pytest.raises(BadRequest, match="Wrong parameter action"):
        await bot.send_chat_action(7, "dancing")


async def test_commands_are_kept_for_each_scope_and_language(bot: Bot) -> None:
    """What is set for one scope and language is told for just these."""
    everywhere, groups = [BotCommand("start", "Begin")], [BotCommand("mute", "Тише")]
    assert await bot.set_my_commands(everywhere)
    assert await bot.set_my_commands(groups, scope=BotCommandScopeAllGroupChats(), language_code="ru")
    assert await bot.get_my_commands() == tuple(everywhere)
    assert await bot.get_my_commands(BotCommandScopeAllGroupChats(), "ru") == tuple(groups)
    assert await bot.get_my_commands(BotCommandScopeAllGroupChats()) == ()
    assert await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()


@pytest.mark.parametrize(
    ("commands", "sentence"),
    [
        ([("", "x")], "command must be non-empty"),
        ([("x" * 33, "x")], "command length must not exceed 32"),
        ([("Start", "x")], "BOT_COMMAND_INVALID"),
        ([("начать", "x")], "BOT_COMMAND_INVALID"),
        ([("start", " ")], "command description must be non-empty"),
        ([("start", "x" * 257)], "command description length must not exceed 256"),
        ([(f"c{n}", "x") for n in range(101)], "BOT_COMMANDS_TOO_MUCH"),
    ],
)
async def test_each_wrong_command_is_refused(call, commands, sentence) -> None:
    """Names, descriptions and the number of commands have their limits."""
    given = [{"command": command, "description": description} for command, description in commands]
    assert (await call("setMyCommands", commands=given))["description"] == f"Bad Request: {sentence}"
    assert (await call("getMyCommands"))["result"] == []


async def test_the_profile_is_kept_within_its_limits(bot: Bot) -> None:
    """Description, short description and name are told as set, with the default for other languages."""
    assert await bot.set_my_description("x" * 512)
    assert await bot.set_my_short_description("short")
    assert await bot.set_my_name("Новости", language_code="ru")
    assert (await bot.get_my_description("de")).description == "x" * 512
    assert (await bot.get_my_short_description()).short_description == "short"
    assert (await bot.get_my_name("ru")).name == "Новости"
    with pytest.raises(BadRequest):
        await bot.set_my_description("x" * 513)
    with pytest.raises(BadRequest):
        await bot.set_my_short_description("x" * 121)


async def test_while_there_is_a_webhook_no_updates_can_be_asked_for(api: BotApi, bot: Bot) -> None:
    """Setting one ends the open poll; deleting it keeps what waits, unless it is told to drop it."""
    api.say(7, "/start")
    assert await bot.set_webhook("https://somewhere.example/hook")
    assert (await bot.get_webhook_info()).url == "https://somewhere.example/hook"
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    assert await bot.delete_webhook()
    assert (await bot.get_webhook_info()).pending_update_count == 1
    assert await bot.delete_webhook(drop_pending_updates=True)
    assert (await bot.get_webhook_info()).pending_update_count == 0
