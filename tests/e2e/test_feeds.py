"""Feeds of one's own: found, looked at, added, shared, changed, in the chat and on the command line."""

from contextlib import closing

import pytest
from forked import newsvane
from memory import Memory
from people import ANNA, BORIS, GROUP, subscribed
from standins.publisher import Publisher

from bot.demo.story import HISTORY, RELEASES, NewsItem

PAGE = (
    "text/html; charset=utf-8",
    b'<html><head><link rel="alternate" type="application/rss+xml" title="A blog" href="/rss/news"></head></html>',
)
IDLIB = NewsItem(title="Convoy enters Idlib at night", summary="", link="https://blog.example/2020/convoy-7")


@pytest.fixture
async def blog():
    """Another publisher, whose feed nobody watches yet."""
    publisher = Publisher(HISTORY[:5], title="A <b>blog</b> & more")
    await publisher.start()
    yield publisher
    await publisher.close()


async def answers(stage, chat, text, count=1, **how):
    """Say something, and give the bot's next answers."""
    before = len(stage.api.messages(chat))
    stage.api.say(chat, text, **how)
    return (await stage.api.wait_for(before + count, chat=chat))[before:]


def button(message, start):
    """Find a button by the beginning of what it says."""
    return next(each for row in message.buttons for each in row if each.text.startswith(start))


async def press(stage, chat, message, start, **how):
    """Press a button and give the answer: a new message, or the one with the button as it is now."""
    before = stage.api.messages(chat)
    stage.api.press(chat, message.message_id, button(message, start).data, **how)
    now = await stage.api.wait_for(lambda messages: messages != before, chat=chat)
    return next(each for each in reversed(now) if each not in before)


async def polled(publisher, times):
    """Wait for so many further polls of a publisher."""
    await publisher.wait_for_request(len(publisher.requests) + times)


async def added(stage, chat, address):
    """Add the feed at an address as somebody in a chat does."""
    offer = (await answers(stage, chat, f"/addfeed {address}", 2))[-1]
    return await press(stage, chat, offer, "Watch")


async def test_a_feed_is_looked_at_shown_and_added_with_one_request(running, blog):
    looking, offer = await answers(running, ANNA, f"/addfeed {blog.url}", 2)
    assert looking.text.startswith("Looking at")
    assert "A blog & more" in offer.text
    assert HISTORY[4].title in offer.text
    done = await press(running, ANNA, offer, "Watch")
    assert "Added A blog & more as a-blog-more" in done.text
    assert (done.message_id, done.buttons) == (offer.message_id, ())  # the choice is made: no button is left
    assert "idlib" in done.text
    await blog.wait_for_request(3)
    assert sum("If-None-Match" not in request.headers for request in blog.requests) == 1


async def test_what_stood_in_an_added_feed_is_no_news_and_what_comes_is(running, blog):
    await added(running, ANNA, blog.url)
    blog.publish(IDLIB)
    told = await running.api.wait_for(4, chat=ANNA)
    assert [message.text.split("\n")[0] for message in told[3:]] == [IDLIB.title]


async def test_a_feed_that_one_person_added_reaches_nobody_else(running, blog):
    await subscribed(running, BORIS)
    await added(running, ANNA, blog.url)
    blog.publish(IDLIB)
    await running.api.wait_until(lambda: any(IDLIB.title in message.text for message in running.api.messages(ANNA)))
    assert not any(IDLIB.title in message.text for message in running.api.messages(BORIS))
    latest = (await answers(running, BORIS, "/latest idlib"))[0]
    assert IDLIB.title not in latest.text
    assert "blog" not in (await answers(running, BORIS, "/feeds"))[0].text


async def test_nobody_can_hide_news_from_others_by_showing_it_first_in_a_feed_of_his_own(running, blog):
    await subscribed(running, BORIS)
    await added(running, ANNA, blog.url)
    blog.publish(RELEASES[0])
    await running.api.wait_until(lambda: any(RELEASES[0].title in m.text for m in running.api.messages(ANNA)))
    running.publisher.publish(RELEASES[0])
    await running.api.wait_until(lambda: any(RELEASES[0].title in m.text for m in running.api.messages(BORIS)))
    await running.publisher.wait_until_known()
    alerts = [message for message in running.api.messages(ANNA) if message.text.startswith(RELEASES[0].title)]
    assert len(alerts) == 1, "who was told by the feed of his own is not told again"


