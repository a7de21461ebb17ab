"""Kills the whole bot at random instants while it polls and sends, and counts what is lost and what is doubled.

    ./run drill kill [--seeds N] [--kills N] [--items N] [--chats N]

Answers are lost, refused by flood control, or a proxy's. In the middle some chats block the bot, of which some come
back; groups become supergroups; Telegram refuses the text of some alerts once or always.
What is wanted: all arrive, or are shown (uncertain, dead; waiting where the chat stays away); none a third time, none
out of order. Prints a line a seed, and one for each kind of chat; exit 1 at any breach.
"""

import argparse
import asyncio
import math
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from running import HASTY, Running
from standins.botapi import BotApi, Chance, faults
from standins.publisher import Publisher
from tally import Tally, headlines, tally, unsent

from bot.demo.story import HISTORY, NewsItem

FIRST_CHAT = 100
OWNER = 50
KINDS = ("steady", "back", "away", "moved", "refused once", "refused always")
"""What becomes of a chat in the middle: nothing, it blocks the bot for a while or for good, and so on."""
WEIGHTS = (60, 10, 5, 15, 5, 5)
ALLOWED: Mapping[str, frozenset[str]] = {
    "away": frozenset({"queued", "uncertain"}),
    "refused always": frozenset({"dead", "uncertain"}),
}
"""How alerts that did not arrive may stand in the end; elsewhere only uncertain: sent twice without an answer."""
SCENE = 1.2
"""Seconds that a life lasts at most once the bot is up, or that it has to come up."""
PATIENCE = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a drill came to, in all and by the kind of chat."""

    seed: int
    whole: Tally
    kinds: Mapping[str, Tally]

    @property
    def good(self) -> bool:
        """Whether the promise was kept."""
        fine = all(set(part.shown) <= ALLOWED.get(kind, {"uncertain"}) for kind, part in self.kinds.items())
        return self.whole.good and fine


def cast(chats: int) -> dict[int, str]:
    """Assign each chat its part; groups have negative ids. The first of each ten or so are of every kind."""
    parts = [kind for kind, weight in zip(KINDS, WEIGHTS, strict=True) for _ in range(round(chats * weight / 100))]
    parts = [*parts, *["steady"] * chats][:chats]
    return {(-1 if kind == "moved" else 1) * (FIRST_CHAT + number): kind for number, kind in enumerate(parts)}


def supergroup(chat: int) -> int:
    """Return the id that a group has afterwards."""
    return chat - 10**12


class Drama:
    """What happens to the chats, each at an instant of its own."""

    def __init__(self, api: BotApi, parts: Mapping[int, str], dice: random.Random) -> None:
        self._api, self._parts, self._dice = api, parts, dice

    def refuse(self) -> None:
        """Let Telegram refuse alerts, from now on."""
        refusal = faults.refused("Bad Request: can't parse entities: Unsupported start tag")
        for chat, kind in self._parts.items():
            if kind.startswith("refused"):
                self._api.faults.add(refusal, times=1 if kind == "refused once" else None, chat=chat)

    async def play(self, seconds: float) -> None:
        """Let chats block the bot, come back and move within so many seconds."""
        await asyncio.gather(*(self._one(chat, kind, seconds) for chat, kind in self._parts.items()))

    async def _one(self, chat: int, kind: str, seconds: float) -> None:
        await asyncio.sleep(self._dice.uniform(0.1, 0.6) * seconds)
        if kind in {"back", "away"}:
            self._api.block(chat)
        if kind == "back":
            await asyncio.sleep(self._dice.uniform(0.1, 0.4) * seconds)
            self._api.unblock(chat)
        if kind == "moved":
            self._api.migrate(chat, supergroup(chat), user=OWNER)


async def drill(
    folder: Path, *, seed: int, kills: int, items: int, chats: int, command: Sequence[str | Path] = HASTY
) -> Outcome:
    """Publish items one by one to so many chats, and kill the bot so many times meanwhile."""
    dice = random.Random(seed)  # noqa: S311  # chance, not secrecy
    names = [f"Idlib report {number}" for number in range(items)]
    parts = cast(chats)
    api = BotApi(limits=None)
    async with Running(folder, api=api, publisher=Publisher(HISTORY), command=command) as bot:
        await bot.start()
        await _subscribed(bot, list(parts))
        await bot.publisher.wait_for_request(2)
        drama = Drama(api, parts, dice)
        drama.refuse()
        api.faults.by_chance(Chance(lost=0.05, bad_gateway=0.02, flood=0.03), seed=seed)
        playing = asyncio.create_task(drama.play(kills * SCENE))
        for number in range(kills):
            _publish(bot.publisher, names, share=2 * number / kills)  # so that there is hardly ever nothing to send
            await _some_life(bot, dice)
            await bot.kill()
            await bot.start()
        _publish(bot.publisher, names, share=1.0)
        await playing
        api.faults.by_chance(Chance(), seed=seed)
        told, shown = await _settled(bot, parts, names)
    of = {kind: {chat: told[chat] for chat, part in parts.items() if part == kind} for kind in KINDS}
    kinds = {kind: tally(heard, names, shown) for kind, heard in of.items() if heard}
    return Outcome(seed=seed, whole=tally(told, names, shown), kinds=kinds)


async def _subscribed(bot: Running, chats: Sequence[int]) -> None:
    """Let all chats subscribe, a few at a time: who asks much at once gets no answer."""
    for chat in chats:
        if chat < 0:
            bot.api.group(chat, owner=OWNER)
        bot.api.say(chat, "/subscribe idlib", user=OWNER if chat < 0 else 0)
        await bot.api.wait_for(1, chat=chat, timeout=60)


def _publish(publisher: Publisher, names: Sequence[str], *, share: float) -> None:
    """Publish as many of the items as make this share of them."""
    published = len(publisher.items) - len(HISTORY)
    for number, name in enumerate(names[published : math.ceil(min(share, 1.0) * len(names))], published):
        link = f"https://moscow-times.example/2020/03/06/idlib-report-a{80_000 + number}"
        publisher.publish(NewsItem(title=name, summary="", link=link))


async def _some_life(bot: Running, dice: random.Random) -> None:
    """Let the bot live for a moment: mostly until some time after it is up, now and then not so long."""
    polls = bot.api.polls
    if dice.random() < 0.8:
        await bot.api.wait_until(lambda: bot.api.polls > polls, timeout=60)
    await asyncio.sleep(dice.uniform(0, SCENE))


async def _settled(
    bot: Running, parts: Mapping[int, str], names: list[str]
) -> tuple[dict[int, list[str]], dict[tuple[int, str], str]]:
    """Wait until nothing more is to come. Returns what each chat was told, and how the rest stands."""

    def told() -> dict[int, list[str]]:
        return {
            chat: headlines((*bot.api.messages(chat), *bot.api.messages(supergroup(chat))), names) for chat in parts
        }

    def shown() -> dict[tuple[int, str], str]:
        firsts = {supergroup(chat): chat for chat, kind in parts.items() if kind == "moved"}
        return {(firsts.get(chat, chat), name): how for (chat, name), how in unsent(bot.folder / "state").items()}

    def over() -> bool:
        stand = shown()
        comes = {"queued", "sending", ""}
        return not any(
            stand.get((chat, name), "") in comes
            for chat, heard in told().items()
            if parts[chat] != "away"
            for name in set(names) - set(heard)
        )

    with suppress(TimeoutError):  # what is missing is counted as lost
        async with asyncio.timeout(PATIENCE):
            while not over():  # noqa: ASYNC110  # the state on the disk has no event to wait for
                await asyncio.sleep(1)
    await bot.publisher.wait_for_request(len(bot.publisher.requests) + 10)  # and what comes too often, as extra
    return told(), shown()


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
        good &= outcome.good
        print(f"seed {seed}, {given.kills} kills: {outcome.whole}{'' if outcome.good else ' BREACH'}")
        for kind, part in outcome.kinds.items():
            print(f"  {kind}: {part}")
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
