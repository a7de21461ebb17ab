"""`newsvane state`, `backup`, `restore`: what is remembered, kept and put back. All but restore work beside a bot."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import click

from bot.cli.context import CliContext
from bot.ports import Store
from bot.store import path_of
from bot.store.backup import back_up, check, findings, restore
from bot.text.age import age
from bot.text.counted import counted


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:  # of one unit the next is made
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def state(place: CliContext, *, as_json: bool) -> None:
    """Show what is remembered: how much, how old, how large. Exit code 1 if something of it is damaged."""
    settings = place.settings()
    path = path_of(settings.store.url, place.state)
    damage = findings(path)
    if not path.exists():
        click.echo(f"{path}: nothing is remembered yet.")
        return
    files = {found.name: found.stat().st_size for found in sorted(path.parent.glob(f"{path.name}*")) if found.is_file()}
    facts = {}
    if not damage:
        with place.store(settings) as store:
            facts = _facts(store)
    if as_json:
        click.echo(json.dumps({"path": str(path), "files": files, "findings": damage, **facts}))
    else:
        click.echo(f"{path}: {_size(sum(files.values()))} in {counted(len(files), 'file')}")
        for name, size in files.items():
            click.echo(f"  {_size(size):>8}  {name}")
        if facts:
            _print_facts(facts)
        for finding in damage:
            click.echo(f"  damaged     {finding}")
        if damage:
            click.echo("Put a backup in its place: newsvane restore FILE")
    if damage:
        raise SystemExit(1)


def _facts(store: Store) -> dict[str, float]:
    """Return counts, and when the oldest and the newest item were first seen in Unix seconds, 0 without items."""
    return asdict(store.counts())


def _print_facts(facts: dict[str, float]) -> None:
    now = time.time()
    count = {name: round(number) for name, number in facts.items()}
    span = f", from {age(facts['oldest'], now)} to {age(facts['newest'], now)}" if facts["newest"] else ""
    click.echo(f"  known       {counted(count['known'], 'name')} of items")
    click.echo(f"  items       {count['items']} kept whole{span}")
    subscriptions = counted(count["subscriptions"], "subscription")
    click.echo(f"  chats       {count['chats']} with {subscriptions}, {count['suspended']} suspended")
    click.echo(f"  outbox      {count['queued'] + count['sending']} waiting, {count['sent']} sent in the last week")
    click.echo(f"              {count['uncertain']} uncertain, {count['dead']} refused, {count['expired']} expired")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, readable=False))
@click.pass_obj
def backup(place: CliContext, file: Path) -> None:
    """Write all that is remembered to FILE, in place of an older backup. The bot may run meanwhile."""
    if not file.parent.is_dir():
        raise click.UsageError(f"there is no folder {file.parent}; make it first, or name another")
    path = path_of(place.settings().store.url, place.state)
    size = back_up(path, file)
    click.echo(f"{file}: {_size(size)} written. To get it back: newsvane restore {file}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore_command(place: CliContext, file: Path, *, yes: bool) -> None:
    """Replace the state with the backup FILE; the old state is kept aside. The bot must not run."""
    path = path_of(place.settings().store.url, place.state)
    check(file)
    if path.exists() and not yes:
        click.confirm(f"Replace {path} with {file}? The old file is kept.", abort=True)
    kept = restore(file, path)
    click.echo(f"{path}: restored, {_size(path.stat().st_size)}.")
    for old in kept:
        click.echo(f"  kept aside  {old}")