async def test_what_everybodys_first_poll_made_known_in_silence_is_news_from_ones_own_feed(running, blog):
    await added(running, ANNA, blog.url)
    told_to_nobody = next(item for item in HISTORY[5:] if "Idlib" in item.title)
    blog.publish(told_to_nobody)
    await running.api.wait_until(
        lambda: any(message.text.startswith(told_to_nobody.title) for message in running.api.messages(ANNA)[3:])
    )


async def test_what_everybodys_feed_has_told_is_not_told_again_by_ones_own(running, blog):
    await added(running, ANNA, blog.url)
    before = len(running.api.messages(ANNA))
    running.publisher.publish(RELEASES[0])
    await running.api.wait_for(before + 1, chat=ANNA)
    blog.publish(RELEASES[0])
    await blog.wait_until_known()
    blog.publish(IDLIB)
    told = await running.api.wait_for(before + 2, chat=ANNA)
    assert [message.text.split("\n")[0] for message in told[before:]] == [RELEASES[0].title, IDLIB.title]


async def test_two_people_who_add_one_feed_see_the_same_and_are_both_told(running, blog):
    await subscribed(running, BORIS)
    offers = {chat: (await answers(running, chat, f"/addfeed {blog.url}", 2))[-1] for chat in (ANNA, BORIS)}
    assert offers[ANNA].html == offers[BORIS].html
    said = [(await press(running, chat, offer, "Watch")).html for chat, offer in offers.items()]
    assert "as <b>a-blog-more</b>" in said[0]
    assert "as <b>a-blog-more</b>" in said[1]
    await answers(running, ANNA, "/renamefeed a-blog-more FREE COINS")
    blog.publish(IDLIB)
    for chat, title in ((ANNA, "FREE COINS"), (BORIS, "A blog & more")):
        await running.api.wait_until(
            lambda chat=chat, title=title: any(
                IDLIB.title in m.text and title in m.text for m in running.api.messages(chat)
            )
        )


async def test_a_page_leads_to_the_feed_that_it_names(running, blog):
    blog.pages["/"] = PAGE
    offer = (await answers(running, ANNA, f"/addfeed {blog.url.removesuffix('/rss/news')}/", 2))[-1]
    assert "A blog & more" in offer.text
    assert "Added " in (await press(running, ANNA, offer, "Watch")).text


async def test_an_offer_can_be_turned_down(running, blog):
    offer = (await answers(running, ANNA, f"/addfeed {blog.url}", 2))[-1]
    assert "Nothing was added" in (await press(running, ANNA, offer, "None")).text
    assert "This choice was made already, or it has expired" in (await press(running, ANNA, offer, "Watch")).text


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "e.g. /addfeed themoscowtimes.com"),
        ("file:///etc/passwd", "does not look like a web address"),
        ("gopher://old.example/", "does not look like a web address"),
        ("javascript:alert(1)", "does not look like a web address"),
        ("http://10.0.0.1/rss", "not on the public internet"),
        ("http://169.254.169.254/latest", "not on the public internet"),
        ("http://user:word@example.com/", "does not look like a web address"),
        ("not an address", "does not look like a web address"),
    ],
)
async def test_an_address_that_is_none_or_not_allowed_is_answered_with_the_reason(running, address, reason):
    said = (await answers(running, ANNA, f"/addfeed {address}", 2 if address else 1))[-1].text
    assert reason in said
    assert running.api.messages(ANNA)[-1].buttons == ()


