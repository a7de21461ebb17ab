"""Publishes a file of real items through the whole bot, and counts what came of them.

    file -> publisher's window -> poll after poll -> the bot -> chats, one for each watchlist -> compared with the file

What should have come is reckoned from the file alone, without feed, store or delivery: every item that a watchlist
meets, once. What is missing in the chats is lost, what came more often is doubled.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from bot.assembly import index_of
from bot.delivery.compose import told_in
from bot.demo.botapi import BotApi
from bot.demo.markup import SentMessage
from bot.demo.publisher import Publisher
from bot.demo.stage import Stage
from bot.demo.story import NewsItem, read_items
from bot.errors import ConfigError
from bot.model import Entry, Watch
from bot.poll.identity import items_of
from bot.poll.outcome import PollOutcome
from bot.settings import Settings
from bot.text.clean import readable

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
    _seen: set[str] = field(default_factory=set)

    def add(self, outcome: PollOutcome) -> None:
        """Count one poll."""
        self.failures += outcome.failure is not None
        self.shown_again += sum(skip.reason == "known" for skip in outcome.skipped)
        for matched in outcome.new:
            self.taken += 1
            self.twice += matched.item.link in self._seen
            self._seen.add(matched.item.link)
            for match in matched.matches:
                self.matched[match.watch] += 1


async def publish_file(settings: Settings, path: Path) -> int:
    """Publish all items of a JSONL file, report on stdout. Returns 0, or 1 if anything was lost or doubled."""
    try:
        with path.open(encoding="utf-8") as file:
            items = list(read_items(file, str(path)))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: this is not UTF-8 text; unpack it first if it is packed") from error
    if not items:
        raise ConfigError(
            f"{path}: there is no item in it; each line is a JSON object with title, summary, link, published"
        )
    settings = replace(settings, telegram=replace(settings.telegram, access="open"))
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="newsvane-demo-") as state:
        publisher = Publisher(window=WINDOW)
        async with Stage(
            settings, Path(state), api=BotApi(), publisher=publisher, interval=0.01, observers=[tally.add]
        ) as stage:
            subscribers = await _subscribers(stage, settings.watches)
            await stage.first_poll_done()
            await _publish(stage, items)
            alerts = await _all_alerts(stage, subscribers, tally)
            expected = _expected(stage.settings, items)
    return _report(items, expected, tally, alerts)


async def _subscribers(stage: Stage[BotApi], watches: Sequence[Watch]) -> dict[str, int]:
    """Start the bot, and let one person subscribe to each watchlist. Returns their chats."""
    stage.start_bot()
    subscribers = {watch.name: FIRST_SUBSCRIBER + number for number, watch in enumerate(watches)}
    for name, chat in subscribers.items():
        stage.api.say(chat, f"/subscribe {name}")
        await stage.api.next_message(chat)
    return subscribers


async def _publish(stage: Stage[BotApi], items: Sequence[NewsItem]) -> None:
    """Move the window over all items, each time as soon as the bot has shown that it remembers the last one."""
    starts = range(0, len(items), STEP)
    with click.progressbar(starts, label="publishing", file=sys.stderr) as steps:
        for start in steps:
            for item in items[start : start + STEP]:
                stage.publisher.publish(item)
            await stage.publisher.wait_until_known()


async def _all_alerts(stage: Stage[BotApi], subscribers: dict[str, int], tally: Tally) -> dict[str, list[SentMessage]]:
    """Wait until every match that was taken in has been sent, and a little longer for what should not come."""
    expected = sum(tally.matched.values()) + len(subscribers)  # and an answer to each /subscribe

    def came() -> int:
        return sum(len(told_in(message.text)) for message in stage.api.messages())

    await stage.api.bell.wait_until(lambda: came() >= expected, patience=SETTLE_WITHIN)
    await asyncio.sleep(2.0)
    await stage.stop_bot()
    return {name: list(stage.api.messages(chat)[1:]) for name, chat in subscribers.items()}


def _expected(settings: Settings, items: Sequence[NewsItem]) -> dict[str, set[str]]:
    """Reckon which links each watchlist's subscriber should be told of. One item under two links counts once."""
    index, (feed,) = index_of(settings), settings.feeds
    expected: dict[str, set[str]] = {watch.name: set() for watch in settings.watches}
    seen: set[str] = set()
    for news in items:
        entry = Entry(guid=news.link, link=news.link, title=readable(news.title), summary=readable(news.summary))
        (item,) = items_of([replace(entry, published=news.published)], feed, now=0.0)
        if seen.isdisjoint(item.keys):
            for match in index.match(item):
                expected[match.watch].add(news.link)
        seen.update(item.keys)
    return expected


def _report(
    items: Sequence[NewsItem], expected: dict[str, set[str]], tally: Tally, alerts: dict[str, list[SentMessage]]
) -> int:
    lost, doubled = 0, 0
    for name, links in expected.items():
        came = Counter(link for message in alerts[name] for link in _links(message))
        doubled += sum(times - 1 for times in came.values())
        lost += len(links - came.keys())
    click.echo(f"items in the file      {len(items)}")
    click.echo(f"taken in by the bot    {tally.taken}")
    click.echo(f"known twice            {tally.twice}")
    click.echo(f"shown again and known  {tally.shown_again}")
    click.echo(f"polls that failed      {tally.failures}")
    for name, links in expected.items():
        click.echo(f"matched {name:<14} {tally.matched[name]} (in the file {len(links)})")
    sent = sum(len(told_in(message.text)) for messages in alerts.values() for message in messages)
    click.echo(f"alerts sent            {sent}")
    click.echo(f"lost                   {lost}")
    click.echo(f"doubled                {doubled}")
    for name in expected:
        click.echo(f"\n{name}")
        for message in alerts[name]:
            for link, alert in zip(_links(message), told_in(message.text), strict=False):
                click.echo(f"  {link}\n      {_why(alert)}")
    return int(bool(lost or doubled))


def _links(message: SentMessage) -> Iterator[str]:
    return (entity.url for entity in message.entities if entity.type == "text_link")


def _why(alert: str) -> str:
    """Return the line that says which watchlist and which words hit: the last but the short id."""
    return alert.split("\n")[-2]
