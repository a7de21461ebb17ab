"""A news item becomes an alert: the whole way, over real HTTP."""

import asyncio
from dataclasses import replace

from people import ANNA, BORIS, GROUP, subscribed
from standins.botapi import faults

from bot.delivery import deliver
from bot.delivery.compose import told_in
from bot.demo.bell import PATIENCE
from bot.demo.story import RELEASES, NewsItem

FIRST = replace(RELEASES[0], body="")
OTHER = NewsItem(
    title="S-400 Battery Moves South",
    summary=" A second one follows. ",
    link="https://moscow-times.example/2020/03/05/s-400-battery-moves-a70001",
)
DULL = NewsItem(title="A Park Opens", summary="With trees.", link="https://moscow-times.example/park-a70002")


async def alerts_of(stage, chat, count):
    """The chat's messages after the answer to /subscribe, once there are so many, and none more comes."""
    messages = await stage.api.wait_for(count + 1, chat=chat)
    await polled(stage, 3)
    assert len(stage.api.messages(chat)) == count + 1
    return messages[1:]


async def headlines_of(stage, chat, count):
    """The first lines of the chat's alerts, once there are so many; some may share a message."""

    def told():
        return [alert.split("\n")[0] for message in stage.api.messages(chat)[1:] for alert in told_in(message.text)]

    await stage.api.wait_until(lambda: len(told()) >= count)
    await polled(stage, 3)
    return told()


async def polled(stage, times):
    """Wait for so many further polls."""
    await stage.publisher.wait_for_request(len(stage.publisher.requests) + times)


async def test_a_new_item_is_told_to_who_subscribed_with_the_words_that_hit_in_bold(running):
    running.publisher.publish(FIRST)
    (alert,) = await alerts_of(running, ANNA, 1)
    bold = {alert.text[e.offset : e.offset + e.length] for e in alert.entities if e.type == "bold"}
    assert alert.text.startswith(FIRST.title)
    assert [e.url for e in alert.entities if e.type == "text_link"] == [FIRST.link]
    assert "Idlib" in bold
    assert "Turkish Aircraft" in bold
    assert not alert.preview


async def test_the_first_poll_is_silent_and_what_it_found_is_offered_on_subscribing(running):
    answer = running.api.messages(ANNA)[0].text
    assert "This is what an alert looks like" in answer
    await alerts_of(running, ANNA, 0)


async def test_an_item_that_meets_no_watchlist_is_told_to_nobody(running):
    running.publisher.publish(DULL)
    running.publisher.publish(OTHER)
    (alert,) = await alerts_of(running, ANNA, 1)
    assert alert.text.startswith("S-400 Battery")


async def test_an_edited_headline_is_not_told_again(running):
    running.publisher.publish(FIRST)
    await alerts_of(running, ANNA, 1)
    running.publisher.edit(-1, "Moscow Warns Again About Turkish Aircraft Over Idlib")
    await alerts_of(running, ANNA, 1)


async def test_only_who_subscribes_is_told(running):
    await subscribed(running, BORIS, "s-400")
    running.publisher.publish(FIRST)
    running.publisher.publish(OTHER)
    assert await headlines_of(running, ANNA, 2) == [FIRST.title, OTHER.title]
    assert [alert.text[:5] for alert in await alerts_of(running, BORIS, 1)] == ["S-400"]


async def test_who_unsubscribed_is_told_no_more(running):
    running.api.say(ANNA, "/stop")
    await running.api.wait_for(2, chat=ANNA)
    running.publisher.publish(FIRST)
    await polled(running, 4)
    assert len(running.api.messages(ANNA)) == 2


async def test_a_restart_loses_nothing_and_doubles_nothing(running):
    running.publisher.publish(FIRST)
    await alerts_of(running, ANNA, 1)
    await running.stop_bot()
    running.publisher.publish(OTHER)
    running.start_bot()
    assert len(await alerts_of(running, ANNA, 2)) == 2


async def test_a_poll_asks_with_the_validators_it_got_also_after_a_restart(running):
    await polled(running, 2)
    await running.stop_bot()
    running.start_bot()
    await polled(running, 1)
    first, *later = running.publisher.requests
    assert "If-None-Match" not in first.headers
    assert all("If-None-Match" in request.headers for request in later)
    assert {request.status for request in later} == {304}


