"""Where config and state are, and how to log: what every command of the command line is given."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.errors import ConfigError
from bot.settings import NO_TOKEN, Settings, find_token, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The directories of config and state, and how to log."""

    config: Path
    state: Path
    log_level: str | None
    log_style: Literal["text", "json"]

    def settings(self) -> Settings:
        """Load the config. Raises ConfigError with all its mistakes."""
        return load(self.config, self.state, environ=os.environ)

    def token(self, settings: Settings) -> str:
        """Find the token, or say how to get one. Raises ConfigError."""
        token = find_token(settings, os.environ)
        if token is None:
            raise ConfigError(NO_TOKEN)
        return token.reveal()

    def log(self, secret: str = "", *, usual: str = "warning") -> None:
        """Turn logging on, at the level that was asked for, else at the command's usual one."""
        from bot import logs  # noqa: PLC0415  # what only prints needs no logging

        logs.configure(level=self.log_level or usual, style=self.log_style, secret=secret)
