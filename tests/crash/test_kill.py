"""kill -9 at the instants that hurt: nothing lost, nothing sent a third time."""

import asyncio
from pathlib import Path

import pytest
from kill import drill
from running import FORKED, Running
from standins.botapi import faults
from standins.publisher import Publisher

from bot.delivery.compose import told_in
from bot.demo.story import HISTORY, RELEASES, NewsItem
from bot.store.database import SQLiteDB

ANNA, BORIS = 7, 8


async def ready(bot: Running) -> None:
    """Start the bot, subscribe Anna, and publish an item that she is to be told of."""
    await bot.start()
    bot.api.say(ANNA, "/subscribe all")
    await bot.api.wait_for(1, chat=ANNA, timeout=60)
    await bot.publisher.wait_for_request(2)


async def test_killed_between_commit_and_send_the_alert_comes_once_after_the_restart(tmp_path):
    async with Running(tmp_path, publisher=Publisher(HISTORY), command=FORKED) as bot:
        await ready(bot)
        bot.api.faults.add(faults.stalled(60), times=1, chat=ANNA)
        bot.publisher.publish(RELEASES[0])
        await bot.publisher.wait_for_request(len(bot.publisher.requests) + 5)
        assert [row["state"] for row in rows_of(tmp_path, "outbox")] == ["sending"]
        await bot.kill()
        await bot.start()
        await bot.api.wait_for(2, chat=ANNA, timeout=60)
        await bot.publisher.wait_for_request(len(bot.publisher.requests) + 5)
        assert len(bot.api.messages(ANNA)) == 2


async def test_killed_between_send_and_settle_the_alert_comes_at_most_twice(tmp_path):
    async with Running(tmp_path, publisher=Publisher(HISTORY), command=FORKED) as bot:
        await ready(bot)
        for _ in range(3):  # killed after every send: the first, its repetition, and what must not be a third
            bot.api.faults.add(faults.slow(60), times=1, chat=ANNA)
            if len(bot.api.messages(ANNA)) == 1:
                bot.publisher.publish(RELEASES[0])
            if len(bot.api.messages(ANNA)) < 3:
                count = len(bot.api.messages(ANNA)) + 1
                await bot.api.wait_for(count, chat=ANNA, timeout=60)
            await bot.kill()
            await bot.start()
        await bot.publisher.wait_for_request(len(bot.publisher.requests) + 5)
        copies = bot.api.messages(ANNA)[1:]
        assert len(copies) == 2
        assert len({copy.text.splitlines()[-1] for copy in copies}) == 1
        bot.api.faults.clear()
        bot.api.say(ANNA, "/status")
        answer = (await bot.api.wait_for(4, chat=ANNA, timeout=60))[-1]
        assert "Not certain to have arrived: 1" in answer.text


async def test_a_command_that_was_not_carried_out_before_the_kill_is_carried_out_after_it(tmp_path):
    async with Running(tmp_path, publisher=Publisher(HISTORY), command=FORKED) as bot:
        await bot.start()
        await bot.api.wait_until(lambda: bot.api.polls > 0, timeout=60)
        await bot.kill()
        bot.api.say(ANNA, "/subscribe idlib")
        await bot.start()
        await bot.api.wait_for(1, chat=ANNA, timeout=60)
        assert [chat["watches"] for chat in rows_of(tmp_path, "chats")] == [["idlib"]]


async def test_sigterm_under_load_drains_and_loses_nothing(tmp_path):
    async with Running(tmp_path, publisher=Publisher(HISTORY), command=FORKED) as bot:
        await ready(bot)
        bot.api.faults.add(faults.slow(1), times=1, chat=ANNA)
        bot.publisher.publish(RELEASES[0])
        await bot.api.wait_for(2, chat=ANNA, timeout=60)
        assert await bot.stop() == 0
        await bot.start()
        await bot.publisher.wait_for_request(len(bot.publisher.requests) + 5)
        assert len(bot.api.messages(ANNA)) == 2


@pytest.mark.parametrize("before", [0, 4], ids=["by itself", "among others"])
async def test_an_alert_that_ends_the_process_when_it_is_written_does_so_three_times_and_no_more(tmp_path, before):
    """The fourth start gives it up for everybody, shows it, and tells what waited with it."""
    async with Running(tmp_path, publisher=Publisher(HISTORY), command=("forked", "poisoned")) as bot:
        await ready(bot)
        bot.api.say(BORIS, "/subscribe s-400")
        await bot.api.wait_for(1, chat=BORIS, timeout=60)
        bot.api.faults.add(faults.flood(1), times=1, chat=ANNA)  # so that they wait together
        names = [*(f"S-400 number {number}" for number in range(before)), "S-400 poison", "S-400 the last"]
        for number, name in enumerate(names):
            bot.publisher.publish(NewsItem(title=name, summary="", link=f"https://moscow-times.example/x-a8{number}"))
        starts = 1
        while await ended(bot):
            starts += 1
            await bot.start()
        told = [alert for message in bot.api.messages(ANNA)[1:] for alert in told_in(message.text)]
        assert starts == 4
        assert [alert.split("\n")[0] for alert in told] == [name for name in names if "poison" not in name]
        assert [row["state"] for row in rows_of(tmp_path, "outbox") if row["state"] != "sent"] == ["dead", "dead"]


async def ended(bot: Running) -> bool:
    """Wait until the bot is dead, or Anna is told of the last item. Tells which."""
    dead = asyncio.create_task(bot.process.wait())
    told = asyncio.create_task(
        bot.api.wait_until(lambda: any("the last" in m.text for m in bot.api.messages(ANNA)), timeout=60)
    )
    await asyncio.wait({dead, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not dead.done():
        dead.cancel()
        await bot.publisher.wait_for_request(len(bot.publisher.requests) + 3)
        return False
    return True


async def test_kills_at_random_instants_lose_nothing_and_send_nothing_a_third_time(tmp_path):
    """Among chats that block the bot, move, and whose alerts Telegram refuses."""
    outcome = await drill(tmp_path, seed=1, kills=3, items=3, chats=20, command=FORKED)
    assert outcome.good, outcome
    assert outcome.whole.silently == 0
    assert outcome.whole.most <= 2
    assert len(outcome.kinds) == 6


def rows_of(folder: Path, table: str) -> list[dict[str, object]]:
    """Return the documents of a table as they stand on the disk, beside the bot that writes them."""
    with SQLiteDB(folder / "state/newsvane.db", read_only=True) as db:
        return list(db.table(table))