async def test_an_answer_that_was_lost_is_asked_for_once_more_and_never_a_third_time(running):
    running.api.faults.add(faults.lost(), times=None, chat=ANNA)
    running.publisher.publish(FIRST)
    copies = (await running.api.wait_for(3, chat=ANNA))[1:]
    await polled(running, 10)
    assert len(running.api.messages(ANNA)) == 3
    assert copies[0].text.splitlines()[-1] == copies[1].text.splitlines()[-1]  # the short id tells that it is a copy
    running.api.faults.clear()
    running.api.say(ANNA, "/status")
    answer = (await running.api.wait_for(4, chat=ANNA))[-1]
    assert "Not certain to have arrived: 1" in answer.text


async def test_what_was_not_delivered_comes_as_soon_as_telegram_is_back(running):
    running.api.faults.add(faults.cut(), times=1, chat=ANNA)
    running.publisher.publish(FIRST)
    await alerts_of(running, ANNA, 1)


async def test_flood_control_is_obeyed_and_nothing_is_lost(running):
    running.api.faults.add(faults.flood(1), times=1, chat=ANNA)
    running.publisher.publish(FIRST)
    running.publisher.publish(OTHER)
    assert await headlines_of(running, ANNA, 2) == [FIRST.title, OTHER.title]
    assert running.api.too_many == 1


async def test_what_would_have_to_wait_comes_in_one_message_and_is_whole(running):
    """Five alerts at once are more than a chat takes in a second: each is told once, in order, with its own id."""
    items = [replace(OTHER, title=f"S-400 number {n}", link=f"{OTHER.link}{n}") for n in range(5)]
    for item in items:
        running.publisher.publish(item)
    assert sorted(await headlines_of(running, ANNA, 5)) == sorted(item.title for item in items)
    messages = running.api.messages(ANNA)[1:]
    assert len(messages) < 5
    ids = [alert.splitlines()[-1] for message in messages for alert in told_in(message.text)]
    assert len(set(ids)) == 5
    assert running.api.too_many == 0


async def test_a_refusal_of_one_among_several_costs_the_others_nothing(running):
    """Refused together, each is sent alone, and the one that is refused again as plain text."""
    items = [replace(OTHER, title=f"S-400 number {n}", link=f"{OTHER.link}{n}") for n in range(5)]
    refusal = faults.refused("Bad Request: can't parse entities: Unsupported start tag")
    running.api.faults.add(refusal, times=2, chat=ANNA)
    for item in items:
        running.publisher.publish(item)
    assert sorted(await headlines_of(running, ANNA, 5)) == sorted(item.title for item in items)


async def test_refused_markup_is_sent_as_plain_text(running):
    refusal = faults.refused("Bad Request: can't parse entities: Unsupported start tag")
    running.api.faults.add(refusal, times=1, chat=ANNA)
    running.publisher.publish(FIRST)
    (alert,) = await alerts_of(running, ANNA, 1)
    assert alert.parse_mode == ""
    assert FIRST.link in alert.text


async def test_who_blocks_the_bot_delays_nobody_and_gets_what_came_on_return(running):
    await subscribed(running, BORIS)
    running.api.block(ANNA)
    running.publisher.publish(FIRST)
    await alerts_of(running, BORIS, 1)
    assert len(running.api.messages(ANNA)) == 1
    running.api.say(ANNA, "/list")
    messages = await running.api.wait_for(3, chat=ANNA)
    assert sum(message.text.startswith(FIRST.title) for message in messages) == 1


async def test_a_feed_that_misbehaves_costs_nothing_but_the_time(running):
    for prank in (
        "html page",
        "cut body",
        "empty body",
        "server error",
        "connection reset",
        "redirect loop",
        "entity bomb",
    ):
        running.publisher.misbehave(prank, times=1)
        await polled(running, 1)
    running.publisher.publish(FIRST)
    await alerts_of(running, ANNA, 1)


