"""What `newsvane poll` tells about its round: per feed what is new, and what is sent to whom and why."""

from collections.abc import Iterable, Iterator, Sequence

import click

from bot.delivery.compose import found_words
from bot.model import MatchedItem
from bot.poll.outcome import PollOutcome
from bot.text.counted import counted


def print_outcomes(outcomes: Sequence[PollOutcome], *, dry_run: bool) -> None:
    """Print one round of polls to stdout."""
    for outcome in outcomes:
        click.echo("\n".join(_lines(outcome, dry_run=dry_run)))
    if dry_run:
        click.echo("Nothing was sent, and nothing was remembered.")


def _lines(outcome: PollOutcome, *, dry_run: bool) -> Iterator[str]:
    title = click.style(outcome.feed.title, bold=True)
    if outcome.failure is not None:
        yield f"{title}: {outcome.failure}"
        return
    seen_again = sum(skip.reason == "known" for skip in outcome.skipped)
    first = any(skip.reason == "first poll" for skip in outcome.skipped)
    silent = "; the first poll of a feed tells nobody" if first else ""
    yield f"{title}: {counted(len(outcome.new), 'new item')}, {seen_again} known{silent}"
    for matched in outcome.new:
        if matched.matches:
            yield from _match(matched, outcome, dry_run=dry_run)


def _match(matched: MatchedItem, outcome: PollOutcome, *, dry_run: bool) -> Iterator[str]:
    yield f"  {matched.item.title or matched.item.summary}"
    yield f"    {matched.item.link}"
    for match in matched.matches:
        words = ", ".join(click.style(word, bold=True) for word in found_words(matched.item, match))
        yield f"    {match.watch}: {words}"
    chats = [row.chat for row in outcome.deliveries if row.item == matched.item.key]
    verb = "would go to" if dry_run else "goes to"
    yield f"    {verb} {_chats(chats)}" if chats else f"    {verb} nobody: {_why_nobody(matched, outcome)}"


def _chats(chats: Iterable[int]) -> str:
    numbers = [f"chat {chat}" for chat in chats]
    return ", ".join(numbers[:20]) + (f" and {len(numbers) - 20} more" if len(numbers) > 20 else "")


def _why_nobody(matched: MatchedItem, outcome: PollOutcome) -> str:
    return next((skip.reason for skip in outcome.skipped if skip.item.key == matched.item.key), "")
