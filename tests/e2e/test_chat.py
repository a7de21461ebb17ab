"""Talking with the bot in Telegram: who may do what, and that every word reaches it once."""

import asyncio
from dataclasses import replace

import pytest
from people import ANNA, BORIS, GROUP, subscribed
from standins.botapi import faults

from bot.chat.commands import COMMANDS
from bot.demo.bell import PATIENCE
from bot.demo.stage import Stage
from bot.demo.story import RELEASES
from bot.errors import TokenInUse, TokenRefused

OWNER, MEMBER = 21, 22


@pytest.fixture
async def group(running):
    """A group with an administrator and a member, in which the bot is."""
    running.api.group(GROUP, title="Desk", owner=OWNER)
    running.api.promote(GROUP, MEMBER, status="member")
    return running


async def answer(stage, chat, text, **how):
    """Say something, and give the bot's answer."""
    before = len(stage.api.messages(chat))
    stage.api.say(chat, text, **how)
    return (await stage.api.wait_for(before + 1, chat=chat))[-1].text


async def silence(stage, chat, text, **how):
    """Say something that the bot must not answer; of a later question in the same chat the answer is the next."""
    before = len(stage.api.messages(chat))
    stage.api.say(chat, text, **how)
    assert "watchlists" in await answer(stage, chat, "/list", **how)
    assert len(stage.api.messages(chat)) == before + 1


async def test_the_menu_is_set_from_the_table_of_commands(running):
    await running.api.wait_until(lambda: any(call.method == "setMyCommands" for call in running.api.calls))
    menu = next(iter(running.api.commands.values()))
    assert [entry["command"] for entry in menu] == [command.name for command in COMMANDS]


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
async def test_every_command_answers_with_or_without_words_after_it(running, command):
    assert await answer(running, BORIS, f"/{command}")
    assert await answer(running, BORIS, f"/{command} <b>&idlib;</b> \u202e{'x' * 300}")


async def test_an_unknown_command_is_answered_with_the_near_one(running):
    assert "Did you mean /subscribe?" in await answer(running, ANNA, "/subscrib idlib")


async def test_a_long_text_is_answered_with_the_way_to_help(running):
    assert "/help" in await answer(running, ANNA, "hello\nis somebody there?")


async def test_in_a_group_only_administrators_change_subscriptions(group):
    for command in ("/subscribe idlib", "/unsubscribe idlib", "/stop"):
        assert "only its administrators" in await answer(group, GROUP, command, user=MEMBER)
    assert "Subscribed to idlib" in await answer(group, GROUP, "/subscribe idlib", user=OWNER)
    for command in ("/unsubscribe idlib", "/stop"):
        assert "only its administrators" in await answer(group, GROUP, command, user=MEMBER)
    assert "idlib" in await answer(group, GROUP, "/list", user=MEMBER)


async def test_who_hides_behind_the_group_or_a_channel_changes_nothing(group):
    for voice in (GROUP, -1_000_000_000_777):
        assert "cannot see who you are" in await answer(group, GROUP, "/subscribe idlib", sender_chat=voice)
    assert "no watchlists" in await answer(group, GROUP, "/list", user=MEMBER)


async def test_a_group_is_told_of_what_it_subscribes_to(group):
    await answer(group, GROUP, "/subscribe idlib", user=OWNER)
    group.publisher.publish(RELEASES[0])
    assert (await group.api.wait_for(2, chat=GROUP))[-1].text.startswith(RELEASES[0].title)


async def test_in_a_group_commands_for_other_bots_and_plain_words_are_none_of_its_business(group):
    for text in ("/subscribe@other_bot idlib", "/weather", "good morning"):
        await silence(group, GROUP, text, user=OWNER)
    assert "Subscribed" in await answer(group, GROUP, "/subscribe@newsvane_bot idlib", user=OWNER)


async def test_an_edited_message_is_no_new_command(running):
    message = running.api.say(ANNA, "/help")
    await running.api.wait_for(2, chat=ANNA)
    running.api.rewrite(ANNA, message, "/stop")
    await answer(running, ANNA, "/list")
    assert len(running.api.messages(ANNA)) == 3


async def test_a_channel_post_changes_nothing(running):
    running.api.channel(-1_000_000_000_888, owner=OWNER)
    running.api.post(-1_000_000_000_888, "/subscribe idlib")
    await answer(running, ANNA, "/list")
    assert running.api.messages(-1_000_000_000_888) == ()


async def test_a_group_that_becomes_a_supergroup_keeps_its_subscriptions(group):
    await answer(group, GROUP, "/subscribe idlib", user=OWNER)
    group.api.migrate(GROUP, -1_000_000_000_050)
    group.publisher.publish(RELEASES[0])
    (alert,) = await group.api.wait_for(1, chat=-1_000_000_000_050)
    assert alert.text.startswith(RELEASES[0].title)


async def test_a_bot_that_is_removed_from_a_group_waits_and_comes_back_with_what_it_missed(group):
    await answer(group, GROUP, "/subscribe idlib", user=OWNER)
    group.api.kick(GROUP)
    group.publisher.publish(RELEASES[0])
    await group.api.wait_for(2, chat=ANNA)
    group.api.invite(GROUP)
    assert (await group.api.wait_for(2, chat=GROUP))[-1].text.startswith(RELEASES[0].title)


