"""Groups of commands whose help cuts no sentence short, and that import a command only when it is called."""

from importlib import import_module
from typing import Any, NamedTuple

import click


class Lazy(NamedTuple):
    """Where a command stands ("module:attribute"), and the sentence that the list of commands shows of it."""

    target: str
    summary: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


def summary_of(command: click.Command) -> str:
    """Return the first sentence of a command's help."""
    return command.get_short_help_str(limit=1000)


class Group(click.Group):
    """A group that lists its commands as they were added, those in `lazy` last, each with a whole sentence."""

    def __init__(self, *args: Any, lazy: dict[str, Lazy] | None = None, **kwargs: Any) -> None:  # noqa: ANN401  # click's
        super().__init__(*args, **kwargs)
        self.lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        del ctx
        return [*self.commands, *self.lazy]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command; None if there is none of this name."""
        if row := self.lazy.get(cmd_name):
            return row.load()
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands, importing none."""
        del ctx
        rows = {name: summary_of(command) for name, command in self.commands.items() if not command.hidden}
        rows |= {name: row.summary for name, row in self.lazy.items()}
        with formatter.section("Commands"):
            formatter.write_dl(list(rows.items()))