@pytest.mark.parametrize(
    ("prank", "reason"),
    [
        ("too many requests", "too busy to answer (429)"),
        ("not found", "nothing at this address (404)"),
        ("cut body", "no feed"),
    ],
)
async def test_what_a_site_answers_is_said_to_who_asked_and_not_to_who_polls(running, blog, prank, reason):
    """Nothing is said of polls, of the next time, or of the config."""
    blog.misbehave(prank)
    said = (await answers(running, ANNA, f"/addfeed {blog.url}", 2))[-1].text
    assert reason in said
    assert not any(word in said for word in ("poll", "asked again", "toml", "[fetch]"))


async def test_a_feed_that_one_gets_already_is_not_offered(running):
    said = (await answers(running, ANNA, f"/addfeed {running.publisher.url}", 2))[-1]
    assert "You already get alerts from it, as moscow-times." in said.text
    assert said.buttons == ()


async def test_a_page_without_feeds_says_what_to_do(running, blog):
    blog.pages["/"] = ("text/html", b"<html><head><title>x</title></head><body>nothing</body></html>")
    said = (await answers(running, ANNA, f"/addfeed {blog.url.removesuffix('/rss/news')}/", 2))[-1].text
    assert "RSS" in said


async def test_a_button_of_another_chats_offer_is_worth_nothing(running, blog):
    offer = (await answers(running, ANNA, f"/addfeed {blog.url}", 2))[-1]
    before = len(running.api.messages(BORIS))
    running.api.press(BORIS, 1, button(offer, "Watch").data)
    assert (
        "This choice was made already, or it has expired"
        in (await running.api.wait_for(before + 1, chat=BORIS))[-1].text
    )


@pytest.mark.parametrize("data", ["", " ", "addfeed", "addfeed take x -1", "addfeed take", "subscribe", "\0", "x" * 64])
async def test_forged_buttons_change_nothing(running, data):
    running.api.press(ANNA, 1, data)
    await answers(running, BORIS, "/list")
    assert "/feeds" not in running.api.messages(ANNA)[-1].text
    assert "a-blog" not in (await answers(running, BORIS, "/feeds"))[0].text


async def test_in_a_group_only_administrators_add_feeds_whether_by_word_or_by_button(running, blog):
    owner, member = 21, 22
    running.api.group(GROUP, title="Desk", owner=owner)
    running.api.promote(GROUP, member, status="member")
    refused = (await answers(running, GROUP, f"/addfeed {blog.url}", user=member))[0]
    assert "administrators" in refused.text
    offer = (await answers(running, GROUP, f"/addfeed {blog.url}", 2, user=owner))[-1]
    assert "administrators" in (await press(running, GROUP, offer, "Watch", user=member)).text
    assert "Added " in (await press(running, GROUP, offer, "Watch", user=owner)).text


async def test_ones_feed_is_renamed_paused_resumed_and_given_up(running, blog):
    await added(running, ANNA, blog.url)
    assert "The Blog" in (await answers(running, ANNA, "/renamefeed a-blog-more The Blog"))[0].text
    assert "Paused" in (await answers(running, ANNA, "/pausefeed a-blog-more"))[0].text
    assert "paused" in (await answers(running, ANNA, "/feeds"))[0].text
    await polled(running.publisher, 3)  # what was under way has come by then
    asked = len(blog.requests)
    await polled(running.publisher, 10)  # another feed at the same pace
    assert len(blog.requests) == asked
    assert "Resumed" in (await answers(running, ANNA, "/resumefeed a-blog-more"))[0].text
    await blog.wait_for_request(asked + 1)
    assert "Removed" in (await answers(running, ANNA, "/removefeed a-blog-more"))[0].text
    assert "a-blog-more" not in (await answers(running, ANNA, "/feeds"))[0].text


async def test_a_feed_of_the_config_is_nobodys_to_change_in_the_chat(running):
    for command in ("removefeed", "pausefeed", "renamefeed"):
        assert (
            "only the bot's owner can change it"
            in (await answers(running, ANNA, f"/{command} moscow-times Other"))[0].text
        )


