"""`newsvane run` in a hurry and with all logged: quick ticks, no pause between requests to a host. For trials only."""

import asyncio
import os
from pathlib import Path

from bot import app
from bot.demo.stage import HURRY
from bot.runtime import logs
from bot.settings import find_token, load


def main() -> None:
    """Run the bot on ./config and ./state."""
    settings = load(Path("config"), Path("state"), environ=os.environ)
    token = find_token(settings, os.environ)
    assert token is not None
    logs.configure(level="debug", secret=token.reveal())
    asyncio.run(app.run(settings, token.reveal(), state=Path("state"), tempo=HURRY))


if __name__ == "__main__":
    main()
