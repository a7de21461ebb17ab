"""Finds the bot's token, and keeps it from being shown by accident.

First found: `$CREDENTIALS_DIRECTORY/telegram-token` (systemd), `[telegram] token_file`, `$NEWSVANE_TOKEN`.
"""

import contextlib
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from bot.errors import ConfigError
from bot.settings.files import read_bytes, why_unreadable
from bot.settings.schema import Settings

CREDENTIAL = "telegram-token"
VARIABLE = "NEWSVANE_TOKEN"
LARGEST = 4096

NO_TOKEN = """\
There is no bot token. Ask @BotFather in Telegram for one: send it /newbot and follow what it says.
Then give it to Newsvane in one of three ways; the first found is taken:
  1. as a systemd credential: LoadCredential=telegram-token:/etc/newsvane/telegram-token in the unit
  2. in a file that only you may read, named by token_file under [telegram] in newsvane.toml
  3. in the environment: NEWSVANE_TOKEN"""  # noqa: S105  # it says that there is none


class Token:
    """A bot token. Neither `str` nor `repr` show it; `source` says where it was found."""

    __slots__ = ("_text", "source")

    def __init__(self, text: str, *, source: str) -> None:
        self._text = text
        self.source = source

    def __repr__(self) -> str:
        return f"Token(from {self.source})"

    def reveal(self) -> str:
        """Give the token itself, for the one place that needs it."""
        return self._text


def find_token(settings: Settings, environ: Mapping[str, str]) -> Token | None:
    """Find the token; None if there is none. Raises ConfigError if what is found first cannot be used."""
    if directory := environ.get("CREDENTIALS_DIRECTORY"):
        # systemd owns this folder and its modes; it may show 0440 with an ACL behind.
        with contextlib.suppress(FileNotFoundError):
            return _from_file(Path(directory, CREDENTIAL), private=False)
    if file := settings.telegram.token_file:
        try:
            return _from_file(Path(file), private=True)
        except FileNotFoundError as error:
            raise _refused(file, "there is no such file; put the token from @BotFather into it") from error
    if (text := environ.get(VARIABLE, "").strip()) != "":
        return _checked(text, f"${VARIABLE}")
    return None


def _from_file(path: Path, *, private: bool) -> Token:
    """Read a token file. Raises FileNotFoundError, and ConfigError for all else."""
    try:
        mode = path.stat().st_mode & 0o777
        content = read_bytes(path, LARGEST)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _refused(str(path), f"{why_unreadable(error)}, so no token can be read from it") from error
    if private and mode & 0o077:
        command = f"chmod 600 {shlex.quote(str(path))}"
        raise _refused(str(path), f"others may open this token file (its mode is {mode:03o}); run: {command}")
    text = content.decode("utf-8", "replace").strip()
    if not text:
        raise _refused(str(path), "this token file is empty; put the token from @BotFather into it")
    return _checked(text, str(path))


def _checked(text: str, source: str) -> Token:
    """Refuse what can be no token. The shape is left open: a Bot API server of one's own may have another."""
    if not re.fullmatch(r"[A-Za-z0-9:_-]+", text):
        kind = "blank space" if re.search(r"\s", text) else "characters other than A-Z a-z 0-9 : _ -"
        raise _refused(source, f"this is no token: it holds {kind}; copy it again from @BotFather")
    return Token(text, source=source)


def _refused(source: str, message: str) -> ConfigError:
    return ConfigError("the bot token cannot be used", problems=(f"{source}: {message}",))