async def test_a_private_bot_answers_its_owner_alone(stage, settings):
    stage._given = replace(settings, telegram=replace(settings.telegram, access="owner", owner=ANNA))
    stage.start_bot()
    assert "Subscribed" in await answer(stage, ANNA, "/subscribe idlib")
    said = f"This bot is private. If it is yours, your Telegram id is {BORIS}: set owner = {BORIS}."
    assert await answer(stage, BORIS, "/subscribe idlib") == said
    assert await answer(stage, BORIS, "/status") == said
    assert await answer(stage, GROUP, "/status", user=BORIS) == "This bot is private."


async def test_a_flood_of_commands_does_not_delay_others(running):
    """The first answer to the flood is still under way when the other is answered, and so are all that wait for it."""
    running.api.faults.add(faults.slow(PATIENCE), times=1, chat=BORIS)
    for _ in range(60):
        running.api.say(BORIS, "/help")
    await running.api.wait_for(1, chat=BORIS)
    assert "idlib" in await answer(running, ANNA, "/list")
    assert len(running.api.messages(BORIS)) == 1


async def test_commands_said_while_telegram_was_out_of_reach_are_carried_out_afterwards(running):
    running.api.faults.add(faults.bad_gateway(), times=2, method="getUpdates")
    assert "Stopped" in await answer(running, ANNA, "/stop")


async def test_a_refused_token_ends_the_bot_with_a_message(stage):
    stage.api.faults.add(faults.unauthorized(), times=None, method="")
    with pytest.raises(TokenRefused, match="BotFather"):
        await asyncio.wait_for(stage.start_bot(), PATIENCE)


async def test_a_token_that_is_revoked_while_the_bot_runs_ends_it_and_keeps_what_is_queued(running):
    running.api.faults.add(faults.unauthorized(), times=None, method="sendMessage")
    running.api.faults.add(faults.unauthorized(), times=None, method="getMe")
    bot = running._bot
    running.publisher.publish(RELEASES[0])
    with pytest.raises(TokenRefused):
        await asyncio.wait_for(asyncio.shield(bot), PATIENCE)
    running.api.faults.clear()
    running.start_bot()
    assert (await running.api.wait_for(2, chat=ANNA))[-1].text.startswith(RELEASES[0].title)


@pytest.mark.parametrize("method", ["sendMessage", "getUpdates", "getMe"])
async def test_a_token_that_is_refused_once_by_whoever_stands_between_ends_nothing(stage, method):
    stage.api.faults.add(faults.unauthorized(), times=1, method=method)
    stage.start_bot()
    await stage.first_poll_done()
    stage.api.say(ANNA, "/subscribe idlib")
    await stage.api.wait_for(1, chat=ANNA)
    stage.api.faults.add(faults.unauthorized(), times=1, method=method)
    stage.publisher.publish(RELEASES[0])
    await stage.api.wait_until(lambda: any(RELEASES[0].title in m.text for m in stage.api.messages(ANNA)))


async def test_a_second_bot_on_the_same_token_gives_way_and_the_first_goes_on(running, tmp_path, settings):
    for _ in range(3):
        await answer(running, ANNA, "/list")
    second = Stage(settings, tmp_path / "other", api=running.api, publisher=running.publisher)
    with pytest.raises(TokenInUse, match="same token"):
        await asyncio.wait_for(second.start_bot(), PATIENCE)
    assert "idlib" in await answer(running, ANNA, "/list")


async def test_telegram_may_be_away_when_the_bot_starts(stage):
    stage.api.faults.add(faults.cut(), times=1, method="getMe")
    stage.start_bot()
    await subscribed(stage, ANNA, "idlib")


async def test_an_update_that_cannot_be_read_stops_nobody(running):
    running.api.tell("message", {"message_id": 5, "date": "no number", "chat": {"id": 5}})
    assert "idlib" in await answer(running, BORIS, "/watchlists")


async def test_update_ids_that_start_anew_are_followed(running):
    await answer(running, ANNA, "/list")
    running.api.updates.count_from(1)
    await answer(running, ANNA, "/help")
    assert "idlib" in await answer(running, ANNA, "/list")  # asked after that; what came twice would have come before
    assert sum(message.text.startswith("Watch\n") for message in running.api.messages(ANNA)) == 1


async def test_a_crowd_of_askers_does_not_hold_back_an_alert(running):
    """Most of them still wait for their answers when the alert of what was published meanwhile is there."""
    crowd = range(300, 600)
    for stranger in crowd:
        running.api.say(stranger, "/help")
    await running.api.wait_until(lambda: len(running.api.messages()) > 5)
    running.publisher.publish(RELEASES[0])
    await running.api.wait_until(lambda: len(running.api.messages(ANNA)) == 2)
    assert sum(bool(running.api.messages(stranger)) for stranger in crowd) < len(crowd)


FORUM, TOPIC, OTHER_TOPIC = -1_000_000_000_999, 41, 42


