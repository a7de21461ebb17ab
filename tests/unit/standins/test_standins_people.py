"""What people do reaches the bot as Telegram tells it; the real client reads each update."""

import pytest
from standins.botapi import BotApi
from standins.botapi.rooms import ANONYMOUS, CHANNEL_VOICE
from telegram import Bot, Update
from telegram.error import BadRequest

GROUP, SUPERGROUP, CHANNEL = -5, -1001234567890123, -1009999999999999


async def the_update(bot: Bot) -> Update:
    """Return the one update that waits."""
    (update,) = await bot.get_updates(allowed_updates=Update.ALL_TYPES)
    return update


async def test_a_person_speaks_in_a_private_chat(api: BotApi, bot: Bot, clock) -> None:
    """The message names who spoke and when, and marks the command."""
    api.user(7, name="Ann", username="ann", language="ru")
    number = api.say(7, "/subscribe s-400")
    message = (await the_update(bot)).message
    assert (message.message_id, message.text, message.date.timestamp()) == (number, "/subscribe s-400", int(clock.now))
    assert (message.chat.type, message.chat.id) == ("private", 7)
    assert (message.from_user.id, message.from_user.first_name) == (7, "Ann")
    assert (message.from_user.username, message.from_user.language_code, message.from_user.is_bot) == (
        "ann",
        "ru",
        False,
    )
    assert list(message.parse_entities(["bot_command"]).values()) == ["/subscribe"]


async def test_a_person_speaks_in_a_group_to_this_bot(api: BotApi, bot: Bot) -> None:
    """A command with the bot's name is one entity; kinds of chat follow from ids."""
    api.say(SUPERGROUP, "/mute@newsvane_bot", user=8, thread=4)
    message = (await the_update(bot)).message
    assert (message.chat.type, message.from_user.id) == ("supergroup", 8)
    assert (message.message_thread_id, message.is_topic_message) == (4, True)
    assert list(message.parse_entities(["bot_command"]).values()) == ["/mute@newsvane_bot"]


async def test_an_anonymous_administrator_speaks_for_the_group(api: BotApi, bot: Bot) -> None:
    """The sender chat is the group itself, the user Telegram's stand-in for all of them."""
    api.say(GROUP, "/mute", sender_chat=GROUP)
    message = (await the_update(bot)).message
    assert (message.sender_chat.id, message.from_user.id, message.chat.type) == (GROUP, ANONYMOUS, "group")


async def test_a_channel_speaks_in_a_group(api: BotApi, bot: Bot) -> None:
    """The sender chat is the channel, which makes nobody an administrator."""
    api.say(GROUP, "/mute", sender_chat=CHANNEL)
    message = (await the_update(bot)).message
    assert (message.sender_chat.id, message.sender_chat.type, message.from_user.id) == (
        CHANNEL,
        "channel",
        CHANNEL_VOICE,
    )


async def test_a_channel_post_has_no_author(api: BotApi, bot: Bot) -> None:
    """It comes as a post of its own kind, without a user."""
    api.post(CHANNEL, "/start")
    update = await the_update(bot)
    assert update.message is None
    assert (update.channel_post.text, update.channel_post.from_user) == ("/start", None)


async def test_an_edited_message_says_so(api: BotApi, bot: Bot, clock) -> None:
    """An edit is an update of its own kind, with the old number and date."""
    number = api.say(7, "/stat")
    api.updates.drop()
    clock.now += 5
    api.rewrite(7, number, "/status")
    edited = (await the_update(bot)).edited_message
    assert (edited.message_id, edited.text, edited.edit_date.timestamp()) == (number, "/status", int(clock.now))
    assert edited.date.timestamp() == int(clock.now) - 5


async def test_an_edited_post_says_so(api: BotApi, bot: Bot) -> None:
    """In a channel the edit is one of a post."""
    number = api.post(CHANNEL, "one")
    api.updates.drop()
    api.rewrite(CHANNEL, number, "two")
    assert (await the_update(bot)).edited_channel_post.text == "two"


