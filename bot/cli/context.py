"""Where config and state are, and how to log: what every command of the command line is given."""

import os
import shlex
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.ports import Store
    from bot.settings import Settings

_BOT = Path(__file__).parents[1]
EXAMPLE_CONFIG = next((each for each in (_BOT / "example_config", _BOT.parent / "config") if each.is_dir()), None)
"""The config that comes with Newsvane: within the package where it is installed, beside it in a checkout."""


def default_config() -> Path:
    """Return the directory of the config: systemd's, else ./config where there is one, else the user's (XDG)."""
    if given := os.environ.get("CONFIGURATION_DIRECTORY"):
        return Path(given)
    return Path("config") if _is_local() else _of_user("XDG_CONFIG_HOME", ".config")


def default_state() -> Path:
    """Return the directory of the state: systemd's, else ./state beside a ./config, else the user's (XDG)."""
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given)
    return Path("state") if _is_local() else _of_user("XDG_STATE_HOME", ".local/state")


def _is_local() -> bool:
    return Path("config").is_dir() or Path("state").is_dir() or not os.environ.get("HOME")


def _of_user(variable: str, usual: str) -> Path:
    """Return a user's directory for Newsvane (XDG Base Directory Specification: a relative path is ignored)."""
    given = os.environ.get(variable, "")
    base = Path(given) if given.startswith("/") else Path(os.environ["HOME"], usual)
    return base / "newsvane"


@dataclass(frozen=True, slots=True, kw_only=True)
class CliContext:
    """The directories of config and state, and how to log."""

    config: Path
    state: Path
    log_level: str | None
    log_style: Literal["text", "json"]

    def settings(self) -> "Settings":
        """Load the config. Raises ConfigError with all its mistakes."""
        from bot.settings import load  # noqa: PLC0415  # heavy, and --help does without

        if not self.config.exists() and EXAMPLE_CONFIG:
            copy = f"cp -r {shlex.quote(str(EXAMPLE_CONFIG))} {shlex.quote(str(self.config))}"
            raise ConfigError(f"there is no config at {self.config}; begin with the example: {copy}")
        return load(self.config, self.state, environ=os.environ)

    def demo_settings(self) -> "Settings":
        """Load the config, or the example where none was named and none is. Raises ConfigError."""
        from bot.settings import load  # noqa: PLC0415  # heavy, and --help does without

        if EXAMPLE_CONFIG and self.config == default_config() and not self.config.exists():
            return load(EXAMPLE_CONFIG, self.state, environ=os.environ)
        return self.settings()

    @contextmanager
    def store(self, settings: "Settings") -> "Iterator[Store]":
        """Open what is remembered to be read, beside a running bot too. Raises StoreError."""
        from bot.delivery.outbox import Outbox  # noqa: PLC0415  # heavy, and --help does without
        from bot.store import open_store  # noqa: PLC0415

        with closing(open_store(settings.store.url, self.state, outbox=Outbox(), read_only=True)) as store:
            yield store

    def token(self, settings: "Settings") -> str:
        """Find the token, or say how to get one. Raises ConfigError."""
        from bot.settings import NO_TOKEN, find_token  # noqa: PLC0415  # heavy, and --help does without

        token = find_token(settings, os.environ)
        if token is None:
            raise ConfigError(NO_TOKEN)
        return token.reveal()

    def log(self, secret: str = "", *, usual: str = "warning") -> None:
        """Turn logging on, at the level that was asked for, else at the command's usual one."""
        from bot.runtime import logs  # noqa: PLC0415  # what only prints needs no logging

        logs.configure(level=self.log_level or usual, style=self.log_style, secret=secret)
