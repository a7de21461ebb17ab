"""`newsvane outbox`: the alerts that wait or went wrong. Listing them works beside a running bot."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict

import click

from bot.cli.context import CliContext
from bot.cli.groups import Group
from bot.delivery.outbox import Outbox
from bot.delivery.settle import revived
from bot.errors import StoreBusy
from bot.model import TROUBLED, UNSENT, Changes, Delivery, DeliveryState, Notice
from bot.ports import Store
from bot.store import open_store
from bot.text.age import age
from bot.text.clean import readable
from bot.text.counted import counted

_WHICH = (
    click.argument("ids", metavar="ID...", nargs=-1),
    click.option("--all", "every", is_flag=True, help=f"All that are {', '.join(TROUBLED)}."),
)


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def outbox(ctx: click.Context) -> None:
    """List alerts that wait or went wrong; retry or drop them.

    An alert goes by the short id at its end. What is uncertain may have arrived: no answer came, twice.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_outbox)


@outbox.command("list")
@click.option("--state", "states", type=click.Choice(UNSENT), multiple=True, help="Only these.  [default: all]")
@click.option("--json", "as_json", is_flag=True, help="Print each as a JSON object on a line.")
@click.pass_obj
def list_outbox(place: CliContext, *, states: tuple[DeliveryState, ...] = (), as_json: bool = False) -> None:
    """List alerts, oldest first. Works beside a running bot."""
    wanted = states or UNSENT
    now = time.time()
    with place.store(place.settings()) as store:
        rows = store.deliveries(states=wanted)
        for row in rows:
            if as_json:
                click.echo(json.dumps(asdict(row)))
                continue
            title = readable(_told_by(store, row) or row.item)
            reason = f": {readable(row.reason)}" if row.reason else ""
            click.echo(f"{row.id}  {row.state:<9} chat {row.chat}, {age(row.created, now)}{reason}")
            click.echo(f"        {title[:100]}")
    if not rows and not as_json:
        click.echo(f"Nothing is {' or '.join(states)}." if states else "The outbox is empty.")


@outbox.command()
@_WHICH[0]
@_WHICH[1]
@click.pass_obj
def retry(place: CliContext, ids: tuple[str, ...], *, every: bool) -> None:
    """Send alerts again that are uncertain, dead or expired. The bot must not run; it sends them when it starts."""
    store = _store(place)
    rows = _chosen(store, ids, TROUBLED, every=every)
    lost = [row.id for row in rows if not _told_by(store, row)]
    if lost and not every:
        raise click.UsageError(
            f"{', '.join(lost)} cannot be sent again, for what it told is no longer kept. "
            "Give it up with: newsvane outbox drop ID"
        )
    again = [row for row in rows if row.id not in lost]
    store.commit(revived(again, time.time()))
    store.close()
    click.echo(f"{len(again)} queued again.")
    if lost:
        click.echo(f"{len(lost)} cannot be sent again, for what they told is no longer kept: {', '.join(lost)}")


@outbox.command()
@_WHICH[0]
@_WHICH[1]
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def drop(place: CliContext, ids: tuple[str, ...], *, every: bool, yes: bool) -> None:
    """Drop alerts for good: those that wait, or went wrong. The bot must not run."""
    store = _store(place)
    rows = _chosen(store, ids, ("queued", *TROUBLED), every=every)
    if rows and not yes:
        click.confirm(f"Give up {counted(len(rows), 'alert')}? Nobody will be told of them.", abort=True)
    store.commit(Changes(dropped=tuple(rows)))
    store.close()
    click.echo(f"{len(rows)} given up.")


def _told_by(store: Store, row: Delivery) -> str:
    """Return the headline or the notice that a delivery tells; empty if it is no longer kept."""
    content = store.content(row)
    if isinstance(content, Notice):
        return content.text
    return (content.item.title or content.item.summary or content.item.link) if content else ""


def _store(place: CliContext) -> Store:
    """Open the store to change it, for which the bot has to be stopped. Raises StoreError."""
    try:
        return open_store(place.settings().store.url, place.state, outbox=Outbox())
    except StoreBusy as error:
        raise StoreBusy(f"{error} Under systemd: systemctl stop newsvane; this; systemctl start newsvane.") from None


def _chosen(store: Store, ids: tuple[str, ...], states: Sequence[str], *, every: bool) -> list[Delivery]:
    """Find the deliveries that are meant. Raises UsageError for an id that names none of these states."""
    if bool(ids) == every:
        raise click.UsageError("give the short ids of alerts, or --all")
    rows = store.deliveries()
    if every:
        return [row for row in rows if row.state in TROUBLED]
    found = [row for row in rows if row.id in ids and row.state in states]
    unknown = sorted(set(ids) - {row.id for row in found})
    if unknown:
        said = ", ".join(f"{row.id} is {row.state}" for row in rows if row.id in unknown)
        raise click.UsageError(
            f"no alert that is {', '.join(states)} goes by {', '.join(unknown)}" + (f" ({said})" if said else "")
        )
    return found