async def test_a_person_replies_to_the_bot(api: BotApi, bot: Bot) -> None:
    """The message that is replied to comes along."""
    sent = await bot.send_message(7, "question")
    api.say(7, "answer", reply_to=sent.message_id)
    assert (await the_update(bot)).message.reply_to_message.text == "question"
    api.updates.drop()
    api.say(7, "I mean", reply_to=api.say(7, "well", reply_to=sent.message_id))
    well, mean = (update.message for update in await bot.get_updates())
    assert well.reply_to_message.text == "question"
    assert (mean.reply_to_message.text, mean.reply_to_message.reply_to_message) == ("well", None)


async def test_a_forged_press_comes_like_any_other(api: BotApi, bot: Bot) -> None:
    """Neither data nor message is checked; a message that the bot never sent is inaccessible."""
    api.press(GROUP, 999, "mute:everything", user=66)
    query = (await the_update(bot)).callback_query
    assert (query.data, query.from_user.id, query.message.message_id) == ("mute:everything", 66, 999)
    assert not query.message.is_accessible


async def test_a_block_and_its_end_are_told(api: BotApi, bot: Bot) -> None:
    """my_chat_member says what the bot was and is; after the unblock messages arrive again."""
    api.block(7)
    changed = (await the_update(bot)).my_chat_member
    assert (changed.old_chat_member.status, changed.new_chat_member.status) == ("member", "kicked")
    assert (changed.chat.id, changed.from_user.id) == (7, 7)
    api.updates.drop()
    api.unblock(7)
    changed = (await the_update(bot)).my_chat_member
    assert (changed.old_chat_member.status, changed.new_chat_member.status) == ("kicked", "member")
    assert await bot.send_message(7, "x")


async def test_who_blocked_the_bot_and_speaks_has_taken_it_back(api: BotApi, bot: Bot) -> None:
    """The unblock is told before the word."""
    api.block(7)
    api.updates.drop()
    api.say(7, "/start")
    back, word = await bot.get_updates()
    assert back.my_chat_member.new_chat_member.status == "member"
    assert word.message.text == "/start"


async def test_a_kick_and_an_invitation_are_told(api: BotApi, bot: Bot) -> None:
    """A group that put the bot out can take it back."""
    api.group(GROUP)
    api.kick(GROUP, user=8)
    assert (await the_update(bot)).my_chat_member.new_chat_member.status == "kicked"
    api.updates.drop()
    api.invite(GROUP, user=8)
    changed = (await the_update(bot)).my_chat_member
    assert (changed.old_chat_member.status, changed.new_chat_member.status) == ("kicked", "member")
    assert await bot.send_message(GROUP, "x")


async def test_a_migration_is_told_in_both_chats(api: BotApi, bot: Bot) -> None:
    """The old chat says where it went, the new one where it came from; its staff stays."""
    api.group(GROUP, owner=1, admins=[2])
    api.migrate(GROUP, SUPERGROUP, user=1)
    old, new = (update.message for update in await bot.get_updates())
    assert (old.chat.id, old.chat.type, old.migrate_to_chat_id) == (GROUP, "group", SUPERGROUP)
    assert (new.chat.id, new.chat.type, new.migrate_from_chat_id) == (SUPERGROUP, "supergroup", GROUP)
    assert {member.user.id for member in await bot.get_chat_administrators(SUPERGROUP)} == {1, 2}


async def test_a_deleted_account_is_told_to_nobody(api: BotApi, bot: Bot) -> None:
    """The bot learns of it only when it sends."""
    api.delete_account(7)
    assert await bot.get_updates() == ()


async def test_a_new_title_stays_with_the_chat(api: BotApi, bot: Bot) -> None:
    """A group has the title it was given, and is unknown before somebody opens it."""
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.get_chat(GROUP)
    api.group(GROUP, title="Newsroom")
    assert (await bot.get_chat(GROUP)).title == "Newsroom"
