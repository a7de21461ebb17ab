"""Many ask at once, or one asks much: what each of them hears."""

from people import ANNA, BORIS

from bot.model.bounds import COMMANDS


async def test_the_twenty_first_command_in_a_minute_is_told_once_when_it_goes_on(running):
    for _ in range(COMMANDS + 5):
        running.api.say(BORIS, "/list")
    running.api.say(ANNA, "/help")
    await running.api.wait_for(2, chat=ANNA)
    said = [message.text for message in await running.api.wait_for(COMMANDS + 1, chat=BORIS, timeout=60)]
    assert all("no watchlists" in text for text in said[:-1])
    assert f"{COMMANDS} commands a minute" in said[-1]
    assert "in 60 seconds" in said[-1] or "in 59 seconds" in said[-1]


async def test_a_button_is_noticed_however_often_it_is_pressed(running):
    """Telegram is told of each press, so that the button does not go on turning, also of those that are too many."""
    running.api.say(BORIS, f"/addfeed {running.publisher.url}2")
    message = (await running.api.wait_for(lambda said: any(each.buttons for each in said), chat=BORIS))[-1]
    for _ in range(COMMANDS + 5):
        running.api.press(BORIS, message.message_id, message.buttons[-1][-1].data)
    await running.api.wait_until(
        lambda: sum(call.method == "answerCallbackQuery" for call in running.api.calls) == COMMANDS + 5
    )


async def test_what_one_asks_before_a_change_is_answered_as_it_was_then(running):
    for text in ("/list", "/subscribe idlib", "/list", "/stop", "/list"):
        running.api.say(BORIS, text)
    said = [message.text for message in await running.api.wait_for(lambda said: len(said) >= 5, chat=BORIS)]
    lists = [text for text in said if "Subscribed" not in text and "Stopped" not in text and "alert looks" not in text]
    assert ["no watchlists" in text for text in lists] == [True, False, True]
