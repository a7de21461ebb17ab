"""Chat: how people talk with the bot."""
