"""The whole article: what the feed carries, else the page behind the link, in one alert with the sentence that hit."""

from dataclasses import replace

import pytest
from forked import newsvane
from people import ANNA, BORIS, subscribed
from running import Running
from standins import articles
from standins.articles import FOUNDING, HTML
from standins.botapi import BotApi
from standins.publisher import Publisher

from bot.delivery.outbox import Outbox
from bot.demo.publisher import PATH
from bot.demo.stage import Stage
from bot.demo.story import HISTORY, NewsItem
from bot.model import Changes, Chat
from bot.store.tiny import TinyStore

OWNER = 99
PARAGRAPH = "¶7"


@pytest.fixture
async def running(settings, tmp_path):
    """The bot reads pages, has polled once, and Anna subscribes to three watchlists."""
    settings = replace(settings, telegram=replace(settings.telegram, owner=OWNER))
    api, publisher = BotApi(limits=None), Publisher(HISTORY)
    state = tmp_path / "state"
    async with Stage(settings, state, api=api, publisher=publisher, interval=0.05, article="if needed") as stage:
        stage.start_bot()
        await stage.first_poll_done()
        await subscribed(stage, ANNA, "idlib s-400 turkish-aircraft")
        yield stage


def published(stage, page=None, story=FOUNDING, *, body=False):
    """Publish a story, with its body in the feed, or with a page behind its link."""
    link = stage.publisher.url.removesuffix(PATH) + story.path
    stage.publisher.pages[story.path] = (HTML, page or b"")
    text = "\n".join(story.paragraphs) if body else ""
    stage.publisher.publish(NewsItem(title=story.title, summary=story.summary, link=link, body=text))


def bold(message):
    return {message.text[e.offset : e.offset + e.length] for e in message.entities if e.type == "bold"}


def pages_asked(stage):
    return [each.path for each in stage.publisher.requests if each.path == FOUNDING.path]


async def alert_with(stage, chat, words):
    """The chat's only alert, once it has these words."""

    def told():
        return [message for message in stage.api.messages(chat)[1:] if words in message.text]

    await stage.api.wait_until(told)
    await stage.publisher.wait_for_request(len(stage.publisher.requests) + 3)
    assert len(stage.api.messages(chat)) == 2, "one message, whatever was found and when"
    return told()[0]


async def check_founding_alert(stage):
    alert = await alert_with(stage, ANNA, "Ankara bought the S-400")
    assert alert.text.startswith(FOUNDING.title)
    assert {"Turkish Planes", "Idlib", "S-400"} <= bold(alert)
    assert f"{PARAGRAPH} Ankara bought the S-400 air defence system" in alert.text
    return alert


async def test_the_founding_story_is_one_alert_from_a_feed_that_carries_it(running):
    published(running, body=True)
    await check_founding_alert(running)
    assert pages_asked(running) == []


async def test_the_founding_story_is_one_alert_from_the_page_behind_its_link(running):
    published(running, articles.news_site(FOUNDING))
    await check_founding_alert(running)
    assert pages_asked(running) == [FOUNDING.path]


async def test_who_watches_what_stands_further_down_alone_is_told_without_a_sound(running):
    await subscribed(running, BORIS, "s-400")
    published(running, articles.news_site(FOUNDING))
    alert = await alert_with(running, BORIS, "Ankara bought the S-400")
    assert alert.silent
    assert f"mentioned, {PARAGRAPH}" in alert.text


async def test_a_page_behind_a_wall_leaves_the_alert_as_it_is_and_the_operator_is_told(running):
    published(running, articles.consent_wall())
    await alert_with(running, ANNA, FOUNDING.title)

    def said():
        return [message.text for message in running.api.messages(OWNER) if "1 behind a wall" in message.text]

    for number in range(100):
        if said():
            break
        running.api.say(OWNER, "/status")
        await running.api.wait_for(number + 1, chat=OWNER)
        await running.publisher.wait_for_request(len(running.publisher.requests) + 3)
    assert said()


async def test_nobody_is_told_of_the_words_beside_an_article(running):
    quiet = replace(FOUNDING, title="A Park Opens in Kazan", summary="With trees.", paragraphs=[
        "The park has trees, and in Kazan many people came to see them on the first day of the spring.",
        "The gardener of the park said that the trees were planted by the children of Kazan, one each, last autumn.",
    ], caption="")  # fmt: skip
    await subscribed(running, BORIS, "s-400")
    published(running, articles.news_site(quiet))
    await running.publisher.wait_for_path(FOUNDING.path)
    await running.publisher.wait_for_request(len(running.publisher.requests) + 5)
    assert len(running.api.messages(BORIS)) == 1


async def test_a_round_of_polls_reads_pages_and_a_dry_one_remembers_nothing_of_them(tmp_path):
    async with Running(tmp_path, publisher=Publisher(HISTORY), article="if needed") as bot:
        token = {"NEWSVANE_TOKEN": bot.api.token}
        bot.api.say(ANNA, "/start")  # so that Telegram knows the chat
        await newsvane("poll", "--once", cwd=tmp_path, **token)
        store = TinyStore(tmp_path / "state/newsvane.db", outbox=Outbox())
        store.commit(Changes(chats=(Chat(id=ANNA, watches=("s-400",)),)))
        store.close()
        published(bot, articles.news_site(FOUNDING))
        dry = await newsvane("poll", "--once", "--dry-run", cwd=tmp_path)
        assert "s-400: S-400" in dry.out
        assert f"would go to chat {ANNA}" in dry.out
        real = await newsvane("poll", "--once", cwd=tmp_path, **token)
        assert f"goes to chat {ANNA}" in real.out
        (alert,) = bot.api.messages(ANNA)
        assert f"{PARAGRAPH} Ankara bought the S-400" in alert.text
        assert len(pages_asked(bot)) == 2