async def test_a_broken_feed_is_told_in_status_and_forgotten_when_it_is_well(running):
    running.publisher.misbehave("html page")
    await polled(running, 2)
    running.api.say(ANNA, "/status")
    assert "failing since" in (await running.api.wait_for(2, chat=ANNA))[-1].text
    running.publisher.behave()
    await polled(running, 2)
    running.api.say(ANNA, "/status")
    assert "checked just now" in (await running.api.wait_for(3, chat=ANNA))[-1].text


async def test_silent_watchlists_arrive_without_a_sound(stage, settings):
    quiet = tuple(replace(watch, silent=True) for watch in settings.watches)
    stage._given = replace(settings, watches=quiet)
    stage.start_bot()
    await stage.first_poll_done()
    await subscribed(stage, ANNA)
    stage.publisher.publish(FIRST)
    (alert,) = await alerts_of(stage, ANNA, 1)
    assert alert.silent


async def test_a_watchlist_added_later_has_matches_at_once_and_alerts_of_new_items_only(running, settings):
    await running.stop_bot()
    added = replace(settings.watches[0], name="moscow", title="Moscow", query="Moscow")
    running._given = replace(settings, watches=(*settings.watches, added))
    running.start_bot()
    await subscribed(running, BORIS, "moscow")
    answer = running.api.messages(BORIS)[0].text
    assert "This is what an alert looks like" in answer
    await polled(running, 3)
    assert len(running.api.messages(BORIS)) == 1


async def test_a_bot_stopped_in_the_middle_of_a_send_lets_it_finish(running):
    running.api.faults.add(faults.slow(0.5), times=1, chat=ANNA)
    running.publisher.publish(FIRST)
    await running.api.wait_until(lambda: len(running.api.messages(ANNA)) == 2)
    await asyncio.wait_for(running.stop_bot(), PATIENCE)
    running.start_bot()
    await polled(running, 4)
    assert len(running.api.messages(ANNA)) == 2


async def test_an_outage_of_telegram_makes_no_alert_uncertain_and_all_come_afterwards(running):
    for item in (FIRST, OTHER):
        running.api.faults.add(faults.bad_gateway(), times=None, method="sendMessage")
        running.api.faults.add(faults.bad_gateway(), times=None, method="getMe")
        running.publisher.publish(item)
    await running.api.wait_until(lambda: sum(call.method == "getMe" for call in running.api.calls) >= 4)
    tried = sum(call.method == "sendMessage" and call.status == 502 for call in running.api.calls)
    running.api.faults.clear()
    assert len(await alerts_of(running, ANNA, 2)) == 2
    assert tried == 1  # what was under way when it began; nothing more was risked


async def test_a_group_that_moves_while_an_alert_is_under_way_gets_it_once(running):
    running.api.group(GROUP, owner=21)
    await subscribed(running, GROUP, "idlib", user=21)
    running.api.faults.add(faults.slow(0.6), times=1, chat=GROUP)
    running.publisher.publish(FIRST)
    await running.api.wait_for(2, chat=GROUP)
    running.api.migrate(GROUP, -1_000_000_000_050)
    await running.api.wait_until(lambda: any(call.fault == "slow" for call in running.api.calls))
    await polled(running, 5)
    assert running.api.messages(-1_000_000_000_050) == ()


async def test_an_alert_that_cannot_be_written_does_not_silence_its_chat(running, monkeypatch):
    write = deliver.compose

    def broken(matched, *args, **how):
        if matched.item.title == FIRST.title:
            raise ValueError("cannot be written")
        return write(matched, *args, **how)

    monkeypatch.setattr(deliver, "compose", broken)
    running.publisher.publish(FIRST)
    running.publisher.publish(OTHER)
    (alert,) = await alerts_of(running, ANNA, 1)
    assert alert.text.startswith("S-400")


async def test_a_chat_that_comes_back_while_its_refusal_is_under_way_is_not_held(running):
    running.api.block(ANNA)
    running.api.faults.add(faults.slow(0.4), times=1, chat=ANNA)
    running.publisher.publish(FIRST)
    await polled(running, 4)  # by then the send is under way
    running.api.unblock(ANNA)
    assert (await running.api.wait_for(2, chat=ANNA))[-1].text.startswith(FIRST.title)
