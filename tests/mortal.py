"""`hasty.py`, but that the process ends itself at a step of the path of news. For trials only.

The file `mortal` beside config and state says at which, "3 before" or "3 after": the commits that bear news are counted
from when there is that file. Without it the process lives.
"""

import os
import signal
from pathlib import Path

import hasty

from bot.model import Changes
from bot.store.tiny import TinyStore

WISH, STEPS = Path("mortal"), Path("steps")
_commit = TinyStore.commit


def _bears_news(changes: Changes) -> bool:
    return bool(changes.deliveries or changes.dropped or changes.items or changes.wanted or changes.unwanted)


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _mortal(store: TinyStore, changes: Changes) -> None:
    if not WISH.exists() or not _bears_news(changes):
        _commit(store, changes)
        return
    number, when = WISH.read_text().split()
    with STEPS.open("a") as steps:
        steps.write(".")
    this = STEPS.stat().st_size == int(number)
    if this and when == "before":
        _end()
    _commit(store, changes)
    if this:
        _end()


def main() -> None:
    """Run the bot on ./config and ./state."""
    TinyStore.commit = _mortal  # type: ignore[method-assign]  # the process is nobody else's
    hasty.main()
