"""A strict stand-in for Telegram's Bot API on loopback, for trying the bot and for its tests. The door to this room.

In a test or in the demo:

    async with BotApi() as api:
        api.say(7, "/start")
        reply = await api.next_message(7)

In a process of its own: `python -m bot.demo.botapi --port 8081`, directed over HTTP as `control` tells.
"""

from bot.demo.botapi import faults
from bot.demo.botapi.entities import Entity
from bot.demo.botapi.faults import Chance
from bot.demo.botapi.flood import Limits
from bot.demo.botapi.rooms import Button, SentMessage
from bot.demo.botapi.server import TOKEN, BotApi, Call

__all__ = ["TOKEN", "BotApi", "Button", "Call", "Chance", "Entity", "Limits", "SentMessage", "faults"]
