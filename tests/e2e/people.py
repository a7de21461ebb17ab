"""Who talks with the bot in these trials, by their Telegram ids, and what they do most."""

from bot.demo.stage import Stage

ANNA, BORIS, GROUP = 7, 8, -50


async def subscribed(stage: Stage, chat: int, names: str = "all", user: int = 0) -> None:
    """Start talking and subscribe; returns when the bot has answered."""
    before = len(stage.api.messages(chat))
    stage.api.say(chat, f"/subscribe {names}", user=user)
    await stage.api.wait_for(before + 1, chat=chat)
