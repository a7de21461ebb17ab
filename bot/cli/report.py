"""What `newsvane poll` tells about its round: per feed what is new, and what is sent to whom and why."""

from collections.abc import Iterable, Iterator, Sequence

import click

from bot.alerts.compose import found_words
from bot.model import MatchedItem
from bot.pipeline import Look
from bot.text.counted import counted


def print_looks(looks: Sequence[Look], *, dry_run: bool) -> None:
    """Print one round of polls to stdout."""
    for look in looks:
        click.echo("\n".join(_lines(look, dry_run=dry_run)))
    if dry_run:
        click.echo("Nothing was sent, and nothing was remembered.")


def _lines(look: Look, *, dry_run: bool) -> Iterator[str]:
    title = click.style(look.feed.title, bold=True)
    if look.failure is not None:
        yield f"{title}: {look.failure}"
        return
    seen_again = sum(skip.reason == "known" for skip in look.plan.skipped)
    first = any(skip.reason == "first poll" for skip in look.plan.skipped)
    silent = "; the first poll of a feed tells nobody" if first else ""
    yield f"{title}: {counted(len(look.plan.items), 'new item')}, {seen_again} known{silent}"
    for matched in look.plan.items:
        if matched.matches:
            yield from _match(matched, look, dry_run=dry_run)


def _match(matched: MatchedItem, look: Look, *, dry_run: bool) -> Iterator[str]:
    yield f"  {matched.item.title or matched.item.summary}"
    yield f"    {matched.item.link}"
    for match in matched.matches:
        words = ", ".join(click.style(word, bold=True) for word in found_words(matched.item, match))
        yield f"    {match.watch}: {words}"
    chats = [row.chat for row in look.plan.deliveries if row.item == matched.item.key]
    verb = "would go to" if dry_run else "goes to"
    yield f"    {verb} {_chats(chats)}" if chats else f"    {verb} nobody: {_why_nobody(matched, look)}"


def _chats(chats: Iterable[int]) -> str:
    numbers = [f"chat {chat}" for chat in chats]
    return ", ".join(numbers[:20]) + (f" and {len(numbers) - 20} more" if len(numbers) > 20 else "")


def _why_nobody(matched: MatchedItem, look: Look) -> str:
    return next((skip.reason for skip in look.plan.skipped if skip.item.key == matched.item.key), "")