async def test_a_feed_survives_a_restart_and_moves_with_its_group(running, blog):
    owner = 21
    running.api.group(GROUP, title="Desk", owner=owner)
    await subscribed(running, GROUP, user=owner)
    offer = (await answers(running, GROUP, f"/addfeed {blog.url}", 2, user=owner))[-1]
    await press(running, GROUP, offer, "Watch", user=owner)
    moved = -1_000_000_000_050
    running.api.migrate(GROUP, moved)
    await running.stop_bot()
    running.start_bot()
    blog.publish(IDLIB)
    await running.api.wait_until(lambda: any(IDLIB.title in m.text for m in running.api.messages(moved)))


async def test_feeds_are_added_on_the_command_line_beside_the_running_bot(scene, blog):
    await scene.start()
    await scene.publisher.wait_for_request(1)
    place = scene.folder
    ended = await newsvane("feeds", "add", blog.url, "--yes", cwd=place)
    assert ended.code == 0, ended.err
    assert "is watched as a-blog-more" in ended.out
    later = await blog.wait_for_request(2)
    assert later.headers.get("If-None-Match"), "one request to add it; the next is conditional"
    listed = await newsvane("feeds", cwd=place)
    assert "a-blog-more  OK" in listed.out
    assert "moscow-times  OK" in listed.out
    assert (await newsvane("feeds", "remove", "a-blog-more", cwd=place)).code == 0
    assert "a-blog-more" not in (await newsvane("feeds", cwd=place)).out


async def test_without_a_running_bot_the_command_line_does_it_itself(scene, blog):
    place = scene.folder
    assert (await newsvane("feeds", "add", blog.url, "--pick", "1", cwd=place)).code == 0
    assert (await newsvane("feeds", "rename", "a-blog-more", "The Blog", cwd=place)).code == 0
    assert (await newsvane("feeds", "pause", "moscow-times", cwd=place)).code == 0
    listed = (await newsvane("feeds", "list", cwd=place)).out
    assert "The Blog" in listed
    assert "moscow-times  paused" in listed
    assert len(blog.requests) == 1


async def test_a_paused_feed_is_left_alone_by_poll_once_too(scene):
    place = scene.folder
    assert (await newsvane("feeds", "pause", "moscow-times", cwd=place)).code == 0
    await newsvane("poll", "--once", cwd=place, NEWSVANE_TOKEN=scene.api.token)
    await newsvane("poll", "--once", "--dry-run", cwd=place)
    assert scene.publisher.requests == []


@pytest.mark.parametrize(
    ("address", "code", "reason"),
    [
        ("file:///etc/passwd", 69, "no web address"),
        ("http://10.0.0.1/", 69, "private"),
        ("http://127.0.0.1:9/", 69, "cannot connect"),
    ],
)
async def test_a_bad_address_on_the_command_line_ends_with_a_reason(scene, address, code, reason):
    ended = await newsvane("feeds", "add", address, "--yes", cwd=scene.folder)
    assert (ended.code, reason in ended.err) == (code, True), ended.err
    assert "Traceback" not in ended.err


async def test_lists_of_feeds_go_in_and_out(scene):
    place = scene.folder
    lines = "".join(f'<outline text="Feed {n}" xmlUrl="https://f{n}.example/rss"/>' for n in range(10_000))
    (place / "many.opml").write_text(f'<opml version="2.0"><body>{lines}</body></opml>')
    ended = await newsvane("feeds", "import", "many.opml", cwd=place)
    assert (ended.code, ended.out) == (0, "10000 added, 0 watched already.\n"), ended.err
    assert "10000 watched already" in (await newsvane("feeds", "import", "many.opml", cwd=place)).out
    out = (await newsvane("feeds", "export", cwd=place)).out
    assert out.count("<outline") == 10_001
    with closing(Memory(place / "state", read_only=True)) as store:
        assert len(store.added_feeds()) == 10_000


async def test_a_broken_list_adds_nothing_and_says_where_it_is_broken(scene):
    place = scene.folder
    (place / "broken.opml").write_text(
        '<opml><body>\n<outline xmlUrl="https://a.example/rss"/>\n<outline </body></opml>'
    )
    ended = await newsvane("feeds", "import", "broken.opml", cwd=place)
    assert ended.code == 2
    assert "line 3" in ended.err
    assert "a.example" not in (await newsvane("feeds", cwd=place)).out
