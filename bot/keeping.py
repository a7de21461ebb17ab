"""The commands for whoever keeps a bot: what its state holds, backup and restore.

They work beside a running bot, but for those that change the state.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from bot.alerts.compose import age
from bot.errors import StoreBroken
from bot.place import Place
from bot.store import open_store, path_of
from bot.store.journal import JournalStorage
from bot.store.journal.backup import back_up, read_backup, restore
from bot.store.journal.files import beside
from bot.store.journal.snapshot import Tables
from bot.store.migrations import from_json, migrate


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:  # of one unit the next is made
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def state(place: Place, *, as_json: bool) -> None:
    """Show what is remembered: how much, how old, how large. Exit code 1 if something of it is damaged."""
    path = path_of(place.settings().store.url, place.state)
    files = {found.name: found.stat().st_size for found in sorted(path.parent.glob(f"{path.name}*")) if found.is_file()}
    if not files:
        click.echo(f"{path}: nothing is remembered yet.")
        return
    store = open_store(f"tinydb:{path.name}", path.parent, read_only=True)
    counts, kept = store.counts(), store.items()
    times = [item.published or item.seen for item in kept]
    if as_json:
        facts = {"path": str(path), "files": files, "findings": store.findings, **asdict(counts)}
        click.echo(json.dumps(facts | {"oldest": min(times, default=0), "newest": max(times, default=0)}))
    else:
        now = time.time()
        click.echo(f"{path}: {_size(sum(files.values()))} in {len(files)} files")
        for name, size in files.items():
            click.echo(f"  {_size(size):>8}  {name}")
        span = f", from {age(min(times), now)} to {age(max(times), now)}" if times else ""
        click.echo(f"  known       {counts.known} names of items")
        click.echo(f"  items       {counts.items} kept whole{span}")
        click.echo(
            f"  chats       {counts.chats} with {counts.subscriptions} subscriptions, {counts.suspended} suspended"
        )
        click.echo(f"  outbox      {counts.queued + counts.sending} waiting, {counts.sent} sent in the last week")
        click.echo(f"              {counts.uncertain} uncertain, {counts.dead} refused, {counts.expired} expired")
        for finding in store.findings:
            click.echo(f"  damaged     {finding}")
    if store.findings:
        raise SystemExit(1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup(place: Place, file: Path) -> None:
    """Write all that is remembered to FILE, in place of an older backup. The bot may run meanwhile."""
    path = path_of(place.settings().store.url, place.state)
    size = back_up(_tables(path), file)
    click.echo(f"{file}: {_size(size)} written. To get it back: newsvane restore {file}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore_command(place: Place, file: Path, *, yes: bool) -> None:
    """Put the backup FILE in the place of what is remembered, which is kept aside. The bot must not run."""
    path = path_of(place.settings().store.url, place.state)
    snapshot = read_backup(file, migrate)
    there = any(beside(path, ending).exists() for ending in ("previous", "log.1")) or path.exists()
    if there and not yes:
        click.confirm(f"{path} is replaced by {file}; what is there is kept aside. Go on?", abort=True)
    kept = restore(snapshot, path)
    click.echo(f"{path}: restored, {sum(map(len, snapshot.tables.values()))} documents.")
    for old in kept:
        click.echo(f"  kept aside  {old}")


def _tables(path: Path) -> Tables:
    """Read the tables of a state beside whoever writes it. Raises StoreBroken, also if there is none."""
    tables = JournalStorage(path, read_only=True, legacy=from_json, upgrade=migrate).tables
    if not tables:
        raise StoreBroken(f"{path}: nothing is remembered yet, so there is nothing to back up.")
    return tables


KEEPING: Sequence[click.Command] = (state, backup, restore_command)
"""What `cli` adds to its own commands."""
