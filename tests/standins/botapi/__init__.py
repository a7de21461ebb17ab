"""A strict stand-in for Telegram's Bot API on loopback, for tests and drills. The door to this room.

In a test:

    async with BotApi() as api:
        api.say(7, "/start")
        reply = await api.next_message(7)

In a process of its own, directed over HTTP as `control` tells:

    PYTHONPATH=tests python -m standins.botapi --port 8081
"""

from standins.botapi import faults
from standins.botapi.entities import Entity
from standins.botapi.faults import Chance
from standins.botapi.flood import Limits
from standins.botapi.rooms import Button, SentMessage
from standins.botapi.server import TOKEN, BotApi, Call

__all__ = ["TOKEN", "BotApi", "Button", "Call", "Chance", "Entity", "Limits", "SentMessage", "faults"]
