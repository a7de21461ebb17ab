"""`newsvane run` in a hurry on clocks that are set from outside, by the file ./set. For trials only.

{"by": SECONDS, "asleep": false}     somebody sets the wall clock by so many seconds
{"by": SECONDS, "asleep": true}      the machine has slept so long: the clock of the event loop stood still
"""

import asyncio
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import time_machine

from bot import app
from bot.demo.stage import HURRY
from bot.runtime import logs
from bot.runtime.clocks import Clocks
from bot.settings import find_token, load


def word() -> dict[str, float]:
    """Take what ./set says, nothing without one."""
    try:
        told = json.loads(Path("set").read_text())
    except (FileNotFoundError, json.JSONDecodeError):  # there is none, or not yet all of it
        return {}
    Path("set").unlink()
    return told


async def trial(wall: time_machine.Traveller) -> None:
    """Run the bot on ./config and ./state, and look for ./set."""
    slept = 0.0
    settings = load(Path("config"), Path("state"), environ=os.environ)
    token = find_token(settings, os.environ)
    assert token is not None
    logs.configure(level="debug", secret=token.reveal())
    clocks = Clocks(wall=time.time, steady=lambda: asyncio.get_running_loop().time() + slept)
    tempo = replace(HURRY, clocks=clocks)
    running = asyncio.create_task(app.run(settings, token.reveal(), state=Path("state"), tempo=tempo))
    while not running.done():
        await asyncio.wait({running}, timeout=0.05)
        if told := word():
            wall.shift(told["by"])
            slept += told["by"] if told["asleep"] else 0.0
    await running


if __name__ == "__main__":
    with time_machine.travel(time.time(), tick=True) as travelling:
        asyncio.run(trial(travelling))
