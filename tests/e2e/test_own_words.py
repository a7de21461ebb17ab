"""Words of one's own: said, tried, kept and told, as a person has it in the chat."""

import pytest
from people import ANNA, BORIS, GROUP

from bot.demo.story import NewsItem

OWNER, MEMBER = 50, 51


@pytest.fixture
async def chat(stage):
    """The bot runs and has polled once; nobody subscribes."""
    stage.start_bot()
    await stage.first_poll_done()
    return stage


async def said(stage, chat, text, **how):
    """Say something; return the bot's next message."""
    before = len(stage.api.messages(chat))
    stage.api.say(chat, text, **how)
    return (await stage.api.wait_for(before + 1, chat=chat))[before]


async def pressed(stage, chat, message, label, user=0):
    """Press a button; return the text that stands in its message's place afterwards."""
    (data,) = [button.data for row in message.buttons for button in row if button.text.startswith(label)]
    stage.api.press(chat, message.message_id, data, user=user)

    def now():
        return next(each.text for each in stage.api.messages(chat) if each.message_id == message.message_id)

    await stage.api.wait_until(lambda: now() != message.text)
    return now()


async def told(stage, chat, title):
    """Publish an item and return the alert on it."""
    stage.publisher.publish(
        NewsItem(title=title, summary="", link=f"https://moscow-times.example/{len(title)}-a79{len(title):03}")
    )

    def alerts():
        return [message for message in stage.api.messages(chat) if message.text.startswith(title)]

    await stage.api.wait_until(alerts)
    return alerts()[0].text


async def test_plain_words_are_tried_and_kept_with_a_tap(chat):
    offer = await said(chat, ANNA, "ruble, Idlib")
    assert "either “ruble” in any form or “Idlib” in any form" in offer.text
    assert "Of 50 items in 1 day it would have told you of" in offer.text
    assert "Ruble Weakest" in offer.text
    assert "Kept as ruble-idlib" in await pressed(chat, ANNA, offer, "Keep")
    assert "ruble, Idlib: Ruble" in await told(chat, ANNA, "Ruble falls again")


async def test_a_query_with_a_mistake_is_shown_with_its_place_and_a_tap_that_mends_it(chat):
    answer = await said(chat, ANNA, "/watch (ruble")
    assert "This bracket is not closed." in answer.text
    assert "  ^" in answer.text
    before = len(chat.api.messages(ANNA))
    (button,) = [button for row in answer.buttons for button in row]
    assert button.text == "Try (ruble)"
    chat.api.press(ANNA, answer.message_id, button.data)
    mended = (await chat.api.wait_for(before + 1, chat=ANNA))[before]
    assert "Kept as ruble" in await pressed(chat, ANNA, mended, "Only headlines")


async def test_test_keeps_nothing(chat):
    answer = await said(chat, ANNA, "/test ruble")
    assert "it would have told you of" in answer.text
    assert not answer.buttons
    assert "no watchlists" in (await said(chat, ANNA, "/list")).text


async def test_what_is_watched_is_listed_and_given_up_with_a_tap_or_a_word(chat):
    for words in ("ruble", "Idlib truce"):
        await pressed(chat, ANNA, await said(chat, ANNA, words), "Keep")
    await said(chat, ANNA, "/subscribe s-400")
    listed = await said(chat, ANNA, "/list")
    assert "ruble – ruble" in listed.text
    assert "idlib-truce – Idlib truce" in listed.text
    assert "s-400 – S-400 air defence" in listed.text
    (data,) = [button.data for row in listed.buttons for button in row if button.text == "✕ ruble"]
    before = len(chat.api.messages(ANNA))
    chat.api.press(ANNA, listed.message_id, data)
    assert "ruble" in (await chat.api.wait_for(before + 1, chat=ANNA))[before].text
    assert "idlib-truce" in (await said(chat, ANNA, "/unwatch Idlib truce")).text
    left = (await said(chat, ANNA, "/list")).text
    assert "ruble" not in left
    assert "s-400" in left


async def test_stop_says_how_to_have_own_watches_again(chat):
    await pressed(chat, ANNA, await said(chat, ANNA, "ruble, Idlib"), "Keep")
    assert "/watch ruble, Idlib" in (await said(chat, ANNA, "/stop")).text


async def test_nobody_learns_of_anothers_watch_and_names_are_each_ones_own(chat):
    await pressed(chat, ANNA, await said(chat, ANNA, "ruble"), "Keep")
    assert "no watchlists" in (await said(chat, BORIS, "/list")).text
    assert "Kept as ruble:" in await pressed(chat, BORIS, await said(chat, BORIS, "ruble"), "Keep")
    for question in ("/status", "/watchlists", "/latest ruble", "/unwatch ruble@7"):
        assert "@7" not in (await said(chat, BORIS, question)).text.replace("ruble@7", "")
    assert "ruble: ruble" in await told(chat, BORIS, "The ruble once more")
    assert len([message for message in chat.api.messages(BORIS) if message.text.startswith("The ruble")]) == 1


async def test_in_a_group_administrators_alone_watch(chat):
    chat.api.group(GROUP, admins=[OWNER])
    assert "only its administrators" in (await said(chat, GROUP, "/watch ruble", user=MEMBER)).text
    offer = await said(chat, GROUP, "/watch ruble", user=OWNER)
    before = len(chat.api.messages(GROUP))
    (data,) = [button.data for row in offer.buttons for button in row if button.text == "Keep"]
    chat.api.press(GROUP, offer.message_id, data, user=MEMBER)
    refused = (await chat.api.wait_for(before + 1, chat=GROUP))[before]
    assert "only its administrators" in refused.text
    assert "Kept as ruble" in await pressed(chat, GROUP, offer, "Keep", user=OWNER)


async def test_a_forged_or_old_button_changes_nothing_and_says_so(chat):
    offer = await said(chat, ANNA, "ruble")
    before = len(chat.api.messages(BORIS))
    (keep,) = [button.data for row in offer.buttons for button in row if button.text == "Keep"]
    chat.api.press(BORIS, 1, keep)
    refused = (await chat.api.wait_for(before + 1, chat=BORIS))[before]
    assert "a while ago" in refused.text
    assert "no watchlists" in (await said(chat, BORIS, "/list")).text
