"""Publishes a file of real items through the whole bot, and counts what came of them.

    file -> publisher's window -> poll after poll -> the bot -> chats, one for each watchlist -> compared with the file

What should have come is reckoned without the bot's store and delivery: every item of the file that a watchlist
meets, once. What is missing is lost, what came more often is doubled.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from bot.demo.botapi import SentMessage
from bot.demo.publisher import Publisher
from bot.demo.stage import Stage
from bot.demo.story import NewsItem, read_items
from bot.errors import ConfigError
from bot.model import Watch
from bot.pipeline import Look
from bot.settings import Settings

WINDOW = 50
"""Items that the publisher shows at a time, as The Moscow Times does."""
STEP = 40
"""Fresh items a poll; the rest of the window was there before, as in life."""
FIRST_SUBSCRIBER = 1001
SETTLE_WITHIN = 3600.0


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the bot took in, poll by poll."""

    taken: int = 0
    shown_again: int = 0
    twice: int = 0
    failures: int = 0
    matched: Counter[str] = field(default_factory=Counter)
    expected: dict[str, dict[str, str]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def add(self, look: Look) -> None:
        """Count one poll."""
        self.failures += look.failure is not None
        self.shown_again += sum(skip.reason == "known" for skip in look.plan.skipped)
        for matched in look.plan.items:
            self.taken += 1
            self.twice += matched.item.link in self._seen
            self._seen.add(matched.item.link)
            for match in matched.matches:
                self.matched[match.watch] += 1


async def publish_file(settings: Settings, path: Path) -> int:
    """Publish all items of a JSONL file, report on stdout. Returns 0, or 1 if anything was lost or doubled."""
    with path.open(encoding="utf-8") as file:
        items = list(read_items(file, str(path)))
    if not items:
        raise ConfigError(
            f"{path}: there is no item in it; each line is a JSON object with title, summary, link, published"
        )
    settings = replace(settings, telegram=replace(settings.telegram, access="open"))
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="newsvane-demo-") as state:
        stage = Stage(settings, Path(state), publisher=Publisher(window=WINDOW), interval=0.01, observe=tally.add)
        async with stage:
            subscribers = await _subscribers(stage, settings.watches)
            await stage.first_poll_done()
            await _publish(stage, items)
            alerts = await _all_alerts(stage, subscribers, tally)
    return _report(items, settings.watches, tally, alerts)


async def _subscribers(stage: Stage, watches: Sequence[Watch]) -> dict[str, int]:
    """Start the bot, and let one person subscribe to each watchlist. Returns their chats."""
    stage.start_bot()
    subscribers = {watch.name: FIRST_SUBSCRIBER + number for number, watch in enumerate(watches)}
    for name, chat in subscribers.items():
        stage.api.say(chat, f"/subscribe {name}")
        await stage.api.next_message(chat, timeout=30)
    return subscribers


async def _publish(stage: Stage, items: Sequence[NewsItem]) -> None:
    """Move the window over all items, each time as soon as the bot has shown that it remembers the last one."""
    starts = range(0, len(items), STEP)
    with click.progressbar(starts, label="publishing", file=sys.stderr) as steps:
        for start in steps:
            for item in items[start : start + STEP]:
                stage.publisher.publish(item)
            await stage.publisher.wait_until_known()


async def _all_alerts(stage: Stage, subscribers: dict[str, int], tally: Tally) -> dict[str, list[SentMessage]]:
    """Wait until every match that was taken in has been sent, and a little longer for what should not come."""
    expected = sum(tally.matched.values()) + len(subscribers)  # and an answer to each /subscribe
    await stage.api.wait_for(expected, timeout=SETTLE_WITHIN)
    await asyncio.sleep(2.0)
    await stage.stop_bot()
    return {name: list(stage.api.messages(chat)[1:]) for name, chat in subscribers.items()}


def _report(
    items: Sequence[NewsItem], watches: Sequence[Watch], tally: Tally, alerts: dict[str, list[SentMessage]]
) -> int:
    lost, doubled = 0, 0
    for watch in watches:
        links = Counter(link for message in alerts[watch.name] for link in _links(message))
        doubled += sum(times - 1 for times in links.values())
        lost += tally.matched[watch.name] - len(links)
    click.echo(f"items in the file      {len(items)}")
    click.echo(f"taken in by the bot    {tally.taken}")
    click.echo(f"known twice            {tally.twice}")
    click.echo(f"shown again and known  {tally.shown_again}")
    click.echo(f"polls that failed      {tally.failures}")
    for watch in watches:
        click.echo(f"matched {watch.name:<15}{tally.matched[watch.name]}")
    click.echo(f"alerts sent            {sum(map(len, alerts.values()))}")
    click.echo(f"lost                   {lost}")
    click.echo(f"doubled                {doubled}")
    for watch in watches:
        click.echo(f"\n{watch.name}")
        for message in alerts[watch.name]:
            for link in _links(message):
                click.echo(f"  {link}\n      {_why(message, watch)}")
    return int(bool(lost or doubled))


def _links(message: SentMessage) -> Iterator[str]:
    return (entity.url for entity in message.entities if entity.type == "text_link")


def _why(message: SentMessage, watch: Watch) -> str:
    return next((line for line in message.text.split("\n") if line.startswith(f"{watch.title}: ")), "")