@pytest.fixture
async def forum(running):
    """A forum with two topics, whose owner has subscribed in the first of them."""
    running.api.group(FORUM, kind="supergroup", owner=OWNER, topics=(TOPIC, OTHER_TOPIC))
    assert (await heard(running, "/subscribe idlib", TOPIC)).thread == TOPIC
    return running


async def heard(running, text, topic):
    """Say something in a topic of the forum and give the answer."""
    before = len(running.api.messages(FORUM))
    running.api.say(FORUM, text, user=OWNER, thread=topic)
    return (await running.api.wait_for(before + 1, chat=FORUM))[-1]


async def alert(running, number=0):
    """Publish and give the alert that the forum gets."""
    before = len(running.api.messages(FORUM))
    running.publisher.publish(replace(RELEASES[0], link=f"{RELEASES[0].link}{number}"))
    return (await running.api.wait_for(before + 1, chat=FORUM))[-1]


async def test_in_a_forum_answers_and_alerts_come_in_the_topic_where_it_subscribed(forum):
    assert (await heard(forum, "/list", OTHER_TOPIC)).thread == OTHER_TOPIC
    assert (await alert(forum)).thread == TOPIC
    await heard(forum, "/subscribe idlib", OTHER_TOPIC)
    assert (await alert(forum, 1)).thread == OTHER_TOPIC


@pytest.mark.parametrize("end", ["close", "delete"])
async def test_what_a_closed_or_deleted_topic_does_not_take_comes_to_general_and_says_so_once(forum, end):
    getattr(forum.api, f"{end}_topic")(FORUM, TOPIC)
    first = await alert(forum)
    assert (first.thread, "closed or deleted" in first.text) == (0, True)
    second = await alert(forum, 1)
    assert (second.thread, "closed or deleted" in second.text) == (0, False)


async def test_a_closed_general_topic_suspends_nobody(forum):
    """What waits comes when it is opened again."""
    forum.api.delete_topic(FORUM, TOPIC)
    forum.api.close_topic(FORUM)
    forum.publisher.publish(RELEASES[0])
    await forum.api.wait_until(lambda: any("TOPIC_CLOSED" in call.description for call in forum.api.calls))
    forum.api.rooms[FORUM].closed_topics.clear()
    assert (await forum.api.wait_for(2, chat=FORUM))[-1].text.startswith(RELEASES[0].title)


async def test_where_members_are_hidden_it_says_what_to_do(group):
    group.api.hide_members(GROUP)
    assert "Make me an administrator" in await answer(group, GROUP, "/subscribe idlib", user=OWNER)
    group.api.promote(GROUP, group.api.bot_id)
    assert "Subscribed to idlib" in await answer(group, GROUP, "/subscribe idlib", user=OWNER)


async def test_a_group_that_lets_it_in_is_greeted(running):
    running.api.group(-555, owner=OWNER)
    running.api.remove(-555)
    running.api.invite(-555)
    assert "administrators choose" in (await running.api.wait_for(1, chat=-555))[-1].text


@pytest.mark.parametrize(("typed", "said"), [("S-400", "/subscribe s-400"), ("<b>x", "Available"), ("", "Available")])
async def test_a_link_that_names_a_watchlist_leads_to_it(running, typed, said):
    assert said in await answer(running, BORIS, f"/start {typed}")


async def test_a_webhook_that_was_left_behind_is_deleted_and_nothing_is_dropped(stage):
    stage.api.webhook = "https://somewhere.example/hook"
    stage.api.say(ANNA, "/help")
    stage.start_bot()
    assert await stage.api.wait_for(1, chat=ANNA)
    assert stage.api.webhook == ""


async def test_a_webhook_that_is_set_while_it_runs_is_deleted(running):
    running.api.webhook = "https://somewhere.example/hook"
    running.api.updates.interrupt()
    await running.api.wait_until(lambda: running.api.webhook == "")
    assert await answer(running, BORIS, "/help")


async def test_what_it_is_stands_in_its_profile_and_in_groups_the_menu_has_what_all_may_use(running):
    await running.api.wait_until(lambda: any(call.method == "setMyShortDescription" for call in running.api.calls))
    assert "news" in running.api.profile["description", ""]
    menus = {scope: [entry["command"] for entry in menu] for (scope, _), menu in running.api.commands.items()}
    in_groups = next(menu for scope, menu in menus.items() if "all_group_chats" in scope)
    assert "latest" in in_groups
    assert "subscribe" not in in_groups
    assert "subscribe" in next(menu for scope, menu in menus.items() if "all_chat_administrators" in scope)


async def test_a_pause_that_telegram_asks_for_is_kept_also_when_updates_are_asked_for(running):
    """It asks no sooner, and goes on after it."""
    running.api.faults.add(faults.flood(2), times=1, method="getUpdates")
    running.api.updates.interrupt()
    await running.api.wait_until(lambda: any(call.fault == "flood" for call in running.api.calls))
    refused = next(call.at for call in running.api.calls if call.fault == "flood")
    assert await answer(running, BORIS, "/help")
    later = [call.at for call in running.api.calls if call.method == "getUpdates" and call.at > refused]
    assert min(later) - refused >= 1.9
