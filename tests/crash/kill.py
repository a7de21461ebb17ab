"""Kills the whole bot at random instants while it polls and sends, and counts what is lost and what is doubled.

    ./run drill kill [--seeds N] [--kills N] [--items N] [--chats N]

Prints a line a seed: lost, extra copies, most copies of one message, out of order. Exit 1 if anything was lost, came
more than twice or out of order.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from running import Running

from bot.alerts.compose import told_in
from bot.demo.botapi import BotApi, Chance
from bot.demo.publisher import Publisher
from bot.demo.story import HISTORY, NewsItem
from bot.store.journal import JournalStorage

FIRST_CHAT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a drill came to, in messages. `extra` are copies beyond the first.

    `shown` are those that did not arrive and that the bot calls uncertain: sent twice without an answer. `lost` are
    those that it says nothing of; `waiting` are still queued when the drill's patience ends.
    """

    seed: int
    lost: int
    shown: int
    waiting: int
    extra: int
    most_copies: int
    out_of_order: int

    @property
    def good(self) -> bool:
        """Whether the promise was kept."""
        return not self.lost and not self.waiting and not self.out_of_order and self.most_copies <= 2


async def drill(folder: Path, *, seed: int, kills: int, items: int, chats: int) -> Outcome:
    """Publish items one by one to so many chats, and kill the bot so many times meanwhile."""
    dice = random.Random(seed)  # noqa: S311  # chance, not secrecy
    names = [f"Idlib report {number}" for number in range(items)]
    api = BotApi(limits=None)
    async with Running(folder, api=api, publisher=Publisher(HISTORY)) as bot:
        await bot.start()
        for chat in range(FIRST_CHAT, FIRST_CHAT + chats):
            api.say(chat, "/subscribe idlib")
            await api.wait_for(1, chat=chat, timeout=30)
        await bot.publisher.wait_for_request(2)
        api.faults.by_chance(Chance(lost=0.05, bad_gateway=0.02, flood=0.03), seed=seed)
        publishing = asyncio.create_task(_publish(bot.publisher, names, dice.random()))
        for _ in range(kills):
            await asyncio.sleep(dice.uniform(0.3, 1.6))
            await bot.kill()
            await bot.start()
        await publishing
        api.faults.clear()
        told = await _all_told(bot, names, chats)
    rows = JournalStorage(folder / "state/newsvane.db", read_only=True).tables["outbox"].values()
    missing = sum(name not in chat for chat in told for name in names)
    waiting = sum(row["state"] in {"queued", "sending"} for row in rows)
    shown = min(missing, sum(row["state"] == "uncertain" for row in rows))
    copies = [times for chat in told for times in Counter(chat).values()]
    firsts = [list(dict.fromkeys(chat)) for chat in told]
    return Outcome(
        seed=seed,
        lost=max(0, missing - shown - waiting),
        shown=shown,
        waiting=waiting,
        extra=sum(times - 1 for times in copies),
        most_copies=max(copies, default=0),
        out_of_order=sum(chat != [name for name in names if name in chat] for chat in firsts),
    )


async def _publish(publisher: Publisher, names: list[str], pause: float) -> None:
    for number, name in enumerate(names):
        link = f"https://moscow-times.example/2020/03/06/idlib-report-a{80_000 + number}"
        publisher.publish(NewsItem(title=name, summary="", link=link))
        await asyncio.sleep(0.3 + pause)


async def _all_told(bot: Running, names: list[str], chats: int) -> list[list[str]]:
    """Wait until everybody has everything, or nothing more comes. Returns the headlines of each chat."""

    def told() -> list[list[str]]:
        everyone = range(FIRST_CHAT, FIRST_CHAT + chats)
        return [
            [
                alert.split("\n")[0]
                for message in bot.api.messages(chat)
                for alert in told_in(message.text)
                if alert[:12] == names[0][:12]
            ]
            for chat in everyone
        ]

    with suppress(TimeoutError):  # what is missing is counted as lost
        await bot.api.wait_until(lambda: all(set(names) <= set(chat) for chat in told()), timeout=120)
    await bot.publisher.wait_for_request(len(bot.publisher.requests) + 10)  # and what comes too often, as extra
    return told()


def main() -> int:
    """Run one drill a seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("seeds", 5), ("kills", 20), ("items", 20), ("chats", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    good = True
    for seed in range(1, given.seeds + 1):
        with tempfile.TemporaryDirectory(prefix="newsvane-drill-") as folder:
            outcome = asyncio.run(
                drill(Path(folder), seed=seed, kills=given.kills, items=given.items, chats=given.chats)
            )
        print(outcome)
        good &= outcome.good
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
