"""The demo: the real bot between a publisher and a stand-in for Telegram, and a person who talks with it.

`interactive` gives you a chat in the terminal, `scripted` plays the person by itself.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

from bot.demo.botapi import BotApi
from bot.demo.markup import SentMessage
from bot.demo.publisher import Publisher
from bot.demo.screen import Screen
from bot.demo.stage import Stage
from bot.demo.story import HISTORY, RELEASES, is_own, news, own_item
from bot.poll.outcome import PollOutcome
from bot.poll.pipeline import Observer
from bot.runtime.signals import OnLeaving, wait_for
from bot.settings import Settings
from bot.text.clean import readable

YOU = 7
"""The id of the person at the terminal."""
BETWEEN_ITEMS = 8.0
"""Seconds between two items of the interactive demo."""
HISTORY_GAP = 25 * 60.0
"""Seconds between two items of the past."""

WELCOME = (
    "Newsvane demo. Nothing leaves this machine: the publisher ({publisher}) and the stand-in for Telegram ({api}) run "
    "here, on loopback, and the real bot runs between them. What it remembers is in a temporary folder and goes when "
    "you leave.\n"
)
INVITATION = (
    "You are in a private chat with the bot. Write a few words to watch for, or try /watchlists, /subscribe s-400, "
    "/latest, /status, /help. Buttons have "
    "numbers: type one to press it. An item comes out every {seconds:.0f} seconds; to bring out one of your own, type "
    "publish: and a headline, such as\n"
    "    publish: S-400 seen in Idlib\n"
    "Ctrl-D or Ctrl-C ends the demo.\n"
)
FAREWELL = "Goodbye. The demo has left nothing behind. With your own bot: see README.md"
_PUBLISH = "publish:"


async def scripted(settings: Settings) -> int:
    """Subscribe to all, publish news, wait for the first alert. Returns 0, or 1 if none came."""
    screen = Screen()
    names = [watch.name for watch in settings.watches]
    outcomes: list[PollOutcome] = []
    async with _stage(settings, outcomes.append) as stage:
        screen.say(WELCOME.format(publisher=stage.publisher.url, api=stage.api.url))
        stage.start_bot()
        await stage.first_poll_done()
        for said in ("/start", f"/subscribe {' '.join(names)}"):
            stage.api.say(YOU, said)
            screen.echo(said)
            screen.show(await stage.api.next_message(YOU))
        alert = await _first_alert(stage, screen, outcomes)
        if alert is None:
            screen.say("No alert came. None of your watchlists looks for anything in the demo's story?", "red")
            return 1
        screen.show(alert)
    screen.say("\nThat was the first alert. In Telegram it looks just so. Now with your own bot: see README.md")
    return 0


async def interactive(settings: Settings) -> int:
    """Chat in the terminal until the end of input or a signal, while items come out one by one. Returns 0."""
    leaving, screen = asyncio.Event(), Screen()

    def observe(outcome: PollOutcome) -> None:
        for line in unheard(outcome, YOU):
            screen.say(line)

    with OnLeaving(leaving):
        async with _stage(settings, observe) as stage:
            with screen:
                await _chat(stage, screen, leaving)
        with suppress(OSError):  # a window that was closed
            screen.say(FAREWELL)
    return 0


async def _chat(stage: Stage[BotApi], screen: Screen, leaving: asyncio.Event) -> None:
    """Let the person at the terminal chat until they leave. Raises what ended the bot before."""
    screen.say(WELCOME.format(publisher=stage.publisher.url, api=stage.api.url))
    bot = stage.start_bot()
    await stage.first_poll_done()  # what comes out before it is the feed's past
    screen.say(INVITATION.format(seconds=BETWEEN_ITEMS))
    side = [
        asyncio.create_task(_show(stage.api, screen)),
        asyncio.create_task(_publish(stage.publisher, screen)),
    ]
    stage.api.say(YOU, "/start")
    ends = [asyncio.create_task(_type(stage, screen)), asyncio.create_task(wait_for(leaving))]
    try:
        await asyncio.wait({*ends, bot}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*side, *ends):
            task.cancel()
        await asyncio.gather(*side, *ends, return_exceptions=True)
    if bot.done():
        bot.result()  # raises what ended it before the person did


@asynccontextmanager
async def _stage(settings: Settings, observe: Observer) -> AsyncIterator[Stage[BotApi]]:
    """Set the stage, without the bot; take it down again."""
    settings = replace(settings, telegram=replace(settings.telegram, access="open"))  # you are nobody's owner here
    with tempfile.TemporaryDirectory(prefix="newsvane-demo-") as state:
        publisher = Publisher(HISTORY, gap=HISTORY_GAP)
        async with Stage(settings, Path(state), api=BotApi(), publisher=publisher, observers=[observe]) as stage:
            yield stage


async def _first_alert(stage: Stage[BotApi], screen: Screen, outcomes: Sequence[PollOutcome]) -> SentMessage | None:
    """Publish until an alert comes. After an item that the bot remembers without a match, none will."""
    told, seen = len(stage.api.messages(YOU)), len(outcomes)
    for item in RELEASES:
        screen.say(f"The publisher puts out: {readable(item.title)}")
        stage.publisher.publish(item)
        await stage.publisher.wait_until_known()
        if any(found.matches for outcome in outcomes[seen:] for found in outcome.new):
            await stage.api.bell.wait_until(lambda: len(stage.api.messages(YOU)) > told)
            return stage.api.messages(YOU)[told]
    return None


async def _show(api: BotApi, screen: Screen) -> None:
    while True:
        screen.show(await api.next_message(YOU, patience=86_400))


async def _publish(publisher: Publisher, screen: Screen) -> None:
    for item in news():
        await asyncio.sleep(BETWEEN_ITEMS)
        screen.say(f"(published: {readable(item.title)})")
        publisher.publish(item)


async def _type(stage: Stage[BotApi], screen: Screen) -> None:
    """Do what is typed: press a button, publish a headline, or say it to the bot."""
    numbers = count(1)
    async for typed in screen.lines():
        line = typed.strip()
        if line.isdecimal() and (pressed := _button(stage.api, int(line))):
            stage.api.press(YOU, *pressed)
        elif line.casefold().startswith(_PUBLISH):
            item = own_item(line[len(_PUBLISH) :], next(numbers))
            if item.title:
                stage.publisher.publish(item)
            screen.say(f"(published: {item.title})" if item.title else "Type a headline behind publish:")
        elif line:
            stage.api.say(YOU, line)


def unheard(outcome: PollOutcome, chat: int) -> Iterator[str]:
    """Return for each headline that somebody typed why no alert of it comes to the chat, if none does."""
    reached = {row.item for row in outcome.deliveries if row.chat == chat}
    for found in outcome.new:
        if is_own(found.item.link) and found.item.key not in reached:
            names = " ".join(match.watch for match in found.matches)
            yield f"(that meets {names}; to be told: /subscribe {names})" if names else "(that meets no watchlist)"


def _button(api: BotApi, number: int) -> tuple[int, str] | None:
    """Find the button of that number below the last message that has any: the message's id and what it sends."""
    for message in reversed(api.messages(YOU)):
        if buttons := [each for row in message.buttons for each in row]:
            return (message.message_id, buttons[number - 1].data) if 1 <= number <= len(buttons) else None
    return None
