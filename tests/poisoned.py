"""`hasty.py`, but that an alert with *poison* in its headline ends the process when it is written. For trials only."""

import os
import signal

import hasty

from bot.delivery import deliver
from bot.model import MatchedItem, Message

_write = deliver.compose


def _compose(matched: MatchedItem, *args: object, **how: object) -> Message:
    if "poison" in matched.item.title:
        os.kill(os.getpid(), signal.SIGKILL)
    return _write(matched, *args, **how)  # type: ignore[arg-type]  # handed on as it came


def main() -> None:
    """Run the bot on ./config and ./state."""
    deliver.compose = _compose
    hasty.main()
